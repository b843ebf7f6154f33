package handheld

import (
	"sync"
	"time"
)

// rate lets burst codes through at once, and then perSecond.
type rate struct {
	mu   sync.Mutex
	left float64
	last time.Time
}

func (r *rate) take(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last.IsZero() {
		r.left = burst
	}
	r.left = min(burst, r.left+now.Sub(r.last).Seconds()*perSecond)
	r.last = now
	if r.left < 1 {
		return false
	}
	r.left--
	return true
}
