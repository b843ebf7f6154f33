-- name: LanesAt :one
SELECT count(*) FROM gate_lanes l JOIN checkpoints c ON c.id = l.checkpoint_id
WHERE c.organizer_id = @organizer_id AND l.checkpoint_id = @checkpoint_id;

-- name: RetireCheckpoint :execrows
UPDATE checkpoints SET retired_at = now(), version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: RestoreCheckpoint :execrows
UPDATE checkpoints SET retired_at = NULL, version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NOT NULL;

-- name: DoorDates :many
-- Dates at a venue with what doors need to know of them, those on first.
SELECT e.id, e.name, e.doors_at, e.starts_at, e.ends_at, e.state = 'cancelled' AS cancelled,
    EXISTS (SELECT 1 FROM events_by_hand h WHERE h.event_id = e.id) AS by_hand
FROM events e WHERE e.venue_id = @venue_id AND e.ends_at > @ends_after AND e.starts_at < @starts_before ORDER BY e.starts_at, e.id
LIMIT @most;

-- name: DoorKinds :many
SELECT event_id, kind, name FROM offers WHERE event_id = ANY (@events::uuid[]) ORDER BY event_id, kind;

-- name: Exceptions :many
SELECT checkpoint_id, event_id, exception FROM checkpoint_dates WHERE venue_id = @venue_id ORDER BY checkpoint_id, event_id;

-- name: PutException :exec
INSERT INTO checkpoint_dates (checkpoint_id, event_id, organizer_id, venue_id, exception)
VALUES (@checkpoint_id, @event_id, @organizer_id, @venue_id, @exception)
ON CONFLICT (checkpoint_id, event_id) DO UPDATE SET exception = excluded.exception;

-- name: DropException :exec
DELETE FROM checkpoint_dates WHERE organizer_id = @organizer_id AND checkpoint_id = @checkpoint_id AND event_id = @event_id;

-- name: DoByHand :exec
INSERT INTO events_by_hand (event_id, organizer_id, venue_id) VALUES (@event_id, @organizer_id, @venue_id) ON CONFLICT DO NOTHING;

-- name: DoByTemplate :exec
DELETE FROM events_by_hand WHERE organizer_id = @organizer_id AND event_id = @event_id;

-- name: TemplateDoors :many
SELECT id, name, settings, version FROM door_templates WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY name, id;

-- name: LockTemplate :many
SELECT id FROM door_templates WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY id FOR UPDATE;

-- name: AddTemplateDoor :exec
INSERT INTO door_templates (id, organizer_id, venue_id, name, settings) VALUES (@id, @organizer_id, @venue_id, @name, @settings);

-- name: ChangeTemplateDoor :execrows
UPDATE door_templates SET name = @name, settings = @settings, version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND version = @version;

-- name: DropTemplateDoor :execrows
DELETE FROM door_templates WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = @id;

-- name: Applied :one
-- The manifest in force, and whether something is still to be signed.
SELECT coalesce((SELECT m.epoch FROM venue_manifests m WHERE m.venue_id = @venue_id), 0)::bigint AS epoch,
    EXISTS (SELECT 1 FROM venue_marks k WHERE k.venue_id = @venue_id) AS pending;

-- name: ByShift :one
SELECT by_shift FROM venue_duty WHERE venue_id = @venue_id;

-- name: SetByShift :exec
INSERT INTO venue_duty (venue_id, organizer_id, by_shift) VALUES (@venue_id, @organizer_id, @by_shift)
ON CONFLICT (venue_id) DO UPDATE SET by_shift = excluded.by_shift;

-- name: VenueShifts :many
-- With the moments of their dates, which say when they are.
SELECT s.id, s.event_id, s.checkpoint_id, s.controller_id, s.rule, e.doors_at, e.starts_at, e.ends_at
FROM shifts s JOIN events e ON e.id = s.event_id JOIN checkpoints c ON c.id = s.checkpoint_id
    JOIN controllers p ON p.id = s.controller_id
WHERE s.venue_id = @venue_id AND c.retired_at IS NULL AND p.retired_at IS NULL AND e.ends_at > @ends_after AND e.starts_at < @starts_before
ORDER BY e.starts_at, s.id;

-- name: OwnShift :one
SELECT s.id, s.venue_id, s.event_id, s.checkpoint_id, s.controller_id, s.rule, e.doors_at, e.starts_at, e.ends_at
FROM shifts s JOIN events e ON e.id = s.event_id WHERE s.organizer_id = @organizer_id AND s.id = @id;

-- name: AddShift :exec
INSERT INTO shifts (id, organizer_id, venue_id, event_id, checkpoint_id, controller_id, rule)
VALUES (@id, @organizer_id, @venue_id, @event_id, @checkpoint_id, @controller_id, @rule);

-- name: DropShift :execrows
DELETE FROM shifts WHERE organizer_id = @organizer_id AND id = @id;

-- name: LockVenueShifts :exec
-- Shifts of one venue are planned one change after the other: nobody is put at two doors by two planners at once.
SELECT pg_advisory_xact_lock(hashtextextended('shifts ' || (@venue_id::uuid)::text, 0));

-- name: Printed :exec
UPDATE controllers SET printed_at = @at WHERE organizer_id = @organizer_id AND id = ANY (@ids::uuid[]);

-- name: ChangeController :execrows
UPDATE controllers SET name = @name, supervisor = @supervisor, checkpoints = @checkpoints::uuid[], version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL AND version = @version;

-- name: ReinstateController :execrows
UPDATE controllers SET retired_at = NULL WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NOT NULL;
