-- name: CreateOrganizer :exec
INSERT INTO organizers (id, name, language) VALUES (@id, @name, @language);

-- name: Organizer :one
SELECT id, name, language, created_at FROM organizers WHERE id = @id;

-- name: Organizers :many
SELECT id, name, language, created_at FROM organizers WHERE id > @after ORDER BY id LIMIT @count;

-- name: CreateKey :exec
INSERT INTO api_keys (id, organizer_id, name, hash, scopes)
VALUES (@id, @organizer_id, @name, @hash, @scopes::text[]);

-- name: KeyByHash :one
-- The hash is the credential, so no tenant is known yet.
SELECT id, organizer_id, name, scopes, created_at FROM api_keys WHERE hash = @hash AND revoked_at IS NULL;

-- name: Keys :many
SELECT id, name, scopes, created_at, revoked_at FROM api_keys
WHERE organizer_id = @organizer_id AND id > @after ORDER BY id LIMIT @count;

-- name: RevokeKey :execrows
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE organizer_id = @organizer_id AND id = @id;

-- name: KeptAnswer :one
SELECT body_hash, status, answer FROM idempotency_keys WHERE tenant = @tenant AND route = @route AND key = @key;

-- name: KeepAnswer :exec
INSERT INTO idempotency_keys (tenant, route, key, body_hash, status, answer)
VALUES (@tenant, @route, @key, @body_hash, @status, @answer);

-- name: ForgetAnswers :execrows
DELETE FROM idempotency_keys WHERE created_at < @before;
