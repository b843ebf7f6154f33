-- +goose Up

-- Each store that a hub of a venue has had. Terms order hubs that replace each other, and a replaced machine may have the
-- name of the old one, so a term belongs to a disk.
CREATE TABLE hub_disks (
    venue_id uuid   NOT NULL REFERENCES venues (id),
    disk     text   NOT NULL, -- random, made with the store
    hub_id   text   NOT NULL REFERENCES hubs (id),
    term     bigint NOT NULL CHECK (term >= 0),
    head     bigint NOT NULL CHECK (head >= 0), -- highest that it has told of
    made_at  timestamptz NOT NULL DEFAULT now(),
    seen_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, disk)
);

-- +goose Down
DROP TABLE hub_disks;
