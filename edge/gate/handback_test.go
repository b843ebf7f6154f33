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

func TestAHubThatAsksIsToldAllThatThisGateKnows(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{}
		for i := range byte(45) {
			boot.History[whitelist.Ref{i + 1}] = []admit.Record{{Scan: admit.ScanID{i + 1}, Kind: admit.Entry, Gate: "gate-9"}}
		}
	})
	b.commit()
	assert.Zero(t, b.claimless().Known, "nobody has asked")
	seen := map[admit.ScanID]bool{}
	next := uint64(1)
	for range 10 {
		b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-2", Tell: next}})
		s := b.claimless()
		assert.Equal(t, next, s.HeardFrom, "at once")
		_, err := wire.Encode(s)
		assert.NoError(t, err)
		for _, f := range s.Heard {
			seen[f.Record.Scan] = true
		}
		next += uint64(len(s.Heard))
		if next > s.Known {
			break
		}
	}
	assert.Len(t, seen, 45)
	b.pass(time.Second)
	assert.Empty(t, b.claimless().Heard, "and no more once it asks no more")
}

func TestWhatAGateLearnsIsHandedBackToo(t *testing.T) {
	b := newBench(t).connect()
	b.admitted(1, ticketNo(1))
	b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: whitelist.Ref{7}, Record: admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, Gate: "gate-2"}}})
	b.pass(time.Second)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Tell: 1}})
	s := b.claimless()
	assert.Equal(t, uint64(2), s.Known)
	assert.Equal(t, []string{"gate-1", "gate-2"}, []string{s.Heard[0].Record.Gate, s.Heard[1].Record.Gate})
}

func TestWhatThePowerMayStillTakeBackIsNotHandedBack(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	b.grant(b.claim())
	tell := func() wire.State {
		b.pass(time.Second)
		b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Tell: 1}})
		return b.claimless()
	}
	assert.Empty(t, tell().Heard, "the admission is not durable yet")
	assert.Zero(t, b.claimless().Own)
	b.commit()
	assert.Len(t, tell().Heard, 1)
	assert.EqualValues(t, 1, b.claimless().Own)
}

// A gate whose disk is an old one hears of what it did itself.
func TestWhatAGateHearsOfItselfIsItsOwn(t *testing.T) {
	b := newBench(t).connect()
	b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: whitelist.Ref{7}, Record: admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, Gate: "gate-1"}}})
	b.pass(time.Second)
	assert.EqualValues(t, 1, b.claimless().Own)
	assert.Zero(t, b.claimless().Others)
}

func TestWhatARightAllowsIsHandedBackAsTheMostThatWasSaid(t *testing.T) {
	said := func(number uint64, group int) gate.UsedCame {
		return gate.UsedCame{Used: wire.Used{HubRun: "r", Number: number, Ref: whitelist.Ref{7},
			Record: admit.Record{Scan: admit.ScanID{byte(number)}, Kind: admit.Entry, Gate: "gate-2"},
			Right:  &wire.Right{Terms: admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: group}}}}
	}
	b := newBench(t).connect()
	b.feed(said(1, 2))
	b.feed(said(2, 1))
	b.commit()
	b.pass(time.Second)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Tell: 1}})
	for _, f := range b.claimless().Heard {
		assert.Equal(t, 2, f.Right.Terms.Group, "whoever spoke last knew it by its signature alone")
	}
}
