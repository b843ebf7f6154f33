-- name: AddIssuer :exec
INSERT INTO issuers (event_id, name, organizer_id, normalise, kind, pretix)
VALUES (@event_id, @name, @organizer_id, @normalise, @kind, @pretix::bytea[]);

-- name: OwnIssuers :many
SELECT name, normalise, kind, pretix FROM issuers
WHERE organizer_id = @organizer_id AND event_id = @event_id ORDER BY name;

-- name: Listed :many
SELECT code FROM list_entries WHERE event_id = @event_id AND namespace = @namespace AND code = ANY (@codes::text[]);

-- name: ImportCodes :many
-- Codes that are there already stay as they are (one may be blocked), and are not among what comes back.
INSERT INTO list_entries (event_id, organizer_id, namespace, code, ref, kind, state)
SELECT @event_id::uuid, @organizer_id::uuid, @namespace::text, unnest(@codes::text[]), unnest(@refs::bytea[]),
    @kind::int, 1
ON CONFLICT (event_id, namespace, code) DO NOTHING
RETURNING code;

-- name: TellChanged :exec
SELECT pg_notify('list_changed', @event_id::text);

-- name: AddReport :exec
INSERT INTO import_reports (id, event_id, issuer, organizer_id, lines, imported, skipped, skips)
VALUES (@id, @event_id, @issuer, @organizer_id, @lines, @imported, @skipped, @skips);

-- name: OwnReports :many
SELECT id, issuer, made_at, lines, imported, skipped, skips FROM import_reports
WHERE organizer_id = @organizer_id AND event_id = @event_id AND issuer = @issuer ORDER BY made_at DESC, id LIMIT 100;
