-- name: OrganizerKeys :one
SELECT * FROM organizer_keys WHERE organizer_id = @organizer_id;

-- name: AddOrganizerKeys :exec
-- Of two first uses at once one wins, and both read that one afterwards.
INSERT INTO organizer_keys (organizer_id, root_public, root_sealed, root_not_after, root_signature,
    list_public, list_sealed, list_not_after, list_signature)
VALUES (@organizer_id, @root_public, @root_sealed, @root_not_after, @root_signature,
    @list_public, @list_sealed, @list_not_after, @list_signature)
ON CONFLICT (organizer_id) DO NOTHING;

-- name: RenewOrganizerKeys :exec
-- Only who vouches and until when; a renewal that comes late never shortens one.
UPDATE organizer_keys SET root_not_after = @root_not_after, root_signature = @root_signature,
    list_not_after = @list_not_after, list_signature = @list_signature
WHERE organizer_id = @organizer_id AND root_not_after <= @root_not_after AND list_not_after <= @list_not_after;

-- name: Secrets :one
SELECT sealed FROM list_secrets WHERE scope_id = @scope_id AND organizer_id = @organizer_id;

-- name: SecretsNow :one
-- With the newest epoch that they are good for, in one statement: a change of both commits together.
SELECT s.sealed, greatest(coalesce(l.epoch, 0), coalesce(v.epoch, 0))::bigint AS newest
FROM list_secrets s
LEFT JOIN lists l ON l.event_id = s.scope_id
LEFT JOIN venue_manifests v ON v.venue_id = s.scope_id
WHERE s.scope_id = @scope_id AND s.organizer_id = @organizer_id;

-- name: ChangeSecrets :execrows
UPDATE list_secrets SET sealed = @sealed WHERE scope_id = @scope_id AND organizer_id = @organizer_id;

-- name: AddSecrets :exec
INSERT INTO list_secrets (scope_id, organizer_id, sealed) VALUES (@scope_id, @organizer_id, @sealed)
ON CONFLICT (scope_id) DO NOTHING;

-- name: SigningKeys :many
SELECT scope_id, key_id, organizer_id, public, sealed, listed_only FROM signing_keys
WHERE scope_id = @scope_id ORDER BY key_id;

-- name: AddSigningKey :exec
INSERT INTO signing_keys (scope_id, key_id, organizer_id, public, sealed)
VALUES (@scope_id, @key_id, @organizer_id, @public, @sealed)
ON CONFLICT (scope_id, key_id) DO NOTHING;

-- name: Identity :one
SELECT incarnation, platform_key, seal_check,
    (SELECT system_identifier FROM pg_control_system())::bigint AS system,
    (SELECT timeline_id FROM pg_control_checkpoint())::bigint AS timeline
FROM cloud_identity;

-- name: BindIdentity :execrows
-- The first cloud on this database decides which keys belong to it.
UPDATE cloud_identity SET platform_key = @platform_key, seal_check = @seal_check WHERE seal_check IS NULL;

-- name: KeepBirth :one
-- The first cloud on this database says in which incarnation it began.
UPDATE cloud_identity SET born = CASE WHEN born = '' THEN @incarnation::text ELSE born END RETURNING born;

-- name: NewIncarnation :exec
UPDATE cloud_identity SET incarnation = gen_random_uuid();
