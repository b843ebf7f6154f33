package broker

import (
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// turns let the connections of one client come and go one at a time. The engine keeps sessions by client id: one that ends
// takes away what is under its id unless it knows that another has come in its place, and asks that before it does so. A
// client that came back in between was connected and answered, but what was published to it went nowhere, for as long as
// the connection lasted: a gate would have waited for its acks for ever.
type turns struct {
	mu sync.Mutex
	of map[string]*turn // of clients that come or go now
}

type turn struct {
	sync.Mutex
	wanted int
}

// take waits until no other connection of this client comes or goes.
func (t *turns) take(id string) (leave func()) {
	t.mu.Lock()
	if t.of == nil {
		t.of = map[string]*turn{}
	}
	one := t.of[id]
	if one == nil {
		one = &turn{}
		t.of[id] = one
	}
	one.wanted++
	t.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if one.wanted--; one.wanted == 0 {
			delete(t.of, id)
		}
	}
}

// turn is this connection's to come or to go in, until it leaves it. Only the connection's own goroutine asks.
func (g *guard) turn(cl *mqtt.Client) {
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.leave()
		c.turn = g.turns.take(cl.ID)
	}
}

func leaveTurn(cl *mqtt.Client) {
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.leave()
	}
}

// leave gives the turn back, if there is one.
func (c *conn) leave() {
	if c.turn != nil {
		c.turn()
		c.turn = nil
	}
}
