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
			simulated = output.NewSimulated(cfg.Board.passage())
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

// startBoard opens the lanes' lines and tells the driver what they say.
func (n *node) startBoard(ctx context.Context) {
	first := map[int]int64{}
	for _, l := range n.cfg.Lanes {
		first[l.Number] = firstReading()
	}
	n.board.Start(func(lane int, h output.Happening) {
		switch h.Kind {
		case output.Passed:
			reading := first[lane] + h.Count
			n.driver.Passed(ctx, lane, &reading)
		case output.WrongWay:
			n.driver.Note(ctx, lane, "somebody passed against the way that was open")
		case output.Tamper, output.Fire:
			n.driver.ContactChanged(ctx, lane, h.Kind, h.On)
		case output.Failed, output.Ready:
			n.driver.OutputChanged(ctx, lane, h.Kind, h.Why)
		}
	})
}

// OutputsOff drives every output of the configuration's GPIO lanes off and says what it did. It is for after a crash: a
// line keeps its level when the process that drove it has died.
func OutputsOff(cfg Config, say io.Writer) error { return outputsOff(cfg, gpio.Linux{}, say) }

func outputsOff(cfg Config, kernel gpio.Kernel, say io.Writer) error {
	var faults []error
	for _, l := range cfg.Lanes {
		if l.Output.board() != gpioBoard {
			continue
		}
		path, _, err := gpio.Chip(kernel, l.Output.Chip)
		profile, fault := l.Output.profile()
		if err := errors.Join(err, fault); err != nil {
			faults = append(faults, fmt.Errorf("lane %d: %w", l.Number, err))
			continue
		}
		for _, line := range profile.Outputs() {
			offset, given := l.Output.Lines[line]
			if !given {
				continue
			}
			out, err := gpio.OpenOutput(kernel, path, offset, slices.Contains(l.Output.ActiveLow, line))
			if err == nil {
				err = out.Close()
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("lane %d: %s: %w", l.Number, line, err))
				continue
			}
			fmt.Fprintf(say, "lane %d: %s (line %d) is off\n", l.Number, line, offset)
		}
	}
	return errors.Join(faults...)
}

// OutputsTest leads a technician through every line of the configuration's GPIO lanes: each output is pulsed after one
// sentence that says what to look at, then contacts are shown for as long as watch. Pause is left before each pulse.
func OutputsTest(ctx context.Context, cfg Config, say io.Writer, pause, watch time.Duration) error {
	return outputsTest(ctx, cfg, gpio.Linux{}, say, pause, watch)
}

func outputsTest(ctx context.Context, cfg Config, kernel gpio.Kernel, say io.Writer, pause, watch time.Duration) error {
	tried := 0
	for _, l := range cfg.Lanes {
		if l.Output.board() != gpioBoard {
			continue
		}
		tried++
		if err := l.tryOutput(ctx, kernel, say, pause, watch); err != nil {
			return fmt.Errorf("lane %d: %w", l.Number, err)
		}
	}
	if tried == 0 {
		fmt.Fprintln(say, "no lane has board = \"gpio\": there is nothing to try")
	}
	return ctx.Err()
}

// looks is what a technician should see of a line.
var looks = map[string]string{
	firmwareconfig.UnlockA: "way A unlocks", firmwareconfig.UnlockB: "way B unlocks", firmwareconfig.LampGreen: "the green lamp lights",
	firmwareconfig.LampAmber: "the amber lamp lights", firmwareconfig.LampRed: "the red lamp lights", firmwareconfig.Buzzer: "the buzzer sounds",
}

func (l Lane) tryOutput(ctx context.Context, kernel gpio.Kernel, say io.Writer, pause, watch time.Duration) error {
	profile, err := l.Output.profile()
	if err != nil {
		return err
	}
	seen := make(chan string, 64)
	wires, err := gpioLane{l.Output, profile, kernel}.open(func(line string, active bool) {
		select {
		case seen <- fmt.Sprintf("lane %d: contact %s: %s", l.Number, line, map[bool]string{true: "EVENT", false: "at rest"}[active]):
		default: // one that flutters
		}
	}, func(err error) { seen <- err.Error() })
	if err != nil {
		return err
	}
	defer func() { _ = wires.Close() }()
	on := max(profile.Unlock.Pulse(), profile.Unlock.Least(), 100*time.Millisecond)
	for _, line := range profile.Outputs() {
		offset, given := l.Output.Lines[line]
		if !given {
			fmt.Fprintf(say, "lane %d: %s: not wired\n", l.Number, line)
			continue
		}
		fmt.Fprintf(say, "lane %d: %s (line %d) for %s: look whether %s\n", l.Number, line, offset, on, looks[line])
		if !rest(ctx, pause) {
			return nil
		}
		if err := wires.Set(line, true); err != nil {
			return fmt.Errorf("switch %s on: %w", line, err)
		}
		rest(ctx, on)
		if err := wires.Set(line, false); err != nil {
			return fmt.Errorf("switch %s off: %w", line, err)
		}
	}
	fmt.Fprintf(say, "lane %d: for %s, go through each way and open the housing; every contact shows here\n", l.Number, watch)
	end := time.After(watch)
	for {
		select {
		case line := <-seen:
			fmt.Fprintln(say, line)
		case <-end:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// rest waits, and says whether to go on.
func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
