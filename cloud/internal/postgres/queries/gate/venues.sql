-- name: LockVenue :one
-- The row is the venue manifest's lock, as with lists.
INSERT INTO venue_manifests (venue_id, organizer_id)
SELECT v.id, v.organizer_id FROM venues v WHERE v.id = @venue_id
ON CONFLICT (venue_id) DO UPDATE SET epoch = venue_manifests.epoch
RETURNING organizer_id, epoch, content, good_until, homes;

-- name: VenueFacts :one
SELECT id, organizer_id, name, time_zone FROM venues WHERE id = @venue_id;

-- name: TakeVenueMark :execrows
-- A mark whose change is not committed yet is locked: it is left for the next run, not waited for.
DELETE FROM venue_marks WHERE venue_id IN
    (SELECT m.venue_id FROM venue_marks m WHERE m.venue_id = @venue_id FOR UPDATE SKIP LOCKED);

-- name: KeepVenueManifest :exec
UPDATE venue_manifests SET epoch = @epoch, raw = @raw, blob = @blob, content = @content, good_until = @good_until,
    homes = @homes
WHERE venue_id = @venue_id AND epoch < @epoch;

-- name: DueVenues :many
-- Marks; and venues with hubs or where the cloud is the arbiter: which events' lists they keep changes with the days.
SELECT m.venue_id FROM venue_marks m JOIN venues v ON v.id = m.venue_id
UNION SELECT h.venue_id FROM hubs h WHERE @all_hubs::boolean AND h.retired_at IS NULL
UNION SELECT a.venue_id FROM arbiters a WHERE @all_hubs::boolean;

-- name: VenueEvents :many
SELECT id, organizer_id, name, doors_at, starts_at, ends_at FROM events
WHERE venue_id = @venue_id AND ends_at > @ends_after AND starts_at < @starts_before ORDER BY starts_at, id;

-- name: VenueZones :many
SELECT * FROM zones WHERE venue_id = @venue_id ORDER BY id;

-- name: VenueCheckpoints :many
SELECT * FROM checkpoints WHERE venue_id = @venue_id AND retired_at IS NULL ORDER BY id;

-- name: VenueStanding :many
-- The gates at each home door: those that were chosen, or else those that a hub has told of. One that was never there
-- can't be anybody's home.
SELECT c.id,
    array(SELECT DISTINCT l.gate_id FROM gate_lanes l
        WHERE l.checkpoint_id = c.id AND l.venue_id = c.venue_id AND (l.gate_id = ANY (c.home_gates)
            OR c.home_gates = '{}' AND EXISTS (SELECT 1 FROM hub_gates t JOIN hubs h ON h.id = t.hub_id
                WHERE h.venue_id = c.venue_id AND t.gate_id = l.gate_id))
        ORDER BY l.gate_id)::text[] AS gates
FROM checkpoints c WHERE c.venue_id = @venue_id AND c.policy = 'home' AND c.retired_at IS NULL ORDER BY c.id;

-- name: VenueHours :many
SELECT h.checkpoint_id, h.opens_at, h.closes_at FROM checkpoint_hours h
JOIN checkpoints c ON c.id = h.checkpoint_id WHERE c.venue_id = @venue_id ORDER BY h.checkpoint_id, h.opens_at;

-- name: VenueControllers :many
SELECT * FROM controllers WHERE venue_id = @venue_id AND retired_at IS NULL ORDER BY id;

-- name: HubVenues :many
SELECT h.id AS hub, v.venue_id, v.epoch FROM hubs h
JOIN venue_manifests v ON v.venue_id = h.venue_id
WHERE h.retired_at IS NULL AND v.epoch > 0 ORDER BY h.id;

-- name: SignedVenue :one
SELECT raw, blob FROM venue_manifests WHERE venue_id = @venue_id AND epoch > 0;

-- name: SweepMarks :exec
-- A mark on what is no event, or no venue, has nobody who takes it away.
WITH lists AS (DELETE FROM list_marks l WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.id = l.event_id))
DELETE FROM venue_marks v WHERE NOT EXISTS (SELECT 1 FROM venues o WHERE o.id = v.venue_id);
