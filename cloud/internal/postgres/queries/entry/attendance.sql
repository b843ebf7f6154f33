-- name: Before :many
-- What new records need of old ones: the records that opened the scans which they end, of rights that a list knows and of
-- others; and ends that came before their beginnings, of which a gate has as many as it has lanes, for each of its starts
-- whose records are not here. One question instead of three: most batches need two of the answers.
SELECT false AS loose, e.gate_id, e.run, e.seq, e.body
FROM (SELECT DISTINCT unnest(@event_ids::uuid[]) AS event_id, unnest(@refs::bytea[]) AS ref, unnest(@scans::bytea[]) AS scan) AS w
JOIN entry_events e ON e.event_id = w.event_id AND e.ref = w.ref AND e.scan = w.scan
WHERE e.venue_id = @venue_id AND e.gate_id = ANY (@gates::text[]) AND e.type IN ('admission', 'leaving')
UNION ALL
SELECT false, gate_id, run, seq, body FROM entry_events
WHERE venue_id = @venue_id AND gate_id = ANY (@gates::text[]) AND scan = ANY (@nobodys::bytea[])
  AND (ref IS NULL OR event_id IS NULL) AND type IN ('admission', 'leaving')
UNION ALL
SELECT true, e.gate_id, e.run, e.seq, e.body FROM attendance_loose l
JOIN entry_events e ON e.venue_id = l.venue_id AND e.gate_id = l.gate_id AND e.run = l.run AND e.seq = l.seq
WHERE l.venue_id = @venue_id AND l.gate_id = ANY (@gates::text[])
ORDER BY 2, 3, 4;

-- name: AddLoose :exec
INSERT INTO attendance_loose (organizer_id, venue_id, gate_id, scan, run, seq)
SELECT @organizer_id, @venue_id, unnest(@gates::text[]), unnest(@scans::bytea[]), unnest(@runs::text[]), unnest(@seqs::bigint[])
ON CONFLICT DO NOTHING;

-- name: DropLoose :exec
DELETE FROM attendance_loose l
USING (SELECT unnest(@gates::text[]) AS gate_id, unnest(@runs::text[]) AS run, unnest(@seqs::bigint[]) AS seq) AS t
WHERE l.venue_id = @venue_id AND l.gate_id = t.gate_id AND l.run = t.run AND l.seq = t.seq;

-- name: Count :exec
-- Takes places in rights' histories, counts the rights that are used for the first time, keeps those of which a place is
-- taken twice as doubtful, and adds the numbers: one statement, since it is the price of every batch. Every table in order
-- of its key, so that two batches which meet wait for each other instead of killing one another. What was taken is looked
-- up by hashing: the planner can't know how many rows the arrays have, and would join a thousand with a thousand one by one.
WITH place AS (
    SELECT unnest(@place_events::uuid[]) AS event_id, unnest(@refs::bytea[]) AS ref, unnest(@doors::text[]) AS door, unnest(@afters::bytea[]) AS after,
        unnest(@place_gates::text[]) AS gate_id, unnest(@kinds::text[]) AS kind
), taken AS (
    INSERT INTO attendance_arrivals (organizer_id, event_id, ref, door, after)
    SELECT @organizer_id::uuid, p.event_id, p.ref, p.door, p.after FROM place p ORDER BY p.event_id, p.ref, p.door, p.after
    ON CONFLICT DO NOTHING
    RETURNING event_id, ref, door, after
), doubt AS (
    INSERT INTO attendance_doubts (organizer_id, event_id, ref)
    SELECT @organizer_id::uuid, d.event_id, d.ref FROM (
        SELECT unnest(@doubt_events::uuid[]) AS event_id, unnest(@doubts::bytea[]) AS ref
        UNION
        SELECT p.event_id, p.ref FROM place p WHERE (p.event_id, p.ref, p.door, p.after) NOT IN (SELECT t.event_id, t.ref, t.door, t.after FROM taken t)
    ) AS d ORDER BY d.event_id, d.ref
    ON CONFLICT DO NOTHING
)
INSERT INTO attendance (organizer_id, venue_id, event_id, slot, gate_id, checkpoint, came_from, went_to, what, which, n)
SELECT @organizer_id::uuid, @venue_id::uuid, c.event_id, c.slot, c.gate_id, c.checkpoint, c.came_from, c.went_to, c.what, c.which, c.n FROM (
    SELECT unnest(@event_ids::uuid[]) AS event_id, unnest(@slots::bigint[]) AS slot, unnest(@gates::text[]) AS gate_id,
        unnest(@checkpoints::text[]) AS checkpoint, unnest(@froms::text[]) AS came_from, unnest(@tos::text[]) AS went_to,
        unnest(@whats::text[]) AS what, unnest(@whiches::text[]) AS which, unnest(@ns::bigint[]) AS n
    UNION ALL
    SELECT p.event_id, 0, p.gate_id, '', '', '', 'arrived', p.kind, count(*) FROM place p
    WHERE p.door = '' AND p.after = '' AND CASE WHEN (p.event_id, p.ref, p.door, p.after) IN (SELECT t.event_id, t.ref, t.door, t.after FROM taken t) THEN true END
    GROUP BY p.event_id, p.gate_id, p.kind
) AS c
ORDER BY c.event_id, c.slot, c.gate_id, c.checkpoint, c.came_from, c.went_to, c.what, c.which
ON CONFLICT (event_id, venue_id, slot, gate_id, checkpoint, came_from, went_to, what, which)
DO UPDATE SET n = attendance.n + excluded.n;

-- name: RecountDue :one
SELECT EXISTS (SELECT FROM attendance_due WHERE what = 'recount');

-- name: StopCounting :exec
-- Whoever stores records waits from here on until this transaction ends. The order is the one in which storing takes them.
LOCK TABLE attendance_loose, attendance_arrivals, attendance_doubts, attendance IN EXCLUSIVE MODE;

-- name: ClearedEvents :many
-- Events of whose records only the numbers are left: see cloud/internal/privacy. They can't be counted anew.
SELECT DISTINCT event_id::uuid AS event_id FROM entry_events WHERE event_id IS NOT NULL AND body::text = '{}';

-- name: ClearedSlots :many
-- The same of records of no event, by five minutes.
SELECT DISTINCT venue_id, (at / 300000)::bigint AS slot FROM entry_events WHERE event_id IS NULL AND body::text = '{}';

-- name: Uncount :exec
WITH loose AS (DELETE FROM attendance_loose), due AS (DELETE FROM attendance_due WHERE what = 'recount'),
    arrivals AS (DELETE FROM attendance_arrivals WHERE event_id <> ALL (@events::uuid[])),
    doubts AS (DELETE FROM attendance_doubts WHERE event_id <> ALL (@events::uuid[]))
DELETE FROM attendance a WHERE a.event_id <> ALL (@events::uuid[]) AND NOT (a.event_id = '00000000-0000-0000-0000-000000000000'
    AND (a.venue_id, a.slot) IN (SELECT unnest(@venues::uuid[]), unnest(@slots::bigint[])));

-- name: GatesWithRecords :many
SELECT DISTINCT organizer_id, venue_id, gate_id FROM entry_events ORDER BY venue_id, gate_id;
