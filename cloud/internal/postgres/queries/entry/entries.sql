-- name: LockWatermarks :many
-- The rows are the runs' locks: two copies of a batch, by two ways, go in one after the other. So do batches of two runs of
-- a gate, since the newer run may end what the older one began. Who calls sorts them by gate and run, so that two who take
-- several at once don't wait for each other for ever.
INSERT INTO watermarks (venue_id, gate_id, run)
SELECT @venue_id::uuid, r.gate_id, r.run
FROM (SELECT unnest(@gates::text[]) AS gate_id, unnest(@runs::text[]) AS run) AS r,
    LATERAL (SELECT pg_advisory_xact_lock(hashtextextended(concat('gate ', @venue_id::uuid, ' ', r.gate_id), 0))) AS turn
ON CONFLICT (venue_id, gate_id, run) DO UPDATE SET seq = watermarks.seq
RETURNING gate_id, run, seq;

-- name: MoveWatermarks :exec
UPDATE watermarks AS w SET seq = m.seq, moved_at = now()
FROM (SELECT unnest(@gates::text[]) AS gate_id, unnest(@runs::text[]) AS run, unnest(@seqs::bigint[]) AS seq) AS m
WHERE w.venue_id = @venue_id AND w.gate_id = m.gate_id AND w.run = m.run AND w.seq < m.seq;

-- name: AddEvents :many
-- A record that is there already is the same record: the key is its id. All of a transaction in one statement: a hub that
-- comes back after an outage has a hundred thousand. What a record has not is empty here, and NULL in its row. Gives back
-- which are new.
INSERT INTO entry_events (venue_id, gate_id, run, organizer_id, hub_id, seq, event_id, type, scan, ref, kind, record,
    reason, at, lane, checkpoint, body)
SELECT @venue_id, e.gate_id, e.run, @organizer_id, @hub_id, e.seq,
    nullif(e.event_id, '')::uuid, e.type, nullif(e.scan, ''), nullif(e.ref, ''), e.kind, e.record,
    e.reason, e.at, e.lane, e.checkpoint, e.body::json
FROM (SELECT unnest(@gates::text[]) AS gate_id, unnest(@runs::text[]) AS run, unnest(@seqs::bigint[]) AS seq,
    unnest(@event_ids::text[]) AS event_id, unnest(@types::text[]) AS type,
    unnest(@scans::bytea[]) AS scan, unnest(@refs::bytea[]) AS ref, unnest(@kinds::integer[]) AS kind,
    unnest(@records::text[]) AS record, unnest(@reasons::text[]) AS reason, unnest(@ats::bigint[]) AS at,
    unnest(@lanes::integer[]) AS lane, unnest(@checkpoints::text[]) AS checkpoint, unnest(@bodies::text[]) AS body) AS e
ON CONFLICT (venue_id, gate_id, run, seq) DO NOTHING
RETURNING gate_id, run, seq;

-- name: Quarantine :exec
INSERT INTO quarantine (venue_id, gate_id, run, seq, organizer_id, hub_id, why, body)
VALUES (@venue_id, @gate_id, @run, @seq, @organizer_id, @hub_id, @why, @body)
ON CONFLICT (venue_id, gate_id, run, seq) DO NOTHING;

-- name: Watermarks :many
SELECT gate_id, run, seq FROM watermarks WHERE venue_id = @venue_id AND moved_at > @since ORDER BY gate_id, run;

-- name: GatesOfVenue :many
-- Telephones that ask over the API are gates too: their records may come by way of the venue's hub.
SELECT g.id FROM gates g WHERE g.venue_id = @venue_id
UNION ALL SELECT d.id FROM scan_devices d WHERE d.venue_id = @venue_id;

-- name: EventsOfVenue :many
SELECT id FROM events WHERE venue_id = @venue_id AND id = ANY (@ids::uuid[]);

-- name: Page :many
-- Only what lies below the oldest transaction still open: what comes later always sorts after what was read, so a
-- reader that goes on from its cursor misses nothing.
SELECT venue_id, gate_id, run, seq, hub_id, event_id, type, scan, ref, kind, record, reason, at, lane, checkpoint,
    body, received_at, txid, position FROM entry_events
WHERE organizer_id = @organizer_id
  AND (sqlc.narg(event_id)::uuid IS NULL OR event_id = sqlc.narg(event_id))
  AND (@gate_id::text = '' OR gate_id = @gate_id)
  AND (@type::text = '' OR type = @type)
  AND (@since::bigint = 0 OR at >= @since)
  AND (txid, position) > (@after_txid::bigint, @after_position::bigint)
  AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
ORDER BY txid, position LIMIT @count;

-- name: Summary :many
SELECT type, record, reason, count(*) AS count FROM entry_events
WHERE organizer_id = @organizer_id
  AND (sqlc.narg(event_id)::uuid IS NULL OR event_id = sqlc.narg(event_id))
  AND (@since::bigint = 0 OR at >= @since)
GROUP BY type, record, reason ORDER BY type, record, reason;

-- name: Quarantined :many
SELECT gate_id, run, seq, hub_id, why, body, received_at FROM quarantine
WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY received_at DESC LIMIT 100;

-- name: Histories :many
-- All records of the rights that were admitted more than once; which of them are conflicts is derived from them.
SELECT e.ref, e.kind, e.body FROM entry_events e
WHERE e.organizer_id = @organizer_id AND e.event_id = @event_id AND e.record <> '' AND e.ref IN (
    SELECT d.ref FROM entry_events d
    WHERE d.organizer_id = @organizer_id AND d.event_id = @event_id AND d.record = 'entry' AND d.ref > @after::bytea
    GROUP BY d.ref HAVING count(DISTINCT d.scan) > 1 ORDER BY d.ref LIMIT @count)
ORDER BY e.ref, e.txid, e.position;
