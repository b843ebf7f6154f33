package web

import (
	"net"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// How many orders one address may place: so many at once, then one each so often. A family, or an office behind
// one address, stays below; a script that grabs places does not.
const (
	burst       = 20
	refill      = 2 * time.Second
	maxTracked  = 50_000 // addresses remembered; beyond, those that have rested are forgotten
	restedAfter = burst * refill
)

// limiter counts forms sent by each address.
type limiter struct {
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]bucket
}

// bucket is how many forms an address may still send, as of a time.
type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(now func() time.Time) *limiter { return &limiter{now: now, seen: map[string]bucket{}} }

func (l *limiter) allow(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b, known := l.seen[address]
	if !known {
		l.forget(now)
		b = bucket{left: burst, at: now}
	}
	b.left = min(burst, b.left+now.Sub(b.at).Seconds()/refill.Seconds())
	b.at = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	l.seen[address] = b
	return ok
}

func (l *limiter) forget(now time.Time) {
	if len(l.seen) < maxTracked {
		return
	}
	for address, b := range l.seen {
		if now.Sub(b.at) > restedAfter {
			delete(l.seen, address)
		}
	}
	if len(l.seen) >= maxTracked { // all of them are busy: start anew rather than grow
		clear(l.seen)
	}
}

// slow refuses an address that sends forms too fast. Behind a proxy on this machine that does not say for whom it asks
// all buyers share the loopback address, so there the proxy is the one to limit them. An IPv6 network is one address.
func (s *shop) slow(c *gin.Context) {
	ip := net.ParseIP(c.ClientIP())
	if ip == nil || ip.IsLoopback() {
		return
	}
	if ip.To4() == nil {
		ip = ip.Mask(net.CIDRMask(64, 128))
	}
	if !s.limit.allow(ip.String()) {
		s.fail(c, errTooFast)
	}
}
