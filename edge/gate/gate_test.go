package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestAGateAsksTheArbiterBeforeItOpens(t *testing.T) {
	b := newBench(t).connect()
	id := b.scan(1, ticketNo(1))
	c := b.claim()
	assert.Equal(t, id, c.Scan)
	assert.Empty(t, of[gate.Commit](b.done), "nothing is recorded before the answer")

	b.grant(c)
	assert.Zero(t, b.pulses(), "the relay waits for the disk")
	e := b.recorded()
	assert.Equal(t, wire.Admission, e.Type)
	assert.Equal(t, admit.Entry, e.Record.Kind)
	assert.Equal(t, "hall", e.Record.Zone)

	b.commit()
	assert.Equal(t, []gate.Pulse{{Lane: 1, Scan: id}}, of[gate.Pulse](b.done))
	assert.Equal(t, admit.OK, b.shown())
	b.feed(gate.Committed{Seq: e.Seq})
	b.pass(time.Second)
	assert.Equal(t, 1, b.pulses(), "one pulse for one scan")
}

func TestTheArbitersRefusalIsRecordedAndShown(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	b.deny(b.claim(), admit.PendingElsewhere)
	show, _ := last[gate.Show](b.done)
	assert.Equal(t, admit.PendingElsewhere, show.Verdict.Reason)
	assert.Equal(t, "gate-9", show.Verdict.Gate)
	assert.True(t, show.Verdict.AskStaff)
	assert.Equal(t, wire.Refusal, b.recorded().Type)
	b.commit()
	assert.Zero(t, b.pulses())
}

func TestWhenNobodyAnswersInTimeAFreeGateAdmitsAlone(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	c := b.claim()
	b.pass(299 * time.Millisecond)
	assert.Empty(t, of[gate.Commit](b.done), "D has not passed")
	b.pass(time.Millisecond)
	e := b.recorded()
	assert.Equal(t, admit.OKOffline, e.Reason)
	assert.True(t, e.Record.Offline)
	assert.Equal(t, c.Scan, e.Scan, "the same scan id, so that the arbiter knows it")
	b.commit()
	assert.Equal(t, 1, b.pulses())

	b.grant(c)
	assert.Empty(t, of[gate.Commit](b.done), "a late grant is ignored")
	assert.Equal(t, 1, b.pulses())
}

func TestDIsTheCheckpoints(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.AskMillis = 900 })
	b.scan(1, ticketNo(1))
	b.pass(899 * time.Millisecond)
	assert.Empty(t, of[gate.Commit](b.done))
	b.pass(time.Millisecond)
	assert.Equal(t, wire.Admission, b.recorded().Type)
}

func TestAStrictDoorRefusesWithoutItsArbiter(t *testing.T) {
	for _, policy := range []whitelist.PolicyName{whitelist.Strict, whitelist.Home} {
		t.Run(string(policy), func(t *testing.T) {
			b := newBench(t)
			b.commit()
			b.door(func(c *whitelist.Checkpoint) { c.Policy = policy })
			b.scan(1, ticketNo(1))
			assert.Equal(t, admit.ArbiterRequired, b.shown())
			assert.Equal(t, wire.Refusal, b.recorded().Type)
		})
	}
}

func TestTwoUnansweredClaimsMeanTheArbiterIsDown(t *testing.T) {
	b := newBench(t).connect()
	for n := byte(1); n <= 2; n++ {
		b.scan(1, ticketNo(n))
		b.pass(300 * time.Millisecond)
		b.commit()
		b.feed(gate.Passage{Lane: 1})
	}
	before := len(of[gate.SendClaim](b.all))
	b.scan(1, ticketNo(3))
	assert.Len(t, of[gate.SendClaim](b.all), before, "nobody is asked any more")
	assert.Equal(t, wire.Admission, b.recorded().Type, "and nobody waits")
}

func TestAnAnswerInBetweenKeepsTheArbiterUp(t *testing.T) {
	b := newBench(t).connect()
	for n := byte(1); n <= 4; n++ {
		b.scan(1, ticketNo(n))
		if n%2 == 0 {
			b.grant(b.claim())
		} else {
			b.pass(300 * time.Millisecond)
		}
		b.commit()
		b.feed(gate.Passage{Lane: 1})
	}
	assert.Len(t, of[gate.SendClaim](b.all), 4)
}

func TestThreeSecondsWithoutAnEchoMeanTheArbiterIsDown(t *testing.T) {
	b := newBench(t).connect()
	b.pass(2999 * time.Millisecond)
	b.scan(1, ticketNo(1))
	assert.Len(t, of[gate.SendClaim](b.all), 1, "not yet")
	b.pass(time.Millisecond)
	b.scan(2, ticketNo(2))
	assert.Len(t, of[gate.SendClaim](b.all), 1, "down")
}

func TestAnArbiterIsUpAgainWhenAHeartbeatSentSinceIsEchoed(t *testing.T) {
	b := newBench(t).connect()
	early, _ := last[gate.SendState](b.all)
	b.pass(3 * time.Second)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: early.State.Number, Hub: "hub-1"}})
	b.scan(1, ticketNo(1))
	assert.Empty(t, of[gate.SendClaim](b.all), "an echo that was long on its way proves nothing")
	b.pass(time.Second)
	b.echo()
	b.scan(2, ticketNo(2))
	assert.Len(t, of[gate.SendClaim](b.all), 1)
}

func TestNothingIsSentOfAStartThatIsNotDurable(t *testing.T) {
	b := newBench(t)
	b.pass(2 * time.Second)
	assert.Empty(t, of[gate.SendState](b.all))
	assert.Empty(t, of[gate.SendEvents](b.all))
	b.commit()
	assert.Len(t, of[gate.SendState](b.done), 1)
	assert.Equal(t, uint32(1), b.claimless().Run.Start)
}

func (b *bench) claimless() wire.State {
	s, ok := last[gate.SendState](b.all)
	require.True(b.t, ok)
	return s.State
}

func TestAFreeGatesBudget(t *testing.T) {
	t.Run("of entries", func(t *testing.T) {
		b := newBench(t)
		b.commit()
		b.door(func(c *whitelist.Checkpoint) { c.Budget.Entries = 2 })
		for n := byte(1); n <= 2; n++ {
			b.admitted(1, ticketNo(n))
			b.feed(gate.Passage{Lane: 1})
		}
		b.scan(1, ticketNo(3))
		assert.Equal(t, admit.ArbiterRequired, b.shown())
		b.pass(time.Second)
		b.echo()
		b.admitted(1, ticketNo(4))
	})
	t.Run("of minutes", func(t *testing.T) {
		b := newBench(t)
		b.commit()
		b.door(func(c *whitelist.Checkpoint) { c.Budget.Minutes = 10 })
		b.pass(9 * time.Minute)
		b.admitted(1, ticketNo(1))
		b.feed(gate.Passage{Lane: 1})
		b.pass(time.Minute)
		b.scan(1, ticketNo(2))
		assert.Equal(t, admit.ArbiterRequired, b.shown())
	})
}

func TestHowAnAdmissionEnds(t *testing.T) {
	t.Run("the contact fires: passed", func(t *testing.T) {
		b := newBench(t).connect()
		id := b.admitted(1, ticketNo(1))
		b.feed(gate.Passage{Lane: 1})
		assert.Equal(t, admit.Passed, b.recorded().Record.Kind)
		assert.Equal(t, id, b.recorded().Scan)
		assert.Equal(t, []gate.Release{{Lane: 1}}, of[gate.Release](b.done))
	})
	t.Run("nobody passes: abort, and the ticket is good again", func(t *testing.T) {
		b := newBench(t).connect()
		id := b.admitted(1, ticketNo(1))
		b.pass(4999 * time.Millisecond)
		assert.Empty(t, of[gate.Release](b.done))
		b.pass(time.Millisecond)
		assert.Equal(t, admit.Abort, b.recorded().Record.Kind)
		assert.Equal(t, id, b.recorded().Record.Scan)
		assert.Len(t, of[gate.Release](b.done), 1, "the relay is off")
		b.admitted(1, ticketNo(1))
	})
	t.Run("somebody passes after the abort: forced, and the use stands again", func(t *testing.T) {
		b := newBench(t).connect()
		id := b.admitted(1, ticketNo(1))
		b.pass(5 * time.Second)
		b.feed(gate.Passage{Lane: 1})
		assert.Equal(t, admit.ForcedPass, b.recorded().Record.Kind)
		assert.Equal(t, id, b.recorded().Scan)
		b.pass(3 * time.Second)
		b.scan(1, ticketNo(1))
		assert.Equal(t, admit.AlreadyUsed, b.shown())
	})
	t.Run("somebody passes without an admission: a note", func(t *testing.T) {
		b := newBench(t).connect()
		b.feed(gate.Passage{Lane: 1})
		assert.Equal(t, wire.Note, b.recorded().Type)
	})
	t.Run("a door without a contact counts the pulse as the passage", func(t *testing.T) {
		b := newBench(t).connect()
		b.door(func(c *whitelist.Checkpoint) { c.NoContact = true })
		b.admitted(1, ticketNo(1))
		assert.Equal(t, admit.Passed, b.recorded().Record.Kind)
	})
	t.Run("T is the checkpoint's", func(t *testing.T) {
		b := newBench(t).connect()
		b.door(func(c *whitelist.Checkpoint) { c.PassSeconds = 20 })
		b.admitted(1, ticketNo(1))
		b.pass(19 * time.Second)
		assert.Empty(t, of[gate.Release](b.all))
		b.pass(time.Second)
		assert.Equal(t, admit.Abort, b.recorded().Record.Kind)
	})
}

func TestAnAdmissionThatThePowerCutOffIsUnknownAndCountsAsUsed(t *testing.T) {
	b := newBench(t).connect()
	b.admitted(1, ticketNo(1))
	intent := b.recorded()

	again := newBench(t, func(boot *gate.Boot) {
		boot.Memory.Starts = 1
		boot.Memory.Runs = []gate.RunMemory{{Run: intent.Run, Last: intent.Seq}}
		boot.History = map[whitelist.Ref][]admit.Record{intent.Ref: {*intent.Record}}
		boot.Intents = []wire.Event{intent}
	})
	e := again.recorded()
	assert.Equal(t, wire.Run{Start: 2, Random: 7}, e.Run, "a new run")
	assert.Equal(t, admit.UnknownEnd, e.Record.Kind)
	assert.Equal(t, intent.Scan, e.Record.Scan)
	assert.Equal(t, intent.Ref, e.Ref)
	persisted, _ := last[gate.Persist](again.all)
	assert.Equal(t, uint32(2), persisted.Memory.Starts)
	again.scan(1, ticketNo(1))
	assert.Equal(t, admit.AlreadyUsed, again.shown())
}

func TestAnOutcomeThatTheHistoryKnowsIsNotUnknown(t *testing.T) {
	intent := wire.Event{Scan: admit.ScanID{1}, Ref: whitelist.Ref{1}, Type: wire.Admission}
	b := newBench(t, func(boot *gate.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{intent.Ref: {{Scan: intent.Scan, Kind: admit.Entry}, {Scan: intent.Scan, Kind: admit.Passed}}}
		boot.Intents = []wire.Event{intent}
	})
	c := of[gate.Commit](b.all)
	require.Len(t, c, 1)
	assert.Len(t, c[0].Events, 1, "only that the gate started")
}

func TestOneTicketAtTwoLanesAtOnceOpensOne(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.scan(1, ticketNo(1))
	b.scan(2, ticketNo(1))
	b.commit()
	assert.Equal(t, 1, b.pulses())
	assert.Equal(t, admit.AlreadyUsed, of[gate.Show](b.all)[0].Verdict.Reason, "the second lane refuses before the first is durable")
}

func TestTheJudgeIsAskedAgainWhenTheGrantComes(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	c := b.claim()
	b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: whitelist.Ref{15: 1}, Record: admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, Gate: "gate-2"}}})
	b.grant(c)
	assert.Equal(t, admit.AlreadyUsed, b.shown())
	b.pass(time.Second)
	assert.Equal(t, c.Req+1, b.claimless().OpenMin, "the claim is closed, so the arbiter takes the grant back")
}

func TestTheArbiterSaysWhichDayAOnceADayRightIsUsedOn(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.Policy = whitelist.Strict })
	pass := ticketNo(1)
	pass.Kind.Use = whitelist.UseDaily
	b.scan(1, pass)
	c := b.claim()
	b.feed(gate.RulingCame{Ruling: wire.Ruling{V: wire.Version, Run: c.Run, Req: c.Req, Scan: c.Scan, Grant: true, Reason: admit.OK, Day: 7, Hub: "hub-1"}})
	assert.EqualValues(t, 7, b.recorded().Record.Day, "by this gate's clock it is another day")
}

func TestARestartWithoutTheTimeMakesNoSecondDay(t *testing.T) {
	pass := ticketNo(1)
	pass.Kind.Use = whitelist.UseDaily
	used := admit.Record{Scan: admit.ScanID{9}, Kind: admit.Entry, Gate: "gate-1", At: noon, Day: admit.DayAt(noon, time.UTC).From}
	b := benchAt(t, gate.Now{Unix: noon - 48*time.Hour.Milliseconds(), Mono: 10, Clock: admit.ClockIsUnset}, func(boot *gate.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{pass.Entry.Ref: {used}}
	})
	b.commit()
	b.scan(1, pass)
	assert.Equal(t, admit.AlreadyUsed, b.shown(), "used on the day on which this gate was switched off")
}

func TestADoorThatClosesWhileTheArbiterIsAskedStaysClosed(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	c := b.claim()
	b.door(func(c *whitelist.Checkpoint) { c.Mode = whitelist.Closed })
	b.grant(c)
	assert.Equal(t, admit.CheckpointClosed, b.shown())
	assert.Zero(t, b.pulses())
}

func TestADiskThatFailsLetsNobodyInAndEverybodyOut(t *testing.T) {
	b := newBench(t).connect()
	b.scan(1, ticketNo(1))
	c := b.claim()
	b.grant(c)
	b.leave(2, wristband(5))
	b.feed(gate.CommitFailed{Err: "no space left"})
	require.Len(t, of[gate.Pulse](b.all), 1)
	assert.True(t, of[gate.Pulse](b.all)[0].Exit, "whoever wants out gets out")
	assert.Equal(t, admit.CheckpointClosed, of[gate.Show](b.done)[0].Verdict.Reason)

	b.pass(6 * time.Second)
	b.scan(1, ticketNo(2))
	assert.Equal(t, admit.CheckpointClosed, b.shown())
	b.leave(2, wristband(6))
	assert.Len(t, of[gate.Pulse](b.all), 2)
	assert.Empty(t, of[gate.Commit](b.done), "nothing more is written")
	b.pass(time.Second)
	assert.LessOrEqual(t, b.claimless().OpenMin, c.Req, "the claim in doubt is never closed in this run")
	assert.NotContains(t, b.claimless().Closed, c.Req)
}

func TestTheSameCodeAgainIsTheSameScan(t *testing.T) {
	t.Run("while the arbiter is asked", func(t *testing.T) {
		b := newBench(t).connect()
		b.scan(1, ticketNo(1))
		b.scan(1, ticketNo(1))
		assert.Len(t, of[gate.SendClaim](b.all), 1)
		assert.Empty(t, of[gate.Show](b.all))
	})
	t.Run("just after the person passed", func(t *testing.T) {
		b := newBench(t).connect()
		b.admitted(1, ticketNo(1))
		b.feed(gate.Passage{Lane: 1})
		before := len(of[gate.Show](b.all))
		b.scan(1, ticketNo(1))
		assert.Len(t, of[gate.Show](b.all), before, "the screen stays green")
		b.pass(2 * time.Second)
		b.scan(1, ticketNo(1))
		assert.Equal(t, admit.AlreadyUsed, b.shown())
	})
	t.Run("but the next of a group may come at once", func(t *testing.T) {
		b := newBench(t).connect()
		first := b.admitted(1, groupOf(2))
		b.feed(gate.Passage{Lane: 1})
		second := b.admitted(1, groupOf(2))
		assert.NotEqual(t, first, second)
		b.feed(gate.Passage{Lane: 1})
		b.pass(3 * time.Second)
		b.scan(1, groupOf(2))
		assert.Equal(t, admit.GroupFull, b.shown())
	})
}

func TestACodeReadWhileTheLaneIsBusyWaitsForItsTurn(t *testing.T) {
	b := newBench(t).connect()
	b.admitted(1, ticketNo(1))
	second := b.scan(1, ticketNo(2))
	third := b.scan(1, ticketNo(3))
	assert.Equal(t, admit.Debounced, b.shown(), "a third is too many")
	assert.Equal(t, third, b.recorded().Scan)
	b.feed(gate.Passage{Lane: 1})
	assert.Equal(t, second, b.claim().Scan)
}

func TestACodeThatWaitedTooLongIsRefused(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.PassSeconds = 60 })
	b.admitted(1, ticketNo(1))
	b.scan(1, ticketNo(2))
	b.pass(6 * time.Second)
	b.feed(gate.Passage{Lane: 1})
	assert.Equal(t, admit.Debounced, b.shown())
	assert.Len(t, of[gate.SendClaim](b.all), 1)
}

func TestEveryScanIsRecorded(t *testing.T) {
	b := newBench(t).connect()
	long := strings.Repeat("ж", 500) + "\x00\n"
	b.feed(gate.Scan{Lane: 1, ID: admit.ScanID{1}, Code: admit.Code{Match: admit.NoMatch}, Text: long})
	e := b.recorded()
	assert.Equal(t, admit.Unknown, e.Reason)
	assert.Equal(t, strings.Repeat("ж", 64), e.Text, "an unknown code is kept, cut short")

	b.feed(gate.Unreadable{Lane: 1, ID: admit.ScanID{2}, Text: "\x00\xff\x1b[2J\n"})
	assert.Equal(t, admit.Unreadable, b.recorded().Reason)
	assert.Equal(t, "...[2J.", b.recorded().Text, "control characters never reach a page or a log")

	b.pass(5 * time.Second)
	refunded := ticketNo(8)
	refunded.Entry.State = whitelist.Revoked
	b.feed(gate.Scan{Lane: 1, ID: admit.ScanID{3}, Code: refunded, Text: "THE-TICKET"})
	assert.Equal(t, admit.Revoked, b.recorded().Reason)
	assert.Equal(t, refunded.Entry.Ref, b.recorded().Ref)
	assert.Empty(t, b.recorded().Text, "a listed code's text is never kept")
}

func TestScansOfALaneThatIsNotThereAreIgnored(t *testing.T) {
	b := newBench(t).connect()
	b.scan(9, ticketNo(1))
	b.feed(gate.Unreadable{Lane: 9})
	b.feed(gate.Passage{Lane: 9})
	assert.Empty(t, of[gate.Commit](b.done))
}

func TestExitsOpenWithoutTheArbiterAndNameThePlace(t *testing.T) {
	b := newBench(t).connect()
	entered := b.admitted(1, wristband(1))
	b.feed(gate.Passage{Lane: 1})
	b.pass(3 * time.Second)
	out := b.leave(2, wristband(1))
	e := b.recorded()
	assert.Equal(t, wire.Leaving, e.Type)
	assert.Equal(t, entered, e.Record.Closes)
	assert.Equal(t, "hall", e.Record.From)
	b.commit()
	assert.Equal(t, []gate.Pulse{{Lane: 2, Scan: out, Exit: true}}, of[gate.Pulse](b.done))
	b.feed(gate.Passage{Lane: 2})
	assert.Equal(t, admit.Passed, b.recorded().Record.Kind)
	b.commit()
	b.echo()
	b.scan(1, wristband(1))
	b.grant(b.claim())
	assert.Equal(t, admit.Entry, b.recorded().Record.Kind, "and may come back")
}

func TestAnExitOpensAtADoorThatNoManifestKnows(t *testing.T) {
	b := newBench(t).connect()
	b.feed(gate.VenueChanged{})
	b.leave(1, wristband(1))
	b.commit()
	assert.Equal(t, 1, b.pulses())
	b.scan(2, ticketNo(2))
	assert.Equal(t, admit.CheckpointClosed, b.shown())
}

func TestADrillShowsAndRecordsButOpensNothing(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.Mode = whitelist.Drill })
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.OK, b.shown())
	assert.Equal(t, wire.Note, b.recorded().Type)
	assert.Equal(t, "drill", b.recorded().Mode)
	b.commit()
	assert.Zero(t, b.pulses())
	assert.Empty(t, of[gate.SendClaim](b.all))
}

func TestAnEvacuationOnlyRecordsWhoLeaves(t *testing.T) {
	b := newBench(t).connect()
	entered := b.admitted(1, wristband(1))
	b.feed(gate.Passage{Lane: 1})
	b.pass(3 * time.Second)
	b.door(func(c *whitelist.Checkpoint) { c.Mode = whitelist.Evacuation })
	out := b.scan(1, wristband(1))
	c, _ := last[gate.Commit](b.all)
	require.Len(t, c.Events, 2)
	assert.Equal(t, wire.Leaving, c.Events[0].Type)
	records := []admit.Record{{Scan: entered, Kind: admit.Entry, Zone: "hall"}, {Scan: entered, Kind: admit.Passed}, *c.Events[0].Record, *c.Events[1].Record}
	assert.Zero(t, admit.Fold(admit.Terms{}, records, admit.Day{}).Inside, "nobody turns a turnstile now: who is scanned is out, and is not looked for")
	b.commit()
	assert.Equal(t, 1, b.pulses(), "doors are held open past the software")
	assert.Equal(t, out, c.Events[1].Scan)
	b.scan(1, wristband(2))
	assert.Equal(t, wire.Leaving, b.recordedBefore(1).Type, "and the lane never waits")
}

func TestDutyIsRecordedAndADoorThatNeedsStaffWaitsForIt(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.NeedsStaff = true })
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.NoController, b.shown())
	b.feed(gate.DutyChanged{Lane: 1, Controller: "ana"})
	assert.Equal(t, "controller ana on duty", b.recorded().Text)
	b.pass(3 * time.Second)
	b.echo()
	b.scan(1, ticketNo(1))
	b.grant(b.claim())
	assert.Equal(t, "ana", b.recorded().Controller)
}
