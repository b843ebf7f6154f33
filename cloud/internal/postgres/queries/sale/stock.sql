-- Every statement that touches an event's places locks its row of event_stock first, so that claims of one event
-- wait for each other and never deadlock.

-- name: HoldEvent :execrows
-- The race belongs to this one statement: of all who ask at once, each sees what those before it left.
UPDATE event_stock SET held = held + @places::int
WHERE event_id = @event_id AND held + sold + @places::int <= capacity;

-- name: HoldOffer :execrows
UPDATE offer_stock SET held = held + @quantity::int
WHERE offer_id = @offer_id AND (capacity IS NULL OR held + sold + @quantity::int <= capacity);

-- name: SellEvent :execrows
UPDATE event_stock SET sold = sold + @places::int
WHERE event_id = @event_id AND held + sold + @places::int <= capacity;

-- name: SellOffer :execrows
UPDATE offer_stock SET sold = sold + @quantity::int
WHERE offer_id = @offer_id AND (capacity IS NULL OR held + sold + @quantity::int <= capacity);

-- name: LockEvent :exec
SELECT 1 FROM event_stock WHERE event_id = @event_id FOR UPDATE;

-- name: PutHold :exec
INSERT INTO holds (order_id, offer_id, event_id, quantity, places, expires_at)
VALUES (@order_id, @offer_id, @event_id, @quantity, @places, @expires_at);

-- name: TakeHolds :many
DELETE FROM holds WHERE order_id = @order_id AND event_id = @event_id RETURNING offer_id, quantity, places;

-- name: TakeOverdueHolds :many
DELETE FROM holds WHERE event_id = @event_id AND expires_at <= @now RETURNING offer_id, quantity, places;

-- name: FreeHeldEvent :exec
UPDATE event_stock SET held = held - @places::int WHERE event_id = @event_id;

-- name: FreeHeldOffer :exec
UPDATE offer_stock SET held = held - @quantity::int WHERE offer_id = @offer_id;

-- name: FreeSoldEvent :exec
UPDATE event_stock SET sold = sold - @places::int WHERE event_id = @event_id;

-- name: FreeSoldOffer :exec
UPDATE offer_stock SET sold = sold - @quantity::int WHERE offer_id = @offer_id;
