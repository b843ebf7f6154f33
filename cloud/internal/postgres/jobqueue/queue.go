package jobqueue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
)

// River takes a job for dead so long after its slice began: a slice ends by itself well before. Its cleaner and its
// elections keep their own times.
const (
	sliceLimit = 2 * jobs.Slice
	deadAfter  = 3 * jobs.Slice
	stopLimit  = 5 * time.Second // for slices that run when the program ends
	workers    = 2               // jobs at once: they must leave the database to those who buy
	attempts   = 10_000          // the office counts tries, and ends a job
)

// Queue is jobs over a database.
type Queue struct {
	pool   *postgres.Pool
	atomic postgres.Atomic
	client *river.Client[pgx.Tx]
	office *jobs.Office
	log    *slog.Logger
}

// Config of a queue.
type Config struct {
	Pool   *postgres.Pool
	Atomic postgres.Atomic
	Office *jobs.Office // its Ledger is set by Open
	Rounds []jobs.Round
	Log    *slog.Logger
}

// slice is what River keeps of a job.
type slice struct {
	Job uuid.UUID `json:"job"`
}

// Kind names slices to River.
func (slice) Kind() string { return "portaria_job" }

// round is what River keeps of a round.
type round struct {
	Name string `json:"name" river:"unique"`
}

// Kind names rounds to River.
func (round) Kind() string { return "portaria_round" }

// InsertOpts lets only one of a name wait: a round that takes long is not followed by three.
func (round) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}}
}

// Open makes a queue; nothing is done before Run.
func Open(cfg Config) (*Queue, error) {
	q := &Queue{pool: cfg.Pool, atomic: cfg.Atomic, office: cfg.Office, log: cfg.Log}
	q.office.Ledger = q
	all := river.NewWorkers()
	river.AddWorker(all, river.WorkFunc(q.slice))
	byName := map[string]jobs.Round{}
	var periodic []*river.PeriodicJob
	for _, r := range cfg.Rounds {
		byName[r.Name] = r
		job := func() (river.JobArgs, *river.InsertOpts) { return round{r.Name}, nil }
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(r.Every), job, &river.PeriodicJobOpts{ID: r.Name, RunOnStart: true}))
	}
	river.AddWorker(all, river.WorkFunc(func(ctx context.Context, j *river.Job[round]) error { return q.goRound(ctx, byName[j.Args.Name]) }))
	client, err := river.NewClient(riverpgxv5.New(cfg.Pool), &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}}, Workers: all, PeriodicJobs: periodic,
		JobTimeout: sliceLimit, RescueStuckJobsAfter: deadAfter, SoftStopTimeout: stopLimit, MaxAttempts: attempts,
		ReindexerSchedule: river.NeverSchedule(), // the role that work runs as owns no index
		Logger:            slog.New(quiet{cfg.Log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("open the queue of jobs: %w", err)
	}
	q.client = client
	return q, nil
}

// Run does jobs until ctx ends, and then lets those that run come to the end of what they do.
func (q *Queue) Run(ctx context.Context) {
	alive := context.WithoutCancel(ctx)
	if err := q.client.Start(alive); err != nil {
		q.log.Error("start the queue of jobs", "error", err)
		return
	}
	<-ctx.Done()
	if err := q.client.Stop(alive); err != nil {
		q.log.Error("stop the queue of jobs", "error", err)
	}
}

func (q *Queue) slice(ctx context.Context, j *river.Job[slice]) error {
	again, after, err := q.office.Attempt(ctx, j.Args.Job)
	if err == nil && again {
		return river.JobSnooze(after)
	}
	return err
}

func (q *Queue) goRound(ctx context.Context, r jobs.Round) error {
	if r.Do == nil {
		return nil // of a version before this one
	}
	if err := r.Do(ctx); err != nil {
		return fmt.Errorf("round %s: %w", r.Name, err)
	}
	return nil
}

// quiet lowers what River tells of its own life: it is of use to whoever looks for a fault.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return h.Handler.Enabled(ctx, lowered(level))
}

func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lowered(r.Level)
	return h.Handler.Handle(ctx, r)
}

func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }
func (h quiet) WithGroup(name string) slog.Handler       { return quiet{h.Handler.WithGroup(name)} }

func lowered(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}
