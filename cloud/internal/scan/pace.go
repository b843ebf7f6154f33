package scan

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"portaria/edge/admit"
)

// How fast a device may scan; and after tooMany codes within aMinute that are none, one in pause. A guest with a ticket
// waits two seconds at most; who guesses needs years.
const (
	perSecond = 10
	burst     = 20
	tooMany   = 10
	aMinute   = time.Minute
	pauseFor  = 2 * time.Second
	mostPaced = 20_000
)

// pace remembers how fast devices scan, in this process.
type pace struct {
	mu   sync.Mutex
	seen map[string]*gait
}

type gait struct {
	left      float64
	at        time.Time
	strangers []time.Time // the last tooMany codes that were none
}

func (p *pace) of(venue uuid.UUID, device string, now time.Time) *gait {
	name := venue.String() + "/" + device
	if p.seen == nil || len(p.seen) >= mostPaced {
		p.seen = map[string]*gait{} // rather start anew than grow
	}
	if p.seen[name] == nil {
		p.seen[name] = &gait{left: burst, at: now}
	}
	return p.seen[name]
}

// take counts a scan. ErrTooFast.
func (p *pace) take(venue uuid.UUID, device string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.of(venue, device, now)
	g.left = min(burst, g.left+now.Sub(g.at).Seconds()*perSecond)
	g.at = now
	if n := len(g.strangers); g.left < 1 || n == tooMany && now.Sub(g.strangers[0]) < aMinute && now.Sub(g.strangers[n-1]) < pauseFor {
		return ErrTooFast
	}
	g.left--
	return nil
}

// saw counts a verdict on a code.
func (p *pace) saw(venue uuid.UUID, gate string, r admit.Reason, now time.Time) {
	if r != admit.Unknown && r != admit.BadSignature && r != admit.Unreadable {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.of(venue, deviceOf(gate), now)
	g.strangers = append(g.strangers, now)
	g.strangers = g.strangers[max(0, len(g.strangers)-tooMany):]
}
