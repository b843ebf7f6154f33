package scan

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"portaria/edge/admit"
)

// How fast a device may scan; and after too many codes within aMinute that are none, one in pause. A guest with a ticket
// waits two seconds at most; who guesses needs years, also under ever new names of devices: a person holds one telephone.
const (
	perSecond      = 10
	burst          = 20
	tooMany        = 10  // of a device, and of a person
	tooManyOfKey   = 600 // of a key, which many scanners may share
	aMinute        = time.Minute
	pauseFor       = 2 * time.Second
	recordsAtOnce  = 10_000 // that a device decided alone: a long night's
	recordsASecond = 20
	mostPaced      = 20_000
)

// pace remembers how fast devices scan, in this process.
type pace struct {
	mu   sync.Mutex
	seen map[string]*gait
}

type gait struct {
	left      float64
	at        time.Time
	strangers []time.Time // the last codes that were none
}

func (p *pace) of(name string, most float64, now time.Time) *gait {
	if p.seen == nil {
		p.seen = map[string]*gait{}
	}
	if p.seen[name] == nil {
		p.forget(now)
		p.seen[name] = &gait{left: most, at: now}
	}
	return p.seen[name]
}

// forget makes room: who has rested goes; if nobody has, rather start anew than grow.
func (p *pace) forget(now time.Time) {
	if len(p.seen) < mostPaced {
		return
	}
	for name, g := range p.seen {
		if now.Sub(g.at) > 10*time.Minute {
			delete(p.seen, name)
		}
	}
	if len(p.seen) >= mostPaced {
		clear(p.seen)
	}
}

func device(venue uuid.UUID, name string) string { return venue.String() + "/" + name }

func isPerson(owner string) bool { return strings.HasPrefix(owner, "person ") }

// mostStrangers is how many codes that are none somebody may show within a minute.
func mostStrangers(owner string) int {
	if isPerson(owner) {
		return tooMany
	}
	return tooManyOfKey
}

// take counts a scan. ErrTooFast.
func (p *pace) take(venue uuid.UUID, name, owner string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, o := p.of(device(venue, name), burst, now), p.of(owner, burst, now)
	if g.guesses(tooMany, now) || o.guesses(mostStrangers(owner), now) || !g.spend(1, burst, perSecond, now) {
		return ErrTooFast
	}
	return nil
}

// bring counts records of an upload: those of a person together, whatever the device is called. ErrTooFast.
func (p *pace) bring(venue uuid.UUID, name, owner string, records int, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	who := "uploads of " + device(venue, name)
	if isPerson(owner) {
		who = "uploads of " + owner
	}
	if !p.of(who, recordsAtOnce, now).spend(float64(records), recordsAtOnce, recordsASecond, now) {
		return ErrTooFast
	}
	return nil
}

func (g *gait) spend(n, most, rate float64, now time.Time) bool {
	g.left = min(most, g.left+now.Sub(g.at).Seconds()*rate)
	g.at = now
	if g.left < n {
		return false
	}
	g.left -= n
	return true
}

func (g *gait) guesses(most int, now time.Time) bool {
	n := len(g.strangers)
	return n >= most && now.Sub(g.strangers[n-most]) < aMinute && now.Sub(g.strangers[n-1]) < pauseFor
}

// saw counts a verdict on a code.
func (p *pace) saw(venue uuid.UUID, gate, owner string, r admit.Reason, now time.Time) {
	if r != admit.Unknown && r != admit.BadSignature && r != admit.Unreadable {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(device(venue, deviceOf(gate)), burst, now).stranger(tooMany, now)
	p.of(owner, burst, now).stranger(mostStrangers(owner), now)
}

func (g *gait) stranger(most int, now time.Time) {
	g.strangers = append(g.strangers, now)
	g.strangers = g.strangers[max(0, len(g.strangers)-most):]
}
