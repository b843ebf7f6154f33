package edge

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portaria/doctor"
	"portaria/edge/internal/gpio"
	"portaria/edge/internal/lane"
)

func laneOf(st lane.Status, number int) lane.LaneStatus {
	at := slices.IndexFunc(st.Lanes, func(l lane.LaneStatus) bool { return l.Lane == number })
	if at < 0 {
		return lane.LaneStatus{Scanner: "no such lane"}
	}
	return st.Lanes[at]
}

// isConsole says whether the kernel or a login prompt uses the device.
func isConsole(device string) bool {
	path, err := filepath.EvalSymlinks(device)
	if err != nil {
		return false
	}
	raw, err := os.ReadFile("/proc/cmdline")
	return err == nil && consoleIn(string(raw), filepath.Base(path))
}

func consoleIn(cmdline, tty string) bool {
	for _, word := range strings.Fields(cmdline) {
		name, isConsole := strings.CutPrefix(word, "console=")
		name, _, _ = strings.Cut(name, ",")
		if isConsole && name == tty {
			return true
		}
	}
	return false
}

func boardFinding(lanes []Lane, running bool, st lane.Status) doctor.Finding {
	const what = "turnstile output"
	if running {
		for _, l := range st.Lanes {
			if l.Output != "ready" {
				return doctor.Broken(what, "of lane %d is %q; see the log", l.Lane, l.Output)
			}
		}
	}
	var chips []string
	for _, l := range lanes {
		if l.Output.board() != gpioBoard {
			continue
		}
		path, _, err := gpio.Chip(gpio.Linux{}, l.Output.Chip)
		if err != nil {
			return doctor.Broken(what, "of lane %d: %v", l.Number, err)
		}
		chips = append(chips, path)
	}
	if len(chips) == 0 {
		return doctor.Doubt(what, "is simulated: nothing moves at this gate; good for a trial and for a gate with a person")
	}
	return doctor.Well(what, "%s", strings.Join(chips, " "))
}
