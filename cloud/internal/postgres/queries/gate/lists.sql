-- name: LockList :one
-- The row is the list's lock: whoever holds it is the only signer of this event until its transaction ends.
INSERT INTO lists (event_id, organizer_id)
SELECT e.id, e.organizer_id FROM events e WHERE e.id = @event_id
ON CONFLICT (event_id) DO UPDATE SET epoch = lists.epoch
RETURNING organizer_id, epoch;

-- name: NewestManifest :one
SELECT epoch, raw, root, rules, depth, entries, good_until FROM manifests
WHERE event_id = @event_id ORDER BY epoch DESC LIMIT 1;

-- name: TakeUnsigned :many
-- A row changed by a transaction still open is skipped, not waited for: it is unsigned when that one commits, and
-- the next patch takes it. So commit order can't lose a change, and a refund never deadlocks with the signer.
UPDATE list_entries AS l SET epoch = @epoch::bigint
FROM (SELECT u.event_id, u.namespace, u.code FROM list_entries u
      WHERE u.event_id = @event_id AND u.epoch IS NULL ORDER BY u.namespace LIMIT @most FOR UPDATE SKIP LOCKED) AS mine
WHERE l.event_id = mine.event_id AND l.namespace = mine.namespace AND l.code = mine.code
RETURNING l.namespace, l.code, l.ref, l.kind, l.state, l.uses, l.group_size, l.flags, l.seat, l.valid_from, l.valid_until;

-- name: TakeWithdrawn :many
-- As TakeUnsigned, but only what is not good any more: a refund must not wait for a million imported codes.
UPDATE list_entries AS l SET epoch = @epoch::bigint
FROM (SELECT u.event_id, u.namespace, u.code FROM list_entries u
      WHERE u.event_id = @event_id AND u.epoch IS NULL AND u.state <> 1 FOR UPDATE SKIP LOCKED) AS mine
WHERE l.event_id = mine.event_id AND l.namespace = mine.namespace AND l.code = mine.code
RETURNING l.namespace, l.code, l.ref, l.kind, l.state, l.uses, l.group_size, l.flags, l.seat, l.valid_from, l.valid_until;

-- name: ListedEntries :many
-- Unsigned rows too: one that TakeUnsigned skipped, because somebody is changing it right now, is listed as it was
-- last committed, or a refunded ticket would be unlisted until the next patch.
SELECT namespace, code, ref, kind, state, uses, group_size, flags, seat, valid_from, valid_until
FROM list_entries WHERE event_id = @event_id;

-- name: TakeListMark :execrows
-- A mark whose change is not committed yet is locked: it is left for the next run, not waited for.
DELETE FROM list_marks WHERE event_id IN
    (SELECT m.event_id FROM list_marks m WHERE m.event_id = @event_id FOR UPDATE SKIP LOCKED);

-- name: AddManifest :exec
INSERT INTO manifests (event_id, epoch, raw, root, rules, depth, entries, good_until, patch, patch_blob)
VALUES (@event_id, @epoch, @raw, @root, @rules, @depth, @entries, @good_until, @patch, @patch_blob);

-- name: RaiseList :exec
UPDATE lists SET epoch = @epoch, good_until = @good_until WHERE event_id = @event_id AND epoch < @epoch;

-- name: TellSigned :exec
SELECT pg_notify('list_signed', @id::text);

-- name: PutBlobs :exec
INSERT INTO blobs (scope_id, hash, bytes, stale_at)
SELECT @scope_id::uuid, unnest(@hashes::bytea[]), unnest(@contents::bytea[]), sqlc.narg(stale_at)::timestamptz
ON CONFLICT (scope_id, hash) DO UPDATE SET stale_at = excluded.stale_at;

-- name: RetireBlobs :exec
UPDATE blobs SET stale_at = now() WHERE scope_id = @scope_id AND hash = ANY (@hashes::bytea[]) AND stale_at IS NULL;

-- name: RetireAllBlobs :exec
UPDATE blobs SET stale_at = now() WHERE scope_id = @scope_id AND stale_at IS NULL;

-- name: Blobs :many
SELECT hash, bytes FROM blobs WHERE scope_id = @scope_id AND hash = ANY (@hashes::bytea[]);

-- name: SweepBlobs :execrows
DELETE FROM blobs WHERE stale_at < @before;

-- name: SweepManifests :execrows
DELETE FROM manifests m USING lists l
WHERE l.event_id = m.event_id AND m.epoch < l.epoch AND m.made_at < @before;

-- name: DueLists :many
-- Unsigned entries, marks, and lists of events not over whose good-until nears.
SELECT DISTINCT u.event_id FROM list_entries u WHERE u.epoch IS NULL
UNION SELECT m.event_id FROM list_marks m JOIN events n ON n.id = m.event_id
UNION SELECT l.event_id FROM lists l JOIN events e ON e.id = l.event_id
    WHERE l.good_until < @renew_before AND e.ends_at > @over;

-- name: EventFacts :one
SELECT e.id, e.organizer_id, e.name, e.ends_at FROM events e WHERE e.id = @event_id;

-- name: EventKinds :many
SELECT kind, name, admits, uses, reentry_after, flags, zones, valid_from, valid_until
FROM offers WHERE event_id = @event_id ORDER BY kind;

-- name: EventIssuers :many
SELECT name, normalise, kind, pretix FROM issuers WHERE event_id = @event_id ORDER BY name;

-- name: HubLists :many
-- Which lists each hub keeps, and how new they are.
SELECT h.id AS hub, e.id AS event_id, l.epoch FROM hubs h
JOIN events e ON e.venue_id = h.venue_id
JOIN lists l ON l.event_id = e.id
WHERE h.retired_at IS NULL AND l.epoch > 0 AND e.ends_at > @ends_after AND e.starts_at < @starts_before
ORDER BY e.starts_at, e.id, h.id;

-- name: PatchesSince :many
SELECT epoch, raw, patch, patch_blob FROM manifests
WHERE event_id = @event_id AND epoch > @epoch ORDER BY epoch;

-- name: EventSeats :many
SELECT number, label FROM event_seats WHERE event_id = @event_id ORDER BY number;
