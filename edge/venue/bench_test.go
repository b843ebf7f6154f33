package venue_test

import (
	"testing"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

const noon = 1_772_800_000_000 // unix ms

// bench is one arbiter on a table.
type bench struct {
	t     *testing.T
	state *venue.State
	now   venue.Now
	venue whitelist.Venue
	done  []venue.Effect // of the last step
	all   []venue.Effect
	sent  uint64            // number of the last message of any gate
	seqs  map[string]uint64 // by gate
}

// newBench is an arbiter that four gates have met: it answers their claims.
func newBench(t *testing.T, change ...func(*venue.Boot)) *bench {
	b := startBench(t, change...)
	told := b.all
	for _, gate := range []string{"gate-1", "gate-2", "gate-3", "gate-4"} {
		b.beat(gate, 0, 1)
	}
	b.commit()
	b.all = told
	return b
}

// startBench is an arbiter that has just started.
func startBench(t *testing.T, change ...func(*venue.Boot)) *bench {
	b := &bench{t: t, now: venue.Now{Unix: noon, Mono: 10}, seqs: map[string]uint64{}}
	boot := venue.Boot{Hub: "hub-1", Run: "r1"}
	for _, c := range change {
		c(&boot)
	}
	b.venue = whitelist.Venue{
		Zones: []whitelist.Zone{{ID: "park"}, {ID: "hall", Parent: "park"}},
		Checkpoints: []whitelist.Checkpoint{
			{ID: "door", Direction: whitelist.Both, To: "park", Mode: whitelist.Open},
			{ID: "hall-door", Direction: whitelist.Both, From: "park", To: "hall", Mode: whitelist.Open},
		},
	}
	b.state, b.done = venue.New(boot)
	b.all = append(b.all, b.done...)
	b.feed(venue.VenueChanged{Venue: &b.venue})
	return b
}

func (b *bench) feed(in venue.Input) []venue.Effect {
	b.done = venue.Step(b.state, in, b.now)
	b.all = append(b.all, b.done...)
	return b.done
}

func (b *bench) pass(d time.Duration) {
	b.now.Mono += d.Milliseconds()
	b.now.Unix += d.Milliseconds()
	b.feed(venue.Tick{})
}

// commit makes everything durable that waits.
func (b *bench) commit() []venue.Effect {
	c, ok := last[venue.Commit](b.all)
	if !ok {
		return nil
	}
	return b.feed(venue.Committed{Number: c.Number})
}

func run(start uint32) wire.Run { return wire.Run{Start: start, Random: start} }

func ref(n byte) whitelist.Ref { return whitelist.Ref{15: n} }

func scan(n byte) admit.ScanID { return admit.ScanID{15: n} }

var (
	single = admit.Terms{Use: whitelist.UseSingle, Uses: 1}
	reent  = admit.Terms{Use: whitelist.UseReentr, Uses: 1}
)

// claimOf is a claim of a gate's first run on a single right.
func claimOf(req uint64, s, right byte) wire.Claim {
	return wire.Claim{Run: run(1), Req: req, Scan: scan(s), Ref: ref(right), Terms: single, Checkpoint: "door", Lane: 1}
}

// claim puts a claim and makes whatever it decided durable.
func (b *bench) claim(gate string, c wire.Claim) *wire.Ruling {
	b.feed(venue.ClaimCame{Gate: gate, Claim: c})
	if r, ok := last[venue.SendRuling](b.done); ok {
		return &r.Ruling
	}
	if _, changed := last[venue.Commit](b.all); !changed {
		return nil
	}
	if r, ok := last[venue.SendRuling](b.commit()); ok {
		return &r.Ruling
	}
	return nil
}

// beat sends a gate's heartbeat: its first run, its last seq, and the oldest open request.
func (b *bench) beat(gate string, last, openMin uint64, change ...func(*wire.State)) {
	b.sent++
	s := wire.State{Number: b.sent, Gate: gate, Run: run(1), Runs: []wire.RunState{{Run: run(1), Last: last}}, OpenMin: openMin,
		UsedRun: "r1", Used: 1000}
	for _, c := range change {
		c(&s)
	}
	b.feed(venue.StateCame{Gate: gate, State: s})
}

// bring sends records of a gate's run, numbered from where it stopped, and makes them durable.
func (b *bench) bring(gate string, start uint32, records ...wire.Event) {
	b.arrive(gate, start, records...)
	b.commit()
}

func (b *bench) arrive(gate string, start uint32, records ...wire.Event) {
	b.sent++
	key := gate + run(start).String()
	for i := range records {
		b.seqs[key]++
		records[i].Gate, records[i].Run, records[i].Seq = gate, run(start), b.seqs[key]
		if records[i].Record != nil {
			records[i].Record.Gate = gate
		}
	}
	b.feed(venue.EventsCame{Gate: gate, Events: wire.Events{Number: b.sent, Gate: gate, Run: run(start), Events: records}})
}

func entry(s, right byte) wire.Event {
	t := single
	return wire.Event{Type: wire.Admission, Scan: scan(s), Ref: ref(right), Terms: &t,
		Record: &admit.Record{Scan: scan(s), Kind: admit.Entry, Zone: "park", At: noon}}
}

func outcome(s, right byte, kind admit.RecordKind) wire.Event {
	return wire.Event{Type: wire.Outcome, Scan: scan(s), Ref: ref(right), Record: &admit.Record{Scan: scan(s), Kind: kind, At: noon + 1}}
}

func exit(s, right, closes byte) wire.Event {
	return wire.Event{Type: wire.Leaving, Scan: scan(s), Ref: ref(right),
		Record: &admit.Record{Scan: scan(s), Kind: admit.Exit, From: "park", Closes: scan(closes), At: noon + 2}}
}

func refusal() wire.Event { return wire.Event{Type: wire.Refusal, Reason: admit.Unknown} }

func of[E venue.Effect](effects []venue.Effect) []E {
	var out []E
	for _, e := range effects {
		if x, ok := e.(E); ok {
			out = append(out, x)
		}
	}
	return out
}

func last[E venue.Effect](effects []venue.Effect) (E, bool) {
	found := of[E](effects)
	if len(found) == 0 {
		var none E
		return none, false
	}
	return found[len(found)-1], true
}

func (b *bench) incidents(kind venue.IncidentKind) []venue.Incident {
	var out []venue.Incident
	for _, i := range of[venue.Incident](b.all) {
		if i.Kind == kind {
			out = append(out, i)
		}
	}
	return out
}
