package edge

import (
	"time"

	"portaria/doctor"
	"portaria/edge/internal/lane"
)

// Lasts says whether a name stays with its device.
var Lasts = lasts

// ScannerFinding is what a doctor says of a lane's scanner while the gate does not run.
func ScannerFinding(l Lane) doctor.Finding { return scannerFindings(l, false, lane.Status{})[0] }

// ConsoleIn says whether a kernel's command line makes a device a console.
var ConsoleIn = consoleIn

// SilentReader asks after d about a reader that turned once.
func SilentReader(d time.Duration) error {
	var p pulses
	p.of(4, 0)()
	return p.check(time.Now().Add(d))
}

// LookAtDisk is what a gate says of its disk, of which room tells.
func LookAtDisk(dir string, room func(string) (free, size int64, err error)) func() string {
	return (&disk{dir: dir, room: room}).look
}
