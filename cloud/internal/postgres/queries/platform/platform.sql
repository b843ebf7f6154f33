-- Figures of the platform: counts of rows, never what is in them. Ids of orders and tickets are UUID version 7, so that an id
-- made of a time finds what is newer without reading the rest.

-- name: Organizers :many
SELECT o.id, o.name, o.language, o.created_at, o.second_factor_from, coalesce(x.why, '')::text AS why, x.made_at AS suspended_at,
    (SELECT count(DISTINCT g.person_id) FROM role_grants g WHERE g.organizer_id = o.id) AS people,
    (SELECT count(*) FROM events e WHERE e.organizer_id = o.id AND e.state = 'on_sale' AND e.ends_at > @now) AS on_sale,
    (SELECT count(*) FROM orders r WHERE r.organizer_id = o.id AND r.id > @since::uuid) AS orders
FROM organizers o LEFT JOIN suspensions x ON x.organizer_id = o.id
WHERE (@search::text = '' OR o.name ILIKE '%' || @search || '%' OR o.id::text = @search) AND (@state::text = '' OR (@state = 'suspended') = (x.organizer_id IS NOT NULL))
ORDER BY o.created_at DESC, o.id LIMIT @count OFFSET @skip;

-- name: Organizer :one
SELECT o.id, o.name, o.language, o.created_at, o.second_factor_from, coalesce(x.why, '')::text AS why, x.made_at AS suspended_at,
    (SELECT count(DISTINCT g.person_id) FROM role_grants g WHERE g.organizer_id = o.id) AS people,
    (SELECT count(*) FROM venues v WHERE v.organizer_id = o.id) AS venues,
    (SELECT count(*) FROM events e WHERE e.organizer_id = o.id) AS events,
    (SELECT count(*) FROM events e WHERE e.organizer_id = o.id AND e.state = 'on_sale' AND e.ends_at > @now) AS on_sale,
    (SELECT count(*) FROM orders r WHERE r.organizer_id = o.id AND r.id > @since::uuid) AS orders,
    (SELECT count(*) FROM tickets t WHERE t.organizer_id = o.id AND t.id > @since::uuid) AS tickets,
    (SELECT count(*) FROM hubs h WHERE h.organizer_id = o.id AND h.retired_at IS NULL) AS hubs,
    (SELECT count(*) FROM api_keys k WHERE k.organizer_id = o.id AND k.revoked_at IS NULL) AS keys
FROM organizers o LEFT JOIN suspensions x ON x.organizer_id = o.id WHERE o.id = @id;

-- name: Usage :one
SELECT (SELECT count(*) FROM organizers) AS organizers, (SELECT count(*) FROM suspensions) AS suspended,
    (SELECT count(*) FROM events e WHERE e.state = 'on_sale' AND e.ends_at > @now) AS on_sale,
    (SELECT count(*) FROM orders r WHERE r.id > @day::uuid) AS orders_day,
    (SELECT count(*) FROM orders q WHERE q.id > @month::uuid) AS orders_month,
    (SELECT count(*) FROM tickets t WHERE t.id > @day::uuid) AS tickets_day,
    (SELECT count(*) FROM tickets u WHERE u.id > @month::uuid) AS tickets_month,
    (SELECT coalesce(sum(w.seq), 0)::bigint FROM watermarks w) AS records, -- as far as runs are held
    (SELECT count(*) FROM hubs h WHERE h.retired_at IS NULL) AS hubs,
    (SELECT count(*) FROM hubs j WHERE j.retired_at IS NULL AND j.seen_at > @lately) AS hubs_lately,
    pg_database_size(current_database()) AS bytes;

-- name: Suspend :execrows
INSERT INTO suspensions (organizer_id, why, made_by, made_at) SELECT o.id, @why, @made_by, @made_at FROM organizers o WHERE o.id = @id
ON CONFLICT (organizer_id) DO NOTHING;

-- name: Resume :execrows
DELETE FROM suspensions WHERE organizer_id = @id;

-- name: MailCounts :many
-- What waits to be sent, by kind of letter and by whether it was tried: no address leaves the table.
SELECT coalesce(letter ->> 'Kind', '')::text AS kind, (tried > 0)::boolean AS tried, count(*) AS mails, min(created_at)::timestamptz AS oldest, max(tried)::int AS tries
FROM mails GROUP BY 1, 2 ORDER BY 1, 2;

-- name: HurryMails :execrows
UPDATE mails SET try_at = @now WHERE try_at > @now;

-- name: QueueDepth :many
SELECT state::text AS state, count(*) AS jobs, min(scheduled_at)::timestamptz AS oldest FROM river_job
WHERE state IN ('available', 'running', 'retryable', 'scheduled', 'discarded') GROUP BY state ORDER BY state;

-- name: AddOperator :execrows
INSERT INTO platform_operators (person_id, made_by, made_at) VALUES (@person_id, @made_by, @made_at) ON CONFLICT DO NOTHING;

-- name: DropOperator :execrows
DELETE FROM platform_operators WHERE person_id = @person_id;

-- name: Operators :many
SELECT p.id, p.name, p.email, o.made_at, (p.totp IS NOT NULL OR EXISTS (SELECT 1 FROM passkeys k WHERE k.person_id = p.id))::boolean AS strong
FROM platform_operators o JOIN people p ON p.id = o.person_id ORDER BY o.made_at;

-- name: Acts :many
SELECT a.seq, a.at, coalesce(p.name, a.who)::text AS who, a.what, coalesce(o.name, a.subject)::text AS subject, a.detail, coalesce(f.address, '')::text AS address
FROM audit a LEFT JOIN people p ON a.who = 'person ' || p.id::text LEFT JOIN organizers o ON a.subject = o.id::text
  LEFT JOIN audit_addresses f ON f.organizer_id = a.organizer_id AND f.seq = a.seq
WHERE a.organizer_id = '00000000-0000-0000-0000-000000000000' AND (a.what LIKE 'platform.%' OR a.what LIKE 'api.%')
ORDER BY a.seq DESC LIMIT @count OFFSET @skip;
