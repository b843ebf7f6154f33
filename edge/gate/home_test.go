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

// homely is a gate at a home door, with every right at home at one gate.
func homely(t *testing.T, home string, change ...func(*gate.Boot)) *bench {
	b := newBench(t, change...)
	b.venue.Homes = homesAt(1, home)
	b.door(func(c *whitelist.Checkpoint) { c.Policy = whitelist.Home })
	return b
}

func homesAt(epoch uint64, gates ...string) *whitelist.Homes {
	return &whitelist.Homes{Epoch: epoch, Rules: []whitelist.HomeRule{{Event: evening, Gates: gates}}}
}

// confirm answers a heartbeat: the hub has compared this run, and it may admit alone by the homes of an epoch.
func (b *bench) confirm(epoch uint64) *bench {
	b.pass(time.Second)
	state, ok := last[gate.SendState](b.all)
	require.True(b.t, ok, "no heartbeat to answer")
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: state.State.Number, At: b.now.Unix, Hub: "hub-1", Ready: true,
		Newest: state.State.Run, Homes: epoch}})
	return b
}

// lose lets the hub fall silent.
func (b *bench) lose() *bench {
	b.pass(4 * time.Second)
	return b
}

func (b *bench) recall(code admit.Code) {
	b.feed(gate.RecallCame{Recall: wire.Recall{Ref: code.Entry.Ref, Event: evening, Scan: admit.ScanID{1: 9}, Hub: "hub-1"}})
}

func (b *bench) verdict() admit.Verdict {
	s, ok := last[gate.Show](b.all)
	require.True(b.t, ok, "nothing is shown")
	return s.Verdict
}

func TestWhoMayComeInWithoutTheHubUnderTheHomePolicy(t *testing.T) {
	for _, row := range []struct {
		name  string
		home  string
		do    func(*bench)
		want  admit.Reason
		where string
	}{
		{"a right at home here, after the hub's word", "gate-1", func(b *bench) { b.confirm(1) }, admit.OKOffline, ""},
		{"a right at home elsewhere", "gate-4", func(b *bench) { b.confirm(1) }, admit.OtherGate, "gate-4"},
		{"elsewhere, and the hub has never been there", "gate-4", func(*bench) {}, admit.OtherGate, "gate-4"},
		{"at home here, and the hub has never been there", "gate-1", func(*bench) {}, admit.ArbiterRequired, ""},
		{"the hub has not compared this run yet", "gate-1", func(b *bench) { b.confirm(0) }, admit.ArbiterRequired, ""},
		{"the hub is at older homes", "gate-1", func(b *bench) {
			b.venue.Homes = homesAt(5, "gate-1")
			b.door(func(*whitelist.Checkpoint) {})
			b.confirm(1)
		}, admit.ArbiterRequired, ""},
		{"the hub takes its word back", "gate-1", func(b *bench) { b.confirm(1).confirm(0) }, admit.ArbiterRequired, ""},
		{"the homes have moved since", "gate-1", func(b *bench) {
			b.confirm(1)
			b.venue.Homes = homesAt(2, "gate-1")
			b.door(func(*whitelist.Checkpoint) {})
		}, admit.ArbiterRequired, ""},
		{"an older manifest's homes are not taken up", "gate-4", func(b *bench) {
			b.venue.Homes = homesAt(2, "gate-1")
			b.door(func(*whitelist.Checkpoint) {})
			b.confirm(2)
			b.venue.Homes = homesAt(1, "gate-4")
			b.door(func(*whitelist.Checkpoint) {})
		}, admit.OKOffline, ""},
		{"the right was recalled", "gate-1", func(b *bench) { b.confirm(1); b.recall(ticketNo(1)); b.commit() }, admit.ArbiterRequired, ""},
		{"another right was", "gate-1", func(b *bench) { b.confirm(1); b.recall(ticketNo(2)) }, admit.OKOffline, ""},
		{"the arbiter has taken the right, as every gate was told", "gate-1", func(b *bench) {
			b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: ticketNo(1).Entry.Ref, Record: admit.Record{Kind: admit.Surrender}}})
			b.confirm(1)
		}, admit.ArbiterRequired, ""},
		{"nobody is at home anywhere", "gate-1", func(b *bench) {
			b.venue.Homes = &whitelist.Homes{Epoch: 2}
			b.door(func(*whitelist.Checkpoint) {})
			b.confirm(2)
		}, admit.ArbiterRequired, ""},
		{"at home here, and used", "gate-1", func(b *bench) {
			b.confirm(1)
			b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r", Number: 1, Ref: ticketNo(1).Entry.Ref, Record: admit.Record{Kind: admit.Entry, Scan: admit.ScanID{9}}}})
		}, admit.AlreadyUsed, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := homely(t, row.home)
			b.commit()
			row.do(b)
			b.lose()
			b.scan(1, ticketNo(1))
			if row.want == admit.OKOffline {
				b.commit()
			}
			assert.Equal(t, row.want, b.verdict().Reason)
			assert.Equal(t, row.where, b.verdict().Gate)
			assert.Equal(t, row.want == admit.OKOffline, b.pulses() == 1)
		})
	}
}

func TestAStrictDoorOfAHomeGateStaysStrict(t *testing.T) {
	b := homely(t, "gate-1").connect().confirm(1).lose()
	b.door(func(c *whitelist.Checkpoint) { c.Policy = whitelist.Strict })
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.ArbiterRequired, b.shown())
}

func TestARecallIsAnsweredByARecord(t *testing.T) {
	b := homely(t, "gate-1").connect().confirm(1)
	b.recall(ticketNo(1))
	got := b.recorded()
	assert.Equal(t, wire.Surrender, got.Type)
	assert.Equal(t, ticketNo(1).Entry.Ref, got.Ref)
	assert.Equal(t, admit.Surrender, got.Record.Kind)
	assert.Equal(t, "gate-1", got.Record.Gate)
	assert.Empty(t, of[gate.SendEvents](b.done), "nothing is told before it is durable")
	b.commit()
	sent, ok := last[gate.SendEvents](b.done)
	require.True(t, ok)
	assert.Equal(t, wire.Surrender, sent.Events.Events[0].Type)

	b.recall(ticketNo(1))
	assert.Empty(t, of[gate.Commit](b.done), "a recall that comes again changes nothing")
}

func TestARecallOfAHubThatHasBeenReplacedIsNotObeyed(t *testing.T) {
	b := homely(t, "gate-1", func(boot *gate.Boot) { boot.Memory.Term, boot.Memory.Hub = 4, "hub-2" })
	b.commit()
	for _, r := range []wire.Recall{{Term: 3, Hub: "hub-1"}, {Term: 4, Hub: "hub-1"}} {
		r.Ref, r.Event = ticketNo(1).Entry.Ref, evening
		b.feed(gate.RecallCame{Recall: r})
		assert.Empty(t, of[gate.Commit](b.done))
	}
}

func TestASurrenderOutlivesARestart(t *testing.T) {
	surrender := admit.Record{Kind: admit.Surrender, Gate: "gate-1", Scan: admit.ScanID{3}}
	b := homely(t, "gate-1", func(boot *gate.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{ticketNo(1).Entry.Ref: {surrender}}
	}).connect().confirm(1).lose()
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.ArbiterRequired, b.shown())
}

func TestARecallThatComesWhileTheArbiterIsWaitedForIsSeen(t *testing.T) {
	b := homely(t, "gate-1").connect().confirm(1)
	b.scan(1, ticketNo(1))
	b.recall(ticketNo(1))
	b.pass(time.Second) // no ruling: the checkpoint's policy
	assert.Equal(t, admit.ArbiterRequired, b.shown())
	assert.Zero(t, b.pulses())
}

func TestAnEchoOfAnotherRunConfirmsNothing(t *testing.T) {
	b := homely(t, "gate-1").connect()
	state, _ := last[gate.SendState](b.all)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: state.State.Number, Hub: "hub-1", Ready: true, Newest: wire.Run{Start: 0, Random: 1}, Homes: 1}})
	b.lose()
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.ArbiterRequired, b.shown())
}

func TestWhileTheHomeIsAskedThePersonWaits(t *testing.T) {
	wait := func(b *bench) wire.Claim {
		b.scan(1, ticketNo(1))
		c := b.claim()
		b.feed(gate.RulingCame{Ruling: wire.Ruling{Run: c.Run, Req: c.Req, Scan: c.Scan, Wait: true, Reason: admit.OtherGate, Gate: "gate-4", Hub: "hub-1"}})
		b.pass(time.Second)
		return c
	}
	t.Run("and comes in when it answers", func(t *testing.T) {
		b := homely(t, "gate-4").connect().confirm(1)
		b.grant(wait(b))
		b.commit()
		assert.Equal(t, admit.OK, b.shown())
		assert.Equal(t, 1, b.pulses())
	})
	t.Run("and is told where to go when it does not", func(t *testing.T) {
		b := homely(t, "gate-4").connect().confirm(1)
		c := wait(b)
		b.pass(600 * time.Millisecond)
		assert.Equal(t, admit.OtherGate, b.verdict().Reason)
		assert.Equal(t, "gate-4", b.verdict().Gate)
		assert.True(t, b.verdict().AskStaff)
		b.grant(c)
		assert.Zero(t, b.pulses(), "a grant that comes late is void")
		b.pass(time.Second)
		state, _ := last[gate.SendState](b.all)
		assert.Greater(t, state.State.OpenMin, c.Req, "and the arbiter hears that it may take it back")
	})
	t.Run("without the hub being thought dead", func(t *testing.T) {
		b := homely(t, "gate-4").connect().confirm(1)
		for range 3 {
			wait(b)
			b.confirm(1)
			b.pass(2 * time.Second)
		}
		b.scan(2, ticketNo(8))
		assert.NotEmpty(t, of[gate.SendClaim](b.done))
	})
}

func TestTheHeartbeatPromisesWhichHomesAreObeyed(t *testing.T) {
	b := homely(t, "gate-1").connect().confirm(1)
	b.venue.Homes = homesAt(7, "gate-2")
	b.door(func(*whitelist.Checkpoint) {})
	b.pass(time.Second)
	state, _ := last[gate.SendState](b.all)
	assert.EqualValues(t, 7, state.State.Homes)
}

// Else the hub would put the new homes in force while somebody is still let in by the old ones.
func TestNewHomesArePromisedOnceWhatTheOldOnesAllowedIsDurable(t *testing.T) {
	b := homely(t, "gate-1").connect().confirm(1).lose()
	b.scan(1, ticketNo(1))
	b.venue.Homes = homesAt(7, "gate-2")
	b.door(func(*whitelist.Checkpoint) {})
	assert.EqualValues(t, 1, b.afterABeat().Homes)
	b.commit()
	assert.EqualValues(t, 7, b.afterABeat().Homes)
}

func TestAClaimSaysWhereItsSeatIs(t *testing.T) {
	b := homely(t, "gate-1").connect()
	seated := ticketNo(1)
	seated.Entry.Seat = 44
	b.scan(1, seated)
	assert.EqualValues(t, 44, b.claim().Seat)
	assert.False(t, b.claim().Unlisted)

	b.door(func(c *whitelist.Checkpoint) { c.Unlisted = whitelist.UnlistedAdmit })
	unlisted := admit.Code{Match: admit.SignedOnly, Event: whitelist.VenueEvent{Event: evening}, Entry: whitelist.Entry{Ref: whitelist.Ref{15: 2}}}
	b.scan(2, unlisted)
	assert.True(t, b.claim().Unlisted)
}

// TestABudgetIsNotRenewedByPullingThePlug starts the gate again from what it had made durable.
func TestABudgetIsNotRenewedByPullingThePlug(t *testing.T) {
	budget := func(minutes, entries int) func(*whitelist.Checkpoint) {
		return func(c *whitelist.Checkpoint) { c.Budget = whitelist.Budget{Minutes: minutes, Entries: entries} }
	}
	again := func(b *bench, limit func(*whitelist.Checkpoint)) *bench {
		kept, ok := last[gate.Persist](b.all)
		require.True(t, ok)
		next := newBench(t, func(boot *gate.Boot) { boot.Memory = kept.Memory })
		next.door(limit)
		next.commit()
		return next
	}
	t.Run("of entries", func(t *testing.T) {
		limit := budget(0, 2)
		b := newBench(t)
		b.door(limit)
		b.commit()
		b.admitted(1, ticketNo(1))
		b = again(b, limit)
		b.admitted(1, ticketNo(2))
		b = again(b, limit)
		b.scan(1, ticketNo(3))
		assert.Equal(t, admit.ArbiterRequired, b.shown())
		b.pass(time.Second)
		b.echo()
		b.scan(1, ticketNo(8))
		b.deny(b.claim(), admit.AlreadyUsed)
		b.lose()
		b.admitted(1, ticketNo(4))
	})
	t.Run("of minutes", func(t *testing.T) {
		limit := budget(10, 0)
		b := newBench(t)
		b.door(limit)
		b.commit()
		for n := byte(1); n <= 3; n++ {
			b.pass(3 * time.Minute)
			b.admitted(1, ticketNo(n))
			b = again(b, limit)
		}
		b.pass(2 * time.Minute)
		b.scan(1, ticketNo(9))
		assert.Equal(t, admit.ArbiterRequired, b.shown())
	})
	t.Run("and the minutes are noted while nobody comes", func(t *testing.T) {
		limit := budget(10, 0)
		b := newBench(t)
		b.door(limit)
		b.commit()
		b.admitted(1, ticketNo(1))
		for range 20 {
			b.pass(30 * time.Second)
		}
		b = again(b, limit)
		b.scan(1, ticketNo(9))
		assert.Equal(t, admit.ArbiterRequired, b.shown())
	})
}
