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

func TestAHeartbeatOfAGateThatDiedAgainAndAgainFitsItsMessage(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		for i := range 5_000 {
			run := gate.RunMemory{Run: wire.Run{Start: uint32(i + 1), Random: 0xabcdef01}, Last: 1, Hub: 1, Cloud: 1} //nolint:gosec // small
			switch i {
			case 40:
				run.Hub, run.Cloud = 0, 0 // the hub has none of it yet
			case 41:
				run.Cloud = 0
			}
			boot.Memory.Runs = append(boot.Memory.Runs, run)
		}
		boot.Memory.Starts = 5_000
	})
	b.commit()
	beat, _ := last[gate.SendState](b.all)
	raw, err := wire.Encode(beat.State)
	require.NoError(t, err)
	assert.Less(t, len(raw), wire.MaxMessage/2, "what is handed back fits beside it")
	var starts []uint32
	for _, r := range beat.State.Runs {
		starts = append(starts, r.Run.Start)
	}
	assert.Len(t, starts, wire.MaxRuns)
	assert.IsIncreasing(t, starts)
	assert.Subset(t, starts, []uint32{41, 42, 5_001}, "what the hub or the cloud lacks, and the newest")
}

func TestAHubThatOnlyEchoesDoesNotRenewTheBudget(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.Budget = whitelist.Budget{Entries: 3} })
	alone := func(n byte) bool {
		b.scan(1, ticketNo(n))
		b.pass(300 * time.Millisecond)
		admitted := b.recorded().Type == wire.Admission
		b.commit()
		b.feed(gate.Passage{Lane: 1})
		b.pass(time.Second)
		b.echo()
		return admitted
	}
	admitted := 0
	for n := range byte(10) {
		if alone(n + 1) {
			admitted++
		}
	}
	assert.Equal(t, 3, admitted, "its disk is too slow to grant, and its heartbeats are fine")
	for range 59 {
		b.pass(time.Second)
		b.echo()
	}
	assert.False(t, alone(50))
	for range 61 {
		b.pass(time.Second)
		b.echo()
	}
	assert.True(t, alone(51), "a minute without a claim unanswered: the budget is whole again")
}

func TestAClockThatIsSetAheadPrunesNothing(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.ack(1, 1, "cloud-1")
	b.pass(time.Second)
	b.now.Unix += 8 * 24 * 3600 * 1000 // the time of a forgotten night, then the hub's
	b.pass(time.Second)
	b.ack(1, 1, "cloud-1")
	b.commit()
	assert.Empty(t, of[gate.Prune](b.all))
	b.pass(7*24*time.Hour + time.Minute)
	b.ack(1, 1, "cloud-1")
	b.feed(gate.Noted{Text: "x"})
	b.commit()
	assert.NotEmpty(t, of[gate.Prune](b.all), "a week after that")
}

func TestAStartDaysLaterPrunesNothingAtOnce(t *testing.T) {
	b := newBench(t, func(boot *gate.Boot) {
		boot.Memory = gate.Memory{Starts: 1, Incarnation: "cloud-1", Runs: []gate.RunMemory{{Run: wire.Run{Start: 1, Random: 1}, Last: 3, Hub: 3, Cloud: 3,
			Marks: []gate.Mark{{Cloud: 3, At: noon - 8*24*3600*1000}}}}}
	})
	b.commit()
	b.echo()
	b.feed(gate.AckCame{Ack: wire.Ack{Number: 1, Incarnation: "cloud-1", Watermarks: []wire.Watermark{{Gate: "gate-1", Run: wire.Run{Start: 1, Random: 1}, Hub: 3, Cloud: 3}}}})
	b.feed(gate.Noted{Text: "x"})
	b.commit()
	assert.Empty(t, of[gate.Prune](b.all), "was it off for a week, or its clock set while it was?")
}

func TestALatePassageIsItsPersonsForAMinute(t *testing.T) {
	for _, row := range []struct {
		name  string
		after time.Duration
		want  wire.EventType
	}{
		{"half a minute after the arm", 30 * time.Second, wire.Outcome},
		{"an hour after it", time.Hour, wire.Note},
	} {
		b := newBench(t).connect()
		b.admitted(1, ticketNo(1))
		b.pass(5 * time.Second)
		b.commit()
		require.Equal(t, admit.Abort, b.recorded().Record.Kind)
		b.pass(row.after)
		b.feed(gate.Passage{Lane: 1})
		assert.Equal(t, row.want, b.recorded().Type, row.name)
	}
}

func TestAGateThatKnowsAllNeedNotHearItAgain(t *testing.T) {
	b := newBench(t).connect()
	b.feed(gate.UsedCame{Used: wire.Used{HubRun: "r1", Number: 1, Ref: whitelist.Ref{1}, Record: admit.Record{Scan: admit.ScanID{1}, Kind: admit.Entry, Gate: "gate-2"}}})
	b.pass(time.Second)
	state, _ := last[gate.SendState](b.all)
	assert.NotZero(t, state.State.Sum)
	pulse := wire.Pulse{Number: state.State.Number, At: b.now.Unix, Hub: "hub-1", Newest: state.State.Run, UsedRun: "r2", Used: 9}
	late := pulse
	late.Newest.Start--
	for _, row := range []struct {
		pulse wire.Pulse
		run   string
		used  uint64
	}{{late, "r1", 1}, {pulse, "r2", 9}} {
		b.feed(gate.PulseCame{Pulse: row.pulse})
		b.pass(time.Second)
		state, _ = last[gate.SendState](b.all)
		assert.Equal(t, row.run, state.State.UsedRun)
		assert.Equal(t, row.used, state.State.Used)
	}
}

func TestOneEchoDoesNotRenewTheMinutes(t *testing.T) {
	b := newBench(t).connect()
	b.door(func(c *whitelist.Checkpoint) { c.Budget = whitelist.Budget{Minutes: 10} })
	for n := range byte(3) {
		b.lose()
		b.admitted(1, ticketNo(n+1))
		b.feed(gate.Passage{Lane: 1})
		b.commit()
		b.pass(4 * time.Minute)
		b.echo()
	}
	b.lose()
	b.scan(1, ticketNo(9))
	assert.Equal(t, admit.ArbiterRequired, b.shown(), "twelve minutes alone in all")
}
