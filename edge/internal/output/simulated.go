// Package output moves what a lane has to move: the relay of a turnstile or door, and tells when somebody has passed.
//
// A board is behind package lane's small interface, so that a GPIO board can take the place of the simulated one, which
// keeps a log of its relay and plays the passage contact.
package output

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/edge/admit"
)

// keepPulses is how many pulses a simulated board can be asked about.
const keepPulses = 1000

// Errors of a board.
var (
	ErrNoLane  = errors.New("this board has no such lane")
	ErrDoubled = errors.New("the relay has already moved for this scan")
)

// Pulse is one movement of a relay.
type Pulse struct {
	Lane int          `json:"lane"`
	Scan admit.ScanID `json:"scan"`
	Exit bool         `json:"exit,omitempty"`
	At   time.Time    `json:"at"`
}

// Simulated is a board with no hardware behind it.
type Simulated struct {
	after  time.Duration
	passed func(lane int, counter int64)

	mu      sync.Mutex
	lanes   map[int]*turnstile
	pulses  []Pulse
	moved   map[admit.ScanID]bool
	stopped bool
}

type turnstile struct {
	open    bool
	counter int64
	timer   *time.Timer
}

// NewSimulated makes a board with these lanes. After a pulse somebody passes by themselves after the given time; with
// zero only Passage lets anybody pass. Passed hears of every passage, with the turnstile's counter.
func NewSimulated(lanes []int, after time.Duration, passed func(lane int, counter int64)) *Simulated {
	b := &Simulated{after: after, passed: passed, lanes: map[int]*turnstile{}, moved: map[admit.ScanID]bool{}}
	for _, lane := range lanes {
		b.lanes[lane] = &turnstile{}
	}
	return b
}

// Pulse unlocks a lane for one person. The same scan never moves a relay twice, whatever asks for it.
func (b *Simulated) Pulse(lane int, scan admit.ScanID, exit bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.lanes[lane]
	switch {
	case t == nil:
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	case b.moved[scan]:
		return fmt.Errorf("lane %d, scan %s: %w", lane, scan, ErrDoubled)
	case b.stopped:
		return errors.New("the board is off")
	}
	b.remember(Pulse{Lane: lane, Scan: scan, Exit: exit, At: time.Now()})
	t.open = true
	if b.after > 0 {
		t.timer = time.AfterFunc(b.after, func() { _ = b.pass(lane, true) })
	}
	return nil
}

func (b *Simulated) remember(p Pulse) {
	if len(b.pulses) == keepPulses {
		delete(b.moved, b.pulses[0].Scan)
		b.pulses = b.pulses[1:]
	}
	b.pulses = append(b.pulses, p)
	b.moved[p.Scan] = true
}

// Release locks a lane again.
func (b *Simulated) Release(lane int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.lanes[lane]
	if t == nil {
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	}
	t.lock()
	return nil
}

func (t *turnstile) lock() {
	t.open = false
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

// Passage plays the contact: somebody has gone through the lane, whether it was open or was forced.
func (b *Simulated) Passage(lane int) error { return b.pass(lane, false) }

// pass counts and tells. A passage that came by itself happens only through an open lane.
func (b *Simulated) pass(lane int, byItself bool) error {
	b.mu.Lock()
	t := b.lanes[lane]
	if t == nil {
		b.mu.Unlock()
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	}
	if byItself && !t.open || b.stopped {
		b.mu.Unlock()
		return nil
	}
	t.lock()
	t.counter++
	counter := t.counter
	b.mu.Unlock()
	b.passed(lane, counter)
	return nil
}

// Pulses is the relay's log, oldest first.
func (b *Simulated) Pulses() []Pulse {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Pulse(nil), b.pulses...)
}

// Close locks every lane, as at a crash or a stop.
func (b *Simulated) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stopped = true
	for _, t := range b.lanes {
		t.lock()
	}
}
