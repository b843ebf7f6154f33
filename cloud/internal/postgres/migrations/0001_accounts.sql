-- +goose Up

-- A tenant. Everything below belongs to one, and every query names it.
CREATE TABLE organizers (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    language   text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35), -- BCP 47
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Only the SHA-256 of a key is kept: the key itself is 256 random bits, so no salt is needed.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz
);
CREATE INDEX ON api_keys (organizer_id, id);

-- The answer to a request that was carried out, kept in the transaction that carried it out. tenant is the
-- organizer's id, or the zero id for the platform.
CREATE TABLE idempotency_keys (
    tenant     uuid NOT NULL,
    route      text NOT NULL,
    key        text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 200),
    body_hash  bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    status     int NOT NULL,
    answer     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, route, key)
);
CREATE INDEX ON idempotency_keys (created_at);

-- Rows that record what happened are never edited: corrections are new rows.
-- +goose StatementBegin
CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd
