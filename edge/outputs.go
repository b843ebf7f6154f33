package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"portaria/edge/internal/gpio"
	firmwareconfig "portaria/firmware-config"
)

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
