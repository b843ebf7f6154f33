package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiters"
	"portaria/deploy/privatepg"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/figure"
	"portaria/floor/wicket"
)

// Goals of Scan.
const (
	scanGoal  = 20  // of one telephone alone: two transactions of a dozen statements each, one after the other, against one of one
	crowdGoal = 0.5 // of 64 telephones
)

// ScanConfig says how much to measure.
type ScanConfig struct {
	Scans  int // of each block
	Phones int
	Blocks int // 0 = figure.Blocks
	Out    io.Writer
}

// Scan measures telephones at a venue without a hub, each scan from its question to its durable answer, against bare commits of
// the same database: one telephone alone, and many at once.
func Scan(ctx context.Context, c ScanConfig) error {
	if c.Blocks == 0 {
		c.Blocks = figure.Blocks
	}
	d, err := openDoor(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	var alone, crowd, rates []float64
	var waits []time.Duration
	var last [2]float64
	for range c.Blocks {
		bare, err := figure.Each(c.Scans/8, func(int) error { return d.commit(ctx) })
		if err != nil {
			return err
		}
		one, err := figure.Each(c.Scans/8, func(int) error { return d.scan(ctx, 0) })
		if err != nil {
			return err
		}
		started := time.Now()
		many, err := d.together(ctx, c.Phones, c.Scans)
		if err != nil {
			return err
		}
		rate := float64(len(many)) / time.Since(started).Seconds()
		last = [2]float64{figure.P50(one), figure.P50(bare)}
		alone, crowd = append(alone, last[0]/last[1]), append(crowd, rate*figure.P50(bare)/1e9)
		rates, waits = append(rates, rate), append(waits, many...)
	}
	return errors.Join(
		figure.Figure{Name: "scan-alone", Ratio: figure.Median(alone), Goal: scanGoal, About: fmt.Sprintf(
			"p50 of a scan, durable before its answer ÷ p50 of a bare commit, one at a time, %s ÷ %s in the last block, median of %d blocks, fsync on",
			ms(last[0]), ms(last[1]), c.Blocks)}.Print(c.Out),
		figure.Figure{Name: "scan-crowd", Ratio: figure.Median(crowd), Goal: crowdGoal, Least: true, About: fmt.Sprintf(
			"scans a second of %d telephones ÷ bare commits a second, one after the other; %.0f scans/s durable, p50 %s p99 %s, median of %d blocks", c.Phones,
			figure.Median(rates), ms(figure.P50(waits)), ms(figure.P99(waits)), c.Blocks)}.Print(c.Out))
}

func ms(nanos float64) time.Duration { return time.Duration(nanos).Round(100 * time.Microsecond) }

// doorway is a venue without a hub, on an evening.
type doorway struct {
	server *privatepg.Server
	pool   *pgxpool.Pool
	all    *arbiter.Arbiters
	venue  uuid.UUID
	event  uuid.UUID

	mu   sync.Mutex
	next uint64
}

func openDoor(ctx context.Context) (d *doorway, err error) {
	d = &doorway{venue: uuid.New(), event: uuid.New()}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if d.server, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return d, err
	}
	if err := d.server.CreateDatabase(ctx, "bench", ""); err != nil {
		return d, err
	}
	if d.pool, err = postgres.Open(ctx, d.server.URL("bench")); err != nil {
		return d, err
	}
	if _, err := postgres.Migrate(ctx, d.pool); err != nil {
		return d, err
	}
	return d, d.furnish(ctx)
}

func (d *doorway) furnish(ctx context.Context) error {
	organizer := uuid.New()
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{"INSERT INTO organizers (id, name, language) VALUES ($1, 'Casa', 'pt-BR')", []any{organizer}},
		{"INSERT INTO venues (id, organizer_id, name, time_zone) VALUES ($1, $2, 'Teatro', 'UTC')", []any{d.venue, organizer}},
		{`INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency)
			VALUES ($1, $2, $3, 'Noite', now() - interval '1 hour', now(), now() + interval '4 hours', 'BRL')`, []any{d.event, organizer, d.venue}},
		{"CREATE TABLE bench_nothing (n int)", nil},
	} {
		if _, err := d.pool.Exec(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	manifest := &whitelist.Venue{Venue: ticket.EventID(d.venue), Epoch: 1, TimeZone: "UTC", Checkpoints: []whitelist.Checkpoint{{
		ID: "door", Direction: whitelist.In, Mode: whitelist.Open, Policy: whitelist.Free, Events: []ticket.EventID{ticket.EventID(d.event)}}}}
	d.all = arbiter.New(postgres.System(ctx), arbiter.Config{Leases: arbiters.Leases{Pool: d.pool}, Holder: "bench", Log: slog.New(slog.DiscardHandler),
		Venue: func(context.Context, ticket.EventID, ticket.EventID) (*whitelist.Venue, *time.Location, error) {
			return manifest, time.UTC, nil
		}})
	return d.scan(ctx, 0)
}

func (d *doorway) close() {
	if d.all != nil {
		d.all.Close()
	}
	if d.pool != nil {
		d.pool.Close()
	}
	if d.server != nil {
		_ = d.server.Stop() // it ends with the process at the latest
	}
}

// commit is the least that anything durable costs.
func (d *doorway) commit(ctx context.Context) error {
	_, err := d.pool.Exec(ctx, "INSERT INTO bench_nothing VALUES (1)")
	return err
}

// scan is a new guest at a telephone.
func (d *doorway) scan(ctx context.Context, phone int) error {
	ctx = postgres.System(ctx)
	seat, err := d.all.At(ctx, ticket.EventID(d.venue))
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.next++
	number := d.next
	d.mu.Unlock()
	ask := wicket.Ask{Gate: fmt.Sprint(wicket.Prefix, phone), Checkpoint: "door", Auto: true, Code: admit.Code{Match: admit.Listed,
		Event: whitelist.VenueEvent{Event: ticket.EventID(d.event)}, Kind: whitelist.Kind{Use: whitelist.UseSingle}, Entry: whitelist.Entry{State: whitelist.Good}}}
	binary.BigEndian.PutUint64(ask.Scan[:], number)
	binary.BigEndian.PutUint64(ask.Code.Entry.Ref[:], number)
	said, err := seat.Scan(ctx, ask)
	if err == nil && !said.Verdict.Admit {
		err = fmt.Errorf("guest %d was refused: %s", number, said.Verdict.Reason)
	}
	return err
}

// together has telephones scan at once.
func (d *doorway) together(ctx context.Context, phones, scans int) ([]time.Duration, error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	var times []time.Duration
	var faults []error
	for phone := range phones {
		all.Go(func() {
			mine, err := figure.Each(scans/phones, func(int) error { return d.scan(ctx, phone) })
			mu.Lock()
			defer mu.Unlock()
			times, faults = append(times, mine...), append(faults, err)
		})
	}
	all.Wait()
	return times, errors.Join(faults...)
}
