package edge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"portaria/doctor"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
	firmwareconfig "portaria/firmware-config"
)

// deviceKind is how a kind of scanner is found and opened.
type deviceKind struct {
	lasting string // glob of the names that stay when a scanner is plugged in elsewhere
	group   string // whose members may open it
	access  uint32
}

var deviceKinds = map[string]deviceKind{
	firmwareconfig.OnSerial:   {"/dev/serial/by-id/*", "dialout", unix.R_OK | unix.W_OK},
	firmwareconfig.AsKeyboard: {"/dev/input/by-id/*-event-kbd", "input", unix.R_OK}, // it is only read
	firmwareconfig.ByCamera:   {"/dev/v4l/by-id/*-video-index0", "video", unix.R_OK | unix.W_OK},
}

// kind is how the scanner is heard; Validate has seen that its profile exists.
func (a Also) kind() string {
	profile, err := firmwareconfig.ScannerNamed(a.profile())
	if err != nil {
		return firmwareconfig.OnSerial
	}
	return profile.Kind
}

// scannerFindings looks at each of a lane's scanners.
func scannerFindings(l Lane, running bool, st lane.Status) (found []doctor.Finding) {
	all := l.scanners()
	for i, device := range all {
		what := fmt.Sprintf("scanner of lane %d", l.Number)
		if len(all) > 1 {
			what = fmt.Sprintf("scanner %d of lane %d", i+1, l.Number)
		}
		said := "" // by the running gate, of the lane as a whole
		if running {
			said = laneOf(st, l.Number).Scanner
		}
		found = append(found, device.finding(what, said))
	}
	return found
}

func (a Also) finding(what, said string) doctor.Finding {
	if a.Scanner == network {
		return a.handheldFinding(what)
	}
	kind := deviceKinds[a.kind()]
	info, err := os.Stat(a.Scanner)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doctor.Broken(what, "%s is not there; plug it in, try another cable, or choose one of: %s", a.Scanner, kind.plugged())
	case err != nil:
		return doctor.Broken(what, "%v", err)
	case info.Mode()&fs.ModeCharDevice == 0:
		return doctor.Broken(what, "%s is no device; choose one of: %s", a.Scanner, kind.plugged())
	case a.kind() == firmwareconfig.OnSerial && isConsole(a.Scanner):
		return doctor.Broken(what, "%s is this system's console, which eats codes; take its console= out of the kernel's command line (cmdline.txt) and restart", a.Scanner)
	case unix.Access(a.Scanner, kind.access) != nil:
		return doctor.Broken(what, "%s cannot be opened by this user; add the user to the group %s, or run this as root", a.Scanner, kind.group)
	case said != "" && said != scanner.Ready:
		return doctor.Broken(what, "%s is there, but the gate says %q; unplug it and plug it in again, see the log", a.Scanner, said)
	case !lasts(a.Scanner):
		return doctor.Doubt(what, "%s is there, but the name may be another's after a restart; use one of: %s", a.Scanner, kind.plugged())
	}
	return doctor.Well(what, "%s", a.Scanner)
}

// handheldFinding is of a scanner that comes by the network: nothing is plugged in here.
func (a Also) handheldFinding(what string) doctor.Finding {
	if _, err := os.ReadFile(a.TokenFile); err != nil {
		return doctor.Broken(what, "the handheld's token cannot be read: %v", err)
	}
	return doctor.Well(what, "comes by the network")
}

// lasts says whether a name stays with its device: one by id does, one that a person made by a link or a rule of udev,
// and that of a board's own serial line. Names that the kernel counts do not.
func lasts(name string) bool {
	for _, own := range []string{"/dev/ttyAMA*", "/dev/ttyS*", "/dev/serial*"} {
		if is, _ := filepath.Match(own, name); is {
			return true
		}
	}
	return filepath.Dir(name) != "/dev" && filepath.Dir(name) != "/dev/input" && filepath.Dir(name) != "/dev/pts"
}

// plugged names the devices of this machine that keep their names.
func (k deviceKind) plugged() string {
	names, _ := filepath.Glob(k.lasting)
	if len(names) == 0 {
		return "(none is plugged in)"
	}
	return strings.Join(names, " ")
}
