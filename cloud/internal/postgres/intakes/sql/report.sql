INSERT INTO import_skips (import_id, line, organizer_id, text, why)
SELECT @import, line, @organizer, CASE WHEN text = '' THEN left(code, 64) ELSE text END, fate FROM fate
WHERE fate NOT IN ('add', 'change', 'reinstate', 'withdraw') ORDER BY line
