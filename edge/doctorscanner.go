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

// kindOf is the lane's kind of scanner; Validate has seen that its profile exists.
func (l Lane) kindOf() string {
	profile, err := firmwareconfig.ScannerNamed(l.profile())
	if err != nil {
		return firmwareconfig.OnSerial
	}
	return profile.Kind
}

func scannerFinding(l Lane, running bool, st lane.Status) doctor.Finding {
	what, kind := fmt.Sprintf("scanner of lane %d", l.Number), deviceKinds[l.kindOf()]
	info, err := os.Stat(l.Scanner)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doctor.Broken(what, "%s is not there; plug it in, try another cable, or choose one of: %s", l.Scanner, kind.plugged())
	case err != nil:
		return doctor.Broken(what, "%v", err)
	case info.Mode()&fs.ModeCharDevice == 0:
		return doctor.Broken(what, "%s is no device; choose one of: %s", l.Scanner, kind.plugged())
	case l.kindOf() == firmwareconfig.OnSerial && isConsole(l.Scanner):
		return doctor.Broken(what, "%s is this system's console, which eats codes; take its console= out of the kernel's command line (cmdline.txt) and restart", l.Scanner)
	case unix.Access(l.Scanner, kind.access) != nil:
		return doctor.Broken(what, "%s cannot be opened by this user; add the user to the group %s, or run this as root", l.Scanner, kind.group)
	case running && laneOf(st, l.Number).Scanner != scanner.Ready:
		return doctor.Broken(what, "%s is there, but the gate says %q; unplug it and plug it in again, see the log", l.Scanner, laneOf(st, l.Number).Scanner)
	case !lasts(l.Scanner):
		return doctor.Doubt(what, "%s is there, but the name may be another's after a restart; use one of: %s", l.Scanner, kind.plugged())
	}
	return doctor.Well(what, "%s", l.Scanner)
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
