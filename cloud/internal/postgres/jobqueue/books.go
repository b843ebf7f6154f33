// Package jobqueue keeps jobs, and has them done by River: one row of ours tells people of a job, one of River's makes
// that somebody works at it. River's row holds the id of ours and nothing else.
package jobqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/jobdb"
)

var (
	_ jobs.Books  = (*Queue)(nil)
	_ jobs.Ledger = (*Queue)(nil)
)

func (q *Queue) on(ctx context.Context) *jobdb.Queries { return jobdb.New(postgres.On(ctx, q.pool)) }

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func job(row jobdb.Job) jobs.Job {
	j := jobs.Job{
		ID: row.ID, Kind: row.Kind, State: jobs.State(row.State), Subject: row.Subject, By: row.MadeBy, Made: row.MadeAt,
		Step: row.Step, Done: row.Done, Total: row.Total, Kept: row.Kept, Result: row.Result, Fault: row.Fault, Tries: int(row.Tries),
	}
	if row.OrganizerID != nil {
		j.Organizer = *row.OrganizerID
	}
	if row.EndedAt != nil {
		j.Ended = *row.EndedAt
	}
	return j
}

func all(rows []jobdb.Job, err error) ([]jobs.Job, error) {
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	out := make([]jobs.Job, len(rows))
	for i, row := range rows {
		out[i] = job(row)
	}
	return out, nil
}

// Add keeps a job and queues it, both in the transaction of ctx.
func (q *Queue) Add(ctx context.Context, j jobs.Job) error {
	return q.atomic.InTx(ctx, func(ctx context.Context) error {
		err := q.on(ctx).AddJob(ctx, jobdb.AddJobParams{
			ID: j.ID, OrganizerID: orNil(j.Organizer), Kind: j.Kind, Subject: j.Subject, MadeBy: j.By, MadeAt: j.Made,
		})
		if err != nil {
			return fmt.Errorf("add a job: %w", err)
		}
		return q.insert(ctx, j.ID)
	})
}

// insert puts a job into River's queue, which no organizer's role may touch.
func (q *Queue) insert(ctx context.Context, id uuid.UUID) error {
	return postgres.Elevated(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := q.client.InsertTx(ctx, tx, slice{Job: id}, nil); err != nil {
			return fmt.Errorf("queue a job: %w", err)
		}
		return nil
	})
}

// Get reads a job of an organizer. jobs.ErrNone.
func (q *Queue) Get(ctx context.Context, organizer, id uuid.UUID) (jobs.Job, error) {
	return found(q.on(ctx).Job(ctx, id, orNil(organizer)))
}

func found(row jobdb.Job, err error) (jobs.Job, error) {
	if postgres.NoRow(err) {
		return jobs.Job{}, jobs.ErrNone
	}
	if err != nil {
		return jobs.Job{}, fmt.Errorf("read a job: %w", err)
	}
	return job(row), nil
}

// List is an organizer's newest jobs first.
func (q *Queue) List(ctx context.Context, organizer uuid.UUID, kind string, limit int) ([]jobs.Job, error) {
	return all(q.on(ctx).Jobs(ctx, orNil(organizer), kind, int32(limit))) //nolint:gosec // a page
}

// Failed are jobs of everybody that failed, newest first.
func (q *Queue) Failed(ctx context.Context, limit int) ([]jobs.Job, error) {
	return all(q.on(ctx).FailedJobs(ctx, int32(limit))) //nolint:gosec // a page
}

// Again queues a failed job once more. jobs.ErrNone.
func (q *Queue) Again(ctx context.Context, id uuid.UUID) error {
	return q.atomic.InTx(ctx, func(ctx context.Context) error {
		n, err := q.on(ctx).ReviveJob(ctx, id)
		if err != nil {
			return fmt.Errorf("revive a job: %w", err)
		}
		if n == 0 {
			return jobs.ErrNone
		}
		return q.insert(ctx, id)
	})
}

// Begin takes a job in hand. jobs.ErrNone when it is over.
func (q *Queue) Begin(ctx context.Context, id uuid.UUID) (jobs.Job, error) {
	return found(q.on(ctx).BeginJob(ctx, id))
}

// Progress shows how far a job is.
func (q *Queue) Progress(ctx context.Context, j jobs.Job) error {
	return told(q.on(ctx).ProgressJob(ctx, j.Step, j.Done, j.Total, j.ID))
}

// Keep remembers where a job goes on.
func (q *Queue) Keep(ctx context.Context, j jobs.Job) error {
	return told(q.on(ctx).KeepJob(ctx, j.Kept, j.ID))
}

// Wait lays a job aside until its next slice.
func (q *Queue) Wait(ctx context.Context, j jobs.Job) error {
	return told(q.on(ctx).WaitJob(ctx, j.Fault, int32(j.Tries), j.ID)) //nolint:gosec // a few
}

// End writes what came of a job.
func (q *Queue) End(ctx context.Context, j jobs.Job) error {
	result := j.Result
	if len(result) == 0 {
		result = []byte("{}")
	}
	return told(q.on(ctx).EndJob(ctx, jobdb.EndJobParams{State: string(j.State), At: &j.Ended, Fault: j.Fault, Result: result, ID: j.ID}))
}

func told(err error) error {
	if err != nil {
		return fmt.Errorf("write how a job is: %w", err)
	}
	return nil
}

// Forget drops jobs that ended before a time.
func (q *Queue) Forget(ctx context.Context, before time.Time) error {
	_, err := q.on(ctx).ForgetJobs(ctx, &before)
	return told(err)
}

// Count is jobs of one kind in one state.
type Count struct {
	Kind, State string
	Jobs        int64
	Oldest      time.Time
}

// Counts are what is not done, and what was done since a time.
func (q *Queue) Counts(ctx context.Context, since time.Time) ([]Count, error) {
	rows, err := q.on(ctx).CountJobs(ctx, &since)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	out := make([]Count, len(rows))
	for i, row := range rows {
		out[i] = Count{row.Kind, row.State, row.Jobs, row.Oldest}
	}
	return out, nil
}
