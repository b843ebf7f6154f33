INSERT INTO list_entries (event_id, organizer_id, namespace, code, ref, kind, state, valid_from, valid_until, seat)
SELECT @event, @organizer, @issuer, f.code, f.ref, coalesce(f.kind, @kind), 1, coalesce(f.valid_from, 0), coalesce(f.valid_until, 0),
    coalesce(f.seat, k.number, 0)
FROM fate f LEFT JOIN event_seats k ON f.label IS NOT NULL AND k.event_id = @event AND k.label = f.label
WHERE f.fate = 'add' ORDER BY f.code
