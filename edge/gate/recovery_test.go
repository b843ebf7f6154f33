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

func TestAHubThatIsRecoveringIsNotAsked(t *testing.T) {
	b := newBench(t).connect()
	answer := func(ready bool) {
		b.pass(time.Second)
		b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Ready: ready}})
	}
	answer(false)
	b.admitted(1, ticketNo(1))
	assert.Empty(t, of[gate.SendClaim](b.all))
	assert.Equal(t, admit.OKOffline, b.shown())
	b.feed(gate.Passage{Lane: 1})
	answer(true)
	b.scan(1, ticketNo(2))
	assert.Len(t, of[gate.SendClaim](b.all), 1)
}

func TestHeartbeatsComeFasterWhileNobodyAnswers(t *testing.T) {
	b := newBench(t)
	b.commit()
	count := func(d time.Duration) int {
		before := len(of[gate.SendState](b.all))
		for range int(d / (50 * time.Millisecond)) {
			b.pass(50 * time.Millisecond)
		}
		return len(of[gate.SendState](b.all)) - before
	}
	assert.Equal(t, 4, count(time.Second))
	b.echo()
	count(time.Second)
	b.echo()
	assert.Equal(t, 1, count(time.Second))
}

func TestAGateWithAnOldDiskStartsAgainAboveWhatTheHubKnows(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) { boot.Memory.Starts = 2 })
	b.commit()
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Newest: wire.Run{Start: 5, Random: 1}}})
	assert.Empty(t, of[gate.Restart](b.done), "not before the new count is durable")
	kept, _ := last[gate.Persist](b.done)
	assert.Equal(t, uint32(5), kept.Memory.Starts)
	b.commit()
	assert.Len(t, of[gate.Restart](b.done), 1)

	again := newBench(t, func(boot *gate.Boot) { boot.Memory = kept.Memory })
	again.commit()
	assert.Equal(t, uint32(6), again.claimless().Run.Start)
}

func TestWhatDoesNotMeanAnOldDisk(t *testing.T) {
	for _, c := range []struct {
		name   string
		newest wire.Run
	}{
		{"a hub that says nothing", wire.Run{}},
		{"the run that this gate is in", wire.Run{Start: 3, Random: 7}},
		{"a run before it: this gate's first heartbeat is still on its way", wire.Run{Start: 2, Random: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(boot *gate.Boot) { boot.Memory.Starts = 2 })
			b.commit()
			b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Newest: c.newest}})
			assert.Empty(t, of[gate.Commit](b.done))
		})
	}
}

func TestAHeartbeatNamesTheHubThatTheGateObeys(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) { boot.Memory = gate.Memory{Term: 3, Hub: "hub-7", Head: 12} })
	b.commit()
	s := b.claimless()
	assert.Equal(t, "hub-7", s.Hub)
	assert.Equal(t, uint64(3), s.Term)
	assert.Equal(t, uint64(12), s.Head)
}

func TestAPulseOfTheSameStartInAnotherRunIsACopiedDisk(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		boot.Memory.Starts = 4
		boot.History = map[whitelist.Ref][]admit.Record{}
	})
	b.commit()
	require.Equal(t, uint32(5), b.claimless().Run.Start)
	b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: "hub-1", Newest: wire.Run{Start: 5, Random: 99}}})
	b.commit()
	assert.Len(t, of[gate.Restart](b.done), 1)
}
