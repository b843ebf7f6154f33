package venue_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// restarted is an arbiter that has just started with two enrolled gates, one admission, and its grant to gate-1.
func restarted(t *testing.T) *bench {
	return startBench(t, func(boot *venue.Boot) {
		boot.Memory = venue.Memory{Term: 3, Head: 40}
		boot.Gates = []venue.Gate{{Name: "gate-1", Run: run(1)}, {Name: "gate-2", Run: run(1)}}
		boot.History = map[whitelist.Ref][]admit.Record{ref(1): {*entry(1, 1).Record}}
	})
}

// obeying is a heartbeat of a gate that has taken the hub's term and heard everything.
func obeying(change ...func(*wire.State)) func(*wire.State) {
	return func(s *wire.State) {
		s.Term, s.Hub, s.Head = 3, "hub-1", 40
		for _, c := range change {
			c(s)
		}
	}
}

func (b *bench) readyFor(gate string) bool {
	for i := len(b.all) - 1; i >= 0; i-- {
		if p, ok := b.all[i].(venue.SendPulse); ok && p.Gate == gate {
			return p.Pulse.Ready
		}
	}
	return false
}

func TestAnArbiterThatStartsGrantsNothingBeforeEveryGateHasComeBack(t *testing.T) {
	b := restarted(t)
	assert.False(t, b.state.View().Ready)
	b.beat("gate-1", 0, 1, obeying())
	assert.False(t, b.readyFor("gate-1"))
	assert.Nil(t, b.claim("gate-1", claimOf(1, 5, 5)))
	b.beat("gate-2", 0, 1, obeying())
	assert.True(t, b.readyFor("gate-2"))
	assert.True(t, b.state.View().Ready)
	assert.True(t, b.claim("gate-1", claimOf(1, 5, 5)).Grant)
}

func TestWhatKeepsAGateFromHavingComeBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		state func(*wire.State)
		back  bool
	}{
		{"nothing", func(*wire.State) {}, true},
		{"a record that is not here", func(s *wire.State) { s.Runs[0].Last = 3 }, false},
		{"a record of an older run that is not here", func(s *wire.State) { s.Runs = append(s.Runs, wire.RunState{Run: run(9), Last: 1}) }, false},
		{"an admission that it has not heard of", func(s *wire.State) { s.Used = 0 }, false},
		{"having heard an older run of this hub only", func(s *wire.State) { s.UsedRun = "r0" }, false},
		{"a claim of which this disk may know nothing", func(s *wire.State) { s.Pending = true }, false},
		{"a term that it has not taken yet", func(s *wire.State) { s.Term, s.Hub = 2, "hub-0" }, false},
		{"another hub of the same term", func(s *wire.State) { s.Hub = "hub-2" }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := restarted(t)
			b.beat("gate-2", 0, 1, obeying())
			b.beat("gate-1", 0, 1, obeying(c.state))
			assert.Equal(t, c.back, b.state.View().Ready)
		})
	}
}

func TestAnExcludedGateIsNotWaitedFor(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying())
	b.feed(venue.Exclude{Gate: "gate-2"})
	assert.True(t, b.state.View().Ready)
}

func TestANewHubWithNoGatesYetIsReadyAndMeetsEachGateFirst(t *testing.T) {
	b := startBench(t)
	assert.True(t, b.state.View().Ready)
	assert.Nil(t, b.claim("gate-1", claimOf(1, 1, 1)), "never heard of")
	b.beat("gate-1", 1, 1)
	assert.Nil(t, b.claim("gate-1", claimOf(1, 1, 1)), "it has a record that is not here")
	b.bring("gate-1", 1, refusal())
	b.beat("gate-1", 1, 1)
	assert.True(t, b.claim("gate-1", claimOf(1, 1, 1)).Grant)
}

func TestANewHubTellsAGateThatItHoldsNothingOfItsOlderRuns(t *testing.T) {
	b := startBench(t)
	b.beat("gate-1", 0, 1, func(s *wire.State) {
		s.Run = run(2)
		s.Runs = []wire.RunState{{Run: run(1), Last: 7}, {Run: run(2)}}
	})
	b.commit()
	a, ok := last[venue.SendAck](b.all)
	require.True(t, ok)
	assert.Equal(t, []wire.Watermark{{Gate: "gate-1", Run: run(1)}, {Gate: "gate-1", Run: run(2)}}, a.Ack.Watermarks)
}

func TestANewHubGoesOnAfterWhatAGateHasPruned(t *testing.T) {
	b := startBench(t)
	b.feed(venue.CloudLink{Up: true})
	b.beat("gate-1", 7, 1, func(s *wire.State) { s.Runs[0].Base = 5 })
	b.seqs["gate-1"+run(1).String()] = 5
	b.bring("gate-1", 1, refusal(), refusal())
	b.beat("gate-1", 7, 1, func(s *wire.State) { s.Runs[0].Base = 5 })
	assert.True(t, b.readyFor("gate-1"))
	up, ok := last[venue.SendUp](b.all)
	require.True(t, ok)
	assert.Equal(t, uint64(6), up.Events.Events[0].Seq)
}

func TestAHigherHeadThanItsOwnTellsAHubThatItsDiskIsOld(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying())
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Head = 90 }))
	assert.False(t, b.state.View().Ready, "gate-1 must come back again: what it brought was compared with too little")
	b.commit()
	assert.Len(t, b.incidents(venue.OldDisk), 1)
	handing := func(s *wire.State) { s.Head, s.HeardFrom = 90, 1 }
	b.beat("gate-1", 0, 1, obeying(handing))
	b.beat("gate-2", 0, 1, obeying(handing))
	require.True(t, b.state.View().Ready)
	ruling := b.claim("gate-1", claimOf(1, 5, 5))
	assert.Greater(t, ruling.Head, uint64(90), "and counts on from there")
}

// A disk that lacks less than the hub writes while it recovers would else pass for a whole one.
func TestAHeadIsComparedWithTheDiskThatAHubBeganWith(t *testing.T) {
	b := restarted(t)
	for range 5 {
		b.bring("gate-1", 1, refusal())
	}
	b.beat("gate-1", 5, 1, obeying())
	p, _ := last[venue.SendPulse](b.all)
	assert.EqualValues(t, 40, p.Pulse.Head, "nobody is told of more")
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Head = 42 }))
	b.commit()
	assert.Len(t, b.incidents(venue.OldDisk), 1)
}

// What a gate heard a moment before the hub's end came with no head: knowing more of others than this disk is a sign as well.
func TestAGateThatKnowsMoreOfOthersThanThisDiskIsHeardOutFirst(t *testing.T) {
	b := restarted(t)
	told := wire.KnownFact{Ref: ref(2), Record: admit.Record{Scan: scan(2), Kind: admit.Entry, Gate: "gate-7", At: noon}}
	b.beat("gate-1", 0, 1, obeying())
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Others, s.Known = 2, 1 }))
	assert.False(t, b.state.View().Ready)
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Others, s.Known, s.HeardFrom, s.Heard = 2, 1, 1, []wire.KnownFact{told} }))
	b.commit()
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Others, s.Known = 2, 1 }))
	require.True(t, b.state.View().Ready)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-1", claimOf(5, 5, 2)).Reason)
}

// A gate whose disk is an old one may have heard of what it did itself from a hub that is gone.
func TestAGateThatKnowsMoreOfItselfThanItsJournalIsHeardOutFirst(t *testing.T) {
	b := restarted(t)
	own := *entry(2, 2).Record
	own.Gate = "gate-2"
	told := wire.KnownFact{Ref: ref(2), Record: own}
	knows := func(s *wire.State) { s.Others, s.Own, s.Known = 1, 1, 2 }
	b.beat("gate-1", 0, 1, obeying())
	b.beat("gate-2", 0, 1, obeying(knows))
	p, _ := last[venue.SendPulse](b.all)
	assert.EqualValues(t, 1, p.Pulse.Tell)
	b.beat("gate-2", 0, 1, obeying(knows, func(s *wire.State) { s.HeardFrom, s.Heard = 1, []wire.KnownFact{told, told} }))
	b.commit()
	b.beat("gate-2", 0, 1, obeying(knows))
	require.True(t, b.state.View().Ready)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-1", claimOf(5, 5, 2)).Reason)
}

// What a hub that is gone told a gate may be on its way for long.
func TestAGateMayHearOfItselfLater(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying())
	b.beat("gate-2", 0, 1, obeying())
	require.True(t, b.state.View().Ready)
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Others, s.Own, s.Known = 1, 1, 2 }))
	p, _ := last[venue.SendPulse](b.all)
	assert.EqualValues(t, 1, p.Pulse.Tell)
}

// What comes from others meanwhile, and a gate has not heard yet, makes no room for what it knows of somebody who is gone.
func TestAGateIsHeldAgainstWhatItHasHeard(t *testing.T) {
	b := restarted(t)
	b.bring("gate-1", 1, entry(7, 7))
	b.commit()
	b.beat("gate-1", 1, 1, obeying(func(s *wire.State) { s.Others, s.Own = 0, 2 }))
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Others, s.Used = 2, 1 }))
	p, _ := last[venue.SendPulse](b.all)
	assert.EqualValues(t, 1, p.Pulse.Tell, "it has heard one, and knows two")
	assert.False(t, b.state.View().Ready)
}

func TestAHeadThatNoDiskCanHaveIsNotBelieved(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying(func(s *wire.State) { s.Head = math.MaxUint64 }))
	b.beat("gate-2", 0, 1, obeying())
	assert.True(t, b.state.View().Ready)
}

func TestAGateThatASupervisorHasJustExcludedMakesNoDiskOld(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying())
	b.feed(venue.Exclude{Gate: "gate-2"})
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Head = 90 }))
	assert.True(t, b.state.View().Ready)
	b.feed(venue.Readmit{Gate: "gate-2"})
	b.beat("gate-2", 0, 1, obeying(func(s *wire.State) { s.Head = 90 }))
	assert.False(t, b.state.View().Ready, "its word counts again")
}

func TestAHubWithAnOldDiskAsksEachGateForAllItKnows(t *testing.T) {
	b := restarted(t)
	old := func(s *wire.State) { s.Head = 90 }
	b.beat("gate-2", 0, 1, obeying(old))
	asked := func() uint64 { p, _ := last[venue.SendPulse](b.all); return p.Pulse.Tell }
	assert.Zero(t, asked(), "not before every gate has brought its own records: what they bring is no hearsay")
	b.beat("gate-1", 0, 1, obeying(old))
	assert.Equal(t, uint64(1), asked())

	dead := *entry(9, 2).Record
	dead.Gate = "gate-9"
	b.beat("gate-2", 0, 1, obeying(old, func(s *wire.State) {
		s.Known, s.HeardFrom, s.Heard = 2, 1, []wire.KnownFact{{Ref: ref(2), Record: dead}}
	}))
	c, _ := last[venue.Commit](b.done)
	require.Len(t, c.Events, 1, "kept as this hub's own record, though its gate is dead")
	assert.Equal(t, [3]any{"hub-1", wire.Heard, &dead}, [3]any{c.Events[0].Gate, c.Events[0].Type, c.Events[0].Record})
	assert.Equal(t, uint64(2), asked())
	b.beat("gate-2", 0, 1, obeying(old, func(s *wire.State) {
		s.Known, s.HeardFrom, s.Heard = 2, 1, []wire.KnownFact{{Ref: ref(2), Record: dead}}
	}))
	assert.Equal(t, uint64(2), asked(), "a piece that came twice counts once")
	b.beat("gate-2", 0, 1, obeying(old, func(s *wire.State) {
		s.Known, s.HeardFrom, s.Heard = 2, 2, []wire.KnownFact{{Ref: ref(1), Record: *entry(1, 1).Record}}
	}))
	assert.Zero(t, asked(), "that was all")
	b.beat("gate-1", 0, 1, obeying(old, func(s *wire.State) { s.HeardFrom = 1 }))
	require.True(t, b.state.View().Ready)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-1", claimOf(1, 5, 2)).Reason, "what a dead gate admitted is known again")
}

func TestAHubThatSeesAHigherTermStopsGranting(t *testing.T) {
	b := restarted(t)
	b.beat("gate-1", 0, 1, obeying())
	b.beat("gate-2", 0, 1, obeying())
	require.True(t, b.state.View().Ready)
	b.beat("gate-1", 0, 1, func(s *wire.State) { s.Term, s.Hub = 4, "hub-2" })
	assert.False(t, b.state.View().Ready)
	assert.Nil(t, b.claim("gate-2", claimOf(1, 5, 5)))
	b.beat("gate-1", 0, 1, func(s *wire.State) { s.Term, s.Hub = 4, "hub-2" })
	assert.Len(t, b.incidents(venue.Demoted), 1, "and says so once")
}

func TestAGateWithAnOlderDiskIsToldWhatIsKnownOfIt(t *testing.T) {
	b := newBench(t)
	b.beat("gate-1", 0, 1, func(s *wire.State) { s.Run = run(7); s.Runs = []wire.RunState{{Run: run(7)}} })
	b.beat("gate-1", 0, 1, func(s *wire.State) { s.Run = run(6); s.Runs = []wire.RunState{{Run: run(6)}} })
	p, _ := last[venue.SendPulse](b.done)
	assert.False(t, p.Pulse.Ready)
	assert.Equal(t, run(7), p.Pulse.Newest)
}
