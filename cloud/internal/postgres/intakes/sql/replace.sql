-- A line that was skipped although it has a code keeps what is listed under that code.
UPDATE list_entries e SET state = 2, epoch = NULL WHERE e.event_id = @event AND e.namespace = @issuer AND e.state = 1
    AND NOT EXISTS (SELECT FROM fate f WHERE f.code = e.code)
