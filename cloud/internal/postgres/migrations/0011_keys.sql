-- +goose Up

-- What this database is. The incarnation reaches hubs in every ack; a new one makes them send everything again.
CREATE TABLE cloud_identity (
    one          boolean PRIMARY KEY DEFAULT true CHECK (one),
    incarnation  uuid  NOT NULL DEFAULT gen_random_uuid(),
    platform_key bytea, -- public key of the platform that signed what is here
    seal_check   bytea  -- a known text sealed: tells a wrong sealing key from a damaged row
);
INSERT INTO cloud_identity DEFAULT VALUES;

-- An organizer's root key and the list key it delegated to. Private keys are sealed with a key outside the database.
CREATE TABLE organizer_keys (
    organizer_id   uuid  PRIMARY KEY REFERENCES organizers (id),
    root_public    bytea NOT NULL,
    root_sealed    bytea NOT NULL,
    root_not_after timestamptz NOT NULL,
    root_signature bytea NOT NULL, -- by the platform key
    list_public    bytea NOT NULL,
    list_sealed    bytea NOT NULL,
    list_not_after timestamptz NOT NULL,
    list_signature bytea NOT NULL  -- by the root key
);

-- The list and ref secrets of an event (or of a venue, for staff badges), sealed.
CREATE TABLE list_secrets (
    scope_id     uuid  PRIMARY KEY,
    organizer_id uuid  NOT NULL REFERENCES organizers (id),
    sealed       bytea NOT NULL
);

-- Keys that sign printed codes, of an event (tickets) or a venue (badges). Ids are never used twice.
CREATE TABLE signing_keys (
    scope_id     uuid     NOT NULL,
    key_id       smallint NOT NULL CHECK (key_id BETWEEN 0 AND 15),
    organizer_id uuid     NOT NULL REFERENCES organizers (id),
    public       bytea    NOT NULL CHECK (octet_length(public) = 32),
    sealed       bytea    NOT NULL,
    listed_only  boolean  NOT NULL DEFAULT false, -- withdrawn: its codes are good only when listed
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope_id, key_id)
);

-- +goose Down
DROP TABLE signing_keys, list_secrets, organizer_keys, cloud_identity;
