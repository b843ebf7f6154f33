// Package machine reads how the computer itself does: how hot it is, whether its power is too weak, how full a battery
// is. It reads the kernel's files and knows nothing of gates.
package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"portaria/edge/wire"
)

// keep is how long a reading is good: it changes slowly, and heartbeats come every second.
const keep = 10 * time.Second

// Reader reads below a root folder. It may be used by several goroutines.
type Reader struct {
	root  string // "/" but in tests
	state string // folder whose disk counts
	now   func() time.Time

	mu   sync.Mutex
	at   time.Time
	last wire.Machine
}

// Open is a reader of this machine; state is the folder whose disk counts.
func Open(state string) *Reader { return OpenAt("/", state, time.Now) }

// OpenAt is a reader of a machine whose /sys lies elsewhere.
func OpenAt(root, state string, now func() time.Time) *Reader {
	return &Reader{root: root, state: state, now: now}
}

// Read is how the machine does, at most ten seconds ago. What it does not have is left out.
func (r *Reader) Read() wire.Machine {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.at.IsZero() || now.Sub(r.at) >= keep || now.Before(r.at) {
		r.at, r.last = now, r.read()
	}
	return r.last
}

func (r *Reader) read() (m wire.Machine) {
	for _, path := range r.find("sys/class/thermal/thermal_zone*/temp") {
		if n, ok := number(path); ok {
			m.Celsius = max(m.Celsius, n/1000)
		}
	}
	// The Pi's firmware tells the kernel of low voltage by an alarm of the driver rpi_volt.
	for _, path := range r.find("sys/class/hwmon/hwmon*/in0_lcrit_alarm") {
		if n, ok := number(path); ok && n != 0 {
			m.WeakPower = true
		}
	}
	for _, path := range r.find("sys/class/power_supply/*/capacity") {
		if n, ok := number(path); ok && n >= 0 && n <= 100 && m.Battery == nil {
			m.Battery = &n
		}
	}
	m.DiskPercent = diskPercent(r.state)
	return m
}

func (r *Reader) find(pattern string) []string {
	paths, _ := filepath.Glob(filepath.Join(r.root, pattern)) // the pattern is ours
	return paths
}

func number(path string) (int, bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	return n, err == nil
}

func diskPercent(dir string) int {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil || st.Blocks == 0 {
		return 0
	}
	return int((st.Blocks - st.Bavail) * 100 / st.Blocks) //nolint:gosec // at most 100
}
