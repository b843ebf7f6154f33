package broker

import (
	"net"
	"sync"
	"time"
)

// limiter is a token bucket: rate tokens a second, at most burst saved up.
type limiter struct {
	rate, burst float64

	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// take spends a token, if there is one.
func (l *limiter) take(now time.Time) bool { return l.spend(now, false) == 0 }

// wait spends a token and sleeps until it is covered. Only the client's own goroutine sleeps, so a flood slows its
// sender and nobody else.
func (l *limiter) wait() {
	if owed := l.spend(time.Now(), true); owed > 0 {
		time.Sleep(owed)
	}
}

// spend tells how long until a token is covered; it takes one on credit only when asked to.
func (l *limiter) spend(now time.Time, credit bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		l.tokens = l.burst
	} else if passed := now.Sub(l.last).Seconds(); passed > 0 {
		l.tokens = min(l.burst, l.tokens+passed*l.rate)
	}
	l.last = now
	if l.tokens < 1 && !credit {
		return time.Second
	}
	l.tokens--
	if l.tokens >= 0 {
		return 0
	}
	return time.Duration(-l.tokens / l.rate * float64(time.Second))
}

// rates has a bucket for each address, so that a flood from one leaves room for the others.
type rates struct {
	rate, burst float64

	mu   sync.Mutex
	from map[string]*limiter
}

// maxSources is how many addresses are told apart. Beyond it all are forgotten: a network has fewer machines, and who can
// play so many cannot be stopped here.
const maxSources = 4096

func (r *rates) take(from net.Addr, now time.Time) bool {
	host, _, err := net.SplitHostPort(from.String())
	if err != nil {
		host = from.String()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.from == nil || len(r.from) >= maxSources {
		r.from = map[string]*limiter{}
	}
	l := r.from[host]
	if l == nil {
		l = &limiter{rate: r.rate, burst: r.burst}
		r.from[host] = l
	}
	return l.take(now)
}
