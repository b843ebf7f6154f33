package lane

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"portaria/edge/admit"
	"portaria/edge/gate"
)

// fresh is how long after the hub's last word a clock counts as synced rather than coasting.
const fresh = 5 * time.Minute

// Clock is a gate's time. A Pi has no battery clock: until the kernel says that it is synchronised, or a hub has told
// its time, the time is unknown, and then it is at least the floor (the newest signed issued-at). A hub's time goes on by the
// monotonic clock, whatever somebody sets the computer's to. It may step back when a wild clock is corrected: the journal's own
// times never do, and what lasts is measured on Mono.
type Clock struct {
	System      func() time.Time // wall clock; time.Now
	Disciplined func() bool      // the kernel's clock is kept right by NTP or the like
	start       time.Time        // carries the monotonic reading

	mu    sync.Mutex
	floor int64 // unix ms
	hub   gate.HubTime
	heard time.Time // when the hub last told its time
	asked time.Time // when Disciplined was asked last: it is a system call, and a scan asks for the time often
	kept  bool      // what it said
}

// NewClock starts a clock on this machine's.
func NewClock() *Clock {
	return &Clock{System: time.Now, Disciplined: kernelSynced, start: time.Now()}
}

// kernelSynced asks the kernel whether something keeps its clock right.
func kernelSynced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

// Floor raises the time that has certainly passed. Only signed times may be given: a wild clock must not poison it.
func (c *Clock) Floor(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.floor = max(c.floor, t.UnixMilli())
}

// Heard takes the hub's time, unix ms, from a pulse that came trip after the heartbeat that it answers (gate.State.Trip).
func (c *Clock) Heard(hub int64, trip time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hub.Hear(hub, trip.Milliseconds(), c.mono())
	c.heard = time.Now()
}

func (c *Clock) mono() int64 { return time.Since(c.start).Milliseconds() }

// Now is the time as the core wants it.
func (c *Clock) Now() gate.Now {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) > time.Second {
		c.asked, c.kept = time.Now(), c.Disciplined()
	}
	now := gate.Now{Unix: c.System().UnixMilli(), Mono: c.mono(), Clock: c.state(c.kept)}
	if !c.kept && c.hub.Told() {
		now.Unix = c.hub.At(now.Mono)
	}
	if now.Clock == admit.ClockIsUnset {
		now.Unix = max(now.Unix, c.floor)
	}
	return now
}

func (c *Clock) state(disciplined bool) admit.Clock {
	switch {
	case c.hub.Told() && time.Since(c.heard) < fresh:
		return admit.Synced
	case c.hub.Told() || disciplined:
		return admit.Coasting
	}
	return admit.ClockIsUnset
}

// Time is the time to judge a signature's end by: zero while the clock is unknown.
func (c *Clock) Time() time.Time {
	now := c.Now()
	if now.Clock == admit.ClockIsUnset {
		return time.Time{}
	}
	return time.UnixMilli(now.Unix)
}
