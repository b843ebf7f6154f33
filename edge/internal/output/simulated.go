// Package output moves what a lane has to move: the relay of a turnstile or door, lamps and a buzzer, and tells when
// somebody has passed, when a housing is opened, and when the fire alarm comes.
//
// Sequence knows what is on when, and nothing of devices. Board drives it with time and with Wires: those of package
// gpio, or simulated ones.
package output

import (
	"fmt"
	"sync"
	"time"

	firmwareconfig "portaria/firmware-config"
)

// Simulated is a device that isn't there: its lines are remembered, and its contacts are played.
type Simulated struct {
	after time.Duration

	mu    sync.Mutex
	lanes map[int]*turnstile
}

// turnstile plays what stands at a lane.
type turnstile struct {
	device  *Simulated
	profile firmwareconfig.Gate
	changed func(line string, active bool)
	lines   map[string]bool
	timers  []*time.Timer
	way     string // passage contact of the one who passes next
}

// touch is how much longer than it takes to be believed a passage contact is played.
const touch = 10 * time.Millisecond

// NewSimulated makes a device for any number of lanes. Somebody passes by themselves so long after an unlocking; with
// zero only Passage lets anybody pass.
func NewSimulated(after time.Duration) *Simulated {
	return &Simulated{after: after, lanes: map[int]*turnstile{}}
}

// Lane is one lane with simulated lines.
func (d *Simulated) Lane(number int, profile firmwareconfig.Gate) Lane {
	return Lane{Number: number, Profile: profile, Open: func(changed func(string, bool), _ func(error)) (Wires, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		t := &turnstile{device: d, profile: profile, changed: changed, lines: map[string]bool{}, way: firmwareconfig.PassageA}
		d.lanes[number] = t
		return t, nil
	}}
}

// Set switches a line. Who stands before the turnstile sees it unlock.
func (t *turnstile) Set(line string, on bool) error {
	d := t.device
	d.mu.Lock()
	defer d.mu.Unlock()
	t.lines[line] = on
	if !on || line != firmwareconfig.UnlockA && line != firmwareconfig.UnlockB {
		return nil
	}
	t.way = firmwareconfig.PassageA
	if line == firmwareconfig.UnlockB && t.profile.Passage.BothWays {
		t.way = firmwareconfig.PassageB
	}
	if d.after > 0 && d.after <= t.stays() {
		way := t.way
		t.later(d.after, func() { t.touch(way) })
	}
	return nil
}

// stays is how long the turnstile stays unlocked when nobody passes.
func (t *turnstile) stays() time.Duration {
	return max(t.profile.Unlock.Window(), t.profile.Unlock.Most())
}

func (t *turnstile) later(after time.Duration, do func()) {
	t.timers = append(t.timers, time.AfterFunc(after, do))
	if len(t.timers) > 64 {
		t.timers = t.timers[32:] // those have long fired
	}
}

// touch plays a contact for as long as it takes to be believed.
func (t *turnstile) touch(line string) {
	t.changed(line, true)
	if t.profile.Passage.DebounceMillis == 0 {
		t.changed(line, false)
		return
	}
	t.device.mu.Lock()
	defer t.device.mu.Unlock()
	t.later(t.profile.Passage.Debounce()+touch, func() { t.changed(line, false) })
}

// Close ends what was still to be played.
func (t *turnstile) Close() error {
	t.device.mu.Lock()
	defer t.device.mu.Unlock()
	for _, timer := range t.timers {
		timer.Stop()
	}
	t.timers = nil
	return nil
}

// Passage plays the passage contact of a lane, the way that was unlocked last: somebody has gone through, whether it
// was open or was forced.
func (d *Simulated) Passage(lane int) error {
	t := d.lane(lane)
	if t == nil {
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	}
	if !t.profile.Passage.Fitted {
		return fmt.Errorf("lane %d: a %s has no passage contact", lane, t.profile.Title)
	}
	t.device.mu.Lock()
	way := t.way
	t.device.mu.Unlock()
	t.touch(way)
	return nil
}

// Contact sets a contact of a lane (its event when active).
func (d *Simulated) Contact(lane int, line string, active bool) error {
	t := d.lane(lane)
	if t == nil {
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	}
	if _, has := t.profile.Inputs()[line]; !has {
		return fmt.Errorf("lane %d: a %s has no contact %q", lane, t.profile.Title, line)
	}
	t.changed(line, active)
	return nil
}

func (d *Simulated) lane(number int) *turnstile {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lanes[number]
}

// Level is whether a line of a lane is on.
func (d *Simulated) Level(lane int, line string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.lanes[lane]
	return t != nil && t.lines[line]
}
