-- name: CreateSeries :exec
INSERT INTO series (id, organizer_id, name, kind, description) VALUES (@id, @organizer_id, @name, @kind, @description);

-- name: EditSeries :execrows
UPDATE series SET name = @name, kind = @kind, description = @description, version = version + 1
WHERE organizer_id = @organizer_id AND id = @id AND version = @version;

-- name: OneSeries :one
SELECT * FROM series WHERE organizer_id = @organizer_id AND id = @id;

-- name: LockSeries :one
SELECT * FROM series WHERE organizer_id = @organizer_id AND id = @id FOR NO KEY UPDATE;

-- name: AllSeries :many
SELECT * FROM series WHERE organizer_id = @organizer_id AND id > @after ORDER BY id LIMIT @count;

-- name: AddChange :exec
INSERT INTO event_changes (id, organizer_id, made_by, lines) VALUES (@id, @organizer_id, @made_by, @lines);

-- name: LockChange :one
SELECT * FROM event_changes WHERE organizer_id = @organizer_id AND id = @id FOR UPDATE;

-- name: ChangeUndone :exec
UPDATE event_changes SET undone_at = now() WHERE organizer_id = @organizer_id AND id = @id;
