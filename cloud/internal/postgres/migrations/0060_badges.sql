-- +goose Up

-- A controller may sign on by a number and a PIN. The hash is made under the venue's list secret (docs/list-format.md).
ALTER TABLE controllers
    ADD COLUMN number     integer CHECK (number BETWEEN 1 AND 99999),
    ADD COLUMN pin_salt   bytea,
    ADD COLUMN pin_hash   bytea,
    ADD COLUMN pin_rounds integer,
    ADD CHECK ((pin_salt IS NULL) = (pin_hash IS NULL) AND (pin_salt IS NULL) = (pin_rounds IS NULL)),
    ADD CHECK (pin_hash IS NULL OR number IS NOT NULL),
    ADD UNIQUE (venue_id, number);

-- +goose Down
ALTER TABLE controllers DROP COLUMN number, DROP COLUMN pin_salt, DROP COLUMN pin_hash, DROP COLUMN pin_rounds;
