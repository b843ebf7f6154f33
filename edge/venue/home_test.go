package venue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func homesAt(epoch uint64, gates ...string) *whitelist.Homes {
	return &whitelist.Homes{Epoch: epoch, Rules: []whitelist.HomeRule{{Gates: gates}}}
}

// homely is an arbiter by whose manifest every right is at home at one gate, and four gates that obey it.
func homely(t *testing.T, home string) *bench {
	b := newBench(t)
	b.move(homesAt(1, home))
	b.all = nil
	b.obey(1, "gate-1", "gate-2", "gate-3", "gate-4")
	return b
}

// move brings a manifest with other homes.
func (b *bench) move(homes *whitelist.Homes) {
	b.venue.Homes = homes
	next := b.venue
	b.feed(venue.VenueChanged{Venue: &next})
}

// obey lets gates say which homes they obey, and makes durable what comes of it.
func (b *bench) obey(epoch uint64, gates ...string) {
	for _, gate := range gates {
		b.beat(gate, b.seqs[gate+run(1).String()], 1, func(s *wire.State) { s.Homes = epoch })
	}
	b.commit()
}

// confirmed is the epoch by which a gate may admit alone, as it hears after a heartbeat.
func (b *bench) confirmed(gate string, epoch uint64, change ...func(*wire.State)) uint64 {
	b.beat(gate, b.seqs[gate+run(1).String()], 1, append([]func(*wire.State){func(s *wire.State) { s.Homes = epoch }}, change...)...)
	p, ok := last[venue.SendPulse](b.done)
	require.True(b.t, ok)
	return p.Pulse.Homes
}

func surrender(s, right byte) wire.Event {
	return wire.Event{Type: wire.Surrender, Scan: scan(s), Ref: ref(right), Record: &admit.Record{Scan: scan(s), Kind: admit.Surrender, At: noon}}
}

func TestTheHomeOfARightIsAskedBeforeAnotherGateMayAdmit(t *testing.T) {
	b := homely(t, "gate-2")
	first := b.claim("gate-1", claimOf(1, 1, 1))
	require.NotNil(t, first)
	assert.True(t, first.Wait, "no answer yet")
	assert.Equal(t, "gate-2", first.Gate)
	asked := of[venue.SendRecall](b.all)
	require.Len(t, asked, 1)
	assert.Equal(t, "gate-2", asked[0].Gate)
	assert.Equal(t, ref(1), asked[0].Recall.Ref)

	b.arrive("gate-2", 1, surrender(1, 1))
	assert.Empty(t, of[venue.SendRuling](b.done), "nothing is said before the surrender is durable")
	ruling, ok := last[venue.SendRuling](b.commit())
	require.True(t, ok)
	assert.True(t, ruling.Ruling.Grant)
	assert.Equal(t, "gate-1", ruling.Gate)

	b.bring("gate-1", 1, entry(1, 1))
	again := b.claim("gate-3", claimOf(1, 2, 1))
	assert.Equal(t, admit.AlreadyUsed, again.Reason)
	assert.Len(t, of[venue.SendRecall](b.all), 1, "the token is here for good")
}

func TestTheHomeItselfIsGrantedAtOnce(t *testing.T) {
	b := homely(t, "gate-2")
	assert.True(t, b.claim("gate-2", claimOf(1, 1, 1)).Grant)
	assert.Empty(t, of[venue.SendRecall](b.all))
}

func TestWhatTheHomeDidBeforeItSurrenderedSpeaksFirst(t *testing.T) {
	b := homely(t, "gate-2")
	b.claim("gate-1", claimOf(1, 1, 1))
	b.arrive("gate-2", 1, entry(7, 1), surrender(1, 1))
	ruling, ok := last[venue.SendRuling](b.commit())
	require.True(t, ok)
	assert.Equal(t, admit.AlreadyUsed, ruling.Ruling.Reason)
}

func TestASurrenderWaitsForWhatItsGateDidInEarlierRuns(t *testing.T) {
	b := homely(t, "gate-2")
	b.beat("gate-2", 0, 1, func(s *wire.State) {
		s.Run, s.Homes = run(2), 1
		s.Runs = []wire.RunState{{Run: run(1), Last: 1}, {Run: run(2), Last: 0}}
	})
	b.commit()
	b.claim("gate-1", claimOf(1, 1, 1))
	b.bring("gate-2", 2, surrender(1, 1))
	assert.Empty(t, of[venue.SendRuling](b.done), "a record of run 1 is still to come")
	b.bring("gate-2", 1, entry(7, 1))
	ruling, ok := last[venue.SendRuling](b.all)
	require.True(t, ok)
	assert.Equal(t, admit.AlreadyUsed, ruling.Ruling.Reason, "it was the admission")
}

func TestWhereTheHomeCannotBeAskedThePersonMustGoThere(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(*bench)
		home string
	}{
		{"it has fallen silent", func(b *bench) { b.pass(4 * time.Second); b.obey(1, "gate-1") }, "gate-2"},
		{"it was never there", func(*bench) {}, "gate-9"},
	} {
		b := homely(t, row.home)
		row.do(b)
		ruling := b.claim("gate-1", claimOf(1, 1, 1))
		require.NotNil(t, ruling, row.name)
		assert.Equal(t, admit.OtherGate, ruling.Reason, row.name)
		assert.Equal(t, row.home, ruling.Gate, row.name)
		assert.False(t, ruling.Wait, row.name)
		require.Len(t, b.incidents(venue.HomeSilent), 1, row.name)
		assert.Equal(t, row.home, b.incidents(venue.HomeSilent)[0].Gate, row.name)
		b.claim("gate-1", claimOf(2, 2, 2))
		assert.Len(t, b.incidents(venue.HomeSilent), 1, "%s: people are told once", row.name)
		assert.Empty(t, of[venue.SendRecall](b.all), "%s: who is sent there must find it able to admit", row.name)
	}
}

func TestAClaimThatWaitedTooLongIsNotGranted(t *testing.T) {
	b := homely(t, "gate-2")
	b.claim("gate-1", claimOf(1, 1, 1))
	b.pass(2 * time.Second)
	b.bring("gate-2", 1, surrender(1, 1))
	assert.Empty(t, of[venue.SendRuling](b.done))
	assert.True(t, b.claim("gate-1", claimOf(2, 2, 1)).Grant, "the next scan is")
}

func TestAnExcludedGateHasNoHomes(t *testing.T) {
	b := homely(t, "gate-2")
	b.feed(venue.Exclude{Gate: "gate-2"})
	b.commit()
	assert.True(t, b.claim("gate-1", claimOf(1, 1, 1)).Grant)
	used, ok := last[venue.SendUsed](b.all)
	require.True(t, ok)
	assert.Equal(t, admit.Record{Kind: admit.Surrender, Scan: scan(1), At: noon}, used.Used.Record, "every gate hears that the token is here")

	b.feed(venue.Readmit{Gate: "gate-2"})
	b.commit()
	assert.Zero(t, b.confirmed("gate-2", 1), "not even when it comes back")
	assert.True(t, b.claim("gate-3", claimOf(1, 2, 2)).Grant)

	b.move(homesAt(2, "gate-2"))
	b.obey(2, "gate-1", "gate-2", "gate-3", "gate-4")
	assert.EqualValues(t, 2, b.confirmed("gate-2", 2), "until the homes are named anew")
}

func TestWhenAGateMayAdmitAlone(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(*bench)
		ask  func(*wire.State)
		want uint64
	}{
		{"it has been compared", func(*bench) {}, nil, 1},
		{"it obeys other homes", func(*bench) {}, func(s *wire.State) { s.Homes = 0 }, 0},
		{"records that it has spoken of are missing", func(*bench) {}, func(s *wire.State) { s.Runs[0].Last = 3 }, 0},
		{"a record of an earlier run is missing", func(*bench) {}, func(s *wire.State) {
			s.Run = run(2)
			s.Runs = []wire.RunState{{Run: run(1), Last: 1}, {Run: run(2)}}
		}, 0},
		{"it has come back in a new run, and heard everything", func(*bench) {}, func(s *wire.State) {
			s.Run, s.Runs = run(2), []wire.RunState{{Run: run(2)}}
		}, 1},
		{"it has come back, and not heard yet what it did itself", func(b *bench) { b.bring("gate-2", 1, surrender(5, 5)) }, func(s *wire.State) {
			s.Run, s.Runs, s.Used = run(2), []wire.RunState{{Run: run(2)}}, 0
		}, 0},
		{"it speaks of a run before its newest", func(b *bench) {
			b.beat("gate-2", 0, 1, func(s *wire.State) { s.Run = run(3) })
		}, nil, 0},
	} {
		b := homely(t, "gate-2")
		row.do(b)
		var change []func(*wire.State)
		if row.ask != nil {
			change = append(change, row.ask)
		}
		assert.Equal(t, row.want, b.confirmed("gate-2", 1, change...), row.name)
	}
}

func TestNoGateIsConfirmedWhileTheHubRecovers(t *testing.T) {
	b := startBench(t, func(boot *venue.Boot) {
		boot.Homes = *homesAt(1, "gate-2")
		boot.Gates = []venue.Gate{{Name: "gate-1", Run: run(1)}, {Name: "gate-2", Run: run(1)}}
	})
	assert.Zero(t, b.confirmed("gate-2", 1))
	b.obey(1, "gate-1")
	assert.EqualValues(t, 1, b.confirmed("gate-2", 1))
}

func TestHomesMoveOnlyWhenNobodyMayUseTheOldOnes(t *testing.T) {
	b := homely(t, "gate-2")
	b.move(homesAt(2, "gate-3"))
	b.obey(2, "gate-1", "gate-3", "gate-4")
	assert.Zero(t, b.confirmed("gate-3", 2), "gate-2 may still admit by the old ones")
	b.claim("gate-1", claimOf(1, 1, 1))
	asked := of[venue.SendRecall](b.all)
	require.Len(t, asked, 2)
	assert.ElementsMatch(t, []string{"gate-2", "gate-3"}, []string{asked[0].Gate, asked[1].Gate}, "so both are asked")

	b.obey(2, "gate-2")
	moved, ok := last[venue.Commit](b.all)
	require.True(t, ok)
	require.NotNil(t, moved.Homes)
	assert.EqualValues(t, 2, moved.Homes.Epoch)
	assert.EqualValues(t, 2, b.confirmed("gate-3", 2))
}

func TestASupervisorsExclusionMovesTheHomesOfADeadGate(t *testing.T) {
	b := homely(t, "gate-2")
	b.move(homesAt(2, "gate-3"))
	b.obey(2, "gate-1", "gate-3", "gate-4")
	b.feed(venue.Exclude{Gate: "gate-2"})
	b.commit()
	assert.EqualValues(t, 2, b.confirmed("gate-3", 2))
}

func TestWhatIsGrantedWhenHomesMoveIsHeardByTheNewHome(t *testing.T) {
	b := homely(t, "gate-2")
	require.True(t, b.claim("gate-2", claimOf(1, 1, 1)).Grant)
	b.move(homesAt(2, "gate-3"))
	for _, gate := range []string{"gate-1", "gate-3", "gate-4", "gate-2"} {
		b.beat(gate, 0, 1, func(s *wire.State) { s.Homes, s.Used = 2, 0 })
	}
	b.commit()
	used, ok := last[venue.SendUsed](b.all)
	require.True(t, ok)
	assert.Equal(t, ref(1), used.Used.Ref)
	assert.Equal(t, admit.Surrender, used.Used.Record.Kind)
	assert.Zero(t, b.confirmed("gate-3", 2, func(s *wire.State) { s.Used = used.Used.Number - 1 }))
	assert.EqualValues(t, 2, b.confirmed("gate-3", 2, func(s *wire.State) { s.Used = used.Used.Number }))
}

func TestAHubWithAnOldManifestAsksWhoeverObeysANewerOne(t *testing.T) {
	b := homely(t, "gate-2")
	b.obey(9, "gate-4")
	b.claim("gate-2", claimOf(1, 1, 1))
	asked := of[venue.SendRecall](b.all)
	require.Len(t, asked, 1)
	assert.Equal(t, "gate-4", asked[0].Gate)
}

func TestASurrenderThatARestoredGateHasForgottenCountsWhenItHasHeardOfIt(t *testing.T) {
	b := homely(t, "gate-2")
	restored := func(used uint64) func(*wire.State) {
		return func(s *wire.State) {
			s.Run, s.Runs = run(2), []wire.RunState{{Run: run(1), Last: 0}, {Run: run(2)}}
			s.Used = used
		}
	}
	b.confirmed("gate-2", 1, restored(0))
	b.bring("gate-2", 1, surrender(1, 1)) // of the life before, and late
	asked := b.claim("gate-1", claimOf(1, 1, 1))
	require.NotNil(t, asked)
	assert.True(t, asked.Wait, "it must say so again")
	b.confirmed("gate-2", 1, restored(1))
	ruling, ok := last[venue.SendRuling](b.commit())
	require.True(t, ok)
	assert.True(t, ruling.Ruling.Grant)
}

func TestAVenueWithoutHomesHearsNothingOfThem(t *testing.T) {
	b := newBench(t)
	require.True(t, b.claim("gate-1", claimOf(1, 1, 1)).Grant)
	b.feed(venue.Exclude{Gate: "gate-1"})
	for _, u := range of[venue.SendUsed](b.all) {
		assert.NotEqual(t, admit.Surrender, u.Used.Record.Kind)
	}
	for _, c := range of[venue.Commit](b.all) {
		assert.Nil(t, c.Homes)
	}
}

func TestAGateInADrawerKeepsNoHomesFromMoving(t *testing.T) {
	b := newBench(t, func(boot *venue.Boot) { boot.Enrolled, boot.Memory.Head = []string{"gate-9"}, 9 })
	b.pass(3 * time.Second)
	b.move(homesAt(5, "gate-1"))
	b.obey(5, "gate-1", "gate-2", "gate-3", "gate-4")
	assert.EqualValues(t, 5, b.confirmed("gate-1", 5))
}

func TestARecallThatWasLostIsSaidAgainWhenTheSameScanAsksAgain(t *testing.T) {
	b := homely(t, "gate-1")
	for n := range 2 {
		b.all = nil
		b.feed(venue.ClaimCame{Gate: "gate-2", Claim: claimOf(uint64(n)+1, 1, 1)}) //nolint:gosec // small
		b.commit()
		assert.Len(t, of[venue.SendRecall](b.all), 1, "time %d", n+1)
		b.pass(1500 * time.Millisecond)
		b.obey(1, "gate-1", "gate-2")
	}
}

// An admission that its gate made before it gave the ticket up may still be on that gate's disk alone.
func TestASurrenderThatOthersHeardOfWaitsForItsGate(t *testing.T) {
	b := homely(t, "gate-1")
	told := wire.KnownFact{Ref: ref(1), Record: admit.Record{Scan: scan(2), Kind: admit.Surrender, Gate: "gate-1", At: noon}}
	b.beat("gate-4", 0, 1, func(s *wire.State) { s.Others, s.Known = 1, 1 })
	b.beat("gate-4", 0, 1, func(s *wire.State) { s.Others, s.Known, s.HeardFrom, s.Heard = 1, 1, 1, []wire.KnownFact{told} })
	b.commit()
	assert.False(t, b.claim("gate-2", claimOf(1, 2, 1)).Grant)
	b.beat("gate-1", 0, 1)
	assert.True(t, b.claim("gate-2", claimOf(2, 2, 1)).Grant, "all that it has is here, and it has heard that it gave it up")
}
