// Package bench measures the cloud's work with the database against bare operations of the same run, on a private
// PostgreSQL that keeps its promises (fsync on).
package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gates"
	"portaria/cloud/internal/postgres/intakes"
	"portaria/deploy/privatepg"
	"portaria/figure"
)

// Goals of Import.
const (
	importGoal   = 3
	againGoal    = 1
	memoryGoal   = 64 // MiB
	sampleMemory = 5 * time.Millisecond
)

// Config says where and how much to measure.
type Config struct {
	Dir    string // on the disk to be measured; empty = the system's temporary directory
	Lines  int    // of the file
	Blocks int    // 0 = figure.Blocks
	Out    io.Writer
}

// Import measures a file of another seller's codes, from the file on disk until the list is committed, against COPY of
// the same codes into the same table with the same indexes; then the same file again; and this process's memory.
func Import(ctx context.Context, c Config) error {
	if c.Blocks == 0 {
		c.Blocks = figure.Blocks
	}
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := build(ctx, dir, c.Lines)
	if err != nil {
		return err
	}
	defer h.close()
	var first, again []float64
	for range c.Blocks {
		bare, took, repeated, err := h.block(ctx)
		if err != nil {
			return err
		}
		first, again = append(first, took/bare), append(again, repeated/took)
	}
	about := fmt.Sprintf("file of %d codes to committed list ÷ COPY into the same table, median of %d blocks, fsync on, %s", c.Lines, c.Blocks, figure.Medium(dir))
	return errors.Join(
		figure.Figure{Name: "import", Ratio: figure.Median(first), Goal: importGoal, About: about}.Print(c.Out),
		figure.Figure{Name: "import-again", Ratio: figure.Median(again), Goal: againGoal, About: "the same file again ÷ the first time"}.Print(c.Out),
		figure.Figure{Name: "import-memory", Ratio: float64(h.peak.Load()) / (1 << 20), Goal: memoryGoal,
			About: "highest anonymous memory of this process in MiB ÷ 1 MiB, sampled every 5 ms"}.Print(c.Out))
}

// house is a database with one event, and a file for it.
type house struct {
	server *privatepg.Server
	pool   *postgres.Pool
	office *intake.Office
	scope  foreign.Scope
	file   string
	lines  int
	peak   atomic.Int64
}

func build(ctx context.Context, dir string, lines int) (h *house, err error) {
	h = &house{file: dir + "/codes.csv", lines: lines, scope: foreign.Scope{Organizer: uuid.New(), Event: uuid.New()}}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.server, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return h, err
	}
	if err := h.server.CreateDatabase(ctx, "bench", ""); err != nil {
		return h, err
	}
	if h.pool, err = postgres.Open(ctx, h.server.URL("bench")); err != nil {
		return h, err
	}
	if _, err := postgres.Migrate(ctx, h.pool); err != nil {
		return h, err
	}
	if err := h.furnish(ctx, dir); err != nil {
		return h, err
	}
	return h, h.write()
}

func (h *house) close() {
	if h.pool != nil {
		h.pool.Close()
	}
	if h.server != nil {
		_ = h.server.Stop() // a private server whose folder goes
	}
}

const furniture = `
WITH o AS (INSERT INTO organizers (id, name, language) VALUES ($1, 'Bench', 'en') RETURNING id),
v AS (INSERT INTO venues (id, organizer_id, name, time_zone) SELECT gen_random_uuid(), id, 'Hall', 'UTC' FROM o RETURNING id, organizer_id),
e AS (INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
    SELECT $2, organizer_id, id, 'Night', now(), now() + interval '1 hour', now() + interval '2 hours', 'BRL', 'on_sale', 1 FROM v RETURNING id, organizer_id),
f AS (INSERT INTO offers (id, organizer_id, event_id, kind, name) SELECT gen_random_uuid(), organizer_id, id, 0, 'Full' FROM e)
INSERT INTO issuers (event_id, name, organizer_id, normalise, kind) SELECT id, 'bench', organizer_id, '{}', 0 FROM e`

func (h *house) furnish(ctx context.Context, dir string) error {
	if _, err := h.pool.Exec(ctx, furniture, h.scope.Organizer, h.scope.Event); err != nil {
		return fmt.Errorf("make an event: %w", err)
	}
	platform, _, err := vault.OpenPlatformKey(dir)
	if err != nil {
		return err
	}
	seal, _, err := vault.OpenSealer(dir)
	if err != nil {
		return err
	}
	store, facts := intakes.New(h.pool), gates.New(h.pool)
	h.office = &intake.Office{
		Books: store, Shelf: store, Queue: store, Table: store, Places: store, Events: facts, Keys: vault.NewKeyring(platform, seal, facts),
		Atomic: postgres.NewAtomic(h.pool), Now: time.Now,
	}
	return nil
}

// code is the nth, as an EAN-13 shop would print it, in no order.
func code(n int) string { return fmt.Sprintf("7891%09d", n*618_033_989%1_000_000_000) }

func (h *house) write() error {
	var b bytes.Buffer
	for n := range h.lines {
		b.WriteString(code(n))
		b.WriteByte('\n')
	}
	return os.WriteFile(h.file, b.Bytes(), 0o600)
}

// block is one of each, in seconds.
func (h *house) block(ctx context.Context) (bare, first, again float64, err error) {
	for _, step := range []struct {
		took  *float64
		clean bool
		do    func(context.Context) error
	}{{&bare, true, h.copyBare}, {&first, true, h.takeIn}, {&again, false, h.takeIn}} {
		if step.clean {
			if _, err := h.pool.Exec(ctx, "TRUNCATE list_entries, import_skips, import_files, imports"); err != nil {
				return 0, 0, 0, err
			}
		}
		if _, err := h.pool.Exec(ctx, "CHECKPOINT"); err != nil {
			return 0, 0, 0, err
		}
		started := time.Now()
		if err := step.do(ctx); err != nil {
			return 0, 0, 0, err
		}
		*step.took = time.Since(started).Seconds()
	}
	return bare, first, again, nil
}

func (h *house) copyBare(ctx context.Context) error {
	n, ref := -1, make([]byte, 16)
	columns := []string{"event_id", "organizer_id", "namespace", "code", "ref", "kind", "state"}
	_, err := h.pool.CopyFrom(ctx, pgx.Identifier{"list_entries"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if n++; n == h.lines {
			return nil, nil
		}
		binary.BigEndian.PutUint64(ref, uint64(n)*0x9E3779B97F4A7C15) //nolint:gosec // any bytes do
		return []any{h.scope.Event, h.scope.Organizer, "bench", code(n), ref, int32(0), int16(1)}, nil
	}))
	return err
}

// takeIn is the whole way of a file.
func (h *house) takeIn(ctx context.Context) error {
	stop := h.watch()
	defer stop()
	file, err := os.Open(h.file)
	if err != nil {
		return err
	}
	defer file.Close()
	i, err := h.office.Receive(ctx, h.scope, intake.Upload{Issuer: "bench", Mode: intake.Add, Name: "codes.csv", Body: file})
	if err != nil {
		return err
	}
	if _, err := h.office.Execute(ctx, i); err != nil {
		return err
	}
	if _, err := h.office.Work(ctx); err != nil {
		return err
	}
	if i, err = h.office.Get(ctx, h.scope, i.ID); err != nil {
		return err
	}
	if i.State != intake.Done || i.Counts[intake.Adds]+i.Counts[string(foreign.Known)] != h.lines {
		return fmt.Errorf("the import is %s with %v", i.State, i.Counts)
	}
	return nil
}

// watch notes the most anonymous memory that the process has meanwhile.
func (h *house) watch() (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(sampleMemory)
		defer tick.Stop()
		for {
			h.peak.Store(max(h.peak.Load(), anonymous()))
			select {
			case <-end:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(end); <-ended }
}

func anonymous() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(raw, []byte("RssAnon:"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	kib, _ := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64) // 0 where the kernel does not tell
	return kib << 10
}
