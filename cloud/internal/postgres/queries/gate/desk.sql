-- name: OwnVenue :one
SELECT id FROM venues WHERE organizer_id = @organizer_id AND id = @venue_id;

-- name: OwnEvent :one
SELECT id, venue_id FROM events WHERE organizer_id = @organizer_id AND id = @event_id;

-- name: OwnEvents :many
SELECT id FROM events WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = ANY (@ids::uuid[]);

-- name: AddZone :exec
INSERT INTO zones (id, organizer_id, venue_id, name, parent_id, capacity)
VALUES (@id, @organizer_id, @venue_id, @name, @parent_id, @capacity);

-- name: OwnZones :many
SELECT * FROM zones WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY name, id;

-- name: AddCheckpoint :exec
INSERT INTO checkpoints (id, organizer_id, venue_id, name, direction, from_zone, to_zone, events, kinds, mode, policy,
    budget_minutes, budget_entries, unlisted, needs_staff, ask_millis, pass_seconds, no_contact, stale_ask, language, home_gates,
    rule, kind_names, template_id, applied)
VALUES (@id, @organizer_id, @venue_id, @name, @direction, @from_zone, @to_zone, @events::uuid[], @kinds, @mode,
    @policy, @budget_minutes, @budget_entries, @unlisted, @needs_staff, @ask_millis, @pass_seconds, @no_contact,
    @stale_ask, @language, @home_gates::text[], @rule, @kind_names::text[], @template_id, @applied);

-- name: ChangeCheckpoint :execrows
UPDATE checkpoints SET name = @name, direction = @direction, from_zone = @from_zone, to_zone = @to_zone,
    events = @events::uuid[], kinds = @kinds, mode = @mode, policy = @policy, budget_minutes = @budget_minutes,
    budget_entries = @budget_entries, unlisted = @unlisted, needs_staff = @needs_staff, ask_millis = @ask_millis,
    pass_seconds = @pass_seconds, no_contact = @no_contact, stale_ask = @stale_ask, language = @language,
    home_gates = @home_gates::text[], rule = @rule, kind_names = @kind_names::text[], template_id = @template_id, applied = @applied,
    version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: ForgetHours :exec
DELETE FROM checkpoint_hours WHERE checkpoint_id = @checkpoint_id;

-- name: AddHours :exec
INSERT INTO checkpoint_hours (checkpoint_id, opens_at, closes_at)
SELECT @checkpoint_id::uuid, unnest(@opens::timestamptz[]), unnest(@closes::timestamptz[]);

-- name: OwnCheckpoint :one
SELECT * FROM checkpoints WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: LockCheckpoint :one
SELECT * FROM checkpoints WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL FOR UPDATE;

-- name: OwnCheckpoints :many
SELECT * FROM checkpoints WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND retired_at IS NULL ORDER BY name, id;

-- name: Hours :many
SELECT checkpoint_id, opens_at, closes_at FROM checkpoint_hours
WHERE checkpoint_id = ANY (@checkpoints::uuid[]) ORDER BY checkpoint_id, opens_at;

-- name: AddController :exec
INSERT INTO controllers (id, organizer_id, venue_id, name, badge, supervisor, checkpoints)
VALUES (@id, @organizer_id, @venue_id, @name, @badge, @supervisor, @checkpoints::uuid[]);

-- name: OwnControllers :many
SELECT * FROM controllers WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND retired_at IS NULL
ORDER BY name, id;

-- name: OwnController :one
-- The row is locked: a badge and a PIN are made one after the other.
SELECT * FROM controllers WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL FOR UPDATE;

-- name: SetBadge :execrows
UPDATE controllers SET badge = @badge, printed_at = NULL WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: FreeNumber :one
-- Numbers are short, for they are typed: the next after the highest that the venue ever gave. Two at once meet at the
-- unique constraint.
SELECT (coalesce(max(number), 0) + 1)::integer FROM controllers WHERE venue_id = @venue_id;

-- name: SetPIN :execrows
UPDATE controllers SET number = @number, pin_salt = @salt, pin_hash = @hash, pin_rounds = @rounds
WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: RetireController :execrows
UPDATE controllers SET retired_at = coalesce(retired_at, now()) WHERE organizer_id = @organizer_id AND id = @id;

-- name: AddHub :exec
INSERT INTO hubs (id, organizer_id, venue_id, name, token_hash)
VALUES (@id, @organizer_id, @venue_id, @name, @token_hash);

-- name: OwnHubs :many
SELECT id, venue_id, name, state, seen_at, made_at, retired_at FROM hubs
WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY id;

-- name: OwnHub :one
SELECT venue_id FROM hubs WHERE organizer_id = @organizer_id AND id = @id AND retired_at IS NULL;

-- name: RetireHub :execrows
UPDATE hubs SET retired_at = coalesce(retired_at, now()) WHERE organizer_id = @organizer_id AND id = @id;

-- name: Hub :one
-- A hub names itself before any tenant is known; its key or its token decides.
SELECT id, organizer_id, venue_id, token_hash, key_print FROM hubs WHERE id = @id AND retired_at IS NULL;

-- name: HubSeen :exec
UPDATE hubs SET state = @state, seen_at = @seen_at WHERE id = @id;

-- name: HubToldOf :exec
-- Gates of the venue only: a hub can't fill the table with names. In order, so that two hubs never deadlock.
INSERT INTO hub_gates (hub_id, gate_id, state, told_at)
SELECT h.id, t.gate_id, t.state::json, @told_at::timestamptz
FROM (SELECT unnest(@gates::text[]) AS gate_id, unnest(@states::text[]) AS state) AS t
JOIN hubs h ON h.id = @hub_id
JOIN gates g ON g.venue_id = h.venue_id AND g.id = t.gate_id
ORDER BY t.gate_id
ON CONFLICT (hub_id, gate_id) DO UPDATE SET state = excluded.state, told_at = excluded.told_at;

-- name: GatesAsTold :many
SELECT t.hub_id, t.state FROM hub_gates t JOIN hubs h ON h.id = t.hub_id
WHERE h.organizer_id = @organizer_id AND h.venue_id = @venue_id ORDER BY t.hub_id, t.gate_id;

-- name: BlobForVenue :one
SELECT b.bytes FROM blobs b WHERE b.hash = @hash
AND (b.scope_id = @venue_id OR b.scope_id IN (SELECT e.id FROM events e WHERE e.venue_id = @venue_id)) LIMIT 1;

-- name: EventAtVenue :one
SELECT organizer_id FROM events WHERE id = @event_id AND venue_id = @venue_id;

-- name: AddGate :exec
INSERT INTO gates (venue_id, id, organizer_id, name) VALUES (@venue_id, @id, @organizer_id, @name);

-- name: AddLanes :exec
INSERT INTO gate_lanes (venue_id, gate_id, lane, checkpoint_id)
SELECT @venue_id::uuid, @gate_id::text, unnest(@lanes::int[]), unnest(@checkpoints::uuid[]);

-- name: ForgetLanes :exec
DELETE FROM gate_lanes WHERE venue_id = @venue_id AND gate_id = @gate_id;

-- name: OwnGates :many
SELECT * FROM gates WHERE organizer_id = @organizer_id AND venue_id = @venue_id ORDER BY id;

-- name: RenameGate :execrows
UPDATE gates SET name = @name WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = @id;

-- name: Lanes :many
SELECT gate_id, lane, checkpoint_id FROM gate_lanes WHERE venue_id = @venue_id ORDER BY gate_id, lane;
