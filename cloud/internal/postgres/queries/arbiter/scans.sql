-- name: AddDevice :execrows
-- A device's name is nobody else's: not another caller's, and no gate's. Who has taken a telephone can't take all names of a venue.
INSERT INTO scan_devices (venue_id, id, organizer_id, owner)
SELECT @venue_id, @id, @organizer_id, @owner::text
WHERE NOT EXISTS (SELECT 1 FROM gates g WHERE g.venue_id = @venue_id AND g.id = @id)
  AND (SELECT count(*) FROM scan_devices d WHERE d.venue_id = @venue_id) < @most::int
  AND (SELECT count(*) FROM scan_devices d WHERE d.venue_id = @venue_id AND d.owner = @owner::text AND d.made_at > now() - interval '30 days') < @most_own::int
ON CONFLICT (venue_id, id) DO NOTHING;

-- name: DeviceOwner :one
SELECT owner FROM scan_devices WHERE organizer_id = @organizer_id AND venue_id = @venue_id AND id = @id;

-- name: KeepScan :execrows
INSERT INTO scans (organizer_id, scan, venue_id, device, request, ask, answer)
VALUES (@organizer_id, @scan, @venue_id, @device, @request, @ask, @answer) ON CONFLICT (organizer_id, scan) DO NOTHING;

-- name: KeptScan :one
SELECT venue_id, device, request, ask, answer, at FROM scans WHERE organizer_id = @organizer_id AND scan = @scan;

-- name: AmendScan :exec
UPDATE scans SET answer = @answer WHERE organizer_id = @organizer_id AND scan = @scan;

-- name: GiveUpScan :exec
-- Whoever asks about the scan afterwards is told so, also where it has no answer yet: a question may be slow on its way.
INSERT INTO scans (organizer_id, scan, venue_id, device, request, ask, answer)
VALUES (@organizer_id, @scan, @venue_id, @device, @request, @ask, @answer)
ON CONFLICT (organizer_id, scan) DO UPDATE SET answer = scans.answer || '{"given_up": true}'::jsonb;

-- name: ForgetScans :execrows
DELETE FROM scans WHERE at < @before;

-- name: ScanVenue :one
SELECT m.epoch, (CASE WHEN m.epoch = @held::bigint THEN NULL ELSE m.raw END)::bytea AS raw FROM venues v JOIN venue_manifests m ON m.venue_id = v.id
WHERE v.organizer_id = @organizer_id AND v.id = @venue_id AND m.epoch > 0;

-- name: ScanVenues :many
SELECT id FROM venues WHERE organizer_id = @organizer_id ORDER BY name, id LIMIT 500;

-- name: ScanLists :many
SELECT l.event_id, l.epoch FROM lists l WHERE l.organizer_id = @organizer_id AND l.event_id = ANY (@events::uuid[]) AND l.epoch > 0;

-- name: ScanManifest :one
SELECT raw FROM manifests WHERE event_id = @event_id ORDER BY epoch DESC LIMIT 1;

-- name: ScanBlob :one
SELECT bytes FROM blobs WHERE scope_id = @scope_id AND hash = @hash;

-- name: PhoneEntries :many
-- Signed rows that changed after an epoch; 0 = all.
SELECT namespace, code, kind, state, uses, group_size, flags, valid_from, valid_until FROM list_entries
WHERE organizer_id = @organizer_id AND event_id = @event_id AND epoch IS NOT NULL AND epoch > @after AND epoch <= @upto;

-- name: HeldOf :one
SELECT seq FROM watermarks WHERE venue_id = @venue_id AND gate_id = @gate_id AND run = @run;

-- name: RecordsOf :many
SELECT e.body::text AS body FROM entry_events e
WHERE e.organizer_id = @organizer_id AND e.event_id = ANY (@events::uuid[]) AND e.ref = ANY (@refs::bytea[]) AND e.record <> '';
