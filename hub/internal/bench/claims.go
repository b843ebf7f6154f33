// Package bench measures a hub on the machine it runs on, from outside: played gates ask it over real MQTT. It does not
// know how a hub is started.
package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/figure"
)

// Config says where and how much to measure. Zero values take the defaults.
type Config struct {
	Dir   string // on the disk to be measured; empty = the system's temporary directory
	Gates int    // 0 = 50
	Each  int    // claims of each gate in each block; 0 = 100
	Out   io.Writer
	// Start starts a hub of a venue with its state in dir, for gates of these names, and returns its MQTT address.
	Start func(ctx context.Context, dir string, venue ticket.EventID, gates []string) (address string, stop func() error, err error)
}

const (
	rateGoal = 500 // durable rulings per second
	waitGoal = 50  // ms from claim to ruling, p99
)

var event = ticket.EventID{15: 1}

func (c *Config) defaults() {
	if c.Gates == 0 {
		c.Gates = 50
	}
	if c.Each == 0 {
		c.Each = 100
	}
}

// Claims measures a hub whose gates each ask again as soon as they are answered, every time about another right: rulings
// per second, and how long a gate waits for one.
func Claims(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	bare, err := figure.NewBareSync(dir)
	if err != nil {
		return err
	}
	v, err := openVenue(ctx, c, dir)
	if err != nil {
		return err
	}
	rates, waits, syncs, err := v.ask(ctx, c, bare)
	if err := errors.Join(err, v.close()); err != nil {
		return err
	}
	about := fmt.Sprintf("%d gates over MQTT on loopback, each asks again when it is answered, n=%d x %d, fdatasync p50 %.0f µs, %s",
		c.Gates, c.Gates*c.Each, figure.Blocks, figure.Median(syncs)/1000, figure.Medium(dir))
	p99 := figure.P99(waits) / 1e6
	return errors.Join(
		figure.Figure{Name: "claims", Ratio: figure.Median(rates) / rateGoal, Goal: 1, Least: true,
			About: fmt.Sprintf("%.0f durable rulings/s / %d, %s", figure.Median(rates), rateGoal, about)}.Print(c.Out),
		figure.Figure{Name: "claims-wait", Ratio: p99 / waitGoal, Goal: 1,
			About: fmt.Sprintf("claim to ruling p99 %.1f ms / %d ms, p50 %.1f ms", p99, waitGoal, figure.P50(waits)/1e6)}.Print(c.Out))
}

// venue is a hub with its gates.
type venue struct {
	gates []*gate
	stop  func() error
}

func openVenue(ctx context.Context, c Config, dir string) (v *venue, err error) {
	id := ticket.EventID{15: 9}
	var names []string
	for n := range c.Gates {
		names = append(names, fmt.Sprintf("gate-%d", n+1))
	}
	v = &venue{}
	address, stop, err := c.Start(ctx, dir, id, names)
	if err != nil {
		return nil, err
	}
	v.stop = stop
	for _, name := range names {
		g, err := openGate(address, id, name)
		if err != nil {
			return nil, errors.Join(err, v.close())
		}
		v.gates = append(v.gates, g)
	}
	return v, v.ready(ctx)
}

func (v *venue) close() error {
	var faults []error
	for _, g := range v.gates {
		faults = append(faults, g.close())
	}
	return errors.Join(append(faults, v.stop())...)
}

// ready beats as gates do until the hub answers claims.
func (v *venue) ready(ctx context.Context) error {
	for until := time.Now().Add(20 * time.Second); ; {
		waiting := 0
		for _, g := range v.gates {
			if err := g.beat(); err != nil {
				return err
			}
			if !g.ready() {
				waiting++
			}
		}
		switch {
		case waiting == 0:
			return nil
		case time.Now().After(until):
			return fmt.Errorf("the hub does not answer the claims of %d gates", waiting)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// ask has every gate ask, block by block. A gate goes on beating, as it does in life.
func (v *venue) ask(ctx context.Context, c Config, bare *figure.BareSync) (rates []float64, waits []time.Duration, syncs []float64, err error) {
	for block := range figure.Blocks {
		bared, err := figure.Typical(100, bare.Once)
		if err != nil {
			return nil, nil, nil, err
		}
		times, faults := make([][]time.Duration, len(v.gates)), make([]error, len(v.gates))
		began := time.Now()
		var all sync.WaitGroup
		for n, g := range v.gates {
			all.Go(func() { times[n], faults[n] = g.askMany(ctx, n, block*c.Each, c.Each) })
		}
		all.Wait()
		if err := errors.Join(faults...); err != nil {
			return nil, nil, nil, err
		}
		syncs = append(syncs, bared)
		rates = append(rates, float64(len(v.gates)*c.Each)/time.Since(began).Seconds())
		waits = append(waits, slices.Concat(times...)...)
	}
	return rates, waits, syncs, nil
}

// askMany claims rights one after the other; nobody walks in on the one before.
func (g *gate) askMany(ctx context.Context, gate, from, n int) ([]time.Duration, error) {
	times := make([]time.Duration, n)
	beaten := time.Now()
	for i := range n {
		if time.Since(beaten) > time.Second {
			beaten = time.Now()
			if err := g.beat(); err != nil {
				return nil, err
			}
		}
		req := uint64(from + i + 1)
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], uint64(gate+1)<<32|req)
		began := time.Now()
		if err := g.claim(ctx, wire.Claim{Run: run, Req: req, Scan: admit.ScanID(id), Ref: whitelist.Ref(id), Event: event, Terms: single,
			Checkpoint: "door", Lane: 1, Closed: before(req)}); err != nil {
			return nil, err
		}
		times[i] = time.Since(began)
	}
	return times, nil
}

func before(req uint64) []uint64 {
	if req == 1 {
		return nil
	}
	return []uint64{req - 1}
}
