-- name: CreateOrder :exec
INSERT INTO orders (id, organizer_id, secret, state, channel, buyer_name, buyer_email, language, total, currency,
    expires_at, created_at)
VALUES (@id, @organizer_id, @secret, @state, @channel, @buyer_name, @buyer_email, @language, @total, @currency,
    @expires_at, @created_at);

-- name: CreateLine :exec
INSERT INTO order_lines (order_id, position, event_id, offer_id, quantity, unit_price, places)
VALUES (@order_id, @position, @event_id, @offer_id, @quantity, @unit_price, @places);

-- name: OrderOfOrganizer :one
SELECT * FROM orders WHERE organizer_id = @organizer_id AND id = @id;

-- name: LockOrderOfOrganizer :one
SELECT * FROM orders WHERE organizer_id = @organizer_id AND id = @id FOR UPDATE;

-- name: OrderBySecret :one
-- The secret is the credential of the buyer, who has no tenant.
SELECT * FROM orders WHERE secret = @secret;

-- name: LockOrderBySecret :one
SELECT * FROM orders WHERE secret = @secret FOR UPDATE;

-- name: OrderByID :one
-- For what the cloud does by itself: a payment's outcome, an expiry.
SELECT * FROM orders WHERE id = @id;

-- name: LockOrderByID :one
SELECT * FROM orders WHERE id = @id FOR UPDATE;

-- name: Orders :many
SELECT * FROM orders WHERE organizer_id = @organizer_id AND id < @before ORDER BY id DESC LIMIT @count;

-- name: Lines :many
SELECT l.order_id, l.event_id, e.name AS event_name, l.offer_id, o.name AS offer_name, o.kind, o.group_size,
    l.quantity, l.unit_price
FROM order_lines l
JOIN events e ON e.id = l.event_id
JOIN offers o ON o.id = l.offer_id
WHERE l.order_id = ANY(@orders::uuid[]) ORDER BY l.order_id, l.position;

-- name: MoveOrder :exec
UPDATE orders SET state = @state, paid_by = sqlc.narg(paid_by) WHERE id = @id;

-- name: Overdue :many
SELECT id FROM orders WHERE state = 'reserved' AND expires_at <= @now ORDER BY expires_at LIMIT @count;

-- name: Note :exec
INSERT INTO order_events (order_id, who, what, why) VALUES (@order_id, @who, @what, @why);

-- name: History :many
SELECT at, who, what, why FROM order_events WHERE order_id = @order_id ORDER BY id;
