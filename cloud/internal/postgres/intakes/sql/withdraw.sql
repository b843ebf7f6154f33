UPDATE list_entries e SET state = 2, epoch = NULL FROM fate f
WHERE f.fate = 'withdraw' AND e.event_id = @event AND e.namespace = @issuer AND e.code = f.code
