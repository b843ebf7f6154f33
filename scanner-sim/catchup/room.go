package catchup

import (
	"fmt"
	"os"
	"strings"
)

// room is the memory that a process has, in bytes: its own, and pages of files, which the system takes back when it needs them.
type room struct{ own, files uint64 }

func roomOf(pid int) (r room, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return r, fmt.Errorf("ask for the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(raw)) {
		var n uint64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &n); err == nil {
			r.own = n << 10
		}
		if _, err := fmt.Sscanf(line, "RssFile: %d kB", &n); err == nil {
			r.files = n << 10
		}
	}
	if r.own == 0 {
		return r, fmt.Errorf("ask for the memory of process %d: this system does not say", pid)
	}
	return r, nil
}
