package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"portaria/edge/internal/gpio"
	"portaria/edge/internal/output"
	firmwareconfig "portaria/firmware-config"
)

// Output is what a lane moves and watches.
type Output struct {
	Board     string         `toml:"board"`      // "simulated" (default) or "gpio"
	Profile   string         `toml:"profile"`    // of firmware-config/gates; empty on a simulated board = trial
	Chip      string         `toml:"chip"`       // gpio: the chip's label, as gpiodetect shows it
	Lines     map[string]int `toml:"lines"`      // gpio: number of each line on the chip, by the profile's names
	ActiveLow []string       `toml:"active_low"` // outputs that are on when the level is low, as on many relay boards
}

const (
	simulatedBoard = "simulated"
	gpioBoard      = "gpio"
)

func (o Output) board() string {
	if o.Board == "" {
		return simulatedBoard
	}
	return o.Board
}

func (o Output) profile() (firmwareconfig.Gate, error) {
	if o.Profile == "" && o.board() == simulatedBoard {
		return firmwareconfig.GateNamed("trial")
	}
	return firmwareconfig.GateNamed(o.Profile)
}

// validate says everything that is wrong with a lane's output.
func (o Output) validate(fault func(format string, args ...any)) {
	if o.board() != simulatedBoard && o.board() != gpioBoard {
		fault("output.board: %q is neither %q nor %q", o.Board, simulatedBoard, gpioBoard)
		return
	}
	profile, err := o.profile()
	if err != nil {
		fault("output.profile: %v", err)
	}
	if o.board() == simulatedBoard {
		if o.Chip != "" || len(o.Lines) > 0 || len(o.ActiveLow) > 0 {
			fault("output: chip, lines and active_low are for board = \"gpio\"")
		}
		return
	}
	if profile.Passage.Counter {
		fault("output.profile: %s keeps a count of its own, which no line of a chip can tell: only a simulated board reads it", profile.Name)
	}
	if o.Chip == "" {
		fault("output.chip: give the chip's label, as gpiodetect shows it")
	}
	if err == nil {
		o.validateLines(profile, fault)
	}
}

func (o Output) validateLines(profile firmwareconfig.Gate, fault func(format string, args ...any)) {
	known := profile.Outputs()
	for line := range profile.Inputs() {
		known = append(known, line)
	}
	used := map[int]string{}
	for _, line := range sortedLines(o.Lines) {
		offset := o.Lines[line]
		if !slices.Contains(known, line) {
			fault("output.lines.%s: %s has no such line; it has: %s", line, profile.Name, strings.Join(known, ", "))
		}
		if offset < 0 || offset > 1023 || used[offset] != "" {
			fault("output.lines.%s: %d is not in 0..1023, or is %s already", line, offset, used[offset])
		}
		used[offset] = line
	}
	for _, line := range profile.Needed() {
		if _, given := o.Lines[line]; !given {
			fault("output.lines.%s: %s needs it", line, profile.Name)
		}
	}
	for _, line := range o.ActiveLow {
		if _, given := o.Lines[line]; !given || !slices.Contains(profile.Outputs(), line) {
			fault("output.active_low: %q is no output among the lines", line)
		}
	}
}

func sortedLines(lines map[string]int) []string {
	var names []string
	for name := range lines {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// checkShared says which lines of a chip two lanes want.
func checkShared(lanes []Lane) error {
	type pin struct {
		chip   string
		offset int
	}
	var faults []error
	used := map[pin]string{}
	for i, l := range lanes {
		for _, line := range sortedLines(l.Output.Lines) {
			p, me := pin{l.Output.Chip, l.Output.Lines[line]}, fmt.Sprintf("lane[%d].output.lines.%s", i, line)
			if other := used[p]; other != "" && !strings.HasPrefix(other, fmt.Sprintf("lane[%d].", i)) {
				faults = append(faults, fmt.Errorf("%s: line %d of %s is %s already", me, p.offset, p.chip, other))
			}
			used[p] = me
		}
	}
	return errors.Join(faults...)
}

// stays is how long the lane's device lets somebody through by its own clock; 0 = it obeys, or there is none.
func (o Output) stays() time.Duration {
	profile, err := o.profile()
	if err != nil || o.board() != gpioBoard {
		return 0
	}
	return profile.Unlock.Window()
}

// makeBoard joins every lane to its device. The simulated one is nil when no lane is on it.
func makeBoard(cfg Config, kernel gpio.Kernel) (*output.Board, *output.Simulated, error) {
	var simulated *output.Simulated
	var lanes []output.Lane
	for _, l := range cfg.Lanes {
		profile, err := l.Output.profile()
		if err != nil {
			return nil, nil, err
		}
		if l.Output.board() == gpioBoard {
			lanes = append(lanes, output.Lane{Number: l.Number, Profile: profile, Open: gpioLane{l.Output, profile, kernel}.open})
			continue
		}
		if simulated == nil {
			simulated = output.NewSimulated(cfg.Board.passage(), cfg.StateDir)
		}
		lanes = append(lanes, simulated.Lane(l.Number, profile))
	}
	return output.NewBoard(lanes), simulated, nil
}

// gpioLane opens a lane's lines on its chip.
type gpioLane struct {
	Output
	profile firmwareconfig.Gate
	kernel  gpio.Kernel
}

type gpioWires struct {
	outputs map[string]*gpio.Output
	all     []io.Closer
}

func (l gpioLane) open(changed func(line string, active bool), failed func(error)) (output.Wires, error) {
	path, _, err := gpio.Chip(l.kernel, l.Chip)
	if err != nil {
		return nil, err
	}
	w := &gpioWires{outputs: map[string]*gpio.Output{}}
	for _, line := range l.profile.Outputs() { // first of all: what moves is driven off
		if offset, given := l.Lines[line]; given && err == nil {
			err = w.output(line, func() (*gpio.Output, error) {
				return gpio.OpenOutput(l.kernel, path, offset, slices.Contains(l.ActiveLow, line))
			})
		}
	}
	for line, contact := range l.profile.Inputs() {
		offset, given := l.Lines[line]
		if !given || err != nil {
			continue
		}
		var in *gpio.Input
		in, err = gpio.OpenInput(l.kernel, path, offset, !contact.ClosedWhenIdle, func(active bool) { changed(line, active) }, failed)
		if err == nil {
			w.all = append(w.all, in)
		} else {
			err = fmt.Errorf("%s: %w", line, err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *gpioWires) output(line string, open func() (*gpio.Output, error)) error {
	out, err := open()
	if err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	w.outputs[line] = out
	w.all = append(w.all, out)
	return nil
}

// Set drives a line; one that this lane has no wire for is nobody's.
func (w *gpioWires) Set(line string, on bool) error {
	if out := w.outputs[line]; out != nil {
		return out.Set(on)
	}
	return nil
}

// Close drives every output off.
func (w *gpioWires) Close() error {
	var faults []error
	for _, line := range w.all {
		faults = append(faults, line.Close())
	}
	return errors.Join(faults...)
}

// firstReading is where a lane's count of passages starts. A contact counts nothing while the gate is off, so the count
// of one start must never look like that of another: the core takes equal readings for proof that nobody passed.
func firstReading() int64 { return int64(rand.Uint32()) << 20 }

// startBoard opens the lanes' lines and tells the driver what they say. A device that counts for itself gives its own
// readings, which are proof across a power cut.
func (n *node) startBoard(ctx context.Context) {
	first, seen := map[int]int64{}, map[int]int64{}
	for _, l := range n.cfg.Lanes {
		first[l.Number] = firstReading()
	}
	n.board.Start(func(lane int, h output.Happening) {
		switch h.Kind {
		case output.Counter:
			first[lane] = h.Count - seen[lane]
			n.driver.CounterRead(ctx, lane, h.Count)
		case output.Passed:
			seen[lane] = h.Count
			reading := first[lane] + h.Count
			n.driver.Passed(ctx, lane, &reading)
		case output.WrongWay:
			seen[lane] = h.Count
			n.driver.CounterRead(ctx, lane, first[lane]+h.Count)
			n.driver.Note(ctx, lane, "somebody passed against the way that was open")
		case output.Tamper, output.Fire:
			n.driver.ContactChanged(ctx, lane, h.Kind, h.On)
		case output.Failed, output.Ready:
			n.driver.OutputChanged(ctx, lane, h.Kind, h.Why)
		}
	})
}
