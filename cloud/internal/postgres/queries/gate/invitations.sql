-- name: InviteHub :exec
-- A newer invitation of a hub takes the place of an older one.
INSERT INTO hub_invitations (token, hub_id, key, expires_at) VALUES (@token, @hub_id, @key, @expires_at)
ON CONFLICT (hub_id) DO UPDATE SET token = excluded.token, key = excluded.key, expires_at = excluded.expires_at, tries = 0, used_by = NULL;

-- name: TryHub :one
-- Every try counts, in the statement that reads the key: two guesses at once are two tries.
UPDATE hub_invitations SET tries = tries + 1 WHERE token = @token AND expires_at > @at AND tries < @most
RETURNING hub_id, key, expires_at;

-- name: UseInvitation :one
-- Used once; again by the same key only, whose answer was lost.
UPDATE hub_invitations SET used_by = @key WHERE token = @token AND (used_by IS NULL OR used_by = @key) RETURNING hub_id;

-- name: JoinHub :execrows
UPDATE hubs SET key_print = @key, joined_at = @at WHERE id = @id AND retired_at IS NULL;

-- name: KeepRoll :exec
INSERT INTO hub_rolls (venue_id, roll) VALUES (@venue_id, @roll)
ON CONFLICT (venue_id) DO UPDATE SET roll = excluded.roll, told_at = now();

-- name: Roll :one
SELECT roll FROM hub_rolls WHERE venue_id = @venue_id;
