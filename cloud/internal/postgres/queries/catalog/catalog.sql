-- name: Venue :one
SELECT id, organizer_id, name, address, time_zone, created_at FROM venues
WHERE organizer_id = @organizer_id AND id = @id;
