-- +goose Up

-- What a venue's hub last told of its gates and observers (names, lanes, fingerprints of keys, who was removed), for the hub
-- that may have to take its place. Opaque to the cloud; json, not jsonb, so that it comes back as it was.
CREATE TABLE hub_rolls (
    venue_id uuid PRIMARY KEY REFERENCES venues (id) ON DELETE CASCADE,
    roll     json NOT NULL,
    told_at  timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE hub_rolls;
