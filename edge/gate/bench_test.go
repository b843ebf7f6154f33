package gate_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var evening = ticket.EventID{0xe1}

const noon = 1_772_800_000_000 // an afternoon in March 2026, unix ms

// bench is one gate on a table: tests say what happens, and look at what it wants done.
type bench struct {
	t     *testing.T
	state *gate.State
	now   gate.Now
	venue whitelist.Venue
	done  []gate.Effect // of the last step
	all   []gate.Effect
	scans byte
}

// newBench is a gate with two lanes at one free door, just started, its start durable, its arbiter not yet heard.
func newBench(t *testing.T, change ...func(*gate.Boot)) *bench {
	return benchAt(t, gate.Now{Unix: noon, Mono: 10, Clock: admit.Synced}, change...)
}

func benchAt(t *testing.T, now gate.Now, change ...func(*gate.Boot)) *bench {
	b := &bench{t: t, now: now}
	boot := gate.Boot{Gate: "gate-1", Lanes: []gate.Lane{{Number: 1, Checkpoint: "door"}, {Number: 2, Checkpoint: "door"}}, Random: 7}
	for _, c := range change {
		c(&boot)
	}
	b.venue = whitelist.Venue{Checkpoints: []whitelist.Checkpoint{{ID: "door", Direction: whitelist.Both, To: "hall",
		Events: []ticket.EventID{evening}, Mode: whitelist.Open, Policy: whitelist.Free}}}
	b.state, b.done = gate.New(boot)
	b.all = append(b.all, b.done...)
	b.feed(gate.VenueChanged{Venue: &b.venue})
	return b
}

// door changes the door and tells the gate.
func (b *bench) door(change func(*whitelist.Checkpoint)) {
	change(&b.venue.Checkpoints[0])
	venue := b.venue
	venue.Checkpoints = slices.Clone(venue.Checkpoints)
	b.feed(gate.VenueChanged{Venue: &venue})
}

func (b *bench) feed(in gate.Input) []gate.Effect {
	b.done = gate.Step(b.state, in, b.now)
	b.all = append(b.all, b.done...)
	return b.done
}

// pass lets time go by, with a tick at its end.
func (b *bench) pass(d time.Duration) {
	b.now.Mono += d.Milliseconds()
	b.now.Unix += d.Milliseconds()
	b.feed(gate.Tick{})
}

// commit makes everything durable that waits.
func (b *bench) commit() []gate.Effect {
	c, ok := last[gate.Commit](b.all)
	require.True(b.t, ok, "nothing to commit")
	return b.feed(gate.Committed{Seq: c.Events[len(c.Events)-1].Seq})
}

// connect makes the start durable and echoes a heartbeat: the arbiter is there.
func (b *bench) connect() *bench {
	b.commit()
	b.echo()
	return b
}

// echo answers the last heartbeat.
func (b *bench) echo() {
	state, ok := last[gate.SendState](b.all)
	require.True(b.t, ok, "no heartbeat to echo")
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: state.State.Number, At: b.now.Unix, Hub: "hub-1", Ready: true, Caught: true, Newest: state.State.Run}})
}

// scan reads a ticket at a lane and returns the scan's id.
func (b *bench) scan(lane int, code admit.Code) admit.ScanID { return b.scanTo(lane, code, false) }

func (b *bench) leave(lane int, code admit.Code) admit.ScanID { return b.scanTo(lane, code, true) }

func (b *bench) scanTo(lane int, code admit.Code, exit bool) admit.ScanID {
	b.scans++
	id := admit.ScanID{15: b.scans}
	b.feed(gate.Scan{Lane: lane, ID: id, Code: code, Exit: exit})
	return id
}

func (b *bench) claim() wire.Claim {
	c, ok := last[gate.SendClaim](b.all)
	require.True(b.t, ok, "no claim")
	return c.Claim
}

func (b *bench) grant(c wire.Claim) {
	b.feed(gate.RulingCame{Ruling: wire.Ruling{Run: c.Run, Req: c.Req, Scan: c.Scan, Grant: true, Reason: admit.OK, Hub: "hub-1"}})
}

func (b *bench) deny(c wire.Claim, why admit.Reason) {
	b.feed(gate.RulingCame{Ruling: wire.Ruling{Run: c.Run, Req: c.Req, Scan: c.Scan, Reason: why, Gate: "gate-9", Hub: "hub-1"}})
}

// admitted lets one ticket in, up to the pulse.
func (b *bench) admitted(lane int, code admit.Code) admit.ScanID {
	id := b.scan(lane, code)
	if c, ok := last[gate.SendClaim](b.done); ok {
		b.grant(c.Claim)
	}
	b.commit()
	require.Equal(b.t, []gate.Pulse{{Lane: lane, Scan: id}}, of[gate.Pulse](b.done))
	return id
}

func (b *bench) shown() admit.Reason {
	s, ok := last[gate.Show](b.all)
	require.True(b.t, ok, "nothing is shown")
	return s.Verdict.Reason
}

// recorded is the last record that the gate wrote.
func (b *bench) recorded() wire.Event {
	c, ok := last[gate.Commit](b.all)
	require.True(b.t, ok, "nothing was recorded")
	return c.Events[len(c.Events)-1]
}

// recordedBefore is the record so many before the last one.
func (b *bench) recordedBefore(n int) wire.Event {
	c, ok := last[gate.Commit](b.all)
	require.True(b.t, ok, "nothing was recorded")
	return c.Events[len(c.Events)-1-n]
}

func (b *bench) pulses() int { return len(of[gate.Pulse](b.all)) }

// of picks the effects of one kind.
func of[E gate.Effect](effects []gate.Effect) []E {
	var out []E
	for _, e := range effects {
		if x, ok := e.(E); ok {
			out = append(out, x)
		}
	}
	return out
}

func last[E gate.Effect](effects []gate.Effect) (E, bool) {
	found := of[E](effects)
	if len(found) == 0 {
		var none E
		return none, false
	}
	return found[len(found)-1], true
}

// ticketNo is a listed single ticket.
func ticketNo(n byte) admit.Code {
	return admit.Code{Match: admit.Listed, Event: whitelist.VenueEvent{Event: evening},
		Entry: whitelist.Entry{Ref: whitelist.Ref{15: n}, State: whitelist.Good}, Kind: whitelist.Kind{Use: whitelist.UseSingle}}
}

func groupOf(people uint8) admit.Code {
	c := ticketNo(77)
	c.Entry.Group = people
	return c
}

func wristband(n byte) admit.Code {
	c := ticketNo(n)
	c.Kind.Use = whitelist.UseReentr
	return c
}
