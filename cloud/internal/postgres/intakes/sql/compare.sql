-- What becomes of each line. One pass: the lines sorted by code, which tells the second of two, beside what is listed.
-- Lines stay sorted by code, so that they are written into the list's index in order.
INSERT INTO fate
SELECT s.line, s.text, s.code, s.ref, s.kind, s.valid_from, s.valid_until, k.number, s.seat,
    CASE
        WHEN s.why <> '' THEN s.why
        WHEN s.digits BETWEEN 1 AND @lost_zero - 1 THEN 'lost_zeros'
        WHEN s.nth > 1 THEN 'duplicate_in_file'
        WHEN @mode = 'withdraw' THEN
            CASE WHEN e.code IS NULL THEN 'not_known' WHEN e.state = 1 THEN 'withdraw' ELSE 'withdrawn_already' END
        WHEN e.state = 4 THEN 'blocked'
        WHEN o.code IS NOT NULL OR t.code IS NOT NULL OR s.others IS NOT NULL AND EXISTS (
            SELECT FROM unnest(s.others) AS reading
            JOIN unnest(@other_names::text[], @other_profiles::int[]) AS other (name, profile) ON other.profile = left(reading, 1)::int
            JOIN list_entries l ON l.event_id = @event AND l.namespace = other.name AND l.code = substr(reading, 2)) THEN 'collides'
        WHEN e.code IS NULL THEN 'add'
        WHEN e.state <> 1 THEN 'reinstate'
        WHEN e.kind <> coalesce(s.kind, e.kind) OR e.valid_from <> coalesce(s.valid_from, e.valid_from)
            OR e.valid_until <> coalesce(s.valid_until, e.valid_until)
            OR s.seat IS NOT NULL AND k.number IS DISTINCT FROM e.seat THEN 'change'
        ELSE 'known_already'
    END
FROM (SELECT *, row_number() OVER (PARTITION BY code ORDER BY line) AS nth FROM staged) AS s
LEFT JOIN list_entries e ON e.event_id = @event AND e.namespace = @issuer AND e.code = s.code
LEFT JOIN (SELECT DISTINCT l.code FROM list_entries l WHERE l.event_id = @event AND l.namespace = ANY (@other_names::text[])) AS o
    ON o.code = s.code
LEFT JOIN list_entries t ON t.event_id = @event AND t.namespace = '' AND t.code = s.ours
LEFT JOIN event_seats k ON k.event_id = @event AND k.label = s.seat
