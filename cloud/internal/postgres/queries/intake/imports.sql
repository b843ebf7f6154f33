-- name: OpenImport :exec
INSERT INTO imports (id, organizer_id, event_id, issuer, mode, state, file_name, bytes, mapping, made_by, made_at)
VALUES (@id, @organizer_id, @event_id, @issuer, @mode, @state, @file_name, @bytes, @mapping, @made_by, @made_at);

-- name: OneImport :one
SELECT * FROM imports WHERE organizer_id = @organizer_id AND event_id = @event_id AND id = @id;

-- name: SomeImports :many
SELECT * FROM imports WHERE organizer_id = @organizer_id AND event_id = @event_id AND (@issuer::text = '' OR issuer = @issuer)
ORDER BY made_at DESC, id DESC OFFSET @first LIMIT @most;

-- name: TurnImport :execrows
-- The states are the guard: of two people who press at once, one is told that it has gone on meanwhile.
UPDATE imports SET state = @state, mode = @mode, mapping = @mapping, fault = '', step = '', lines_done = 0, worker = NULL,
    lease_until = NULL, tries = 0, ended_at = CASE WHEN @state = 'cancelled' THEN now() END
WHERE organizer_id = @organizer_id AND event_id = @event_id AND id = @id AND state = ANY (@states::text[]);

-- name: RememberMapping :exec
INSERT INTO import_mappings (organizer_id, issuer, mapping) VALUES (@organizer_id, @issuer, @mapping)
ON CONFLICT (organizer_id, issuer) DO UPDATE SET mapping = excluded.mapping;

-- name: RememberedMapping :one
SELECT mapping FROM import_mappings WHERE organizer_id = @organizer_id AND issuer = @issuer;

-- name: PutPart :exec
INSERT INTO import_files (import_id, part, organizer_id, bytes) VALUES (@import_id, @part, @organizer_id, @bytes);

-- name: FilePart :one
SELECT bytes FROM import_files WHERE organizer_id = @organizer_id AND import_id = @import_id AND part = @part;

-- name: DropFile :exec
DELETE FROM import_files WHERE import_id = @import_id;

-- name: Skips :many
SELECT s.line, s.text, s.why FROM import_skips s JOIN imports i ON i.id = s.import_id
WHERE i.organizer_id = @organizer_id AND i.event_id = @event_id AND i.id = @id AND s.line > @after ORDER BY s.line LIMIT @most;

-- name: ClaimImport :one
-- Whoever finds the row free or its lease over has it; another who looks at the same time passes it over.
UPDATE imports SET worker = @worker, lease_until = now() + interval '30 seconds', tries = tries + 1, step = 'reading', lines_done = 0
WHERE id = (SELECT i.id FROM imports i WHERE i.state IN ('checking', 'writing') AND (i.lease_until IS NULL OR i.lease_until < now())
    ORDER BY i.made_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *;

-- name: Progress :execrows
UPDATE imports SET step = @step, lines_done = @lines_done, lease_until = now() + interval '30 seconds'
WHERE id = @id AND worker = @worker AND state IN ('checking', 'writing');

-- name: ReleaseImport :exec
UPDATE imports SET worker = NULL, lease_until = NULL WHERE id = @id AND worker = @worker AND state IN ('checking', 'writing');

-- name: FinishImport :execrows
UPDATE imports SET state = @state, ended_at = @ended_at, lines = @lines, lines_done = @lines, counts = @counts, fault = @fault, step = '',
    worker = NULL, lease_until = NULL
WHERE id = @id AND worker = @worker AND state IN ('checking', 'writing');

-- name: SweepImports :exec
UPDATE imports SET state = 'cancelled', ended_at = now() WHERE state IN ('received', 'planned', 'failed') AND made_at < @before;

-- name: SweepFiles :exec
DELETE FROM import_files f USING imports i WHERE i.id = f.import_id AND i.state IN ('done', 'cancelled');

-- name: EventZone :one
SELECT v.time_zone FROM events e JOIN venues v ON v.id = e.venue_id WHERE e.id = @event_id;

-- name: Settlement :many
-- An admission that was taken back is closed by an abort of the same scan: nobody came in with it.
SELECT l.code, l.state, l.kind, coalesce(s.label, '') AS seat, coalesce(min(e.at), 0)::bigint AS first_at, count(e.at) AS entries
FROM (SELECT * FROM list_entries WHERE list_entries.organizer_id = @organizer_id AND list_entries.event_id = @event_id
        AND list_entries.namespace = @issuer AND list_entries.code > @after ORDER BY list_entries.code LIMIT @most) l
LEFT JOIN event_seats s ON s.event_id = l.event_id AND s.number = l.seat
LEFT JOIN entry_events e ON e.event_id = l.event_id AND e.ref = l.ref AND e.record = 'entry'
    AND NOT EXISTS (SELECT FROM entry_events a WHERE a.event_id = e.event_id AND a.ref = e.ref AND a.scan = e.scan AND a.record = 'abort')
GROUP BY l.code, l.state, l.kind, s.label ORDER BY l.code;
