package hubtest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// Gate is a gate's end of the protocol, driven by hand.
type Gate struct {
	wire.GateTopics
	Run   wire.Run
	Homes uint64 // epoch of the homes that it says it obeys
	Leave func() // ends the connection for good

	t       testing.TB
	session *session.Session
	number  uint64
	seq     uint64

	mu      sync.Mutex
	seen    []session.Message
	answers map[uint64]chan struct{} // closed when the req is ruled
	pulse   wire.Pulse               // the newest of the highest term
	used    wire.Used                // the last before a gap
}

// NewGate connects a gate to a hub.
func NewGate(t testing.TB, hub net.Addr, venue ticket.EventID, name string, run wire.Run) *Gate {
	t.Helper()
	g := &Gate{GateTopics: wire.GateTopics{Venue: venue, Gate: name}, Run: run, t: t}
	filters := map[string]byte{}
	for _, filter := range g.Rights().Subscribe {
		filters[filter] = 1
	}
	var err error
	g.session, err = session.Open(session.Config{URL: "tcp://" + hub.String(), ClientID: name, Subscribe: filters,
		MaxInterval: 300 * time.Millisecond})
	require.NoError(t, err)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { g.listen(stop) })
	g.Leave = sync.OnceFunc(func() { close(stop); wg.Wait(); _ = g.session.Close() })
	t.Cleanup(g.Leave)
	g.WaitUp()
	return g
}

// WaitUp waits for a connection.
func (g *Gate) WaitUp() { require.Eventually(g.t, g.session.Up, Patience, 5*time.Millisecond) }

func (g *Gate) listen(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case m := <-g.session.Messages():
			g.keep(m)
		}
	}
}

func (g *Gate) keep(m session.Message) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.seen = append(g.seen, m)
	g.obey(m)
	if m.Topic == g.Ruling() {
		if ruling, err := wire.Decode[wire.Ruling](m.Payload); err == nil {
			select {
			case <-g.answer(ruling.Req): // answered twice
			default:
				close(g.answer(ruling.Req))
			}
		}
	}
}

// obey takes the highest term that it is told, and follows what every gate hears.
func (g *Gate) obey(m session.Message) {
	switch m.Topic {
	case g.Pulse():
		if p, err := wire.Decode[wire.Pulse](m.Payload); err == nil && p.Term >= g.pulse.Term {
			g.pulse = p
		}
	case wire.VenueTopics{Venue: g.Venue}.Used():
		u, err := wire.Decode[wire.Used](m.Payload)
		if err == nil && (u.HubRun != g.used.HubRun && u.Number == 1 || u.HubRun == g.used.HubRun && u.Number == g.used.Number+1) {
			g.used = u
		}
	}
}

// Answered is closed when a claim is ruled.
func (g *Gate) Answered(req uint64) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.answer(req)
}

func (g *Gate) answer(req uint64) chan struct{} {
	if g.answers == nil {
		g.answers = map[uint64]chan struct{}{}
	}
	if g.answers[req] == nil {
		g.answers[req] = make(chan struct{})
	}
	return g.answers[req]
}

// Raw publishes anything.
func (g *Gate) Raw(topic string, qos byte, payload []byte) {
	g.t.Helper()
	g.WaitUp()
	require.NoError(g.t, g.session.Publish(topic, qos, payload))
}

// Beat sends a heartbeat and returns its number.
func (g *Gate) Beat() uint64 {
	g.t.Helper()
	g.number++
	g.mu.Lock()
	pulse, used := g.pulse, g.used
	g.mu.Unlock()
	raw, err := wire.Encode(wire.State{Term: pulse.Term, Hub: pulse.Hub, Head: pulse.Head, UsedRun: used.HubRun, Used: used.Number, Homes: g.Homes, Number: g.number, Gate: g.Gate, Run: g.Run, OpenMin: 1, At: time.Now().UnixMilli(),
		Runs:  []wire.RunState{{Run: g.Run, Last: g.seq}},
		Lanes: []wire.LaneState{{Lane: 1, Checkpoint: "door", Scanner: "ready", Output: "ready", Mode: "open"}}})
	require.NoError(g.t, err)
	g.Raw(g.State(), 0, raw)
	return g.number
}

// AtHome is the epoch of the homes by which the hub lets it admit alone, 0 = none.
func (g *Gate) AtHome() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.pulse.Homes
}

// Entry is the next record of the journal: somebody enters on a right.
func (g *Gate) Entry(event ticket.EventID, ref whitelist.Ref, scan admit.ScanID) wire.Event {
	g.seq++
	now := time.Now().UnixMilli()
	return wire.Event{Gate: g.Gate, Run: g.Run, Seq: g.seq, Type: wire.Admission, Scan: scan, Ref: ref, Event: event, At: now,
		Mono: int64(g.seq), Clock: admit.Synced, Lane: 1, Checkpoint: "door", Reason: admit.OK,
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: now, Gate: g.Gate, Lane: 1, Checkpoint: "door", Zone: "hall"},
		Terms:  &Single}
}

// Single is a ticket that lets one person in, once.
var Single = admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1}

// Send publishes records as one batch and returns its number.
func (g *Gate) Send(events ...wire.Event) uint64 {
	g.t.Helper()
	parts, err := wire.SplitEvents(events)
	require.NoError(g.t, err)
	for _, part := range parts {
		g.number++
		part.Number = g.number
		raw, err := wire.Encode(part)
		require.NoError(g.t, err)
		g.Raw(g.Events(), 1, raw)
	}
	return g.number
}

// Ask claims a right, and says which older requests have ended.
func (g *Gate) Ask(req uint64, event ticket.EventID, ref whitelist.Ref, scan admit.ScanID, closed ...uint64) {
	g.t.Helper()
	raw, err := wire.Encode(wire.Claim{Run: g.Run, Req: req, Scan: scan, Ref: ref, Event: event, Terms: Single, Checkpoint: "door",
		Lane: 1, LastSeq: g.seq, Closed: closed})
	require.NoError(g.t, err)
	g.Raw(g.Claim(), 0, raw)
}

// Got is every message that came on a topic.
func (g *Gate) Got(topic string) (payloads [][]byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.seen {
		if m.Topic == topic {
			payloads = append(payloads, m.Payload)
		}
	}
	return payloads
}

// Held is the highest watermarks that the hub has told this gate of its run: at the hub, and in the cloud.
func (g *Gate) Held() (hub, cloud uint64) {
	for _, raw := range g.Got(g.Ack()) {
		ack, err := wire.Decode[wire.Ack](raw)
		require.NoError(g.t, err)
		for _, w := range ack.Watermarks {
			if w.Gate == g.Gate && w.Run == g.Run {
				hub, cloud = max(hub, w.Hub), max(cloud, w.Cloud)
			}
		}
	}
	return hub, cloud
}

// WaitReady beats, as gates do, until the hub answers the claims of them all.
func WaitReady(gates ...*Gate) {
	gates[0].t.Helper()
	require.Eventually(gates[0].t, func() bool {
		ready := true
		for _, g := range gates {
			g.Beat()
			g.mu.Lock()
			ready = ready && g.pulse.Ready
			g.mu.Unlock()
		}
		return ready
	}, Patience, 20*time.Millisecond, "the hub answers no claims")
}

// WaitHeld waits for watermarks, beating as a gate does.
func (g *Gate) WaitHeld(hub, cloud uint64) {
	g.t.Helper()
	require.Eventually(g.t, func() bool {
		g.Beat()
		h, c := g.Held()
		return h >= hub && c >= cloud
	}, Patience, 50*time.Millisecond, "records are not acknowledged")
}

// Ruled waits for the answer to a claim.
func (g *Gate) Ruled(req uint64) (ruling wire.Ruling) {
	g.t.Helper()
	require.Eventually(g.t, func() bool {
		for _, raw := range g.Got(g.Ruling()) {
			r, err := wire.Decode[wire.Ruling](raw)
			require.NoError(g.t, err)
			if r.Req == req && r.Run == g.Run {
				ruling = r
				return true
			}
		}
		return false
	}, Patience, 5*time.Millisecond, "no ruling came")
	return ruling
}
