-- name: CreateEvent :exec
INSERT INTO events (id, organizer_id, venue_id, series_id, name, description, descriptions, languages, age_rating,
    documents, doors_at, starts_at, ends_at, currency, state, sale_from, sale_until)
VALUES (@id, @organizer_id, @venue_id, @series_id, @name, @description, @descriptions, @languages::text[], @age_rating,
    @documents, @doors_at, @starts_at, @ends_at, @currency, @state, @sale_from, @sale_until);

-- name: CreateEventStock :exec
INSERT INTO event_stock (event_id, capacity) VALUES (@event_id, @capacity);

-- name: EditEvent :execrows
-- next_kind is no part of the version: it moves with offers.
UPDATE events SET series_id = @series_id, name = @name, description = @description, descriptions = @descriptions,
    languages = @languages::text[], age_rating = @age_rating, documents = @documents, doors_at = @doors_at,
    starts_at = @starts_at, ends_at = @ends_at, state = @state, sale_from = @sale_from, sale_until = @sale_until,
    version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND version = @version;

-- name: SetEventCapacity :exec
-- Below what is taken, the CHECK refuses.
UPDATE event_stock SET capacity = @capacity WHERE event_id = @event_id AND capacity <> @capacity;

-- name: Event :one
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id AND e.id = @id;

-- name: LockEvents :many
-- In order of id, so that two editors of many dates wait for each other and never deadlock. What is locked is read by a
-- statement of its own: one that had to wait would see places as they were before.
SELECT id FROM events WHERE organizer_id = @organizer_id AND id = ANY (@ids::uuid[]) ORDER BY id FOR NO KEY UPDATE;

-- name: EventsByID :many
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id AND e.id = ANY (@ids::uuid[]) ORDER BY e.id;

-- name: Repertoire :many
-- An organizer's dates by start; an empty list or a NULL chooses all. reach: what somebody may see, NULL = everything.
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id
  AND (sqlc.narg(venue)::uuid IS NULL OR e.venue_id = sqlc.narg(venue))
  AND (sqlc.narg(series)::uuid IS NULL OR e.series_id = sqlc.narg(series))
  AND (@state::text = '' OR e.state = @state)
  AND (sqlc.narg(ends_after)::timestamptz IS NULL OR e.ends_at > sqlc.narg(ends_after))
  AND (sqlc.narg(starts_from)::timestamptz IS NULL OR e.starts_at >= sqlc.narg(starts_from))
  AND (sqlc.narg(starts_before)::timestamptz IS NULL OR e.starts_at < sqlc.narg(starts_before))
  AND (@name::text = '' OR strpos(lower(e.name), lower(@name)) > 0)
  AND (sqlc.narg(after_start)::timestamptz IS NULL OR (e.starts_at, e.id) > (sqlc.narg(after_start), @after_event::uuid))
  AND (sqlc.narg(ids)::uuid[] IS NULL OR e.id = ANY (sqlc.narg(ids)::uuid[]))
  AND (@everywhere::boolean OR e.venue_id = ANY (@venues::uuid[]) OR e.id = ANY (@events::uuid[]))
ORDER BY CASE WHEN @down::boolean THEN e.starts_at END DESC, CASE WHEN NOT @down THEN e.starts_at END, e.id
LIMIT @count OFFSET @skip;

-- name: Events :many
SELECT sqlc.embed(e), s.capacity, s.held, s.sold
FROM events e JOIN event_stock s ON s.event_id = e.id
WHERE e.organizer_id = @organizer_id AND e.id > @after ORDER BY e.id LIMIT @count;

-- name: EventsOnSale :many
SELECT sqlc.embed(e), s.capacity, s.held, s.sold, sqlc.embed(v), o.name AS organizer_name,
    coalesce(r.name, '')::text AS series_name
FROM events e
JOIN event_stock s ON s.event_id = e.id
JOIN venues v ON v.id = e.venue_id
JOIN organizers o ON o.id = e.organizer_id
LEFT JOIN series r ON r.id = e.series_id
WHERE e.state = 'on_sale' AND e.ends_at > @now AND NOT EXISTS (SELECT 1 FROM suspensions x WHERE x.organizer_id = e.organizer_id)
  AND (e.starts_at, e.id) > (@from_start::timestamptz, @from_event::uuid)
  AND e.starts_at >= @since::timestamptz
  AND (@place::text = '' OR strpos(lower(v.name || ' ' || v.address), lower(@place)) > 0)
  AND (sqlc.narg(series)::uuid IS NULL OR e.series_id = sqlc.narg(series))
ORDER BY e.starts_at, e.id LIMIT @count;

-- name: PublicEvent :one
SELECT sqlc.embed(e), s.capacity, s.held, s.sold, sqlc.embed(v), o.name AS organizer_name,
    coalesce(r.name, '')::text AS series_name
FROM events e
JOIN event_stock s ON s.event_id = e.id
JOIN venues v ON v.id = e.venue_id
JOIN organizers o ON o.id = e.organizer_id
LEFT JOIN series r ON r.id = e.series_id
WHERE e.id = @id AND e.state <> 'draft';
