UPDATE list_entries e SET state = 1, epoch = NULL, kind = coalesce(f.kind, e.kind), valid_from = coalesce(f.valid_from, e.valid_from),
    valid_until = coalesce(f.valid_until, e.valid_until), seat = coalesce(f.seat, k.number, e.seat)
FROM fate f LEFT JOIN event_seats k ON k.event_id = @event AND k.label = f.label
WHERE f.fate IN ('change', 'reinstate') AND e.event_id = @event AND e.namespace = @issuer AND e.code = f.code
