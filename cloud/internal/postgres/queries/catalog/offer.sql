-- name: TakeKind :one
-- Numbers only rise, so that a printed code never changes its meaning; the row lock gives each to one offer.
UPDATE events SET next_kind = next_kind + 1
WHERE organizer_id = @organizer_id AND id = @event_id AND next_kind < 4094
RETURNING next_kind - 1 AS kind;

-- name: CreateOffer :exec
INSERT INTO offers (id, organizer_id, event_id, kind, name, max_per_order, closed, admits, uses, reentry_after,
    group_size, flags, zones, valid_from, valid_until, sold_from, sold_until, document)
VALUES (@id, @organizer_id, @event_id, @kind, @name, @max_per_order, @closed, @admits, @uses, @reentry_after,
    @group_size, @flags, @zones::text[], @valid_from, @valid_until, @sold_from, @sold_until, @document);

-- name: CreateOfferStock :exec
INSERT INTO offer_stock (offer_id, event_id, capacity) VALUES (@offer_id, @event_id, sqlc.narg(capacity));

-- name: EditOffer :execrows
UPDATE offers SET name = @name, max_per_order = @max_per_order, closed = @closed, admits = @admits, uses = @uses,
    reentry_after = @reentry_after, flags = @flags, zones = @zones::text[], valid_from = @valid_from,
    valid_until = @valid_until, sold_from = @sold_from, sold_until = @sold_until, document = @document,
    version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND version = @version;

-- name: LockOffers :many
SELECT id FROM offers WHERE organizer_id = @organizer_id AND id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: SetOfferCapacity :exec
UPDATE offer_stock SET capacity = sqlc.narg(capacity)
WHERE offer_id = @offer_id AND capacity IS DISTINCT FROM sqlc.narg(capacity);

-- name: SetPrice :exec
-- A change of price is a new row; the same price again is none.
INSERT INTO offer_prices (offer_id, price)
SELECT @offer_id, @price
WHERE @price IS DISTINCT FROM
    (SELECT p.price FROM offer_prices p WHERE p.offer_id = @offer_id ORDER BY p.id DESC LIMIT 1);

-- name: Offer :one
SELECT sqlc.embed(o), s.capacity, s.held, s.sold, p.price
FROM offers o
JOIN offer_stock s ON s.offer_id = o.id
JOIN LATERAL (SELECT price FROM offer_prices WHERE offer_id = o.id ORDER BY id DESC LIMIT 1) p ON true
WHERE o.organizer_id = @organizer_id AND o.id = @id;

-- name: Offers :many
SELECT sqlc.embed(o), s.capacity, s.held, s.sold, p.price
FROM offers o
JOIN offer_stock s ON s.offer_id = o.id
JOIN LATERAL (SELECT price FROM offer_prices WHERE offer_id = o.id ORDER BY id DESC LIMIT 1) p ON true
WHERE o.organizer_id = @organizer_id AND o.event_id = @event_id ORDER BY o.kind;

-- name: OffersOf :many
SELECT sqlc.embed(o), s.capacity, s.held, s.sold, p.price
FROM offers o
JOIN offer_stock s ON s.offer_id = o.id
JOIN LATERAL (SELECT price FROM offer_prices WHERE offer_id = o.id ORDER BY id DESC LIMIT 1) p ON true
WHERE o.organizer_id = @organizer_id AND o.event_id = ANY (@events::uuid[]) ORDER BY o.event_id, o.kind;

-- name: OpenOffers :many
SELECT sqlc.embed(o), s.capacity, s.held, s.sold, p.price
FROM offers o
JOIN offer_stock s ON s.offer_id = o.id
JOIN LATERAL (SELECT price FROM offer_prices WHERE offer_id = o.id ORDER BY id DESC LIMIT 1) p ON true
WHERE o.event_id = ANY(@events::uuid[]) AND NOT o.closed ORDER BY o.event_id, o.kind;

-- name: Quotes :many
-- What is for sale at now, by offer.
SELECT o.id, o.organizer_id, o.event_id, e.name AS event_name, o.name AS offer_name, o.kind, o.group_size,
    o.max_per_order, e.currency, p.price
FROM offers o
JOIN events e ON e.id = o.event_id
JOIN LATERAL (SELECT price FROM offer_prices WHERE offer_id = o.id ORDER BY id DESC LIMIT 1) p ON true
WHERE o.id = ANY(@offers::uuid[]) AND NOT o.closed AND e.state = 'on_sale' AND e.ends_at > @now
  AND NOT EXISTS (SELECT 1 FROM suspensions x WHERE x.organizer_id = e.organizer_id)
  AND (e.sale_from IS NULL OR e.sale_from <= @now) AND (e.sale_until IS NULL OR e.sale_until > @now)
  AND (o.sold_from IS NULL OR o.sold_from <= @now) AND (o.sold_until IS NULL OR o.sold_until > @now);

-- name: PricesOf :many
SELECT price, since FROM offer_prices p JOIN offers o ON o.id = p.offer_id
WHERE o.organizer_id = @organizer_id AND p.offer_id = @offer_id ORDER BY p.id DESC LIMIT 50;
