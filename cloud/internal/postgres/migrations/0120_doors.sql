-- +goose Up

-- Hours that move with each event, kinds by the names of offers, and what a template made.
ALTER TABLE checkpoints
    ADD COLUMN rule        jsonb,                      -- {from: {anchor, minutes}, until: {…}}; NULL = checkpoint_hours, or always
    ADD COLUMN kind_names  text[] NOT NULL DEFAULT '{}',
    ADD COLUMN version     int NOT NULL DEFAULT 1,     -- two editors at once
    ADD COLUMN template_id uuid,                       -- the template's door that it was made from; NULL = made by hand
    ADD COLUMN applied     jsonb,                      -- what the template said when it was last applied
    ADD COLUMN retired_at  timestamptz,
    DROP CONSTRAINT checkpoints_venue_id_name_key;
CREATE UNIQUE INDEX checkpoints_venue_id_name_key ON checkpoints (venue_id, name) WHERE retired_at IS NULL;
CREATE UNIQUE INDEX checkpoints_template_key ON checkpoints (template_id) WHERE retired_at IS NULL;

-- The doors that every date at a venue has. They are put in force together, by applying the template.
CREATE TABLE door_templates (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    venue_id     uuid NOT NULL REFERENCES venues (id),
    name         text NOT NULL,
    settings     jsonb NOT NULL,
    version      int NOT NULL DEFAULT 1,
    UNIQUE (venue_id, name)
);

-- What is set by hand of a door on one date.
CREATE TABLE checkpoint_dates (
    checkpoint_id uuid NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    event_id      uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    organizer_id  uuid NOT NULL REFERENCES organizers (id),
    venue_id      uuid NOT NULL REFERENCES venues (id),
    exception     jsonb NOT NULL,
    PRIMARY KEY (checkpoint_id, event_id)
);
CREATE INDEX ON checkpoint_dates (venue_id);

-- Dates that the template's doors do not serve.
CREATE TABLE events_by_hand (
    event_id     uuid PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    venue_id     uuid NOT NULL REFERENCES venues (id)
);

-- Who stands where when, by the moments of a date: a date that moves takes its shifts along.
CREATE TABLE shifts (
    id            uuid PRIMARY KEY,
    organizer_id  uuid NOT NULL REFERENCES organizers (id),
    venue_id      uuid NOT NULL REFERENCES venues (id),
    event_id      uuid NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    checkpoint_id uuid NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    controller_id uuid NOT NULL REFERENCES controllers (id) ON DELETE CASCADE,
    rule          jsonb NOT NULL
);
CREATE INDEX ON shifts (venue_id, event_id);
CREATE INDEX ON shifts (controller_id);

-- Where it is set, controllers sign on only at the doors of their shifts.
CREATE TABLE venue_duty (
    venue_id     uuid PRIMARY KEY REFERENCES venues (id),
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    by_shift     boolean NOT NULL
);

-- When a badge was last printed, or shown; NULL = nobody has seen it.
ALTER TABLE controllers ADD COLUMN printed_at timestamptz, ADD COLUMN version int NOT NULL DEFAULT 1;

CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON checkpoint_dates FOR EACH ROW EXECUTE FUNCTION venue_part_marks();
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON events_by_hand FOR EACH ROW EXECUTE FUNCTION venue_part_marks();
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON shifts FOR EACH ROW EXECUTE FUNCTION venue_part_marks();
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON venue_duty FOR EACH ROW EXECUTE FUNCTION venue_part_marks();

-- A door may take kinds by the names of offers: another offer may be another kind.
-- +goose StatementBegin
CREATE FUNCTION offer_venue_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_venue(e.venue_id) FROM events e WHERE e.id = (CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER venue_marks_new AFTER INSERT OR DELETE ON offers FOR EACH ROW EXECUTE FUNCTION offer_venue_marks();
CREATE TRIGGER venue_marks AFTER UPDATE OF kind, name ON offers FOR EACH ROW EXECUTE FUNCTION offer_venue_marks();

-- A date that is cancelled, or is on again, changes what doors do.
CREATE TRIGGER venue_marks AFTER UPDATE OF state ON events FOR EACH ROW WHEN ((OLD.state = 'cancelled') <> (NEW.state = 'cancelled'))
    EXECUTE FUNCTION event_marks();

-- +goose Down
DROP TRIGGER venue_marks ON events;
DROP TRIGGER venue_marks ON offers;
DROP TRIGGER venue_marks_new ON offers;
DROP FUNCTION offer_venue_marks;
ALTER TABLE controllers DROP COLUMN printed_at, DROP COLUMN version;
DROP TABLE venue_duty, shifts, events_by_hand, checkpoint_dates, door_templates;
DELETE FROM checkpoints c WHERE retired_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM gate_lanes l WHERE l.checkpoint_id = c.id);
DROP INDEX checkpoints_template_key, checkpoints_venue_id_name_key;
ALTER TABLE checkpoints ADD CONSTRAINT checkpoints_venue_id_name_key UNIQUE (venue_id, name),
    DROP COLUMN rule, DROP COLUMN kind_names, DROP COLUMN version, DROP COLUMN template_id, DROP COLUMN applied, DROP COLUMN retired_at;
