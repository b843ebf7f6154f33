-- name: AddJob :exec
INSERT INTO jobs (id, organizer_id, kind, subject, made_by, made_at)
VALUES (@id, sqlc.narg(organizer_id), @kind, @subject, @made_by, @made_at);

-- name: Job :one
SELECT * FROM jobs WHERE id = @id AND organizer_id IS NOT DISTINCT FROM sqlc.narg(organizer_id);

-- name: Jobs :many
SELECT * FROM jobs WHERE organizer_id IS NOT DISTINCT FROM sqlc.narg(organizer_id) AND (@kind::text = '' OR kind = @kind)
ORDER BY id DESC LIMIT @count;

-- name: BeginJob :one
-- A job that is over stays over, whoever still has it in hand.
UPDATE jobs SET state = 'working', tries = tries + 1, fault = '' WHERE id = @id AND state IN ('waiting', 'working', 'failed') RETURNING *;

-- name: ProgressJob :exec
UPDATE jobs SET step = @step, done = @done, total = @total WHERE id = @id AND state = 'working';

-- name: KeepJob :exec
UPDATE jobs SET kept = @kept WHERE id = @id;

-- name: WaitJob :exec
UPDATE jobs SET state = 'waiting', fault = @fault, tries = @tries WHERE id = @id AND state = 'working';

-- name: EndJob :exec
UPDATE jobs SET state = @state, ended_at = @at, fault = @fault, result = @result, kept = CASE WHEN @state = 'failed' THEN kept ELSE 'null' END
WHERE id = @id AND state = 'working';

-- name: ReviveJob :execrows
UPDATE jobs SET state = 'waiting', fault = '', ended_at = NULL WHERE id = @id AND state = 'failed';

-- name: ForgetJobs :execrows
DELETE FROM jobs WHERE ended_at < @before;

-- name: FailedJobs :many
SELECT * FROM jobs WHERE state = 'failed' ORDER BY ended_at DESC LIMIT @count;

-- name: CountJobs :many
SELECT kind, state, count(*) AS jobs, min(made_at)::timestamptz AS oldest FROM jobs WHERE state <> 'done' OR ended_at > @since GROUP BY kind, state ORDER BY kind, state;
