-- New labels get the next numbers; a label keeps its number for as long as the event is there.
INSERT INTO event_seats (event_id, organizer_id, number, label)
SELECT @event, @organizer, (SELECT coalesce(max(number), 0) FROM event_seats WHERE event_id = @event) + row_number() OVER (ORDER BY first), label
FROM (SELECT label, min(line) AS first FROM fate
      WHERE fate IN ('add', 'change', 'reinstate') AND label IS NOT NULL AND seat IS NULL GROUP BY label) AS fresh
