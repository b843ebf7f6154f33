-- name: Rules :many
SELECT rule, days FROM retention_rules WHERE organizer_id = @organizer_id;

-- name: SetRule :exec
INSERT INTO retention_rules (organizer_id, rule, days) VALUES (@organizer_id, @rule, @days)
ON CONFLICT (organizer_id, rule) DO UPDATE SET days = excluded.days;

-- name: CountOldBuyers :one
SELECT count(*) FROM orders o WHERE o.organizer_id = @organizer_id AND o.erased_at IS NULL AND o.state <> 'reserved'
  AND NOT EXISTS (SELECT 1 FROM order_lines l JOIN events e ON e.id = l.event_id WHERE l.order_id = o.id AND e.ends_at >= @before)
  AND NOT EXISTS (SELECT 1 FROM refunds r JOIN refunds_due d ON d.refund_id = r.id WHERE r.order_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM payments_open p WHERE p.order_id = o.id);

-- name: ForgetOldBuyers :execrows
-- Of an order only who bought it goes: what was sold, for how much and how it was paid stays for the books. The page of the
-- order is closed with it.
UPDATE orders SET buyer_name = '—', buyer_email = 'erased@erased.invalid', erased_at = @now,
    secret = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
WHERE id IN (SELECT o.id FROM orders o WHERE o.organizer_id = @organizer_id AND o.erased_at IS NULL AND o.state <> 'reserved'
  AND NOT EXISTS (SELECT 1 FROM order_lines l JOIN events e ON e.id = l.event_id WHERE l.order_id = o.id AND e.ends_at >= @before)
  AND NOT EXISTS (SELECT 1 FROM refunds r JOIN refunds_due d ON d.refund_id = r.id WHERE r.order_id = o.id)
  AND NOT EXISTS (SELECT 1 FROM payments_open p WHERE p.order_id = o.id)
  ORDER BY o.id LIMIT @count FOR UPDATE OF o SKIP LOCKED);

-- name: OldEvents :many
SELECT e.id FROM events e WHERE e.organizer_id = @organizer_id AND e.ends_at < @before
  AND NOT EXISTS (SELECT 1 FROM cleared_events c WHERE c.event_id = e.id) ORDER BY e.ends_at LIMIT @count;

-- name: CountOldEntries :one
SELECT ((SELECT count(*) FROM entry_events x JOIN events e ON e.id = x.event_id
    WHERE e.organizer_id = @organizer_id AND x.organizer_id = @organizer_id AND e.ends_at < @before
      AND NOT EXISTS (SELECT 1 FROM cleared_events c WHERE c.event_id = e.id))
  + (SELECT count(*) FROM entry_events x WHERE x.organizer_id = @organizer_id AND x.event_id IS NULL AND x.received_at < @before AND x.body::text <> '{}')
  + (SELECT count(*) FROM quarantine q WHERE q.organizer_id = @organizer_id AND q.received_at < @before))::bigint AS records;

-- name: ClearEntries :execrows
-- When, where and how it was decided stays; which ticket, what was read and who stood there goes.
UPDATE entry_events SET ref = NULL, scan = NULL, body = '{}' WHERE (venue_id, gate_id, run, seq) IN (SELECT x.venue_id, x.gate_id, x.run, x.seq FROM entry_events x
    WHERE x.organizer_id = @organizer_id AND x.event_id = @event_id AND x.body::text <> '{}' LIMIT @count);

-- name: MarkCleared :exec
WITH a AS (DELETE FROM attendance_arrivals r WHERE r.event_id = @event_id AND r.organizer_id = @organizer_id),
    d AS (DELETE FROM attendance_doubts u WHERE u.event_id = @event_id AND u.organizer_id = @organizer_id),
    m AS (DELETE FROM incident_marks i WHERE i.organizer_id = @organizer_id AND starts_with(i.key, concat('conflict ', @event_id::uuid, ' ')))
INSERT INTO cleared_events (event_id, organizer_id, at) VALUES (@event_id, @organizer_id, @at) ON CONFLICT DO NOTHING;

-- name: ClearLooseEntries :execrows
UPDATE entry_events SET ref = NULL, scan = NULL, body = '{}'
WHERE (venue_id, gate_id, run, seq) IN (SELECT x.venue_id, x.gate_id, x.run, x.seq FROM entry_events x
    WHERE x.organizer_id = @organizer_id AND x.event_id IS NULL AND x.received_at < @before AND x.body::text <> '{}' LIMIT @count);

-- name: ClearQuarantine :execrows
WITH m AS (DELETE FROM incident_marks i WHERE i.organizer_id = @organizer_id AND i.at < @before),
    a AS (DELETE FROM scans c WHERE c.organizer_id = @organizer_id AND c.at < @before)
DELETE FROM quarantine q WHERE q.organizer_id = @organizer_id AND q.received_at < @before;

-- name: CountOldInvitations :one
SELECT count(*) FROM invitations WHERE organizer_id = @organizer_id AND coalesce(settled_at, until) < @before;

-- name: DropOldInvitations :execrows
DELETE FROM invitations WHERE organizer_id = @organizer_id AND coalesce(settled_at, until) < @before;

-- name: CountOldControllers :one
SELECT count(*) FROM controllers WHERE organizer_id = @organizer_id AND retired_at < @before AND name <> '—';

-- name: ForgetOldControllers :execrows
UPDATE controllers SET name = '—', number = NULL, pin_salt = NULL, pin_hash = NULL, pin_rounds = NULL
WHERE organizer_id = @organizer_id AND retired_at < @before AND name <> '—';

-- name: CountOldAddresses :one
SELECT count(*) FROM audit_addresses WHERE organizer_id = @organizer_id AND at < @before;

-- name: DropOldAddresses :execrows
DELETE FROM audit_addresses WHERE organizer_id = @organizer_id AND at < @before;

-- name: DueOrganizers :many
-- Whose data were not looked through since a time.
SELECT o.id FROM organizers o
WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.organizer_id = o.id AND j.kind = @kind AND j.made_at >= @since) ORDER BY o.id LIMIT @count;
