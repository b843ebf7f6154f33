package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"portaria/deploy/rig"
)

// kept is a program that somebody starts again whenever it has ended, as systemd does.
type kept struct {
	*rig.Program

	mu      sync.Mutex
	down    time.Duration // how long it stays down after the next kill
	killed  bool
	excuses int      // strikes that hold its disk full
	excused bool     // its disk has been full since it was last seen well
	stalls  int      // strikes that hold it stopped
	ends    []string // last words, when it ended with no excuse
	gaveUp  int      // how often it ended because its disk was full

	life
}

// newKept is a program that has been started.
func newKept(p *rig.Program) *kept { return &kept{Program: p, life: life{born: time.Now()}} }

// restartAfter is how long systemd would wait.
const restartAfter = 300 * time.Millisecond

// keep starts the program again until ctx ends.
func (k *kept) keep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.Exited():
		}
		if rig.Pause(ctx, k.ended()) != nil {
			return
		}
		if err := k.again(); err != nil {
			return
		}
	}
}

// ended notes how the program ended, and says how long to wait.
func (k *kept) ended() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stalls = 0
	k.thaw()
	k.over = append(k.over, k.clock())
	switch {
	case k.killed:
		k.killed = false
		return k.down
	case k.excused:
		k.gaveUp++
		k.excused = k.excuses > 0
	default:
		k.ends = append(k.ends, fmt.Sprintf("%s ended by itself: %s", k.Name, k.LastWords()))
	}
	return restartAfter
}

func (k *kept) again() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.killed = false // a kill while it was down hit nobody
	k.thaw()         // nor did a stall
	err := k.Start()
	if err != nil {
		k.ends = append(k.ends, err.Error())
	}
	return err
}

// kill ends the program at once, for a time.
func (k *kept) kill(down time.Duration) {
	k.mu.Lock()
	k.down, k.killed = down, true
	k.mu.Unlock()
	k.Signal(syscall.SIGKILL)
}

// stall stops the program where it stands, and goOn lets it go on once nobody stalls it.
func (k *kept) stall() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stalls++
	if k.since.IsZero() {
		k.since = time.Now()
	}
	k.Signal(syscall.SIGSTOP)
}

func (k *kept) goOn() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stalls--; k.stalls <= 0 {
		k.stalls = 0
		k.thaw()
		k.Signal(syscall.SIGCONT)
	}
}

// excuse says that the disk is full from now on, or (false) that there is room again.
func (k *kept) excuse(full bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if full {
		k.excuses++
		k.excused = true
		return
	}
	k.excuses--
}

// forgive ends the excuse of a disk that was full: the program has been well since.
func (k *kept) forgive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.excused = k.excuses > 0
}

// faults are ends with no excuse, and panics in the log.
func (k *kept) faults() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := k.ends
	raw, err := os.ReadFile(k.Log)
	if err != nil {
		return append(out, err.Error())
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") || strings.Contains(line, "DATA RACE") {
			out = append(out, k.Name+": "+line)
		}
	}
	return out
}
