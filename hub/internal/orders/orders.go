// Package orders is what a venue's people say at the hub about its doors, over what is configured: open, closed, drill,
// evacuation, and words to a lane. Orders outlive power cuts of the hub; a gate is told again until its heartbeat names
// their number.
package orders

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Limits of what is ordered.
const (
	MaxText = 80 // characters of a message
	late    = time.Minute

	// likely is the highest number that one gate alone is believed to obey: numbers are times, of this century. A stolen gate
	// could else leave no number for the next order, and no gate would ever close or open all ways again.
	likely = 4_102_444_800_000
)

// Refusals.
var (
	ErrMany = fmt.Errorf("more than %d doors have orders of their own: order every door at once, or put some back as configured", wire.MaxDoors-1)
	ErrText = fmt.Errorf("a message has 1 to %d characters", MaxText)
)

// Store keeps the orders in force.
type Store interface {
	Orders() (wire.Doors, error)
	// SetOrders returns nil only once they are durable.
	SetOrders(ctx context.Context, d wire.Doors) error
}

// Config is what orders need.
type Config struct {
	Store Store
	Hub   string
	Term  func() uint64
	Send  func(gate string, c wire.Command) error
	Now   func() time.Time
}

// Orders may be used by several goroutines.
type Orders struct {
	cfg   Config
	doing sync.Mutex // one change at a time

	mu    sync.Mutex
	doors wire.Doors
	leap  uint64            // above what gates obey, where this clock is behind: the next numbers may be another hub's, so it is random
	given bool              // somebody has ordered something since this process started
	floor uint64            // highest number that gates are believed to obey
	told  map[string]uint64 // by each gate, which it obeys
}

// Open reads the orders in force.
func Open(cfg Config) (*Orders, error) {
	doors, err := cfg.Store.Orders()
	if err != nil {
		return nil, fmt.Errorf("read the orders about doors: %w", err)
	}
	return &Orders{cfg: cfg, doors: doors, told: map[string]uint64{}, leap: 1_000 + mathrand.Uint64N(1<<24)}, nil
}

// InForce are the orders, by door.
func (o *Orders) InForce() []wire.DoorOrder {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.doors.Doors)
}

// Set orders a door, or wire.EveryDoor; an empty mode puts it back as configured. An order for every door replaces those
// of single ones. It is durable when nil is returned; gates follow with their next heartbeat, within a second.
func (o *Orders) Set(ctx context.Context, checkpoint string, mode whitelist.Mode, by string) error {
	o.doing.Lock()
	defer o.doing.Unlock()
	next := o.with(checkpoint, mode, by)
	if len(next.Doors) >= wire.MaxDoors {
		return ErrMany
	}
	if err := o.cfg.Store.SetOrders(ctx, next); err != nil {
		return fmt.Errorf("keep the order about door %s: %w", checkpoint, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.doors, o.given = next, true
	return nil
}

func (o *Orders) with(checkpoint string, mode whitelist.Mode, by string) wire.Doors {
	o.mu.Lock()
	defer o.mu.Unlock()
	next := wire.Doors{Number: o.number()}
	if checkpoint != wire.EveryDoor {
		next.Doors = slices.DeleteFunc(slices.Clone(o.doors.Doors), func(d wire.DoorOrder) bool { return d.Checkpoint == checkpoint })
	}
	if mode != "" {
		next.Doors = append(next.Doors, wire.DoorOrder{Checkpoint: checkpoint, Mode: mode, By: cut(by, 64)})
	}
	return next
}

// number is above that of every order that a gate was heard to obey. Another hub's orders may have numbers too, which not every
// gate has heard of.
func (o *Orders) number() uint64 {
	now := uint64(o.cfg.Now().UnixMilli()) //nolint:gosec // after 1970
	if o.floor >= now {
		return max(o.doors.Number+1, o.floor+o.leap)
	}
	return max(o.doors.Number+1, now)
}

func cut(text string, bytes int) string {
	for len(text) > bytes {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// Heard takes a gate's heartbeat, and tells the gate what it does not obey yet.
func (o *Orders) Heard(gate string, s wire.State) {
	o.mu.Lock()
	o.believe(gate, s.Orders)
	if o.given && o.floor > o.doors.Number { // ordered before this gate was heard, by a clock that is behind
		o.doors.Number = o.floor + o.leap
	}
	d := o.doors
	o.mu.Unlock()
	if s.Orders >= d.Number {
		return
	}
	d.Doors = about(d.Doors, s.Lanes)
	_ = o.cfg.Send(gate, o.command(wire.Command{Type: wire.SetDoors, Doors: &d})) // the next heartbeat asks again
}

// believe notes which number a gate obeys. An unlikely one is believed when a second gate obeys as much.
func (o *Orders) believe(gate string, number uint64) {
	o.told[gate] = number
	most, second := uint64(0), uint64(0)
	for _, n := range o.told {
		most, second = max(most, n), max(second, min(most, n))
	}
	if number <= likely {
		o.floor = max(o.floor, number)
	}
	o.floor = max(o.floor, second)
}

// about keeps the orders that concern a gate's lanes.
func about(all []wire.DoorOrder, lanes []wire.LaneState) (some []wire.DoorOrder) {
	for _, d := range all {
		if d.Checkpoint == wire.EveryDoor || slices.ContainsFunc(lanes, func(l wire.LaneState) bool { return l.Checkpoint == d.Checkpoint }) {
			some = append(some, d)
		}
	}
	return some
}

func (o *Orders) command(c wire.Command) wire.Command {
	c.V, c.ID, c.DropAfter = wire.Version, rand.Text(), o.cfg.Now().Add(late).UnixMilli()
	c.Term, c.Hub = o.cfg.Term(), o.cfg.Hub
	return c
}

// Tell shows words on a lane; lane 0 is every lane of the gate. A gate that is away never hears them.
func (o *Orders) Tell(gate string, lane int, text string) error {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxText {
		return ErrText
	}
	if err := o.cfg.Send(gate, o.command(wire.Command{Type: wire.Message, Lane: lane, Text: text})); err != nil {
		return errors.Join(fmt.Errorf("tell gate %s", gate), err)
	}
	return nil
}
