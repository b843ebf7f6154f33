package lane

import (
	"context"
	"fmt"
	"sync"
	"time"

	"portaria/edge/admit"
)

// A lane at which somebody tries codes is slowed down: after tooMany codes within aMinute that are none, what is read next
// waits until pause after the last of them. A guest with a ticket waits two seconds at most; who guesses needs years.
const (
	tooMany = 10
	aMinute = time.Minute
	pause   = 2 * time.Second
)

// slowed is the notice that a lane shows meanwhile.
const slowed = "slow"

// strangers remembers when each lane last read codes that are none.
type strangers struct {
	mu    sync.Mutex
	times map[int][]time.Time // the last tooMany of each lane, oldest first
	told  map[int]time.Time
}

// saw counts a verdict; alarm is true when the lane has just become slow, at most once a minute.
func (s *strangers) saw(lane int, r admit.Reason, now time.Time) (alarm bool) {
	if r != admit.Unknown && r != admit.BadSignature && r != admit.Unreadable {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times == nil {
		s.times, s.told = map[int][]time.Time{}, map[int]time.Time{}
	}
	times := append(s.times[lane], now)
	s.times[lane] = times[max(0, len(times)-tooMany):]
	if !s.crowded(lane, now) || now.Sub(s.told[lane]) < aMinute {
		return false
	}
	s.told[lane] = now
	return true
}

func (s *strangers) crowded(lane int, now time.Time) bool {
	times := s.times[lane]
	return len(times) == tooMany && now.Sub(times[0]) < aMinute
}

// left is how long what a lane reads now has to wait.
func (s *strangers) left(lane int, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.crowded(lane, now) {
		return 0
	}
	return max(0, pause-now.Sub(s.times[lane][tooMany-1]))
}

// hold makes a reading wait at a lane that is slowed down. The lane's other devices wait for nothing.
func (d *Driver) hold(ctx context.Context, lane int) {
	left := d.strangers.left(lane, time.Now())
	if left == 0 {
		return
	}
	d.Tell(lane, slowed)
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// suspect tells of a lane at which codes are tried.
func (d *Driver) suspect(ctx context.Context, lane int, r admit.Reason) {
	if d.strangers.saw(lane, r, time.Now()) {
		go d.Note(ctx, lane, fmt.Sprintf("%d codes within a minute were none: this lane is slowed down; look who stands there", tooMany))
	}
}
