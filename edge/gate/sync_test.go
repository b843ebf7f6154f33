package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func (b *bench) sentSeqs() []uint64 {
	var out []uint64
	for _, m := range of[gate.SendEvents](b.done) {
		for _, e := range m.Events.Events {
			out = append(out, e.Seq)
		}
	}
	return out
}

func (b *bench) ack(hub, cloud uint64, incarnation string) {
	state := b.claimless()
	b.feed(gate.AckCame{Ack: wire.Ack{Number: state.Number, Incarnation: incarnation, Watermarks: []wire.Watermark{{Gate: "gate-1", Run: state.Run, Hub: hub, Cloud: cloud}}}})
}

func TestRecordsAreSentOnceDurableAndAgainUntilAcknowledged(t *testing.T) {
	b := newBench(t)
	b.commit()
	assert.Equal(t, []uint64{1}, b.sentSeqs())
	b.feed(gate.Noted{Text: "scanner gone"})
	assert.Empty(t, b.sentSeqs(), "not before it is durable")
	b.commit()
	assert.Equal(t, []uint64{2}, b.sentSeqs())
	b.pass(1900 * time.Millisecond)
	assert.Empty(t, b.sentSeqs())
	b.pass(100 * time.Millisecond)
	assert.Equal(t, []uint64{1, 2}, b.sentSeqs(), "from the watermark on")
	b.ack(1, 0, "")
	b.pass(2 * time.Second)
	assert.Equal(t, []uint64{2}, b.sentSeqs())
	b.ack(2, 0, "")
	b.pass(10 * time.Second)
	assert.Empty(t, b.sentSeqs())
}

func TestAHubThatHoldsLessThanItSaidIsSentTheRestAgain(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.ack(1, 0, "")
	b.ack(0, 0, "")
	b.feed(gate.Tick{})
	read, _ := last[gate.ReadJournal](b.all)
	assert.Equal(t, gate.ReadJournal{Run: wire.Run{Start: 1, Random: 7}, From: 1, Limit: 1}, read)
	b.feed(gate.JournalRead{Run: read.Run, Events: []wire.Event{{Gate: "gate-1", Run: read.Run, Seq: 1}}})
	assert.Equal(t, []uint64{1}, b.sentSeqs())
}

func TestAnAckOfAnOlderMessageSaysNothing(t *testing.T) {
	b := newBench(t)
	b.commit()
	first := b.claimless()
	b.pass(time.Second)
	b.ack(1, 0, "")
	b.feed(gate.AckCame{Ack: wire.Ack{Number: first.Number, Watermarks: []wire.Watermark{{Gate: "gate-1", Run: first.Run, Hub: 0}}}})
	b.pass(time.Second)
	assert.Zero(t, b.sentSeqs())
	assert.Empty(t, of[gate.ReadJournal](b.done))
}

func TestAnAckOfAMessageNeverSentSaysNothing(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.feed(gate.AckCame{Ack: wire.Ack{Number: 999, Watermarks: []wire.Watermark{{Gate: "gate-1", Run: b.claimless().Run, Hub: 1}}}})
	b.pass(2 * time.Second)
	assert.Equal(t, []uint64{1}, b.sentSeqs())
}

func TestAnOldRunsJournalIsReadFromTheDiskAndSent(t *testing.T) {
	old := wire.Run{Start: 1, Random: 5}
	b := newBench(t, func(boot *gate.Boot) {
		boot.Memory = gate.Memory{Starts: 1, Runs: []gate.RunMemory{{Run: old, Last: 300, Hub: 100}}}
	})
	b.commit()
	read, _ := last[gate.ReadJournal](b.all)
	assert.Equal(t, gate.ReadJournal{Run: old, From: 101, Limit: 200}, read)
	var events []wire.Event
	for seq := uint64(101); seq <= 164; seq++ {
		events = append(events, wire.Event{Gate: "gate-1", Run: old, Seq: seq, Text: "x"})
	}
	b.feed(gate.JournalRead{Run: old, Events: events})
	assert.Len(t, b.sentSeqs(), 64)
	for _, m := range of[gate.SendEvents](b.done) {
		_, err := wire.Encode(m.Events)
		assert.NoError(t, err, "every message fits")
	}
	read, _ = last[gate.ReadJournal](b.done)
	assert.Equal(t, uint64(165), read.From)
}

func TestARecordIsPrunedOnlyOnAFreshCloudAckAWeekAfterAnother(t *testing.T) {
	const week = 7 * 24 * time.Hour
	b := newBench(t)
	b.commit()
	b.ack(1, 1, "db1")
	b.pass(week - time.Second)
	b.ack(1, 1, "db1")
	assert.Empty(t, of[gate.Prune](b.all), "a second early")
	b.pass(time.Second)
	assert.Empty(t, of[gate.Prune](b.all), "no fresh ack")
	b.ack(1, 1, "db1")
	assert.Empty(t, of[gate.Prune](b.all), "how far is not durable yet")
	b.feed(gate.Noted{Text: "something"})
	b.commit()
	assert.Equal(t, []gate.Prune{{Run: wire.Run{Start: 1, Random: 7}, To: 1}}, of[gate.Prune](b.done))
	kept, _ := last[gate.Persist](b.all)
	assert.Equal(t, uint64(1), kept.Memory.Runs[0].Pruned)

	again := newBench(t, func(boot *gate.Boot) { boot.Memory = kept.Memory })
	assert.Len(t, of[gate.Prune](again.all), 1, "done again by the next start: the last may have died before it")
}

func TestWhatAnotherDatabaseConfirmedDoesNotCount(t *testing.T) {
	const week = 7 * 24 * time.Hour
	b := newBench(t)
	b.commit()
	b.ack(1, 1, "db1")
	b.pass(week)
	b.ack(1, 0, "db2")
	assert.Empty(t, of[gate.Prune](b.all))
	assert.Equal(t, 1, b.afterABeat().Journal, "the record is unconfirmed again")
	b.ack(1, 1, "db2")
	assert.Empty(t, of[gate.Prune](b.all), "and waits its week anew")
}

func (b *bench) afterABeat() wire.State {
	b.pass(time.Second)
	return b.claimless()
}

func TestAHubsAckAloneNeverPrunes(t *testing.T) {
	b := newBench(t)
	b.commit()
	for range 20 {
		b.ack(1, 0, "")
		b.pass(24 * time.Hour)
	}
	assert.Empty(t, of[gate.Prune](b.all))
}

func TestAClockThatIsNotKnownPrunesNothing(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.ack(1, 1, "db1")
	b.now.Clock = admit.ClockIsUnset
	b.pass(30 * 24 * time.Hour)
	b.ack(1, 1, "db1")
	assert.Empty(t, of[gate.Prune](b.all))
}

func TestWhatAnotherGateAdmittedIsRefusedHereWithoutAsking(t *testing.T) {
	b := newBench(t).connect()
	record := admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, At: 5, Gate: "gate-2", Lane: 3}
	used := wire.Used{HubRun: "r", Number: 1, Ref: whitelist.Ref{15: 1}, Record: record}
	b.feed(gate.UsedCame{Used: used})
	assert.Equal(t, []gate.Remember{{Ref: used.Ref, Record: record}}, of[gate.Remember](b.done), "kept over a restart")
	b.feed(gate.UsedCame{Used: used})
	assert.Empty(t, of[gate.Remember](b.done), "once")
	b.scan(1, ticketNo(1))
	show, _ := last[gate.Show](b.done)
	assert.Equal(t, admit.AlreadyUsed, show.Verdict.Reason)
	assert.Equal(t, "gate-2", show.Verdict.Gate)
	assert.Empty(t, of[gate.SendClaim](b.all))
}

func TestHeartbeatsTellHowFarTheGateHasFollowed(t *testing.T) {
	b := newBench(t).connect()
	hear := func(run string, n uint64) {
		b.feed(gate.UsedCame{Used: wire.Used{HubRun: run, Number: n, Ref: whitelist.Ref{byte(n)}, Record: admit.Record{Scan: admit.ScanID{byte(n)}, Kind: admit.Entry}}})
	}
	hear("r1", 1)
	hear("r1", 3)
	assert.Equal(t, uint64(1), b.afterABeat().Used, "2 is missing")
	hear("r1", 2)
	hear("r1", 3)
	assert.Equal(t, uint64(3), b.afterABeat().Used)
	hear("r2", 1)
	assert.Equal(t, uint64(1), b.afterABeat().Used, "a new run of the hub counts anew")
	assert.Equal(t, "r2", b.claimless().UsedRun)
}

func TestARequestIsClosedOnlyWhenItsRecordIsDurable(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	c := b.claim()
	assert.Equal(t, c.Req, b.afterABeat0().OpenMin)
	b.grant(c)
	assert.Equal(t, c.Req, b.afterABeat0().OpenMin, "the intent is on its way to the disk")
	b.commit()
	state := b.afterABeat()
	assert.Equal(t, c.Req+1, state.OpenMin)
	assert.Equal(t, b.recorded().Seq, state.Runs[0].Last, "and the heartbeat says that the record exists")
}

// afterABeat0 makes a heartbeat due without letting a claim time out.
func (b *bench) afterABeat0() wire.State {
	b.now.Mono += 100
	before := b.claimless().Number
	for range 10 {
		b.now.Unix += 100
		b.feed(gate.Tick{})
		if b.claimless().Number != before {
			break
		}
	}
	return b.claimless()
}

func TestAClaimCarriesTheLastDurableSeqAndTheClosedRequests(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1)) // stays open
	b.scan(2, ticketNo(2))
	second := b.claim()
	b.deny(second, admit.AlreadyUsed)
	refusal := b.recorded().Seq
	b.pass(time.Millisecond)
	b.scan(2, ticketNo(3))
	assert.Equal(t, []uint64{second.Req}, b.claim().Closed)
	assert.Less(t, b.claim().LastSeq, refusal, "what is not durable is not spoken of")
	b.commit()
	b.deny(b.claim(), admit.AlreadyUsed)
	b.scan(2, ticketNo(4))
	assert.Equal(t, refusal, b.claim().LastSeq)
}

func TestAHubOfALowerTermIsNotObeyed(t *testing.T) {
	for _, c := range []struct {
		name  string
		term  uint64
		hub   string
		opens bool
	}{
		{"a lower term", 4, "hub-1", false},
		{"the same term of another hub", 5, "hub-2", false},
		{"the same term of the same hub", 5, "hub-1", true},
		{"a higher term of another hub", 6, "hub-2", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(boot *gate.Boot) { boot.Memory = gate.Memory{Term: 5, Hub: "hub-1"} })
			b.commit()
			b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Term: 5, Ready: true}})
			b.scan(1, ticketNo(1))
			claim := b.claim()
			b.feed(gate.RulingCame{Ruling: wire.Ruling{Run: claim.Run, Req: claim.Req, Scan: claim.Scan, Grant: true, Hub: c.hub, Term: c.term}})
			admission := b.recorded().Type == wire.Admission
			assert.Equal(t, c.opens, admission)
		})
	}
}

func TestTheHighestTermAndHeadAreKept(t *testing.T) {
	b := newBench(t).connect()
	b.pass(time.Second)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Term: 3, Head: 40}})
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Term: 3, Head: 30}})
	b.pass(time.Second)
	kept, _ := last[gate.Persist](b.all)
	assert.Equal(t, uint64(3), kept.Memory.Term)
	assert.Equal(t, "hub-1", kept.Memory.Hub)
	assert.Equal(t, uint64(40), kept.Memory.Head)
}

func TestTimeInTheJournalNeverRunsBackward(t *testing.T) {
	b := newBench(t).connect()
	b.feed(gate.Noted{Text: "one"})
	first := b.recorded().At
	b.now.Unix -= 3_600_000
	b.feed(gate.Noted{Text: "two"})
	assert.Equal(t, first, b.recorded().At)
	assert.Greater(t, b.recorded().Seq, uint64(1))
}

func TestARunThatNeverWroteIsForgotten(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		boot.Memory = gate.Memory{Starts: 2, Runs: []gate.RunMemory{{Run: wire.Run{Start: 1, Random: 1}}, {Run: wire.Run{Start: 2, Random: 2}, Last: 4}}}
	})
	b.commit()
	assert.Len(t, b.claimless().Runs, 3)
	b.ack(1, 0, "")
	state := b.afterABeat()
	require.Len(t, state.Runs, 2)
	assert.Equal(t, uint32(2), state.Runs[0].Run.Start)
}

func TestAHeartbeatSaysThatAnAnswerOrItsAdmissionIsStillComing(t *testing.T) {
	b := newBench(t).connect()
	assert.False(t, b.afterABeat().Pending)
	b.echo()
	b.scan(1, ticketNo(1))
	b.grant(b.claim())
	assert.True(t, b.afterABeat().Pending, "it is on its way to the disk")
	b.commit()
	assert.False(t, b.afterABeat().Pending)
}
