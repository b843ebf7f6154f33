package broker

import (
	"context"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// expiryEvery is how often certificates that were good when their sessions began are looked at. By the wall clock: a
// clock that was set, or a computer that slept, must not give anybody more time.
const expiryEvery = 2 * time.Second

// watchExpiry asks again who a client is once its certificate has expired, and ends its session when the answer is no. A
// client that has a new certificate comes back with it at once.
func (g *guard) watchExpiry(ctx context.Context) {
	if g.cfg.TLS == nil {
		return
	}
	tick := time.NewTicker(expiryEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, cl := range g.expired(time.Now()) {
				if g.named(cl) != nil {
					cl.Stop(errPapers)
				}
			}
		}
	}
}

func (g *guard) expired(at time.Time) (out []*mqtt.Client) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for cl, known := range g.clients {
		if !known.until.IsZero() && at.After(known.until) {
			out = append(out, cl)
		}
	}
	return out
}

// goodUntil is when the first of the certificates that a client has shown expires.
func goodUntil(cl *mqtt.Client) (until time.Time) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return until
	}
	state, _ := c.tlsState()
	for _, cert := range state.PeerCertificates {
		if until.IsZero() || cert.NotAfter.Before(until) {
			until = cert.NotAfter
		}
	}
	return until
}
