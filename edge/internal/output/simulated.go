// Package output moves what a lane has to move: the relay of a turnstile or door, lamps and a buzzer, and tells when
// somebody has passed, when a housing is opened, and when the fire alarm comes.
//
// Sequence knows what is on when, and nothing of devices. Board drives it with time and with Wires: those of package
// gpio, or simulated ones.
package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	firmwareconfig "portaria/firmware-config"
)

// Simulated is a device that isn't there: its lines are remembered, and its contacts are played.
type Simulated struct {
	after time.Duration
	dir   string // where turnstiles that count keep their count; empty = they forget it

	mu    sync.Mutex
	lanes map[int]*turnstile
}

// turnstile plays what stands at a lane.
type turnstile struct {
	device  *Simulated
	number  int
	profile firmwareconfig.Gate
	changed func(line string, active bool)
	lines   map[string]bool
	events  map[string]bool      // contacts whose event stands
	lit     map[string]time.Time // when each line was last on
	timers  []*time.Timer
	way     string // passage contact of the one who passes next
}

// touch is how much longer than it takes to be believed a passage contact is played.
const touch = 10 * time.Millisecond

// NewSimulated makes a device for any number of lanes. Somebody passes by themselves so long after an unlocking; with
// zero only Passage lets anybody pass. Turnstiles that count keep their count in a file in dir, as a real one keeps it in
// its wheels: the gate's power is not theirs.
func NewSimulated(after time.Duration, dir string) *Simulated {
	return &Simulated{after: after, dir: dir, lanes: map[int]*turnstile{}}
}

// Lane is one lane with simulated lines.
func (d *Simulated) Lane(number int, profile firmwareconfig.Gate) Lane {
	return Lane{Number: number, Profile: profile, Open: func(changed func(string, bool), _ func(error)) (Wires, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		t := &turnstile{device: d, number: number, profile: profile, changed: changed, lines: map[string]bool{}, events: map[string]bool{}, lit: map[string]time.Time{}, way: firmwareconfig.PassageA}
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
	if on {
		t.lit[line] = time.Now()
	}
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
	t.count(line)
	t.changed(line, true)
	if t.profile.Passage.DebounceMillis == 0 {
		t.changed(line, false)
		return
	}
	t.device.mu.Lock()
	defer t.device.mu.Unlock()
	t.later(t.profile.Passage.Debounce()+touch, func() { t.changed(line, false) })
}

// count turns the wheels of a turnstile that counts, before anybody hears of the passage.
func (t *turnstile) count(line string) {
	if !t.profile.Passage.Counter || line != firmwareconfig.PassageA && line != firmwareconfig.PassageB {
		return
	}
	t.device.mu.Lock()
	defer t.device.mu.Unlock()
	if n, err := t.read(); err == nil {
		t.write(n + 1)
	}
}

// Count reads the wheels.
func (t *turnstile) Count() (int64, error) {
	t.device.mu.Lock()
	defer t.device.mu.Unlock()
	return t.read()
}

func (t *turnstile) wheels() string {
	return filepath.Join(t.device.dir, fmt.Sprintf("simulated-turnstile-%d.count", t.number))
}

func (t *turnstile) read() (int64, error) {
	if t.device.dir == "" {
		return 0, errors.New("this simulated turnstile keeps no count")
	}
	raw, err := os.ReadFile(t.wheels())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the simulated count: %w", err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
}

// write is durable before it returns: a count that falls back would say that nobody passed. One that cannot be written
// is taken away, and then damaged text stands there, which no reading comes from.
func (t *turnstile) write(n int64) {
	file, err := os.OpenFile(t.wheels(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	_, err = fmt.Fprintln(file, n)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.WriteFile(t.wheels(), []byte("lost"), 0o600)
	}
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
	d.mu.Lock()
	t.events[line] = active
	d.mu.Unlock()
	t.changed(line, active)
	return nil
}

// Touch plays a contact of a lane for a moment.
func (d *Simulated) Touch(lane int, line string) error {
	t := d.lane(lane)
	if t == nil {
		return fmt.Errorf("lane %d: %w", lane, ErrNoLane)
	}
	if _, has := t.profile.Inputs()[line]; !has {
		return fmt.Errorf("lane %d: a %s has no contact %q", lane, t.profile.Title, line)
	}
	t.touch(line)
	return nil
}

// Lines are a simulated lane's lines, for people to see.
type Lines struct {
	Title    string          `json:"title"`
	Outputs  map[string]bool `json:"outputs"`  // on, or on a moment ago: a pulse is too short for eyes
	Contacts map[string]bool `json:"contacts"` // whose event stands
}

// eyes is how long a line that was on is shown so.
const eyes = 500 * time.Millisecond

// Lanes are the lines of every lane.
func (d *Simulated) Lanes() map[int]Lines {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[int]Lines{}
	for number, t := range d.lanes {
		lines := Lines{Title: t.profile.Title, Outputs: map[string]bool{}, Contacts: map[string]bool{}}
		for _, line := range t.profile.Outputs() {
			lines.Outputs[line] = t.lines[line] || time.Since(t.lit[line]) < eyes && !t.lit[line].IsZero()
		}
		for line := range t.profile.Inputs() {
			lines.Contacts[line] = t.events[line]
		}
		all[number] = lines
	}
	return all
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
