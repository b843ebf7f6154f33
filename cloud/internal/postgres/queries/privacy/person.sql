-- name: AddRequest :exec
INSERT INTO privacy_requests (id, organizer_id, source, wish, email, made_by, made_at, due_at)
VALUES (@id, @organizer_id, @source, @wish, @email, @made_by, @made_at, @due_at);

-- name: Request :one
SELECT * FROM privacy_requests WHERE organizer_id = @organizer_id AND id = @id;

-- name: Requests :many
SELECT * FROM privacy_requests WHERE organizer_id = @organizer_id ORDER BY id DESC LIMIT @count;

-- name: OpenRequests :one
SELECT count(*) AS requests, coalesce(min(due_at), now())::timestamptz AS due FROM privacy_requests WHERE organizer_id = @organizer_id AND state = 'open';

-- name: OpenOf :one
SELECT * FROM privacy_requests WHERE organizer_id = @organizer_id AND state = 'open' AND wish = @wish AND lower(email) = lower(@email) LIMIT 1;

-- name: HeldRequests :many
SELECT * FROM privacy_requests WHERE organizer_id = @organizer_id AND state = 'held' AND held_until < @now;

-- name: MoveRequest :execrows
UPDATE privacy_requests SET wish = @wish, state = @state, email = @email, held = @held, held_until = sqlc.narg(held_until), job_id = sqlc.narg(job_id),
    ended_at = sqlc.narg(ended_at), result = @result
WHERE organizer_id = @organizer_id AND id = @id;

-- name: ForgetRequests :execrows
-- What was asked and done stays; whom it was about does not.
UPDATE privacy_requests SET email = '' WHERE organizer_id = @organizer_id AND email <> '' AND made_at < @before AND state <> 'working';

-- name: KeepFile :exec
INSERT INTO privacy_files (request_id, organizer_id, content, expires_at) VALUES (@request_id, @organizer_id, @content, @expires_at)
ON CONFLICT (request_id) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at;

-- name: File :one
SELECT content, expires_at FROM privacy_files WHERE organizer_id = @organizer_id AND request_id = @request_id AND expires_at > @now;

-- name: FileUntil :one
SELECT expires_at FROM privacy_files WHERE organizer_id = @organizer_id AND request_id = @request_id AND expires_at > @now;

-- name: DropOldFiles :execrows
DELETE FROM privacy_files WHERE organizer_id = @organizer_id AND expires_at <= @now;

-- name: DropFilesOf :execrows
DELETE FROM privacy_files f USING privacy_requests r
WHERE r.id = f.request_id AND f.organizer_id = @organizer_id AND lower(r.email) = lower(@email) AND r.id <> @but;

-- name: EmailOfOrder :one
SELECT buyer_email FROM orders WHERE organizer_id = @organizer_id AND id = @id AND erased_at IS NULL;

-- name: EmailOfTicket :one
SELECT o.buyer_email FROM tickets t JOIN orders o ON o.id = t.order_id
WHERE t.organizer_id = @organizer_id AND (t.id::text = @given::text OR t.number = @given::text) AND o.erased_at IS NULL LIMIT 1;

-- name: OrdersOf :many
-- over_at is when the last of its events is over; open, that places or money are on their way.
SELECT o.id, o.state, o.channel, o.buyer_name, o.buyer_email, o.language, o.total, o.currency, o.created_at,
    coalesce((SELECT max(e.ends_at) FROM order_lines l JOIN events e ON e.id = l.event_id WHERE l.order_id = o.id), o.created_at)::timestamptz AS over_at,
    (o.state = 'reserved' OR EXISTS (SELECT 1 FROM payments_open p WHERE p.order_id = o.id)
      OR EXISTS (SELECT 1 FROM refunds r JOIN refunds_due d ON d.refund_id = r.id WHERE r.order_id = o.id))::boolean AS open
FROM orders o WHERE o.organizer_id = @organizer_id AND o.erased_at IS NULL
  AND (lower(o.buyer_email) = lower(@email) OR o.id = ANY (@ids::uuid[])) ORDER BY o.id;

-- name: LinesOf :many
SELECT l.order_id, e.name AS event, f.name AS offer, l.quantity, l.unit_price, e.starts_at
FROM order_lines l JOIN events e ON e.id = l.event_id JOIN offers f ON f.id = l.offer_id WHERE l.order_id = ANY (@orders::uuid[]) ORDER BY l.order_id, l.position;

-- name: TicketsOf :many
SELECT t.id, t.order_id, t.event_id, t.number, t.state, t.price, t.issued_at FROM tickets t WHERE t.order_id = ANY (@orders::uuid[]) ORDER BY t.order_id, t.id;

-- name: PaymentsOf :many
SELECT p.id, p.order_id, p.provider, p.provider_ref, p.amount, p.currency, p.created_at FROM payments p WHERE p.order_id = ANY (@orders::uuid[]) ORDER BY p.order_id, p.id;

-- name: RefundsOf :many
SELECT r.id, r.order_id, r.amount, r.currency, r.reason, r.created_at FROM refunds r WHERE r.order_id = ANY (@orders::uuid[]) ORDER BY r.order_id, r.id;

-- name: HistoryOf :many
SELECT h.order_id, h.at, h.who, h.what, h.why FROM order_events h WHERE h.order_id = ANY (@orders::uuid[]) ORDER BY h.order_id, h.id;

-- name: EntriesOf :many
SELECT t.order_id, x.gate_id, x.checkpoint, x.type, x.record, x.reason, x.at, x.received_at
FROM tickets t JOIN entry_events x ON x.event_id = t.event_id AND x.ref = t.ref
WHERE t.order_id = ANY (@orders::uuid[]) AND x.organizer_id = @organizer_id ORDER BY x.at LIMIT 5000;

-- name: InvitationsOf :many
SELECT id, role, created_at, until, accepted FROM invitations WHERE organizer_id = @organizer_id AND lower(email) = lower(@email) ORDER BY id;

-- name: DropInvitationsOf :execrows
DELETE FROM invitations WHERE organizer_id = @organizer_id AND lower(email) = lower(@email);

-- name: StaffOf :many
SELECT p.id, p.name, p.language, g.role, g.created_at FROM people p JOIN role_grants g ON g.person_id = p.id
WHERE g.organizer_id = @organizer_id AND p.email = lower(@email) ORDER BY g.created_at;

-- name: MailsOf :many
SELECT id, letter, created_at FROM mails WHERE lower(letter ->> 'To') = lower(@email) AND letter ->> 'Organizer' = @organizer::text ORDER BY id;

-- name: DropMailsOf :execrows
DELETE FROM mails WHERE lower(letter ->> 'To') = lower(@email) AND letter ->> 'Organizer' = @organizer::text;

-- name: EraseOrder :execrows
UPDATE orders SET buyer_name = '—', buyer_email = 'erased@erased.invalid', erased_at = @now,
    secret = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
WHERE organizer_id = @organizer_id AND id = @id AND erased_at IS NULL;

-- name: AnswersLike :many
SELECT route, key, answer FROM idempotency_keys WHERE tenant = @tenant AND position(lower(@text::text) IN lower(convert_from(answer, 'UTF8'))) > 0;

-- name: ReplaceAnswer :exec
UPDATE idempotency_keys SET answer = @answer WHERE tenant = @tenant AND route = @route AND key = @key;

-- name: ViewsOf :many
SELECT id, page, name, query FROM saved_views WHERE organizer_id = @organizer_id
  AND (position(lower(@email::text) IN lower(query)) > 0 OR position(lower(@escaped::text) IN lower(query)) > 0 OR position(lower(@email::text) IN lower(name)) > 0);

-- name: DropViewsOf :execrows
DELETE FROM saved_views WHERE organizer_id = @organizer_id
  AND (position(lower(@email::text) IN lower(query)) > 0 OR position(lower(@escaped::text) IN lower(query)) > 0 OR position(lower(@email::text) IN lower(name)) > 0);
