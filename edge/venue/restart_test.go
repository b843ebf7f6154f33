package venue_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// pair is one gate and its hub on a perfect network: what each says the other hears ten milliseconds later.
type pair struct {
	hub    *venue.State
	gate   *gate.State
	now    int64 // ms since both started
	toHub  []venue.Input
	toGate []gate.Input
	told   int // records of others that the gate was told
}

func (p *pair) step() {
	toGate, toHub := append(p.toGate, gate.Tick{}), append(p.toHub, venue.Tick{})
	p.toGate, p.toHub, p.now = nil, nil, p.now+10
	for _, in := range toGate {
		p.heard(gate.Step(p.gate, in, gate.Now{Unix: noon + p.now, Mono: p.now, Clock: admit.Synced}))
	}
	for _, in := range toHub {
		p.said(venue.Step(p.hub, in, venue.Now{Unix: noon + p.now, Mono: p.now}))
	}
}

func (p *pair) heard(effects []gate.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case gate.SendState:
			p.toHub = append(p.toHub, venue.StateCame{Gate: "gate-1", State: e.State})
		case gate.SendEvents:
			p.toHub = append(p.toHub, venue.EventsCame{Gate: "gate-1", Events: e.Events})
		case gate.Commit:
			p.toGate = append(p.toGate, gate.Committed{Seq: e.Events[len(e.Events)-1].Seq})
		}
	}
}

func (p *pair) said(effects []venue.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case venue.Commit:
			p.toHub = append(p.toHub, venue.Committed{Number: e.Number})
		case venue.SendPulse:
			p.toGate = append(p.toGate, gate.PulseCame{Pulse: e.Pulse})
		case venue.SendAck:
			p.toGate = append(p.toGate, gate.AckCame{Ack: e.Ack})
		case venue.SendUsed:
			p.told++
			p.toGate = append(p.toGate, gate.UsedCame{Used: e.Used})
		}
	}
}

// inside is the history of so many people who came in at another gate.
func inside(people int) map[whitelist.Ref][]admit.Record {
	out := make(map[whitelist.Ref][]admit.Record, people)
	for i := range uint32(people) { //nolint:gosec // small
		var ref whitelist.Ref
		var id admit.ScanID
		binary.BigEndian.PutUint32(ref[:], i+1)
		binary.BigEndian.PutUint32(id[:], i+1)
		out[ref] = []admit.Record{{Scan: id, Kind: admit.Entry, Gate: "gate-2", At: noon + int64(i)}, {Scan: id, Kind: admit.Passed, Gate: "gate-2", At: noon + int64(i)}}
	}
	return out
}

// A hub is started anew in the middle of an evening. Who waits at a gate must not pay for everybody who is in already.
func TestAHubThatStartsAnewGrantsSoonHoweverManyAreIn(t *testing.T) {
	for _, row := range []struct {
		name   string
		knows  int // of the 20,000 who are in, by the gate's disk
		within time.Duration
		told   int
	}{
		{"a gate that knows them all", 20_000, time.Second, 0},
		{"a gate that was away for the last ten", 19_990, 2 * time.Second, 4_000},
		{"a new gate", 0, 11 * time.Second, 45_000},
	} {
		hub, _ := venue.New(venue.Boot{Hub: "hub-1", Run: "r2", Memory: venue.Memory{Head: 9}, History: inside(20_000),
			Gates: []venue.Gate{{Name: "gate-1", Run: wire.Run{Start: 1, Random: 7}}, {Name: "gate-2", Run: run(1), Excluded: true}}})
		venue.Step(hub, venue.Exclude{Gate: "gate-2"}, venue.Now{Unix: noon, Mono: 1})
		g, out := gate.New(gate.Boot{Gate: "gate-1", Random: 7, Lanes: []gate.Lane{{Number: 1, Checkpoint: "door"}}, History: inside(row.knows)})
		p := &pair{hub: hub, gate: g}
		p.heard(out)
		for !hub.View().Ready && p.now < row.within.Milliseconds() {
			p.step()
		}
		assert.True(t, hub.View().Ready, "%s waits %d ms", row.name, p.now)
		assert.LessOrEqual(t, p.told, row.told, row.name)
		t.Logf("%s: the hub grants after %d ms, %d records told", row.name, p.now, p.told)
	}
}
