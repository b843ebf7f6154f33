-- name: LockZones :exec
-- The venue's row is the lock of its zones, for one may be added while others are read. They are read by a statement
-- of its own, which sees what was done while this one waited.
SELECT id FROM venues WHERE organizer_id = @organizer_id AND id = @venue_id FOR NO KEY UPDATE;

-- name: ChangeZone :execrows
UPDATE zones SET name = @name, parent_id = @parent_id, capacity = @capacity, version = version + 1
WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = @id AND version = @version;

-- name: LeaveZone :exec
-- A checkpoint that was taken away keeps nobody from removing its zone: given back, it leads outside.
UPDATE checkpoints SET from_zone = nullif(from_zone, @zone::uuid), to_zone = nullif(to_zone, @zone::uuid)
WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND retired_at IS NOT NULL;

-- name: RemoveZone :execrows
DELETE FROM zones WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = @id AND version = @version;

-- name: DoorsOfZone :many
SELECT c.name FROM checkpoints c
WHERE c.organizer_id = @organizer_id AND c.venue_id = @venue_id AND c.retired_at IS NULL AND (c.from_zone = @zone::uuid OR c.to_zone = @zone::uuid)
UNION SELECT t.name FROM door_templates t
WHERE t.organizer_id = @organizer_id AND t.venue_id = @venue_id AND (t.settings ->> 'from' = (@zone::uuid)::text OR t.settings ->> 'to' = (@zone::uuid)::text)
ORDER BY 1 LIMIT 20;

-- name: OffersOfZone :many
SELECT DISTINCT (o.name || ' · ' || e.name)::text AS name FROM offers o JOIN events e ON e.id = o.event_id
WHERE e.organizer_id = @organizer_id AND e.venue_id = @venue_id AND e.ends_at > @now AND @zone::text = ANY (o.zones)
ORDER BY 1 LIMIT 20;

-- name: PeopleInZone :one
-- Where the last passage of each ticket led: through a door in, to its inner side; back, out, or after an entry that
-- was given up, to its outer one. What a zone contains counts as inside it.
WITH RECURSIVE part AS (
    SELECT id FROM zones WHERE venue_id = @venue_id AND id = @zone::uuid
    UNION SELECT z.id FROM zones z JOIN part ON z.parent_id = part.id),
last AS (
    SELECT DISTINCT ON (r.event_id, r.ref) r.record, r.checkpoint
    FROM events e JOIN entry_events r ON r.organizer_id = e.organizer_id AND r.event_id = e.id AND r.venue_id = @venue_id
    WHERE e.organizer_id = @organizer_id AND e.venue_id = @venue_id AND e.ends_at > @ended_after
      AND r.ref IS NOT NULL AND r.record IN ('entry', 'passed', 'forced', 'exit', 'abort')
    ORDER BY r.event_id, r.ref, r.at DESC, r.seq DESC)
SELECT count(*) FROM last l JOIN checkpoints c ON c.venue_id = @venue_id AND c.id::text = l.checkpoint
WHERE (CASE WHEN l.record = 'abort' OR l.record = 'exit' AND c.direction <> 'out' THEN c.from_zone ELSE c.to_zone END) IN (SELECT id FROM part);
