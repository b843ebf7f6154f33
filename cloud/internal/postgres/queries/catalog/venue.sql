-- name: CreateVenue :exec
INSERT INTO venues (id, organizer_id, name, address, time_zone, languages)
VALUES (@id, @organizer_id, @name, @address, @time_zone, @languages::text[]);

-- name: EditVenue :execrows
UPDATE venues SET name = @name, address = @address, time_zone = @time_zone, languages = @languages::text[],
    version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND version = @version;

-- name: Venue :one
SELECT * FROM venues WHERE organizer_id = @organizer_id AND id = @id;

-- name: LockVenue :one
SELECT * FROM venues WHERE organizer_id = @organizer_id AND id = @id FOR NO KEY UPDATE;

-- name: Venues :many
SELECT * FROM venues WHERE organizer_id = @organizer_id AND id > @after ORDER BY id LIMIT @count;
