package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// interrupted is a gate that lost its power between the relay and the passage of one person, and is back: its turnstile
// stood at 7 then and stands at now, five seconds after the start.
func interrupted(t *testing.T, now int64) *bench {
	b := restarted(t, now)
	b.pass(5 * time.Second)
	return b
}

func restarted(t *testing.T, now int64) *bench {
	before := newBench(t).connect()
	before.feed(gate.CounterRead{Lane: 1, Counter: 7})
	before.admitted(1, ticketNo(1))
	intent := before.recorded()
	b := newBench(t, func(boot *gate.Boot) {
		boot.Memory = gate.Memory{Starts: 1, Runs: []gate.RunMemory{{Run: intent.Run, Last: intent.Seq}}}
		boot.History = map[whitelist.Ref][]admit.Record{intent.Ref: {*intent.Record}}
		boot.Intents = []wire.Event{intent}
	})
	b.scans = 100
	b.feed(gate.CounterRead{Lane: 1, Counter: now})
	return b
}

func TestAPersonWhomThePowerCutOffMayShowTheTicketAgain(t *testing.T) {
	b := interrupted(t, 7).connect()
	b.scan(1, ticketNo(1))
	e := b.recorded()
	assert.Equal(t, wire.Admission, e.Type)
	assert.Equal(t, admit.ScanID{15: 1}, e.Record.Resumes, "the new scan names the old")
	b.commit()
	assert.Equal(t, 1, b.pulses())
	b.feed(gate.Passage{Lane: 1})
	b.pass(3 * time.Second)
	b.echo()
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.AlreadyUsed, b.shown(), "once")
}

func TestNobodyResumesWhileTheTurnstileMayStillBeOpen(t *testing.T) {
	b := restarted(t, 7).connect()
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.AlreadyUsed, b.shown(), "the person of the last run may still come through")
}

func TestAnInterruptedAdmissionIsNotResumed(t *testing.T) {
	for _, c := range []struct {
		name  string
		now   int64
		setup func(*bench)
		lane  int
	}{
		{"when the turnstile has turned", 8, func(b *bench) { b.connect() }, 1},
		{"at another lane", 7, func(b *bench) { b.connect(); b.feed(gate.CounterRead{Lane: 2, Counter: 7}) }, 2},
		{"before a hub has compared what this gate has", 7, func(b *bench) { b.commit() }, 1},
		{"before this run has heard what the hub knows of it", 7, func(b *bench) {
			b.commit()
			beat, _ := last[gate.SendState](b.all)
			b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: beat.State.Number, At: b.now.Unix, Hub: "hub-1", Ready: true, Newest: beat.State.Run}})
		}, 1},
		{"five minutes after the start", 7, func(b *bench) { b.connect(); b.pass(5 * time.Minute) }, 1},
		{"when another gate has admitted the ticket since", 7, func(b *bench) {
			b.connect()
			b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: whitelist.Ref{15: 1}, Record: admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, Gate: "gate-2"}}})
		}, 1},
		{"once a supervisor has settled it", 7, func(b *bench) {
			b.connect()
			b.feed(gate.Settled{Scan: admit.ScanID{15: 1}, Supervisor: "rosa", Entered: true})
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := interrupted(t, c.now)
			c.setup(b)
			b.scan(c.lane, ticketNo(1))
			assert.Equal(t, admit.AlreadyUsed, b.shown())
		})
	}
}

func TestWithoutAReadingNothingIsResumed(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		e := wire.Event{Type: wire.Admission, Scan: admit.ScanID{1}, Ref: whitelist.Ref{15: 1}, Lane: 1, Record: &admit.Record{Scan: admit.ScanID{1}, Kind: admit.Entry}}
		boot.History = map[whitelist.Ref][]admit.Record{e.Ref: {*e.Record}}
		boot.Intents = []wire.Event{e}
	}).connect()
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.AlreadyUsed, b.shown())
}

func TestASupervisorSettlesWhatNobodyElseKnows(t *testing.T) {
	b := interrupted(t, 8).connect()
	b.feed(gate.Settled{Scan: admit.ScanID{15: 1}, Supervisor: "rosa"})
	e := b.recorded()
	assert.Equal(t, admit.Abort, e.Record.Kind)
	assert.Equal(t, "rosa", e.Override.Supervisor)
	b.feed(gate.Settled{Scan: admit.ScanID{15: 1}, Supervisor: "rosa", Entered: true})
	assert.Equal(t, admit.Abort, b.recorded().Record.Kind, "once")
	b.scan(1, ticketNo(1))
	b.grant(b.claim())
	assert.Equal(t, wire.Admission, b.recorded().Type, "the ticket is good again")
}

func TestAnUnknownOutcomeCanStillBeSettledAfterAnotherStart(t *testing.T) {
	e := wire.Event{Type: wire.Admission, Scan: admit.ScanID{1}, Ref: whitelist.Ref{15: 1}, Lane: 1, Record: &admit.Record{Scan: admit.ScanID{1}, Kind: admit.Entry}}
	b := newBench(t, func(boot *gate.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{e.Ref: {*e.Record, {Scan: e.Scan, Kind: admit.UnknownEnd}}}
		boot.Intents = []wire.Event{e}
	}).connect()
	b.feed(gate.Settled{Scan: e.Scan, Supervisor: "rosa"})
	assert.Equal(t, admit.Abort, b.recorded().Record.Kind)
}
