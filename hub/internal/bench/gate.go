package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

var (
	run    = wire.Run{Start: 1, Random: 7}
	single = admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1} // a ticket that lets one person in, once
)

// patience is how long a played gate waits for anything.
const patience = 20 * time.Second

// gate is a played gate: its end of the protocol, without a door.
type gate struct {
	wire.GateTopics
	session *session.Session
	stop    context.CancelFunc
	ended   chan struct{}
	rulings chan wire.Ruling

	mu     sync.Mutex
	number uint64 // of its last heartbeat
	term   uint64 // of the hub, as it says
	hub    string
	up     bool // its claims are answered
}

func openGate(address string, venue ticket.EventID, name string) (*gate, error) {
	g := &gate{GateTopics: wire.GateTopics{Venue: venue, Gate: name}, ended: make(chan struct{}), rulings: make(chan wire.Ruling, 16)}
	filters := map[string]byte{}
	for _, filter := range g.Rights().Subscribe {
		filters[filter] = 1
	}
	var err error
	g.session, err = session.Open(session.Config{URL: "tcp://" + address, ClientID: name, Subscribe: filters, Waiting: 8192})
	if err != nil {
		return nil, err
	}
	var ctx context.Context
	ctx, g.stop = context.WithCancel(context.Background())
	go g.listen(ctx)
	for until := time.Now().Add(patience); !g.session.Up(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			_ = g.close()
			return nil, fmt.Errorf("%s can't connect to the hub at %s", name, address)
		}
	}
	return g, nil
}

func (g *gate) close() error {
	g.stop()
	<-g.ended
	return g.session.Close()
}

func (g *gate) listen(ctx context.Context) {
	defer close(g.ended)
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-g.session.Messages():
			g.take(m)
		}
	}
}

func (g *gate) take(m session.Message) {
	switch m.Topic {
	case g.Ruling():
		if r, err := wire.Decode[wire.Ruling](m.Payload); err == nil {
			select {
			case g.rulings <- r:
			default: // one that nobody waits for any more
			}
		}
	case g.Pulse():
		if p, err := wire.Decode[wire.Pulse](m.Payload); err == nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.up, g.term, g.hub = p.Ready, p.Term, p.Hub
		}
	}
}

func (g *gate) ready() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.up
}

// beat sends a heartbeat.
func (g *gate) beat() error {
	g.mu.Lock()
	g.number++
	state := wire.State{Number: g.number, Gate: g.Gate, Run: run, OpenMin: 1, At: time.Now().UnixMilli(), Term: g.term, Hub: g.hub,
		Runs:  []wire.RunState{{Run: run}},
		Lanes: []wire.LaneState{{Lane: 1, Checkpoint: "door", Scanner: "ready", Output: "ready", Mode: "open"}}}
	g.mu.Unlock()
	raw, err := wire.Encode(state)
	if err != nil {
		return err
	}
	return g.session.Publish(g.State(), 0, raw)
}

// claim asks for a right and waits for the answer, which must let the person in.
func (g *gate) claim(ctx context.Context, c wire.Claim) error {
	raw, err := wire.Encode(c)
	if err == nil {
		err = g.session.Publish(g.Claim(), 0, raw)
	}
	if err != nil {
		return fmt.Errorf("%s claims: %w", g.Gate, err)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case r := <-g.rulings:
			if r.Req != c.Req || r.Wait {
				continue
			}
			if !r.Grant {
				return fmt.Errorf("%s was refused a right that nobody used: %s", g.Gate, r.Reason)
			}
			return nil
		case <-late.C:
			return fmt.Errorf("%s got no answer to claim %d", g.Gate, c.Req)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
