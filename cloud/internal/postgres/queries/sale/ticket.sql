-- name: IssueTicket :batchexec
INSERT INTO tickets (id, organizer_id, order_id, event_id, offer_id, number, ref, code, kind, price)
VALUES (@id, @organizer_id, @order_id, @event_id, @offer_id, @number, @ref, @code, @kind, @price);

-- name: ListTicket :batchexec
-- Into the gates' list, in the transaction that issues it. Uses and times are as the kind says.
INSERT INTO list_entries (event_id, organizer_id, namespace, code, ref, kind, state, group_size, flags, epoch)
SELECT o.event_id, o.organizer_id, '', @code, @ref, o.kind, 1, o.group_size, o.flags, NULL
FROM offers o WHERE o.id = @offer_id;

-- name: RevokeTickets :execrows
UPDATE tickets SET state = 'revoked' WHERE id = ANY(@ids::uuid[]) AND state IN ('good', 'blocked');

-- name: DelistTickets :execrows
-- A tombstone: it stays listed as revoked, so that offline gates refuse it too.
UPDATE list_entries l SET state = 2, epoch = NULL
FROM tickets t
WHERE t.id = ANY(@ids::uuid[]) AND l.event_id = t.event_id AND l.namespace = '' AND l.code = t.number;

-- name: TellLists :exec
-- Reaches the list builder when the transaction commits.
SELECT pg_notify('list_changed', e::text) FROM unnest(@events::uuid[]) AS e;

-- name: TicketsOfOrder :many
SELECT sqlc.embed(t), o.name AS offer_name FROM tickets t JOIN offers o ON o.id = t.offer_id
WHERE t.order_id = @order_id ORDER BY t.id;

-- name: Tickets :many
SELECT sqlc.embed(t), o.name AS offer_name FROM tickets t JOIN offers o ON o.id = t.offer_id
WHERE t.organizer_id = @organizer_id AND t.id > @after
    AND (sqlc.narg(event_id)::uuid IS NULL OR t.event_id = sqlc.narg(event_id))
    AND (sqlc.narg(order_id)::uuid IS NULL OR t.order_id = sqlc.narg(order_id))
ORDER BY t.id LIMIT @count;

-- name: Ticket :one
SELECT sqlc.embed(t), o.name AS offer_name FROM tickets t JOIN offers o ON o.id = t.offer_id
WHERE t.organizer_id = @organizer_id AND t.id = @id;
