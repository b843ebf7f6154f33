-- +goose Up

-- From where an act of the audit log was done. The chain holds a salted hash of the address only, so that the address can
-- be forgotten in its time and the chain still holds; with salt and address in hand anybody can check the hash.
CREATE TABLE audit_addresses (
    organizer_id uuid   NOT NULL,
    seq          bigint NOT NULL,
    at           timestamptz NOT NULL,
    salt         bytea  NOT NULL CHECK (octet_length(salt) = 16),
    address      text   NOT NULL CHECK (address <> ''),
    PRIMARY KEY (organizer_id, seq)
);
CREATE INDEX ON audit_addresses (organizer_id, at);

-- +goose Down
DROP TABLE audit_addresses;
