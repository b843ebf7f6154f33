-- name: CreateEvent :exec
INSERT INTO events (id, organizer_id, venue_id, name, description, doors_at, starts_at, ends_at, currency, state)
VALUES (@id, @organizer_id, @venue_id, @name, @description, @doors_at, @starts_at, @ends_at, @currency, @state);

-- name: CreateEventStock :exec
INSERT INTO event_stock (event_id, capacity) VALUES (@event_id, @capacity);

-- name: EditEvent :execrows
UPDATE events SET name = @name, description = @description, doors_at = @doors_at, starts_at = @starts_at,
    ends_at = @ends_at, state = @state
WHERE organizer_id = @organizer_id AND id = @id;

-- name: SetEventCapacity :exec
-- Below what is taken, the CHECK refuses.
UPDATE event_stock SET capacity = @capacity WHERE event_id = @event_id AND capacity <> @capacity;

-- name: Event :one
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id AND e.id = @id;

-- name: Events :many
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id AND e.id > @after ORDER BY e.id LIMIT @count;

-- name: EventsOnSale :many
SELECT sqlc.embed(e), s.capacity, s.held, s.sold, sqlc.embed(v), o.name AS organizer_name
FROM events e
JOIN event_stock s ON s.event_id = e.id
JOIN venues v ON v.id = e.venue_id
JOIN organizers o ON o.id = e.organizer_id
WHERE e.state = 'on_sale' AND e.ends_at > @now AND (e.starts_at, e.id) > (@from_start::timestamptz, @from_event::uuid)
ORDER BY e.starts_at, e.id LIMIT @count;

-- name: PublicEvent :one
SELECT sqlc.embed(e), s.capacity, s.held, s.sold, sqlc.embed(v), o.name AS organizer_name
FROM events e
JOIN event_stock s ON s.event_id = e.id
JOIN venues v ON v.id = e.venue_id
JOIN organizers o ON o.id = e.organizer_id
WHERE e.id = @id AND e.state <> 'draft';
