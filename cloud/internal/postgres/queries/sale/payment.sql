-- name: CreatePayment :exec
INSERT INTO payments (id, organizer_id, order_id, provider, provider_ref, redirect_url, amount, currency)
VALUES (@id, @organizer_id, @order_id, @provider, @provider_ref, @redirect_url, @amount, @currency);

-- name: PaymentByRef :one
SELECT * FROM payments WHERE provider = @provider AND provider_ref = @provider_ref;

-- name: OpenPayments :many
SELECT * FROM payments p
WHERE p.order_id = @order_id AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id)
ORDER BY p.id DESC;

-- name: Unsettled :many
SELECT * FROM payments p
WHERE p.created_at BETWEEN @since AND @until
    AND NOT EXISTS (SELECT 1 FROM payment_events e WHERE e.payment_id = p.id)
ORDER BY p.created_at LIMIT @count;

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

-- name: Owed :many
SELECT sqlc.embed(r), coalesce(p.provider, '') AS provider, coalesce(p.provider_ref, '') AS provider_ref
FROM refunds r LEFT JOIN payments p ON p.id = r.payment_id
WHERE NOT EXISTS (SELECT 1 FROM refund_events e
    WHERE e.refund_id = r.id AND (e.kind = 'done' OR e.at > @tried_before))
ORDER BY r.id LIMIT @count;

-- name: Tried :exec
INSERT INTO refund_events (refund_id, kind, note) VALUES (@refund_id, @kind, @note) ON CONFLICT DO NOTHING;
