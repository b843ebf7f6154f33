-- name: CreateVenue :exec
INSERT INTO venues (id, organizer_id, name, address, time_zone)
VALUES (@id, @organizer_id, @name, @address, @time_zone);

-- name: EditVenue :execrows
UPDATE venues SET name = @name, address = @address, time_zone = @time_zone
WHERE organizer_id = @organizer_id AND id = @id;

-- name: Venue :one
SELECT * FROM venues WHERE organizer_id = @organizer_id AND id = @id;

-- name: Venues :many
SELECT * FROM venues WHERE organizer_id = @organizer_id AND id > @after ORDER BY id LIMIT @count;
