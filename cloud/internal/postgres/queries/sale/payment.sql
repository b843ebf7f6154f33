-- name: CreatePayment :exec
INSERT INTO payments (id, organizer_id, order_id, provider, provider_ref, redirect_url, amount, currency)
VALUES (@id, @organizer_id, @order_id, @provider, @provider_ref, @redirect_url, @amount, @currency);

-- name: PaymentByRef :one
SELECT * FROM payments WHERE provider = @provider AND provider_ref = @provider_ref;

-- name: OpenPayment :exec
INSERT INTO payments_open (payment_id, order_id, ask_at) VALUES (@payment_id, @order_id, @ask_at);

-- name: OpenPayments :many
SELECT p.* FROM payments p JOIN payments_open o ON o.payment_id = p.id
WHERE o.order_id = @order_id ORDER BY p.id DESC;

-- name: ClosePayment :exec
DELETE FROM payments_open WHERE payment_id = @payment_id;

-- name: DuePayments :many
-- Payments to ask about now, locked: another program takes others.
SELECT payment_id FROM payments_open WHERE ask_at <= @now ORDER BY ask_at LIMIT @count FOR UPDATE SKIP LOCKED;

-- name: PutOffPayments :exec
-- Before they are asked about, ever longer: those that never answer do not stand before the others.
UPDATE payments_open SET asked = asked + 1, ask_at = sqlc.arg(now)::timestamptz + interval '10 seconds' * 2 ^ least(asked, 8)
WHERE payment_id = ANY(@ids::uuid[]);

-- name: Payments :many
SELECT * FROM payments WHERE id = ANY(@ids::uuid[]) ORDER BY id;

-- name: PutOutcome :execrows
-- One row for each outcome of a payment: a notice that comes again changes nothing.
INSERT INTO payment_events (payment_id, kind, note) VALUES (@payment_id, @kind, @note) ON CONFLICT DO NOTHING;

-- name: CreateRefund :exec
INSERT INTO refunds (id, organizer_id, order_id, payment_id, amount, currency, reason, who)
VALUES (@id, @organizer_id, @order_id, sqlc.narg(payment_id), @amount, @currency, @reason, @who);

-- name: RefundTickets :exec
INSERT INTO refund_tickets (refund_id, ticket_id) SELECT @refund_id, unnest(@tickets::uuid[]);

-- name: RefundsOf :many
SELECT sqlc.embed(r),
    coalesce((SELECT array_agg(t.ticket_id ORDER BY t.ticket_id) FROM refund_tickets t WHERE t.refund_id = r.id),
        '{}')::uuid[] AS tickets,
    EXISTS (SELECT 1 FROM refund_events e WHERE e.refund_id = r.id AND e.kind = 'done') AS done
FROM refunds r WHERE r.order_id = @order_id ORDER BY r.id;

-- name: OweRefund :exec
INSERT INTO refunds_due (refund_id, try_at) VALUES (@refund_id, @try_at);

-- name: DueRefunds :many
SELECT refund_id FROM refunds_due WHERE try_at <= @now ORDER BY try_at LIMIT @count FOR UPDATE SKIP LOCKED;

-- name: PutOffRefunds :exec
UPDATE refunds_due SET tried = tried + 1, try_at = sqlc.arg(now)::timestamptz + interval '20 seconds' * 2 ^ least(tried, 8)
WHERE refund_id = ANY(@ids::uuid[]);

-- name: OwedRefunds :many
SELECT sqlc.embed(r), coalesce(p.provider, '') AS provider, coalesce(p.provider_ref, '') AS provider_ref
FROM refunds r LEFT JOIN payments p ON p.id = r.payment_id
WHERE r.id = ANY(@ids::uuid[]) ORDER BY r.id;

-- name: PaidBack :exec
DELETE FROM refunds_due WHERE refund_id = @refund_id;

-- name: Tried :exec
INSERT INTO refund_events (refund_id, kind, note) VALUES (@refund_id, @kind, @note) ON CONFLICT DO NOTHING;
