package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"portaria/doctor"
	"portaria/edge/internal/gpio"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
)

func scannerFinding(l Lane, running bool, st lane.Status) doctor.Finding {
	what := fmt.Sprintf("scanner of lane %d", l.Number)
	info, err := os.Stat(l.Scanner)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doctor.Broken(what, "%s is not there; plug it in, try another cable, or choose one of: %s", l.Scanner, plugged())
	case err != nil:
		return doctor.Broken(what, "%v", err)
	case info.Mode()&fs.ModeCharDevice == 0:
		return doctor.Broken(what, "%s is no device; choose one of: %s", l.Scanner, plugged())
	case isConsole(l.Scanner):
		return doctor.Broken(what, "%s is this system's console, which eats codes; take its console= out of the kernel's command line (cmdline.txt) and restart", l.Scanner)
	case unix.Access(l.Scanner, unix.R_OK|unix.W_OK) != nil:
		return doctor.Broken(what, "%s cannot be opened by this user; add the user to the group dialout, or run this as root", l.Scanner)
	case running && laneOf(st, l.Number).Scanner != scanner.Ready:
		return doctor.Broken(what, "%s is there, but the gate says %q; unplug it and plug it in again, see the log", l.Scanner, laneOf(st, l.Number).Scanner)
	case filepath.Dir(l.Scanner) == "/dev":
		return doctor.Doubt(what, "%s is there, but the name may be another's after a restart; use one of: %s", l.Scanner, plugged())
	}
	return doctor.Well(what, "%s", l.Scanner)
}

func laneOf(st lane.Status, number int) lane.LaneStatus {
	at := slices.IndexFunc(st.Lanes, func(l lane.LaneStatus) bool { return l.Lane == number })
	if at < 0 {
		return lane.LaneStatus{Scanner: "no such lane"}
	}
	return st.Lanes[at]
}

// plugged names the serial devices of this machine that keep their names.
func plugged() string {
	names, _ := filepath.Glob("/dev/serial/by-id/*")
	if len(names) == 0 {
		return "(none is plugged in)"
	}
	return strings.Join(names, " ")
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
