-- +goose Up

-- One attempt to pay an order at a provider. Written once; what became of it are its events.
CREATE TABLE payments (
    id           uuid PRIMARY KEY, -- known to the provider as our reference
    organizer_id uuid NOT NULL,
    order_id     uuid NOT NULL,
    provider     text NOT NULL,
    provider_ref text NOT NULL, -- the provider's name for it
    redirect_url text NOT NULL,
    amount       bigint NOT NULL CHECK (amount >= 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (provider, provider_ref),
    FOREIGN KEY (organizer_id, order_id) REFERENCES orders (organizer_id, id)
);
CREATE INDEX ON payments (order_id);
ALTER TABLE orders ADD FOREIGN KEY (paid_by) REFERENCES payments;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON payments
    FOR EACH ROW EXECUTE FUNCTION forbid_change();

-- Attempts without an outcome, and when to ask the provider about each. Work, not record: rows go when it is done.
CREATE TABLE payments_open (
    payment_id uuid PRIMARY KEY REFERENCES payments,
    order_id   uuid NOT NULL REFERENCES orders,
    ask_at     timestamptz NOT NULL,
    asked      int NOT NULL DEFAULT 0
);
CREATE INDEX ON payments_open (order_id);
CREATE INDEX ON payments_open (ask_at);

-- At most one of each kind for a payment: what makes a doubled notice a no-op.
CREATE TABLE payment_events (
    payment_id uuid NOT NULL REFERENCES payments,
    kind       text NOT NULL CHECK (kind IN ('paid', 'declined', 'expired')),
    at         timestamptz NOT NULL DEFAULT now(),
    note       text NOT NULL DEFAULT '',
    PRIMARY KEY (payment_id, kind)
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON payment_events
    FOR EACH ROW EXECUTE FUNCTION forbid_change();

-- Money that goes back. Requested in the transaction that revokes the tickets; carried out afterwards, until done.
CREATE TABLE refunds (
    id           uuid PRIMARY KEY, -- the provider's idempotency key
    organizer_id uuid NOT NULL,
    order_id     uuid NOT NULL,
    payment_id   uuid REFERENCES payments, -- NULL when there was nothing to pay
    amount       bigint NOT NULL CHECK (amount >= 0),
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    reason       text NOT NULL,
    who          text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (organizer_id, order_id) REFERENCES orders (organizer_id, id),
    CHECK (amount = 0 OR payment_id IS NOT NULL)
);
CREATE INDEX ON refunds (order_id);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON refunds
    FOR EACH ROW EXECUTE FUNCTION forbid_change();

-- Refunds that the provider has not taken yet, and when to try each. Work, not record: rows go when it is done.
CREATE TABLE refunds_due (
    refund_id uuid PRIMARY KEY REFERENCES refunds,
    try_at    timestamptz NOT NULL,
    tried     int NOT NULL DEFAULT 0
);
CREATE INDEX ON refunds_due (try_at);

-- A ticket is refunded once.
CREATE TABLE refund_tickets (
    refund_id uuid NOT NULL REFERENCES refunds,
    ticket_id uuid PRIMARY KEY REFERENCES tickets
);

CREATE TABLE refund_events (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    refund_id uuid NOT NULL REFERENCES refunds,
    kind      text NOT NULL CHECK (kind IN ('failed', 'done')),
    at        timestamptz NOT NULL DEFAULT now(),
    note      text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX ON refund_events (refund_id) WHERE kind = 'done';
CREATE INDEX ON refund_events (refund_id, id DESC);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON refund_events
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
