SELECT count(*) FROM list_entries e WHERE e.event_id = @event AND e.namespace = @issuer AND e.state = 1
    AND NOT EXISTS (SELECT FROM fate f WHERE f.code = e.code)
