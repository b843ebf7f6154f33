-- name: GrantsOf :many
SELECT role, venue_id, event_id FROM role_grants WHERE organizer_id = @organizer_id AND person_id = @person_id;

-- name: DesksOf :many
-- Which organizers a person works for: asked before a tenant is chosen.
SELECT o.id, o.name, o.second_factor_from, EXISTS (SELECT 1 FROM suspensions x WHERE x.organizer_id = o.id) AS suspended FROM organizers o
WHERE o.id IN (SELECT g.organizer_id FROM role_grants g WHERE g.person_id = @person_id) ORDER BY o.name, o.id;

-- name: Members :many
SELECT g.id, g.person_id, g.role, g.venue_id, g.event_id, g.created_at, p.name, p.email,
    (p.totp IS NOT NULL OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = p.id))::boolean AS strong
FROM role_grants g JOIN people p ON p.id = g.person_id
WHERE g.organizer_id = @organizer_id ORDER BY p.name, p.id, g.created_at;

-- name: GiveRole :execrows
INSERT INTO role_grants (id, organizer_id, person_id, role, venue_id, event_id, given_by, created_at)
VALUES (@id, @organizer_id, @person_id, @role, sqlc.narg(venue_id), sqlc.narg(event_id), @given_by, @created_at)
ON CONFLICT ON CONSTRAINT role_grants_once DO NOTHING;

-- name: TakeRole :exec
DELETE FROM role_grants WHERE organizer_id = @organizer_id AND id = @id;

-- name: LockOrganizer :exec
SELECT id FROM organizers WHERE id = @id FOR UPDATE;

-- name: Invite :exec
INSERT INTO invitations (id, organizer_id, hash, email, language, role, venue_id, event_id, invited_by, created_at, until)
VALUES (@id, @organizer_id, @hash, @email, @language, @role, sqlc.narg(venue_id), sqlc.narg(event_id), @invited_by, @created_at, @until);

-- name: Invited :many
SELECT id, organizer_id, email, language, role, venue_id, event_id, invited_by, created_at, until FROM invitations
WHERE organizer_id = @organizer_id AND settled_at IS NULL AND until > @now ORDER BY id;

-- name: Invitation :one
-- The hash is the credential, so no tenant is known yet.
SELECT id, organizer_id, email, language, role, venue_id, event_id, invited_by, created_at, until FROM invitations
WHERE hash = @hash AND settled_at IS NULL AND until > @now;

-- name: Settle :execrows
UPDATE invitations SET settled_at = @now, accepted = @accepted
WHERE organizer_id = @organizer_id AND id = @id AND settled_at IS NULL;

-- name: AuditHead :one
SELECT seq, hash FROM audit_heads WHERE organizer_id = @organizer_id FOR UPDATE;

-- name: MeetAuditHead :exec
INSERT INTO audit_heads (organizer_id, seq, hash) VALUES (@organizer_id, 0, @hash) ON CONFLICT (organizer_id) DO NOTHING;

-- name: MoveAuditHead :exec
UPDATE audit_heads SET seq = @seq, hash = @hash WHERE organizer_id = @organizer_id;

-- name: AddAudit :exec
INSERT INTO audit (organizer_id, seq, at, who, what, subject, detail, address, prev, hash)
VALUES (@organizer_id, @seq, @at, @who, @what, @subject, @detail, @address, @prev, @hash);

-- name: AddAuditAddress :exec
INSERT INTO audit_addresses (organizer_id, seq, at, salt, address) VALUES (@organizer_id, @seq, @at, @salt, @address);

-- name: AuditEntries :many
SELECT organizer_id, seq, at, who, what, subject, detail, address, prev, hash FROM audit
WHERE organizer_id = @organizer_id AND (@before::bigint = 0 OR seq < @before) ORDER BY seq DESC LIMIT @count;

-- name: AuditFrom :many
-- Every chain in order, for the verifier.
SELECT organizer_id, seq, at, who, what, subject, detail, address, prev, hash FROM audit
WHERE (organizer_id, seq) > (@organizer_id::uuid, @seq::bigint) ORDER BY organizer_id, seq LIMIT @count;

-- name: AuditHeads :many
SELECT organizer_id, seq, hash FROM audit_heads ORDER BY organizer_id;

-- name: AddMail :exec
INSERT INTO mails (id, letter, created_at, try_at) VALUES (@id, @letter, @now, @now);

-- name: DueMails :many
-- Taken by putting them off: of two programs that look at once, each gets others.
UPDATE mails SET tried = tried + 1, try_at = @later
WHERE id IN (SELECT m.id FROM mails m WHERE m.try_at <= @now ORDER BY m.try_at LIMIT @count FOR UPDATE SKIP LOCKED)
RETURNING id, letter, tried, created_at;

-- name: SentMail :exec
DELETE FROM mails WHERE id = @id;

-- name: PutOffMail :exec
UPDATE mails SET try_at = @try_at, fault = @fault WHERE id = @id;

-- name: SaveView :exec
INSERT INTO saved_views (id, organizer_id, person_id, page, name, query)
VALUES (@id, @organizer_id, @person_id, @page, @name, @query)
ON CONFLICT (organizer_id, person_id, page, name) DO UPDATE SET query = excluded.query;

-- name: Views :many
SELECT id, name, query FROM saved_views
WHERE organizer_id = @organizer_id AND person_id = @person_id AND page = @page ORDER BY name LIMIT 50;

-- name: DropView :exec
DELETE FROM saved_views WHERE organizer_id = @organizer_id AND person_id = @person_id AND id = @id;

-- name: AuditPage :many
-- With the names of people and keys, and addresses that are not forgotten yet, for the page; the export has ids.
SELECT a.seq, a.at, coalesce(p.name, 'API · ' || k.name, a.who)::text AS who, a.what, a.subject, a.detail, coalesce(f.address, '')::text AS address, a.hash
FROM audit a LEFT JOIN people p ON a.who = 'person ' || p.id::text
  LEFT JOIN api_keys k ON k.organizer_id = a.organizer_id AND a.who = 'API key ' || k.id::text
  LEFT JOIN audit_addresses f ON f.organizer_id = a.organizer_id AND f.seq = a.seq
WHERE a.organizer_id = @organizer_id AND (@what::text = '' OR a.what LIKE @what || '%')
  AND (@search::text = '' OR coalesce(p.name, k.name, a.who) || ' ' || a.subject || ' ' || a.detail ILIKE '%' || @search || '%')
ORDER BY a.seq DESC LIMIT @count OFFSET @skip;

-- name: SetSecondFactor :execrows
UPDATE organizers SET second_factor_from = sqlc.narg(since) WHERE id = @id;

-- name: RenameOrganizer :execrows
UPDATE organizers SET name = @name, language = @language WHERE id = @id;
