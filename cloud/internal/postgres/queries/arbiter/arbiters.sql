-- name: MakeArbiter :exec
INSERT INTO arbiters (venue_id, organizer_id)
SELECT v.id, v.organizer_id FROM venues v WHERE v.id = @venue_id ON CONFLICT (venue_id) DO NOTHING;

-- name: LockArbiter :one
SELECT organizer_id, fence, holder, until > now() AS held, term FROM arbiters WHERE venue_id = @venue_id FOR UPDATE;

-- name: HubInService :one
-- The hub that decides at a venue: one that has joined, or was heard.
SELECT id FROM hubs WHERE venue_id = @venue_id AND retired_at IS NULL AND (joined_at IS NOT NULL OR seen_at IS NOT NULL)
ORDER BY seen_at DESC NULLS LAST, id LIMIT 1;

-- name: NewestTerm :one
SELECT coalesce(max(term), 0)::bigint FROM hub_disks WHERE venue_id = @venue_id;

-- name: TakeArbiter :one
UPDATE arbiters SET fence = fence + 1, holder = @holder, until = now() + make_interval(secs => @seconds::float8), term = @term
WHERE venue_id = @venue_id RETURNING fence;

-- name: RenewArbiter :execrows
UPDATE arbiters SET until = now() + make_interval(secs => @seconds::float8) WHERE arbiters.venue_id = @venue_id AND fence = @fence
    AND NOT EXISTS (SELECT 1 FROM hubs h WHERE h.venue_id = @venue_id AND h.retired_at IS NULL
        AND (h.joined_at IS NOT NULL OR h.seen_at IS NOT NULL));

-- name: LeaveArbiter :exec
UPDATE arbiters SET fence = fence + 1, holder = '', until = 'epoch' WHERE venue_id = @venue_id AND fence = @fence;

-- name: CheckFence :one
-- The row is locked until the transaction ends: who takes over waits for it, and then sees what it wrote.
SELECT organizer_id, memory, homes FROM arbiters a WHERE a.venue_id = @venue_id AND a.fence = @fence
    AND NOT EXISTS (SELECT 1 FROM hubs h WHERE h.venue_id = @venue_id AND h.retired_at IS NULL
        AND (h.joined_at IS NOT NULL OR h.seen_at IS NOT NULL))
FOR UPDATE OF a;

-- name: KeepMemory :exec
UPDATE arbiters SET memory = @memory, homes = coalesce(sqlc.narg(homes)::jsonb, homes) WHERE venue_id = @venue_id;

-- name: KeepGates :exec
INSERT INTO arbiter_gates (venue_id, gate_id, body)
SELECT @venue_id, g.gate_id, g.body::jsonb
FROM (SELECT unnest(@gate_ids::text[]) AS gate_id, unnest(@bodies::text[]) AS body) AS g
ON CONFLICT (venue_id, gate_id) DO UPDATE SET body = excluded.body;

-- name: KeepGrants :exec
INSERT INTO arbiter_grants (venue_id, scan, body)
SELECT @venue_id, g.scan, g.body::jsonb
FROM (SELECT unnest(@scans::bytea[]) AS scan, unnest(@bodies::text[]) AS body) AS g
ON CONFLICT (venue_id, scan) DO UPDATE SET body = excluded.body;

-- name: DropGrants :exec
DELETE FROM arbiter_grants WHERE venue_id = @venue_id AND scan = ANY (@scans::bytea[]);

-- name: ArbiterGates :many
SELECT body FROM arbiter_gates WHERE venue_id = @venue_id ORDER BY gate_id;

-- name: ArbiterGrants :many
SELECT body FROM arbiter_grants WHERE venue_id = @venue_id ORDER BY scan;

-- name: EventsNotOver :many
SELECT id FROM events WHERE venue_id = @venue_id AND ends_at > @over;

-- name: HistoryOf :many
-- Every record that adds to a right's history, those that were set aside among them.
SELECT e.body::text AS body FROM entry_events e
WHERE e.organizer_id = @organizer_id AND e.venue_id = @venue_id AND e.event_id = ANY (@events::uuid[]) AND e.record <> ''
UNION ALL
SELECT encode(q.body, 'escape') AS body FROM quarantine q WHERE q.venue_id = @venue_id;

-- name: HasRecords :one
SELECT EXISTS (SELECT 1 FROM entry_events WHERE organizer_id = @organizer_id AND event_id = @event_id);
