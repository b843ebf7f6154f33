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

func TestARecordIsDurableBeforeItsAck(t *testing.T) {
	b := newBench(t)
	b.arrive("gate-9", 1, refusal(), refusal())
	assert.Empty(t, of[venue.SendAck](b.all))
	c, _ := last[venue.Commit](b.done)
	assert.Len(t, c.Events, 2)
	assert.Equal(t, []venue.Mark{{Gate: "gate-9", Run: run(1), Held: 2}}, c.Marks)
	b.commit()
	assert.Empty(t, b.heldIn(b.done, 1), "its run has not been introduced by a heartbeat yet")
	b.beat("gate-9", 2, 1)
	b.commit()
	assert.Equal(t, []uint64{2}, b.heldIn(b.all, 1))
}

// heldIn are the watermarks at the hub that acks say of a run.
func (b *bench) heldIn(effects []venue.Effect, start uint32) []uint64 {
	var out []uint64
	for _, a := range of[venue.SendAck](effects) {
		for _, w := range a.Ack.Watermarks {
			if w.Run == run(start) {
				out = append(out, w.Hub)
			}
		}
	}
	return out
}

func TestRecordsAreTakenInOrderAndOnce(t *testing.T) {
	b := newBench(t)
	b.beat("gate-1", 0, 1)
	b.commit()
	send := func(seqs ...uint64) {
		var events []wire.Event
		for _, seq := range seqs {
			events = append(events, wire.Event{Gate: "gate-1", Run: run(1), Seq: seq, Type: wire.Note})
		}
		b.feed(venue.EventsCame{Gate: "gate-1", Events: wire.Events{Number: 5, Gate: "gate-1", Run: run(1), Events: events}})
		if c, ok := last[venue.Commit](b.done); ok {
			b.feed(venue.Committed{Number: c.Number})
		}
	}
	held := func() uint64 { h := b.heldIn(b.done, 1); return h[len(h)-1] }
	send(1, 2)
	assert.Equal(t, uint64(2), held())
	send(1, 2)
	assert.Equal(t, uint64(2), held(), "twice is once")
	send(4, 5)
	assert.Equal(t, uint64(2), held(), "a gap is not taken")
	send(2, 3, 4)
	assert.Equal(t, uint64(4), held())
	total := 0
	for _, c := range of[venue.Commit](b.all) {
		total += len(c.Events)
	}
	assert.Equal(t, 4, total)
}

func TestAMessageInTheNameOfAnotherGateIsNotTaken(t *testing.T) {
	b := newBench(t)
	b.feed(venue.EventsCame{Gate: "gate-1", Events: wire.Events{Number: 1, Gate: "gate-2", Run: run(1), Events: []wire.Event{{Gate: "gate-2", Run: run(1), Seq: 1}}}})
	b.feed(venue.EventsCame{Gate: "gate-1", Events: wire.Events{Number: 1, Gate: "gate-1", Run: run(1), Events: []wire.Event{{Gate: "gate-2", Run: run(1), Seq: 1}}}})
	b.feed(venue.StateCame{Gate: "gate-1", State: wire.State{Gate: "gate-2", Run: run(1)}})
	assert.Len(t, b.incidents(venue.TakenByOther), 3)
	assert.Empty(t, of[venue.Commit](b.all))
}

func TestAHeartbeatIsEchoedWithTheHubsTime(t *testing.T) {
	b := newBench(t)
	b.feed(venue.CloudLink{Up: true})
	b.beat("gate-1", 0, 1)
	p, ok := last[venue.SendPulse](b.done)
	require.True(t, ok, "at once: it promises nothing")
	assert.Equal(t, wire.Pulse{V: 1, Number: b.sent, At: noon, Hub: "hub-1", Cloud: true, Ready: true, Newest: run(1), Caught: true, Head: p.Pulse.Head}, p.Pulse)
	b.feed(venue.CommitFailed{Err: "no space left"})
	b.beat("gate-1", 0, 1)
	assert.Empty(t, of[venue.SendPulse](b.done), "an arbiter that can't write is down for its gates")
}

func TestEachRecordOfAHistoryIsToldToAllGatesOnceDurable(t *testing.T) {
	b := newBench(t)
	b.arrive("gate-1", 1, refusal(), entry(1, 1))
	assert.Empty(t, of[venue.SendUsed](b.all))
	b.commit()
	used := of[venue.SendUsed](b.done)
	require.Len(t, used, 1, "refusals are nobody's business")
	assert.Equal(t, uint64(1), used[0].Used.Number)
	assert.Equal(t, "r1", used[0].Used.HubRun)
	assert.Equal(t, scan(1), used[0].Used.Record.Scan)
}

func TestAGateThatMissedSomethingIsToldAgain(t *testing.T) {
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1), entry(2, 2), entry(3, 3))
	b.pass(2 * time.Second)
	heard := func(run string, n uint64) []uint64 {
		before := len(b.all)
		b.beat("gate-2", 0, 1, func(s *wire.State) { s.UsedRun, s.Used = run, n })
		b.commit()
		var out []uint64
		for _, u := range of[venue.SendUsed](b.all[before:]) {
			out = append(out, u.Used.Number)
		}
		return out
	}
	assert.Equal(t, []uint64{2, 3}, heard("r1", 1))
	assert.Empty(t, heard("r1", 1), "what was said a moment ago may still be on its way")
	b.pass(2 * time.Second)
	assert.Equal(t, []uint64{1, 2, 3}, heard("r0", 7), "an older run's numbers count for nothing")
	assert.Empty(t, heard("r1", 3))
	assert.Empty(t, heard("r1", 99))
}

func TestANewArbiterTellsItsHistoryToWhoAsks(t *testing.T) {
	b := newBench(t, func(boot *venue.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{ref(1): {*entry(1, 1).Record}}
	})
	b.beat("gate-2", 0, 1, func(s *wire.State) { s.UsedRun, s.Used = "", 0 })
	assert.Len(t, of[venue.SendUsed](b.done), 1)
}

func TestRecordsGoUpOnceDurableUntilTheCloudHoldsThem(t *testing.T) {
	b := newBench(t)
	b.feed(venue.CloudLink{Up: true})
	b.arrive("gate-1", 1, entry(1, 1), refusal())
	assert.Empty(t, of[venue.SendUp](b.all))
	b.commit()
	up := of[venue.SendUp](b.done)
	require.Len(t, up, 1)
	assert.Len(t, up[0].Events.Events, 2)
	b.pass(2 * time.Second)
	assert.Len(t, of[venue.SendUp](b.done), 1, "again")
	b.feed(venue.CloudAcked{Ack: wire.Ack{Number: 2, Incarnation: "db1", Watermarks: []wire.Watermark{{Gate: "gate-1", Run: run(1), Cloud: 2}}}})
	b.commit()
	b.pass(time.Minute)
	assert.Empty(t, of[venue.SendUp](b.done))
}

func TestNothingGoesUpWhileTheCloudIsAway(t *testing.T) {
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1))
	b.pass(time.Minute)
	assert.Empty(t, of[venue.SendUp](b.all))
	b.feed(venue.CloudLink{Up: true})
	assert.Len(t, of[venue.SendUp](b.done), 1)
}

// synced is an arbiter whose gate has one record that the cloud holds.
func synced(t *testing.T) *bench {
	b := newBench(t)
	b.feed(venue.CloudLink{Up: true})
	b.beat("gate-1", 0, 1)
	b.bring("gate-1", 1, refusal())
	b.cloudHolds(1, "db1")
	return b
}

func (b *bench) cloudHolds(seq uint64, incarnation string) {
	up, ok := last[venue.SendUp](b.all)
	require.True(b.t, ok)
	b.feed(venue.CloudAcked{Ack: wire.Ack{Number: up.Events.Number, Incarnation: incarnation, Watermarks: []wire.Watermark{{Gate: "gate-1", Run: run(1), Cloud: seq}}}})
	if c, ok := last[venue.Commit](b.done); ok {
		b.feed(venue.Committed{Number: c.Number})
	}
}

func TestTheCloudsWatermarkIsKeptAndPassedOnToTheGate(t *testing.T) {
	b := synced(t)
	a, ok := last[venue.SendAck](b.done)
	require.True(t, ok)
	assert.Equal(t, "gate-1", a.Gate)
	assert.Equal(t, "db1", a.Ack.Incarnation)
	assert.Equal(t, []wire.Watermark{{Gate: "gate-1", Run: run(1), Hub: 1, Cloud: 1}}, a.Ack.Watermarks)
	c, _ := last[venue.Commit](b.all)
	assert.Equal(t, uint64(1), c.Marks[0].Cloud)
	assert.Equal(t, "db1", c.Memory.Incarnation)
}

func TestAnotherDatabaseGetsEverythingThatIsStillHere(t *testing.T) {
	b := synced(t)
	b.pass(time.Minute)
	assert.Empty(t, of[venue.SendUp](b.done))
	b.cloudHolds(0, "db2")
	b.pass(2 * time.Second)
	sent := len(of[venue.SendUp](b.done)) + len(of[venue.ReadJournal](b.all))
	assert.Positive(t, sent)
}

func TestACloudAckOfAnOlderMessageOrOfNoneSaysNothing(t *testing.T) {
	b := synced(t)
	b.bring("gate-1", 1, refusal())
	b.cloudHolds(2, "db1")
	commits := len(of[venue.Commit](b.all))
	b.feed(venue.CloudAcked{Ack: wire.Ack{Number: 1, Incarnation: "db1", Watermarks: []wire.Watermark{{Gate: "gate-1", Run: run(1), Cloud: 1}}}})
	b.feed(venue.CloudAcked{Ack: wire.Ack{Number: 999, Incarnation: "db9"}})
	assert.Len(t, of[venue.Commit](b.all), commits)
}

func TestARecordIsPrunedOnlyOnAFreshCloudAckAWeekAfterAnother(t *testing.T) {
	b := synced(t)
	b.pass(7*24*time.Hour - time.Second)
	b.cloudHolds(1, "db1")
	assert.Empty(t, of[venue.Prune](b.all), "a second early")
	b.pass(time.Second)
	assert.Empty(t, of[venue.Prune](b.all), "no fresh ack")
	b.cloudHolds(1, "db1")
	assert.Equal(t, []venue.Prune{{Gate: "gate-1", Run: run(1), To: 1}}, of[venue.Prune](b.all))
}

func TestZones(t *testing.T) {
	move := func(s, right, closes byte) wire.Event {
		e := entry(s, right)
		e.Record.From, e.Record.Zone, e.Record.Closes = "park", "hall", scan(closes)
		return e
	}
	counts := func(b *bench) map[string]int {
		out := map[string]int{}
		for _, z := range b.state.View().Zones {
			out[z.Zone] = z.Count
		}
		return out
	}
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1), outcome(1, 1, admit.Passed), entry(2, 2), outcome(2, 2, admit.Passed))
	assert.Equal(t, map[string]int{"park": 2, "hall": 0}, counts(b))
	b.bring("gate-1", 1, move(3, 1, 1))
	assert.Equal(t, map[string]int{"park": 2, "hall": 1}, counts(b), "the hall lies in the park")
	b.bring("gate-1", 1, exit(4, 2, 2), outcome(4, 2, admit.Passed))
	assert.Equal(t, map[string]int{"park": 1, "hall": 1}, counts(b))
	b.bring("gate-1", 1, outcome(3, 1, admit.Abort))
	assert.Equal(t, map[string]int{"park": 1, "hall": 0}, counts(b), "the move was aborted")
}

func TestAFullZoneGetsNoMoreGrants(t *testing.T) {
	b := newBench(t)
	b.venue.Zones[0].Capacity = 3
	b.venue.Zones[1].Capacity = 1
	b.feed(venue.VenueChanged{Venue: &b.venue})
	b.bring("gate-1", 1, entry(1, 1), outcome(1, 1, admit.Passed), entry(2, 2), outcome(2, 2, admit.Passed))
	assert.True(t, b.claim("gate-2", claimOf(1, 3, 3)).Grant)
	assert.Equal(t, admit.ZoneFull, b.claim("gate-2", claimOf(2, 4, 4)).Reason, "a grant has taken the last place")
	inner := func(req uint64, s, right byte) wire.Claim {
		c := claimOf(req, s, right)
		c.Checkpoint, c.Terms.Inner = "hall-door", "hall"
		return c
	}
	assert.True(t, b.claim("gate-2", inner(3, 5, 1)).Grant, "whoever is in the park already takes no place of it")
	assert.Equal(t, admit.ZoneFull, b.claim("gate-2", inner(4, 6, 2)).Reason, "but the hall is full")
	assert.Equal(t, admit.NotInside, b.claim("gate-2", inner(5, 7, 9)).Reason)
}

func TestADoubleAdmissionIsReportedTheMomentItsRecordsMeet(t *testing.T) {
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1))
	assert.Empty(t, b.incidents(venue.Conflict))
	b.arrive("gate-2", 1, entry(2, 1))
	assert.Empty(t, b.incidents(venue.Conflict))
	b.commit()
	found := b.incidents(venue.Conflict)
	require.Len(t, found, 1)
	assert.Equal(t, []admit.ScanID{scan(1), scan(2)}, found[0].Scans)
	b.bring("gate-2", 1, outcome(2, 1, admit.Passed))
	assert.Len(t, b.incidents(venue.Conflict), 1, "once")
	b.bring("gate-3", 1, entry(3, 1))
	assert.Len(t, b.incidents(venue.Conflict), 2, "and again when it grows")
}

func TestWhatAnExcludedGateBringsIsKeptAndBecomesAConflict(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	b.feed(venue.Exclude{Gate: "gate-1"})
	assert.True(t, b.claim("gate-2", claimOf(1, 2, 1)).Grant)
	b.bring("gate-2", 1, entry(2, 1))
	b.bring("gate-1", 1, entry(1, 1))
	assert.Len(t, b.incidents(venue.Conflict), 1)
}

func TestTheViewSharesNothing(t *testing.T) {
	b := newBench(t)
	b.claim("gate-1", claimOf(1, 1, 1))
	v := b.state.View()
	require.Len(t, v.Gates, 4)
	assert.Equal(t, 1, v.Gates[0].Grants)
	v.Gates[0].Name = "changed"
	assert.Equal(t, "gate-1", b.state.View().Gates[0].Name)
}

func TestAHubsClockThatIsSetAheadPrunesNothing(t *testing.T) {
	b := newBench(t)
	b.bring("gate-1", 1, entry(1, 1))
	b.commit()
	b.feed(venue.CloudLink{Up: true})
	b.cloudHolds(1, "db")
	b.commit()
	b.now.Unix += 8 * 24 * 3600 * 1000
	b.pass(time.Second)
	b.cloudHolds(1, "db")
	b.commit()
	assert.Empty(t, of[venue.Prune](b.all))
	b.pass(7*24*time.Hour + time.Minute)
	b.cloudHolds(1, "db")
	b.commit()
	assert.NotEmpty(t, of[venue.Prune](b.all), "a week after that")
}
