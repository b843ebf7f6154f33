-- name: CreatePerson :execrows
INSERT INTO people (id, email, name, language, password, created_at)
VALUES (@id, @email, @name, @language, @password, @created_at)
ON CONFLICT (email) DO NOTHING;

-- name: Person :one
SELECT id, email, name, language, password, totp, totp_step, created_at,
    EXISTS (SELECT 1 FROM platform_operators o WHERE o.person_id = people.id) AS operator FROM people WHERE id = @id;

-- name: PersonBy :one
SELECT id, email, name, language, password, totp, totp_step, created_at,
    EXISTS (SELECT 1 FROM platform_operators o WHERE o.person_id = people.id) AS operator FROM people WHERE email = @email;

-- name: UpdatePerson :execrows
UPDATE people SET name = @name, language = @language, password = @password, totp = @totp, totp_step = @totp_step
WHERE id = @id;

-- name: TakeTOTP :execrows
-- Of two that send the same code at once, one gets in: the row's lock makes the second see the first's step.
UPDATE people SET totp_step = @step WHERE id = @id AND totp_step < @step;

-- name: DropCodes :exec
DELETE FROM recovery_codes WHERE person_id = @person_id;

-- name: AddCodes :exec
INSERT INTO recovery_codes (person_id, hash) SELECT @person_id, unnest(@hashes::bytea[]);

-- name: UseCode :execrows
UPDATE recovery_codes SET used_at = @now WHERE person_id = @person_id AND hash = @hash AND used_at IS NULL;

-- name: CodesLeft :one
SELECT count(*) FROM recovery_codes WHERE person_id = @person_id AND used_at IS NULL;

-- name: KnowDevice :exec
INSERT INTO devices (person_id, hash, known_at) VALUES (@person_id, @hash, @now)
ON CONFLICT (person_id, hash) DO UPDATE SET known_at = excluded.known_at;

-- name: KnowsDevice :one
SELECT EXISTS (SELECT 1 FROM devices d JOIN people p ON p.id = d.person_id WHERE p.email = @email AND d.hash = @hash);

-- name: AddPasskey :exec
INSERT INTO passkeys (id, person_id, name, credential, record, created_at)
VALUES (@id, @person_id, @name, @credential, @record, @created_at);

-- name: PasskeysOf :many
SELECT id, person_id, name, record, created_at, used_at FROM passkeys WHERE person_id = @person_id ORDER BY id;

-- name: UsedPasskey :exec
UPDATE passkeys SET record = @record, used_at = @now WHERE person_id = @person_id AND credential = @credential;

-- name: DropPasskey :execrows
DELETE FROM passkeys WHERE person_id = @person_id AND id = @id;
