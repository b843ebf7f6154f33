package wire

import (
	"fmt"
	"strings"
)

// MaxName is the longest gate or hub name.
const MaxName = 32

// CheckName refuses what is not a gate or hub name: 1 to 32 of a-z, 0-9 and dash. Names are MQTT client ids and topic
// levels, so nothing that MQTT gives a meaning to may be in them.
func CheckName(name string) error {
	if name == "" || len(name) > MaxName {
		return fmt.Errorf("name %.40q must have 1 to %d characters", name, MaxName)
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return fmt.Errorf("name %q may have only a-z, 0-9 and dashes", name)
		}
	}
	return nil
}

// Phone begins the names of telephones and of other devices that are gates beside their arbiter. No other gate may have such
// a name.
const Phone = "phone-"

// Uploaded says whether the records of a run reach the cloud beside the venue's hub: what a telephone decided alone. Such a
// run has start 1; the runs in which a telephone asks begin with 2.
func Uploaded(gate string, run Run) bool { return run.Start == 1 && strings.HasPrefix(gate, Phone) }
