-- name: Order :one
SELECT * FROM orders WHERE organizer_id = @organizer_id AND id = @id;
