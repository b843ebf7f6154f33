-- +goose Up

-- The key that a hub has joined with: the first 16 bytes of the SHA-256 of its public key. NULL = it has not joined.
ALTER TABLE hubs ADD COLUMN key_print bytea CHECK (octet_length(key_print) = 16), ADD COLUMN joined_at timestamptz;

-- How a hub may join: once, for a quarter of an hour, five tries. The key makes proofs and does not give the code away.
CREATE TABLE hub_invitations (
    token      text PRIMARY KEY CHECK (length(token) = 4), -- the part of the code that is not secret
    hub_id     text NOT NULL UNIQUE REFERENCES hubs (id) ON DELETE CASCADE,
    key        bytea NOT NULL CHECK (octet_length(key) = 32),
    expires_at timestamptz NOT NULL,
    tries      int NOT NULL DEFAULT 0,
    used_by    bytea CHECK (octet_length(used_by) = 16)
);

-- +goose Down
DROP TABLE hub_invitations;
ALTER TABLE hubs DROP COLUMN key_print, DROP COLUMN joined_at;
