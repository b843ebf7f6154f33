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

func TestAGrantIsDurableBeforeTheReply(t *testing.T) {
	b := newBench(t)
	b.feed(venue.ClaimCame{Gate: "gate-1", Claim: claimOf(1, 1, 1)})
	assert.Empty(t, of[venue.SendRuling](b.done))
	c, ok := last[venue.Commit](b.done)
	require.True(t, ok)
	require.Len(t, c.Grants, 1)
	assert.Equal(t, scan(1), c.Grants[0].Scan)
	r, ok := last[venue.SendRuling](b.commit())
	require.True(t, ok)
	assert.True(t, r.Ruling.Grant)
	assert.Equal(t, "gate-1", r.Gate)
	assert.Equal(t, c.Memory.Head, r.Ruling.Head, "the head that is durable with it")
}

func TestARightIsGrantedOnce(t *testing.T) {
	b := newBench(t)
	assert.True(t, b.claim("gate-1", claimOf(1, 1, 1)).Grant)
	r := b.claim("gate-2", claimOf(1, 2, 1))
	require.NotNil(t, r)
	assert.False(t, r.Grant)
	assert.Equal(t, admit.PendingElsewhere, r.Reason)
	assert.Equal(t, "gate-1", r.Gate, "which names the gate")
	assert.True(t, b.claim("gate-2", claimOf(2, 3, 2)).Grant, "another right is another matter")
}

func TestTwoClaimsAtTheSameMomentGetOneGrant(t *testing.T) {
	b := newBench(t)
	b.feed(venue.ClaimCame{Gate: "gate-1", Claim: claimOf(1, 1, 1)})
	b.feed(venue.ClaimCame{Gate: "gate-2", Claim: claimOf(1, 2, 1)})
	rulings := of[venue.SendRuling](b.commit())
	require.Len(t, rulings, 2)
	assert.True(t, rulings[0].Ruling.Grant)
	assert.False(t, rulings[1].Ruling.Grant)
}

func TestAKnownScanGetsTheSameAnswer(t *testing.T) {
	b := newBench(t)
	first := b.claim("gate-1", claimOf(1, 1, 1))
	before := len(of[venue.Commit](b.all))
	again := b.claim("gate-1", claimOf(1, 1, 1))
	assert.Equal(t, first, again)
	assert.Len(t, of[venue.Commit](b.all), before, "and nothing new is promised")
}

func TestASecondAnswerAlsoWaitsForTheDisk(t *testing.T) {
	b := newBench(t)
	b.feed(venue.ClaimCame{Gate: "gate-1", Claim: claimOf(1, 1, 1)})
	b.feed(venue.ClaimCame{Gate: "gate-1", Claim: claimOf(1, 1, 1)})
	assert.Empty(t, of[venue.SendRuling](b.all))
}

func TestAnotherGateCannotBorrowAScan(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	assert.Nil(t, b.claim("gate-2", claimOf(1, 1, 1)))
}

func TestAGrantHasNoTimeout(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	b.pass(24 * time.Hour)
	assert.Equal(t, admit.PendingElsewhere, b.claim("gate-2", claimOf(1, 2, 1)).Reason)
}

func TestWhatEndsAGrant(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*bench)
		free bool
	}{
		{"a heartbeat of the same run that says the request is closed", func(b *bench) { b.beat("gate-1", 0, 2) }, true},
		{"its place in the list of closed requests", func(b *bench) {
			b.beat("gate-1", 0, 1, func(s *wire.State) { s.Closed = []uint64{1} })
		}, true},
		{"not a heartbeat that leaves it open", func(b *bench) { b.beat("gate-1", 0, 1) }, false},
		{"not a heartbeat that speaks of records that are not here", func(b *bench) { b.beat("gate-1", 1, 2) }, false},
		{"that heartbeat's records, once they come and another follows", func(b *bench) {
			b.beat("gate-1", 1, 2)
			b.arrive("gate-1", 1, refusal())
			b.beat("gate-1", 1, 2)
		}, true},
		{"not a late heartbeat from before the records that closed it", func(b *bench) {
			b.feed(venue.ClaimCame{Gate: "gate-1", Claim: wire.Claim{Run: run(1), Req: 2, Scan: scan(9), Ref: ref(9), Terms: single,
				Checkpoint: "door", LastSeq: 1, Closed: []uint64{1}}})
			b.beat("gate-1", 0, 1)
		}, false},
		{"not a heartbeat of another gate", func(b *bench) { b.beat("gate-2", 0, 9) }, false},
		{"not a heartbeat of a new run", func(b *bench) {
			b.beat("gate-1", 0, 9, func(s *wire.State) { s.Run = run(2); s.Runs = []wire.RunState{{Run: run(2)}} })
		}, false},
		{"a supervisor who has seen that the gate is off", func(b *bench) { b.feed(venue.Exclude{Gate: "gate-1"}) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.claim("gate-1", claimOf(1, 1, 1))
			c.do(b)
			r := b.claim("gate-3", claimOf(1, 2, 1))
			require.NotNil(t, r)
			assert.Equal(t, c.free, r.Grant)
		})
	}
}

func TestAnIntentTurnsItsGrantIntoHistory(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	b.arrive("gate-1", 1, entry(1, 1))
	c, _ := last[venue.Commit](b.done)
	assert.Equal(t, []admit.ScanID{scan(1)}, c.Closed)
	b.commit()
	r := b.claim("gate-2", claimOf(1, 2, 1))
	assert.Equal(t, admit.AlreadyUsed, r.Reason)
	assert.Equal(t, "gate-1", r.Gate)
	b.bring("gate-1", 1, outcome(1, 1, admit.Abort))
	assert.True(t, b.claim("gate-2", claimOf(2, 3, 1)).Grant, "an abort frees it")
}

func TestAnAbortClosesOnlyItsOwnScan(t *testing.T) {
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1))
	b.bring("gate-2", 1, outcome(7, 1, admit.Abort))
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-3", claimOf(1, 2, 1)).Reason)
}

func TestAGrantWhoseRunEndedWithoutItsIntentIsUnknownUntilSettled(t *testing.T) {
	restart := func(b *bench) {
		b.beat("gate-1", 0, 1, func(s *wire.State) {
			s.Run = run(2)
			s.Runs = []wire.RunState{{Run: run(1), Last: 1}, {Run: run(2)}}
		})
	}
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	restart(b)
	assert.Empty(t, b.incidents(venue.UnknownEnd), "the old run's last record is not here yet")
	b.bring("gate-1", 1, refusal())
	restart(b)
	b.commit()
	assert.Len(t, b.incidents(venue.UnknownEnd), 1)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-2", claimOf(1, 2, 1)).Reason, "it counts as used")
	require.Len(t, b.state.View().Unknown, 1)

	b.feed(venue.Settle{Scan: scan(1), Entered: true})
	assert.Empty(t, b.state.View().Unknown)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-2", claimOf(2, 3, 1)).Reason)
}

func TestASupervisorCanSayThatNobodyEntered(t *testing.T) {
	b := newBench(t, func(boot *venue.Boot) {
		boot.Grants = []venue.Grant{{Scan: scan(1), Ref: ref(1), Gate: "gate-1", Run: run(1), Req: 1, Terms: single, Unknown: true}}
	})
	b.feed(venue.Settle{Scan: scan(1)})
	assert.True(t, b.claim("gate-2", claimOf(1, 2, 1)).Grant)
}

func TestOnlyAnUnknownGrantCanBeSettled(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	b.feed(venue.Settle{Scan: scan(1)})
	assert.Equal(t, admit.PendingElsewhere, b.claim("gate-2", claimOf(1, 2, 1)).Reason)
}

func TestClaimsThatNobodyShouldActOnGetNoAnswer(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*bench)
		claim wire.Claim
	}{
		{"of a run that has ended", func(b *bench) {
			b.beat("gate-1", 0, 1, func(s *wire.State) { s.Run = run(2); s.Runs = []wire.RunState{{Run: run(2)}} })
		}, claimOf(1, 1, 1)},
		{"of a request that has ended", func(b *bench) { b.beat("gate-1", 0, 2) }, claimOf(1, 1, 1)},
		{"of an excluded gate", func(b *bench) { b.feed(venue.Exclude{Gate: "gate-1"}) }, claimOf(1, 1, 1)},
		{"of a gate whose records are not all here", func(*bench) {}, func() wire.Claim {
			c := claimOf(1, 1, 1)
			c.LastSeq = 3
			return c
		}()},
		{"of an admission that is already recorded", func(b *bench) { b.bring("gate-1", 1, entry(1, 1)) }, claimOf(1, 1, 1)},
		{"after the disk has failed", func(b *bench) { b.feed(venue.CommitFailed{Err: "no space left"}) }, claimOf(1, 1, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			c.setup(b)
			assert.Nil(t, b.claim("gate-1", c.claim))
		})
	}
}

func TestAReadmittedGateIsAnswered(t *testing.T) {
	b := newBench(t)
	b.feed(venue.Exclude{Gate: "gate-1"})
	b.feed(venue.Readmit{Gate: "gate-1"})
	assert.Nil(t, b.claim("gate-1", claimOf(1, 1, 1)), "it has not shown what it has")
	b.beat("gate-1", 0, 1)
	assert.NotNil(t, b.claim("gate-1", claimOf(1, 1, 1)))
}

func TestAGateThatSpeaksFromAnOlderDiskIsReported(t *testing.T) {
	b := newBench(t)
	b.beat("gate-1", 0, 1, func(s *wire.State) { s.Run = run(5); s.Runs = []wire.RunState{{Run: run(5)}} })
	b.commit()
	assert.Nil(t, b.claim("gate-1", claimOf(1, 1, 1)), "its run before: a message that was long on its way")
	assert.Empty(t, b.incidents(venue.OldRun))
	other := claimOf(1, 1, 1)
	other.Run.Random++
	assert.Nil(t, b.claim("gate-1", other))
	assert.Nil(t, b.claim("gate-1", other))
	assert.Len(t, b.incidents(venue.OldRun), 1, "once")
}

func TestGrantsSurviveARestart(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	c, _ := last[venue.Commit](b.all)
	again := newBench(t, func(boot *venue.Boot) { boot.Grants = c.Grants; boot.Gates = c.Gates })
	assert.Equal(t, admit.PendingElsewhere, again.claim("gate-2", claimOf(1, 2, 1)).Reason)
	assert.True(t, again.claim("gate-1", claimOf(1, 1, 1)).Grant, "and its own gate still gets its answer")
}

func TestComingBackFollowsThePlaceThatWasLeft(t *testing.T) {
	b := newBench(t)
	again := func(s byte, req uint64) wire.Claim {
		c := claimOf(req, s, 1)
		c.Terms = reent
		return c
	}
	assert.Zero(t, b.claim("gate-1", again(1, 1)).Follows)
	b.bring("gate-1", 1, entry(1, 1), outcome(1, 1, admit.Passed))
	assert.Equal(t, admit.AlreadyInside, b.claim("gate-2", again(2, 1)).Reason)
	b.bring("gate-2", 1, exit(3, 1, 1))
	assert.Equal(t, admit.AlreadyInside, b.claim("gate-2", again(4, 2)).Reason, "they have not gone through yet")
	b.bring("gate-2", 1, outcome(3, 1, admit.Passed))
	r := b.claim("gate-2", again(5, 3))
	assert.True(t, r.Grant)
	assert.Equal(t, scan(1), r.Follows)
}

func TestAOnceADayGrantHoldsBackOnlyItsOwnDay(t *testing.T) {
	daily := func(s byte, req uint64) wire.Claim {
		c := claimOf(req, s, 1)
		c.Terms = admit.Terms{Use: whitelist.UseDaily, Uses: 1}
		return c
	}
	b := newBench(t)
	assert.True(t, b.claim("gate-1", daily(1, 1)).Grant)
	assert.Equal(t, admit.PendingElsewhere, b.claim("gate-2", daily(2, 1)).Reason)
	b.pass(24 * time.Hour)
	assert.True(t, b.claim("gate-2", daily(3, 2)).Grant)
}

func TestADoorTheArbiterDoesNotKnowIsJudgedByHistoryAlone(t *testing.T) {
	b := newBench(t)
	c := claimOf(1, 1, 1)
	c.Checkpoint = "new-door"
	assert.True(t, b.claim("gate-1", c).Grant)
}

func TestAClosedDoorGetsNoGrant(t *testing.T) {
	b := newBench(t)
	b.venue.Checkpoints[0].Mode = whitelist.Closed
	b.feed(venue.VenueChanged{Venue: &b.venue})
	assert.Equal(t, admit.CheckpointClosed, b.claim("gate-1", claimOf(1, 1, 1)).Reason)
}
