-- +goose Up

-- How long an organizer keeps what is of people, where it is not as long as is usual.
CREATE TABLE retention_rules (
    organizer_id uuid NOT NULL REFERENCES organizers,
    rule         text NOT NULL,
    days         int  NOT NULL CHECK (days BETWEEN 1 AND 3650),
    PRIMARY KEY (organizer_id, rule)
);

-- Events whose entry records lead to nobody any more.
CREATE TABLE cleared_events (
    event_id     uuid PRIMARY KEY REFERENCES events,
    organizer_id uuid NOT NULL REFERENCES organizers,
    at           timestamptz NOT NULL
);

-- Whom an order was for is forgotten, the order itself is not.
ALTER TABLE orders ADD COLUMN erased_at timestamptz;
CREATE INDEX orders_buyer ON orders (organizer_id, lower(buyer_email)) WHERE erased_at IS NULL;
CREATE INDEX orders_not_erased ON orders (organizer_id, id) WHERE erased_at IS NULL;

-- What somebody asks about themselves. The mail address is there while it is needed to find what is theirs; an erasure that
-- must wait remembers the orders instead.
CREATE TABLE privacy_requests (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    source       text NOT NULL CHECK (source IN ('desk', 'buyer')),
    wish         text NOT NULL CHECK (wish IN ('export', 'erase')),
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'working', 'held', 'done', 'declined')),
    email        text NOT NULL DEFAULT '' CHECK (char_length(email) <= 254),
    held         uuid[] NOT NULL DEFAULT '{}', -- orders that wait
    held_until   timestamptz,
    job_id       uuid,
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    ended_at     timestamptz,
    result       jsonb NOT NULL DEFAULT '{}', -- counts
    UNIQUE (organizer_id, id)
);
CREATE INDEX ON privacy_requests (organizer_id, id DESC);

-- A person's own data, packed for them, until it is fetched or old.
CREATE TABLE privacy_files (
    request_id   uuid PRIMARY KEY,
    organizer_id uuid NOT NULL,
    content      bytea NOT NULL,
    expires_at   timestamptz NOT NULL,
    FOREIGN KEY (organizer_id, request_id) REFERENCES privacy_requests (organizer_id, id) ON DELETE CASCADE
);

-- +goose Down
DROP TABLE privacy_files, privacy_requests, cleared_events, retention_rules;
DROP INDEX orders_buyer, orders_not_erased;
ALTER TABLE orders DROP COLUMN erased_at;
