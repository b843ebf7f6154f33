-- name: LockTerms :exec
-- Two hubs of a venue that ask at once get two terms.
SELECT pg_advisory_xact_lock(hashtextextended(@name::text, 0));

-- name: HubDisks :many
-- Each store that a hub of the venue has had, and the cloud's own while it was the arbiter.
SELECT h.disk, h.term FROM hub_disks h WHERE h.venue_id = @venue_id
UNION ALL SELECT 'the cloud'::text, a.term FROM arbiters a WHERE a.venue_id = @venue_id AND a.term > 0;

-- name: StandDown :exec
-- A hub has the venue now: the cloud's arbiter commits nothing more.
UPDATE arbiters SET fence = fence + 1, holder = '', until = 'epoch' WHERE venue_id = @venue_id AND holder <> '';

-- name: KeepHubDisk :one
INSERT INTO hub_disks (venue_id, disk, hub_id, term, head) VALUES (@venue_id, @disk, @hub_id, @term, @head)
ON CONFLICT (venue_id, disk) DO UPDATE SET hub_id = excluded.hub_id, term = excluded.term,
    head = greatest(hub_disks.head, excluded.head), seen_at = now()
RETURNING head;

-- name: EveryRun :many
-- Every run that may still matter: it moved lately, or is of an event that is not over.
WITH mattering AS (
    SELECT DISTINCT e.gate_id, e.run FROM entry_events e
    WHERE e.organizer_id = @organizer_id AND e.venue_id = @venue_id
      AND e.event_id IN (SELECT id FROM events WHERE events.venue_id = @venue_id AND ends_at > @over)
)
SELECT w.gate_id, w.run, w.seq FROM watermarks w
WHERE w.venue_id = @venue_id AND w.seq > 0
  AND (w.moved_at > @since OR (w.gate_id, w.run) IN (SELECT gate_id, run FROM mattering))
ORDER BY w.gate_id, w.run;

-- name: RecordsFrom :many
-- A run's records in order, those that were set aside among them.
SELECT r.seq, r.body FROM (
    SELECT e.seq, e.body::text AS body FROM entry_events e
    WHERE e.venue_id = @venue_id AND e.gate_id = @gate_id AND e.run = @run AND e.seq >= @first
    UNION ALL
    SELECT q.seq, encode(q.body, 'escape') AS body FROM quarantine q
    WHERE q.venue_id = @venue_id AND q.gate_id = @gate_id AND q.run = @run AND q.seq >= @first
) r ORDER BY r.seq LIMIT @count;
