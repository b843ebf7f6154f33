-- +goose Up

-- Changes of the secrets under which lists and badges are kept, asked for and done. The gatehouse carries them out.
CREATE TABLE secret_changes (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope_id     uuid NOT NULL, -- an event or a venue
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    why          text NOT NULL CHECK (why IN ('asked', 'stolen')),
    gate         text NOT NULL DEFAULT '', -- that was stolen
    asked_at     timestamptz NOT NULL DEFAULT now(),
    epoch        bigint, -- the first list, or venue manifest, under the new secret; NULL = not done yet
    done_at      timestamptz
);
-- Asking twice before it is done is asking once.
CREATE UNIQUE INDEX secret_changes_due ON secret_changes (scope_id) WHERE epoch IS NULL;
CREATE INDEX secret_changes_of ON secret_changes (organizer_id, scope_id, asked_at DESC);

-- Gates that a hub has reported stolen, by the key that they had: each is acted on once, however often it is told.
CREATE TABLE stolen_gates (
    venue_id uuid NOT NULL REFERENCES venues (id) ON DELETE CASCADE,
    gate     text NOT NULL,
    key      text NOT NULL,
    told_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, gate, key)
);

-- +goose Down
DROP TABLE stolen_gates, secret_changes;
