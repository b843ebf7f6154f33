-- +goose Up

-- Dates that belong together: a tour over venues, the stages of a festival, a film's or a play's sessions.
CREATE TABLE series (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    kind         text NOT NULL CHECK (kind IN ('tour', 'festival', 'sessions')),
    description  text NOT NULL DEFAULT '',
    version      int  NOT NULL DEFAULT 1, -- rises with every edit, so that of two editors one is told
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organizer_id, id)
);

ALTER TABLE venues
    ADD COLUMN version   int    NOT NULL DEFAULT 1,
    ADD COLUMN languages text[] NOT NULL DEFAULT '{}'; -- of its events, where they say nothing

ALTER TABLE zones ADD COLUMN version int NOT NULL DEFAULT 1;

-- While the state is on_sale, buying begins at sale_from and ends at sale_until: nothing has to run at that moment.
ALTER TABLE events
    ADD COLUMN series_id    uuid,
    ADD COLUMN version      int    NOT NULL DEFAULT 1,
    ADD COLUMN languages    text[] NOT NULL DEFAULT '{}',
    ADD COLUMN age_rating   text   NOT NULL DEFAULT '' CHECK (char_length(age_rating) <= 20),
    ADD COLUMN documents    text   NOT NULL DEFAULT '' CHECK (char_length(documents) <= 500),
    ADD COLUMN descriptions jsonb  NOT NULL DEFAULT '{}', -- by language
    ADD COLUMN sale_from    timestamptz,
    ADD COLUMN sale_until   timestamptz,
    ADD CONSTRAINT events_sale_times CHECK (sale_from < sale_until),
    ADD CONSTRAINT events_series FOREIGN KEY (organizer_id, series_id) REFERENCES series (organizer_id, id);
CREATE INDEX events_of_series ON events (series_id, starts_at) WHERE series_id IS NOT NULL;
CREATE INDEX events_repertoire ON events (organizer_id, starts_at, id);

ALTER TABLE offers
    ADD COLUMN version    int  NOT NULL DEFAULT 1,
    ADD COLUMN sold_from  timestamptz,
    ADD COLUMN sold_until timestamptz,
    ADD COLUMN document   text NOT NULL DEFAULT '' CHECK (char_length(document) <= 200), -- that entitles to it
    ADD CONSTRAINT offers_sold_times CHECK (sold_from < sold_until);

-- A change of many dates at once, with what each was before: so that it can be undone while nobody changed them again.
CREATE TABLE event_changes (
    id           uuid PRIMARY KEY,
    organizer_id uuid  NOT NULL REFERENCES organizers,
    made_by      text  NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    lines        jsonb NOT NULL,
    undone_at    timestamptz
);
CREATE INDEX event_changes_newest ON event_changes (organizer_id, made_at DESC);

-- +goose Down
DROP TABLE event_changes;
ALTER TABLE offers DROP COLUMN document, DROP COLUMN sold_until, DROP COLUMN sold_from, DROP COLUMN version;
DROP INDEX events_repertoire, events_of_series;
ALTER TABLE events DROP COLUMN sale_until, DROP COLUMN sale_from, DROP COLUMN descriptions, DROP COLUMN documents,
    DROP COLUMN age_rating, DROP COLUMN languages, DROP COLUMN version, DROP COLUMN series_id;
ALTER TABLE zones DROP COLUMN version;
ALTER TABLE venues DROP COLUMN languages, DROP COLUMN version;
DROP TABLE series;
