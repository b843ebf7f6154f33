package scanner

import (
	"errors"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// Fault is why a scanner is not there, in a word that a screen has a sentence for.
type Fault string

// Faults.
const (
	Unplugged Fault = "unplugged"      // nothing is there, or it went away
	Busy      Fault = "scanner_busy"   // another program reads it
	Denied    Fault = "scanner_denied" // the gate's user may not open it
)

// FaultOf is what keeps a scanner from being read.
func FaultOf(err error) Fault {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return Denied
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EWOULDBLOCK), err != nil && strings.Contains(err.Error(), "another program"):
		return Busy
	}
	return Unplugged
}
