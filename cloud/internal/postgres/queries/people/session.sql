-- name: OpenSession :exec
INSERT INTO sessions (id, hash, person_id, organizer_id, half, strong, opened_at, seen_at, expires_at, proved_at, agent, address)
VALUES (@id, @hash, @person_id, sqlc.narg(organizer_id), @half, @strong, @opened_at, @seen_at, @expires_at, @proved_at, @agent, @address);

-- name: SessionBy :one
SELECT id, person_id, organizer_id, half, strong, opened_at, seen_at, expires_at, proved_at, agent, address
FROM sessions WHERE hash = @hash AND expires_at > @now;

-- name: UpdateSession :exec
UPDATE sessions SET organizer_id = sqlc.narg(organizer_id), seen_at = @seen_at, proved_at = @proved_at, strong = strong OR @strong WHERE id = @id;

-- name: SessionsOf :many
SELECT id, person_id, organizer_id, half, strong, opened_at, seen_at, expires_at, proved_at, agent, address
FROM sessions WHERE person_id = @person_id AND expires_at > @now AND NOT half ORDER BY seen_at DESC;

-- name: EndSession :execrows
DELETE FROM sessions WHERE person_id = @person_id AND id = @id;

-- name: EndOtherSessions :execrows
DELETE FROM sessions WHERE person_id = @person_id AND id <> @but;

-- name: KeepToken :exec
INSERT INTO tokens (hash, kind, content, until) VALUES (@hash, @kind, @content, @until);

-- name: LookToken :one
SELECT content FROM tokens WHERE hash = @hash AND kind = @kind AND until > @now;

-- name: TakeToken :one
DELETE FROM tokens WHERE hash = @hash AND kind = @kind AND until > @now RETURNING content;

-- name: MeetKey :exec
INSERT INTO login_failures (key, at, until) VALUES (@key, @now, @now) ON CONFLICT (key) DO NOTHING;

-- name: LockKeys :many
-- In one order, so that two attempts on the same keys wait for each other rather than deadlock.
SELECT key, attempts, at, until FROM login_failures WHERE key = ANY(@keys::text[]) ORDER BY key FOR UPDATE;

-- name: CountKey :exec
UPDATE login_failures SET attempts = @attempts, at = @now, until = @until WHERE key = @key;

-- name: PardonKeys :exec
DELETE FROM login_failures WHERE key = ANY(@keys::text[]);

-- name: Sweep :exec
WITH a AS (DELETE FROM sessions s WHERE s.expires_at < @now), b AS (DELETE FROM tokens t WHERE t.until < @now)
DELETE FROM login_failures f WHERE f.at < @quiet AND f.until < @now;
