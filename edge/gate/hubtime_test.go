package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/gate"
	"portaria/edge/wire"
)

func TestOnlyAnAnswerToThisRunTellsTheTime(t *testing.T) {
	b := newBench(t)
	b.commit()
	b.pass(time.Second)
	sent, ok := last[gate.SendState](b.all)
	require.True(t, ok)
	run, began := sent.State.Run, b.now.Mono
	answer := wire.Pulse{Number: sent.State.Number, Hub: "hub-1", Term: 3, Newest: run}
	b.feed(gate.PulseCame{Pulse: answer}) // it obeys hub-1 and its term now

	trip, ok := b.state.Trip(answer, began+2_999)
	assert.True(t, ok)
	assert.EqualValues(t, 2_999, trip)
	rows := map[string]func(p *wire.Pulse){
		"an earlier run used the same number":   func(p *wire.Pulse) { p.Newest = wire.Run{Start: run.Start - 1, Random: 9} },
		"a hub that does not know this run yet": func(p *wire.Pulse) { p.Newest = wire.Run{} },
		"a number that was never sent":          func(p *wire.Pulse) { p.Number += 100 },
		"no number":                             func(p *wire.Pulse) { p.Number = 0 },
		"a hub of an older term":                func(p *wire.Pulse) { p.Term = 2 },
		"another hub of the same term":          func(p *wire.Pulse) { p.Hub = "hub-2" },
	}
	for name, change := range rows {
		p := answer
		change(&p)
		_, ok = b.state.Trip(p, began+10)
		assert.False(t, ok, name)
	}
	_, ok = b.state.Trip(answer, began+3_000)
	assert.False(t, ok, "it was as long on its way as silence lasts")
}
