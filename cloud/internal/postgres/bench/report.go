package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/attendances"
	"portaria/cloud/internal/postgres/entries"
	"portaria/deploy/privatepg"
	"portaria/edge/ticket"
	"portaria/figure"
)

// Goals of Report.
const (
	reportGoal = 0.05
	rollupGoal = 1.2
)

// ReportConfig says where and how much to measure.
type ReportConfig struct {
	Dir    string // only to say what kind of disk it is; the database is in the system's temporary directory
	Scans  int    // rows of the event whose report is read
	Stored int    // records that each side of ingest stores in a block
	Joined int    // messages that are stored together; 0 = as many as after an outage
	Blocks int    // 0 = figure.Blocks
	Out    io.Writer
}

// Report measures the live page's numbers against reading the rows that they are of, and storing records with the
// numbers against storing them without, both in a table that is full.
func Report(ctx context.Context, c ReportConfig) error {
	if c.Blocks == 0 {
		c.Blocks = figure.Blocks
	}
	if c.Joined == 0 {
		c.Joined = joined
	}
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	a, err := openArena(ctx, c.Scans)
	if err != nil {
		return err
	}
	defer a.close()
	_, _ = fmt.Fprintf(c.Out, "# %d records loaded and counted in %s\n", c.Scans, a.loaded.Round(time.Second))
	var reads, stores []float64
	var page, scan time.Duration
	for block := range c.Blocks {
		numbers, rows, err := a.read(ctx)
		if err != nil {
			return err
		}
		with, without, err := a.store(ctx, block, c.Stored, c.Joined)
		if err != nil {
			return err
		}
		page, scan = page+numbers, scan+rows
		reads, stores = append(reads, numbers.Seconds()/rows.Seconds()), append(stores, with/without)
	}
	blocks := time.Duration(c.Blocks)
	return errors.Join(
		figure.Figure{Name: "report", Ratio: figure.Median(reads), Goal: reportGoal, About: fmt.Sprintf(
			"numbers of the live page ÷ plain scan of the rows they are of, %d rows, %d gates, means %s ÷ %s, median of %d blocks", c.Scans, arenaGates,
			(page / blocks).Round(time.Microsecond), (scan / blocks).Round(time.Millisecond), c.Blocks)}.Print(c.Out),
		figure.Figure{Name: "report-ingest", Ratio: figure.Median(stores), Goal: rollupGoal, About: fmt.Sprintf(
			"storing %d records with the numbers ÷ without, %d messages a transaction, median of %d blocks, fsync on, %s", c.Stored, c.Joined, c.Blocks,
			figure.Medium(dir))}.Print(c.Out))
}

// arena is a database with one event whose records are here.
type arena struct {
	server                  *privatepg.Server
	pool                    *postgres.Pool
	organizer, venue, event uuid.UUID
	store1, bare            *entries.Store
	reader                  *attendances.Store
	loaded                  time.Duration
}

const arenaGates = 32

func openArena(ctx context.Context, scans int) (a *arena, err error) {
	a = &arena{organizer: uuid.New(), venue: uuid.New(), event: uuid.New()}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.server, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return a, err
	}
	if err := a.server.CreateDatabase(ctx, "bench", ""); err != nil {
		return a, err
	}
	if a.pool, err = postgres.Open(ctx, a.server.URL("bench")); err != nil {
		return a, err
	}
	if _, err := postgres.Migrate(ctx, a.pool); err != nil {
		return a, err
	}
	a.store1, a.bare, a.reader = entries.New(a.pool), entries.NewUncounted(a.pool), attendances.New(a.pool)
	started := time.Now()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{arenaHouse, []any{a.organizer, a.venue, a.event, arenaGates}},
		{dropIndexes, nil},
		{arenaRecords, []any{a.organizer, a.venue, a.event, arenaGates, scans}},
		{addIndexes, nil},
		{arenaNumbers, []any{a.organizer, a.venue, a.event}},
		{arenaArrivals, []any{a.organizer, a.event}},
		{"VACUUM ANALYZE", nil},
		{"CHECKPOINT", nil},
	} {
		if _, err := a.pool.Exec(ctx, step.sql, step.args...); err != nil {
			return a, fmt.Errorf("fill the database: %w", err)
		}
	}
	a.loaded = time.Since(started)
	return a, nil
}

func (a *arena) close() {
	if a.pool != nil {
		a.pool.Close()
	}
	if a.server != nil {
		_ = a.server.Stop() // a private server whose folder goes
	}
}

// read is one of each: what the live page asks of the numbers, and every row once.
func (a *arena) read(ctx context.Context) (numbers, rows time.Duration, err error) {
	scope := attendance.Scope{Organizer: a.organizer, Venue: a.venue, Events: []uuid.UUID{a.event}, From: time.UnixMilli(arenaStart), Until: time.UnixMilli(arenaStart).Add(12 * time.Hour)}
	started := time.Now()
	sums, err := a.reader.Sums(ctx, scope)
	if err != nil {
		return 0, 0, err
	}
	if _, err := a.reader.Arrived(ctx, scope); err != nil {
		return 0, 0, err
	}
	if _, err := a.reader.Told(ctx, scope); err != nil {
		return 0, 0, err
	}
	report := attendance.Build(sums)
	numbers = time.Since(started)
	started = time.Now()
	var n int
	var last int64
	if err := a.pool.QueryRow(ctx, "SELECT count(*), max(at) FROM entry_events WHERE event_id = $1", a.event).Scan(&n, &last); err != nil {
		return 0, 0, err
	}
	if report.In == 0 || n == 0 {
		return 0, 0, errors.New("nobody has come: there is nothing to measure")
	}
	return numbers, time.Since(started), nil
}

// store is one of each, in seconds; which one is first alternates.
func (a *arena) store(ctx context.Context, block, records, joined int) (with, without float64, err error) {
	for i := range 2 {
		counted := (i+block)%2 == 0
		store, took := a.bare, &without
		if counted {
			store, took = a.store1, &with
		}
		messages, err := a.messages(uint32(2*block+i+10), records) //nolint:gosec // small
		if err != nil {
			return 0, 0, err
		}
		if _, err := a.pool.Exec(ctx, "CHECKPOINT"); err != nil {
			return 0, 0, err
		}
		intake := &ingest.Intake{Store: store, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		started := time.Now()
		for len(messages) > 0 {
			n := min(joined, len(messages))
			if _, err := intake.Events(ctx, ingest.Hub{ID: "hub-1", Organizer: ticket.EventID(a.organizer), Venue: ticket.EventID(a.venue)}, messages[:n]...); err != nil {
				return 0, 0, err
			}
			messages = messages[n:]
		}
		*took = time.Since(started).Seconds()
	}
	return with, without, nil
}
