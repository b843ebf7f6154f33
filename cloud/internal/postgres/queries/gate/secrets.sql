-- name: AskSecretChange :execrows
-- Of an event or a venue of this organizer.
WITH scopes AS (
    SELECT e.id, e.organizer_id FROM events e WHERE e.id = @scope_id AND e.organizer_id = @organizer_id
    UNION ALL SELECT v.id, v.organizer_id FROM venues v WHERE v.id = @scope_id AND v.organizer_id = @organizer_id),
asked AS (
    INSERT INTO secret_changes (scope_id, organizer_id, why)
    SELECT s.id, s.organizer_id, 'asked' FROM scopes s
    ON CONFLICT (scope_id) WHERE epoch IS NULL DO UPDATE SET why = secret_changes.why
    RETURNING scope_id)
SELECT pg_notify('list_changed', scope_id::text) FROM asked;

-- name: ReportStolen :execrows
-- No more than @most in an hour: a hub that lies must not keep every gate fetching lists.
-- Once for each key: the secrets of the venue, and of every event there that is not over and whose secrets a gate may have.
WITH fresh AS (
    INSERT INTO stolen_gates (venue_id, gate, key)
    SELECT @venue_id::uuid, @gate::text, @key::text
    WHERE (SELECT count(*) FROM stolen_gates g WHERE g.venue_id = @venue_id AND g.told_at > now() - interval '1 hour') < @most::bigint
    ON CONFLICT DO NOTHING RETURNING venue_id, gate),
scopes AS (
    SELECT e.id, e.organizer_id, f.gate FROM fresh f JOIN events e ON e.venue_id = f.venue_id AND e.ends_at > @ends_after
    UNION ALL SELECT v.id, v.organizer_id, f.gate FROM fresh f JOIN venues v ON v.id = f.venue_id),
asked AS (
    INSERT INTO secret_changes (scope_id, organizer_id, why, gate)
    SELECT s.id, s.organizer_id, 'stolen', s.gate FROM scopes s
    WHERE EXISTS (SELECT 1 FROM list_secrets l WHERE l.scope_id = s.id)
    ON CONFLICT (scope_id) WHERE epoch IS NULL DO NOTHING
    RETURNING scope_id)
SELECT pg_notify('list_changed', scope_id::text) FROM asked;

-- name: DueSecretChanges :many
SELECT c.id, c.scope_id, c.organizer_id, c.why, c.gate, EXISTS (SELECT 1 FROM venues v WHERE v.id = c.scope_id) AS of_venue
FROM secret_changes c WHERE c.epoch IS NULL ORDER BY c.id;

-- name: SecretChangeDone :exec
UPDATE secret_changes SET epoch = @epoch::bigint, done_at = now() WHERE id = @id AND epoch IS NULL;

-- name: LockControllers :many
-- Before a venue's secret is changed: who makes a PIN holds its row, and reads the secret afterwards.
SELECT id FROM controllers WHERE venue_id = @venue_id ORDER BY id FOR UPDATE;

-- name: ForgetPINs :exec
UPDATE controllers SET pin_salt = NULL, pin_hash = NULL, pin_rounds = NULL WHERE venue_id = @venue_id AND pin_hash IS NOT NULL;

-- name: SecretScopes :many
-- What an organizer can change the secret of: its venues, and its events that are not over; with the last change of each.
WITH scopes AS (
    SELECT v.id, v.id AS venue_id, v.name, true AS of_venue, 'epoch'::timestamptz AS starts_at FROM venues v WHERE v.organizer_id = @organizer_id
    UNION ALL SELECT e.id, e.venue_id, e.name, false, e.starts_at FROM events e
        WHERE e.organizer_id = @organizer_id AND e.ends_at > @ends_after AND e.starts_at < @starts_before)
SELECT w.id, w.venue_id::uuid AS venue_id, w.name, w.of_venue::boolean AS of_venue, w.starts_at::timestamptz AS starts_at,
    coalesce(c.why, '') AS why, coalesce(c.gate, '') AS gate, c.asked_at, c.done_at
FROM scopes w
LEFT JOIN secret_changes c ON c.id = (SELECT max(s.id) FROM secret_changes s WHERE s.organizer_id = @organizer_id AND s.scope_id = w.id)
ORDER BY 4 DESC, 5, 3 LIMIT 500;

-- name: ScopeOwner :one
SELECT organizer_id FROM events WHERE events.id = @scope_id UNION ALL SELECT organizer_id FROM venues WHERE venues.id = @scope_id;
