package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/fault"
)

var errTooFast = fault.New(fault.Unavailable, "too_many_requests", "You ask too fast. Wait as long as Retry-After says.")

// Limits are how many requests a minute are taken, from each key, and from each address that sends none; 0 = any
// number. They are of one process: behind a load balancer each has its own.
type Limits struct {
	Key     int
	Address int
}

// limiter counts requests by who sends them. A bucket holds what may come at once, a sixth of a minute's, and fills
// all the time.
type limiter struct {
	Limits
	now  func() time.Time
	mu   sync.Mutex
	seen map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

const (
	burstPart  = 6       // of a minute
	maxTracked = 100_000 // senders remembered; beyond, those that have rested are forgotten
)

func newLimiter(l Limits, now func() time.Time) *limiter {
	if now == nil {
		now = time.Now
	}
	return &limiter{Limits: l, now: now, seen: map[string]bucket{}}
}

// count is whom a request is counted for, and how many a minute that one has.
type count struct {
	name, policy string
	perMinute    int
}

// counts are by key, and by address: an address has as many as four keys, so that nobody goes round the limit by
// making keys up. Behind a proxy on this machine that does not say for whom it asks all share the loopback address,
// so there the proxy is the one to limit addresses. An IPv6 network is one address.
func (l *limiter) counts(r *http.Request, address string) (all []count) {
	perAddress := l.Address
	if scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " "); secret != "" && strings.EqualFold(scheme, "Bearer") {
		sum := sha256.Sum256([]byte(secret))
		all = append(all, count{"key " + hex.EncodeToString(sum[:8]), "key", l.Key})
		perAddress = 4 * l.Key
	}
	for _, name := range SessionCookies {
		if c, err := r.Cookie(name); err == nil && len(all) == 0 { // a house full of telephones has one address
			sum := sha256.Sum256([]byte(c.Value))
			all = append(all, count{"session " + hex.EncodeToString(sum[:8]), "session", l.Address})
			perAddress = 4 * l.Key
		}
	}
	ip := net.ParseIP(address)
	if ip == nil || ip.IsLoopback() {
		return all
	}
	if ip.To4() == nil {
		ip = ip.Mask(net.CIDRMask(64, 128))
	}
	return append(all, count{fmt.Sprintf("address %s %d", ip, perAddress), "address", perAddress})
}

// take counts one request, and says how many are left and after how long there is one again.
func (l *limiter) take(name string, perMinute int) (left int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, most, rate := l.now(), math.Max(1, float64(perMinute)/burstPart), float64(perMinute)/60
	b, known := l.seen[name]
	if !known {
		l.forget(now)
		b = bucket{left: most, at: now}
	}
	b.left = math.Min(most, b.left+now.Sub(b.at).Seconds()*rate)
	b.at = now
	if ok = b.left >= 1; ok {
		b.left--
	}
	l.seen[name] = b
	return int(b.left), time.Duration(math.Max(0, 1-b.left) / rate * float64(time.Second)), ok
}

func (l *limiter) forget(now time.Time) {
	if len(l.seen) < maxTracked {
		return
	}
	for name, b := range l.seen {
		if now.Sub(b.at) > time.Minute {
			delete(l.seen, name)
		}
	}
	if len(l.seen) >= maxTracked { // all of them are busy: start anew rather than grow
		clear(l.seen)
	}
}

// slow refuses who asks too fast, and tells everybody how much is left.
func (l *limiter) slow(c *gin.Context) {
	for i, who := range l.counts(c.Request, c.ClientIP()) {
		if who.perMinute <= 0 {
			continue
		}
		left, wait, ok := l.take(who.name, who.perMinute)
		seconds := int(math.Ceil(wait.Seconds()))
		if i == 0 || !ok {
			c.Header("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=60", who.policy, who.perMinute))
			c.Header("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", who.policy, left, seconds))
		}
		if !ok {
			c.Header("Retry-After", strconv.Itoa(max(1, seconds)))
			writeProblem(c, problemOf(errTooFast))
			return
		}
	}
}
