-- +goose Up

-- Who has seen to which incident of the live page. What an incident is, is derived from records; the key names it with all
-- that it is about, so that a third person on the same ticket is a new one.
CREATE TABLE incident_marks (
    organizer_id uuid NOT NULL,
    venue_id     uuid NOT NULL REFERENCES venues (id),
    key          text NOT NULL CHECK (octet_length(key) <= 200),
    by_name      text NOT NULL,
    note         text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, key)
);

-- +goose Down
DROP TABLE incident_marks;
