-- +goose Up

CREATE TABLE orders (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    secret       text NOT NULL UNIQUE CHECK (char_length(secret) >= 32), -- of the buyer's page: 160 random bits
    state        text NOT NULL CHECK (state IN
                     ('reserved', 'paid', 'part_refunded', 'refunded', 'expired', 'cancelled')),
    channel      text NOT NULL CHECK (channel IN ('web', 'api')),
    buyer_name   text NOT NULL CHECK (char_length(buyer_name) BETWEEN 1 AND 200),
    buyer_email  text NOT NULL CHECK (char_length(buyer_email) BETWEEN 3 AND 254),
    language     text NOT NULL,
    total        bigint NOT NULL CHECK (total >= 0), -- minor units
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    expires_at   timestamptz NOT NULL,
    paid_by      uuid, -- the payment that paid it; NULL while unpaid and when it was free
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organizer_id, id)
);
CREATE INDEX ON orders (organizer_id, id DESC);
CREATE INDEX ON orders (expires_at) WHERE state = 'reserved';

CREATE TABLE order_lines (
    order_id   uuid NOT NULL REFERENCES orders,
    position   int NOT NULL,
    event_id   uuid NOT NULL REFERENCES events,
    offer_id   uuid NOT NULL REFERENCES offers,
    quantity   int NOT NULL CHECK (quantity > 0),
    unit_price bigint NOT NULL CHECK (unit_price >= 0), -- as agreed when the order was placed
    places     int NOT NULL CHECK (places > 0),         -- of the event's stock, for the whole line
    PRIMARY KEY (order_id, position)
);
CREATE INDEX ON order_lines (event_id);

-- Who did what to an order, when and why.
CREATE TABLE order_events (
    order_id uuid NOT NULL REFERENCES orders,
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    who      text NOT NULL,
    what     text NOT NULL,
    why      text NOT NULL DEFAULT ''
);
CREATE INDEX ON order_events (order_id, id);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON order_events
    FOR EACH ROW EXECUTE FUNCTION forbid_change();

-- Places set aside for an order until a time. Past it they go to whoever claims next.
CREATE TABLE holds (
    order_id   uuid NOT NULL REFERENCES orders,
    offer_id   uuid NOT NULL REFERENCES offers,
    event_id   uuid NOT NULL REFERENCES events,
    quantity   int NOT NULL CHECK (quantity > 0), -- of the offer
    places     int NOT NULL CHECK (places > 0),   -- of the event
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, offer_id)
);
CREATE INDEX ON holds (event_id, expires_at);

CREATE TABLE tickets (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL,
    order_id     uuid NOT NULL,
    event_id     uuid NOT NULL,
    offer_id     uuid NOT NULL,
    number       text NOT NULL CHECK (number ~ '^[0-9a-f]{16}$'), -- ticket.ID in hex: the code of its list entry
    ref          bytea NOT NULL CHECK (octet_length(ref) = 16),   -- of the right; reissues keep it
    code         text NOT NULL CHECK (char_length(code) = 122),   -- the signed code as printed
    kind         int NOT NULL,
    price        bigint NOT NULL CHECK (price >= 0), -- minor units of the order's currency, what was paid for it
    state        text NOT NULL DEFAULT 'good' CHECK (state IN ('good', 'revoked', 'replaced', 'blocked')),
    issued_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, number),
    FOREIGN KEY (organizer_id, order_id) REFERENCES orders (organizer_id, id),
    FOREIGN KEY (organizer_id, event_id) REFERENCES events (organizer_id, id),
    FOREIGN KEY (organizer_id, offer_id) REFERENCES offers (organizer_id, id)
);
CREATE INDEX ON tickets (order_id);
CREATE INDEX ON tickets (organizer_id, event_id, id);
