package jobqueue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/jobqueue"
	"portaria/cloud/internal/postgres/postgrestest"
)

// asWorker makes the test binary a program that works at jobs, so that there is one to kill.
const asWorker = "PORTARIA_TEST_JOBS"

func TestMain(m *testing.M) {
	if database := os.Getenv(asWorker); database != "" {
		workUntilKilled(database)
	}
	postgrestest.Main(m)
}

// desk is a queue over a database of its own.
type desk struct {
	*testing.T
	*jobqueue.Queue
	atomic    postgres.Atomic
	url       string
	owner     *pgxpool.Pool
	organizer uuid.UUID
}

func open(ctx context.Context, database string, works map[string]jobs.Work, rounds ...jobs.Round) (*jobqueue.Queue, postgres.Atomic, func(), error) {
	pool, err := postgres.OpenGuarded(ctx, database)
	if err != nil {
		return nil, postgres.Atomic{}, nil, err
	}
	atomic := postgres.NewAtomic(pool)
	q, err := jobqueue.Open(jobqueue.Config{Pool: pool, Atomic: atomic, Rounds: rounds, Log: slog.New(slog.DiscardHandler),
		Office: &jobs.Office{Works: works, Tenant: postgres.Tenant, Now: time.Now, Log: slog.New(slog.DiscardHandler)}})
	return q, atomic, pool.Close, err
}

func begin(t *testing.T, works map[string]jobs.Work, rounds ...jobs.Round) *desk {
	t.Helper()
	d := &desk{T: t, url: postgrestest.URL(t), organizer: uuid.Must(uuid.NewV7())}
	var err error
	d.owner, err = postgres.Open(t.Context(), d.url)
	require.NoError(t, err)
	t.Cleanup(d.owner.Close)
	_, err = d.owner.Exec(t.Context(), "INSERT INTO organizers (id, name, language) VALUES ($1, 'Festival', 'en')", d.organizer)
	require.NoError(t, err)
	q, atomic, end, err := open(t.Context(), d.url, works, rounds...)
	require.NoError(t, err)
	t.Cleanup(end)
	d.Queue, d.atomic = q, atomic
	return d
}

func (d *desk) run() {
	ctx, stop := context.WithCancel(postgres.System(d.Context()))
	var over sync.WaitGroup
	over.Go(func() { d.Queue.Run(ctx) })
	d.Cleanup(func() { stop(); over.Wait() })
}

func (d *desk) tenant() context.Context { return postgres.Tenant(d.Context(), d.organizer) }

func (d *desk) ask(kind string) jobs.Job {
	d.Helper()
	j := jobs.New(d.organizer, kind, "x", "person x", time.Now())
	require.NoError(d, d.Add(d.tenant(), j))
	return j
}

func (d *desk) until(id uuid.UUID, s jobs.State) (j jobs.Job) {
	d.Helper()
	require.Eventually(d, func() bool {
		var err error
		j, err = d.Get(d.tenant(), d.organizer, id)
		require.NoError(d, err)
		return j.State == s
	}, 20*time.Second, 5*time.Millisecond)
	return j
}

func TestAJobIsDoneForItsOrganizer(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 1)
	var d *desk
	d = begin(t, map[string]jobs.Work{"count": func(ctx context.Context, r *jobs.Run) error {
		var name string
		if err := d.owner.QueryRow(context.Background(), "SELECT 1::text").Scan(&name); err != nil {
			return err
		}
		js, err := d.List(ctx, r.Organizer, "", 10)
		seen <- fmt.Sprint(len(js), err)
		if err := r.Tell(ctx, "counting", 1, 2); err != nil {
			return err
		}
		return r.Came(map[string]int{"counted": 7})
	}})
	d.run()
	j := d.ask("count")
	require.Equal(t, "1 <nil>", <-seen, "the work sees its organizer's rows")
	j = d.until(j.ID, jobs.Done)
	require.JSONEq(t, `{"counted": 7}`, string(j.Result))
	require.Equal(t, "counting", j.Step)
	_, err := d.Get(postgres.Tenant(t.Context(), uuid.New()), d.organizer, j.ID)
	require.ErrorIs(t, err, jobs.ErrNone, "another organizer")
}

func TestAJobOfAChangeThatIsUndoneIsNeverDone(t *testing.T) {
	t.Parallel()
	d := begin(t, map[string]jobs.Work{"x": func(context.Context, *jobs.Run) error { return nil }})
	d.run()
	undone := errors.New("undone")
	err := d.atomic.InTx(d.tenant(), func(ctx context.Context) error {
		require.NoError(t, d.Add(ctx, jobs.New(d.organizer, "x", "", "", time.Now())))
		return undone
	})
	require.ErrorIs(t, err, undone)
	d.until(d.ask("x").ID, jobs.Done)
	var n int
	require.NoError(t, d.owner.QueryRow(t.Context(), "SELECT count(*) FROM river_job WHERE kind = 'portaria_job'").Scan(&n))
	require.Equal(t, 1, n)
}

func TestHowJobsEnd(t *testing.T) {
	t.Parallel()
	tries, slices := 0, 0
	d := begin(t, map[string]jobs.Work{
		"refused": func(context.Context, *jobs.Run) error { return fault.New(fault.Conflict, "held", "No.") },
		"panics":  func(context.Context, *jobs.Run) error { tries++; panic("bad") },
		"slices": func(ctx context.Context, r *jobs.Run) error {
			if err := r.Place(&slices); err != nil {
				return err
			}
			if slices++; slices == 3 {
				return nil
			}
			if err := r.Keep(ctx, slices); err != nil {
				return err
			}
			return jobs.ErrMore
		},
	})
	d.run()
	require.Equal(t, "held", d.until(d.ask("refused").ID, jobs.Failed).Fault)
	d.until(d.ask("slices").ID, jobs.Done)
	require.Equal(t, 3, slices)
	p := d.ask("panics")
	require.Eventually(t, func() bool {
		j, err := d.Get(d.tenant(), d.organizer, p.ID)
		return err == nil && j.State == jobs.Waiting && j.Fault == "disrupted"
	}, 10*time.Second, 5*time.Millisecond, "is tried again later")
	require.ErrorIs(t, d.Again(postgres.System(t.Context()), p.ID), jobs.ErrNone, "only what failed is tried again by hand")
}

func TestAFailedJobIsTriedAgainByHand(t *testing.T) {
	t.Parallel()
	good := false
	d := begin(t, map[string]jobs.Work{"x": func(context.Context, *jobs.Run) error {
		if good {
			return nil
		}
		good = true
		return fault.New(fault.Conflict, "no", "No.")
	}})
	d.run()
	j := d.ask("x")
	d.until(j.ID, jobs.Failed)
	failed, err := d.Failed(postgres.System(t.Context()), 10)
	require.NoError(t, err)
	require.Len(t, failed, 1)
	require.NoError(t, d.Again(postgres.System(t.Context()), j.ID))
	require.Empty(t, d.until(j.ID, jobs.Done).Fault)
}

func TestRoundsAreMade(t *testing.T) {
	t.Parallel()
	made := make(chan struct{}, 100)
	d := begin(t, nil, jobs.Round{Name: "look", Every: 20 * time.Millisecond, Do: func(context.Context) error {
		select {
		case made <- struct{}{}:
		default:
		}
		return nil
	}})
	d.run()
	for range 2 {
		select {
		case <-made:
		case <-time.After(20 * time.Second):
			t.Fatal("no round was made")
		}
	}
}

// steps is a job that puts one row down for each step, and its place with it.
func steps(atomic postgres.Atomic, slow func(n int)) jobs.Work {
	return func(ctx context.Context, r *jobs.Run) error {
		n := 0
		if err := r.Place(&n); err != nil {
			return err
		}
		for ; n < 20; n++ {
			err := atomic.InTx(ctx, func(ctx context.Context) error {
				_, err := postgres.On(ctx, atomic.Pool).Exec(ctx, "INSERT INTO venues (id, organizer_id, name, time_zone) VALUES (gen_random_uuid(), $1, $2, 'UTC')",
					r.Organizer, fmt.Sprint(n))
				if err != nil {
					return err
				}
				return r.Keep(ctx, n+1)
			})
			if err != nil {
				return err
			}
			slow(n)
		}
		return nil
	}
}

func workUntilKilled(database string) {
	var atomic postgres.Atomic
	works := map[string]jobs.Work{"steps": func(ctx context.Context, r *jobs.Run) error {
		return steps(atomic, func(n int) {
			if n == 7 {
				fmt.Println("seven")
				select {} // until it is killed
			}
		})(ctx, r)
	}}
	q, a, _, err := open(context.Background(), database, works)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	atomic = a
	q.Run(postgres.System(context.Background()))
}

func TestAProgramKilledInMidJobIsFollowedByAnotherThatGoesOn(t *testing.T) {
	t.Parallel()
	var atomic postgres.Atomic
	again := 0
	d := begin(t, map[string]jobs.Work{"steps": func(ctx context.Context, r *jobs.Run) error {
		return steps(atomic, func(int) { again++ })(ctx, r)
	}})
	atomic = d.atomic
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asWorker+"="+d.url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out := &locked{}
	cmd.Stdout = out
	require.NoError(t, cmd.Start())
	j := d.ask("steps")
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "seven") }, 20*time.Second, 5*time.Millisecond, "%s", out)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	// Who leads the queue is known for fifteen seconds, and a slice is taken for dead after a minute: the test does not
	// wait for them.
	_, err := d.owner.Exec(t.Context(), "DELETE FROM river_leader; UPDATE river_job SET attempted_at = attempted_at - interval '2 minutes'")
	require.NoError(t, err)
	d.run()
	d.until(j.ID, jobs.Done)
	var rows int
	require.NoError(t, d.owner.QueryRow(t.Context(), "SELECT count(*) FROM venues").Scan(&rows))
	require.Equal(t, 20, rows, "each step once")
	require.Equal(t, 12, again, "the second program went on after the eighth")
}

type locked struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// The schema of the queue is written out in our migrations; here it is held against River's own.
func TestTheQueueIsRivers(t *testing.T) {
	t.Parallel()
	theirs, err := pgxpool.New(t.Context(), postgrestest.Empty(t))
	require.NoError(t, err)
	defer theirs.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(theirs), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	_, err = migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	ours := postgrestest.New(t)
	for name, query := range map[string]string{
		"columns": `SELECT table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable || ' ' || coalesce(column_default, '')
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE 'river_%' AND table_name <> 'river_migration' ORDER BY 1`,
		"indexes": `SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'river_%' AND tablename <> 'river_migration' ORDER BY 1`,
		"checks": `SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
			WHERE conrelid::regclass::text LIKE 'river_%' AND conrelid::regclass::text <> 'river_migration' ORDER BY 1`,
		"states": `SELECT unnest(enum_range(NULL::river_job_state))::text ORDER BY 1`,
	} {
		require.Equal(t, lines(t, theirs, query), lines(t, ours, query), name)
	}
}

func lines(t *testing.T, pool *pgxpool.Pool, query string) (out []string) {
	t.Helper()
	rows, err := pool.Query(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		out = append(out, line)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, out)
	return out
}
