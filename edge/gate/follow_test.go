package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/gate"
	"portaria/edge/wire"
)

func TestANewHubHearsThatItIsObeyedOnlyOnceThatIsDurable(t *testing.T) {
	b := newBench(t)
	b.commit()
	pulse := func(term uint64, hub string) {
		b.feed(gate.PulseCame{Pulse: wire.Pulse{Number: b.claimless().Number, Hub: hub, Term: term}})
	}
	pulse(1, "hub-1")
	b.commit()
	b.pass(time.Second)
	assert.Equal(t, uint64(1), b.claimless().Term)

	pulse(2, "hub-2")
	b.pass(time.Second)
	s := b.claimless()
	assert.Equal(t, wire.State{Term: 1, Hub: "hub-1"}, wire.State{Term: s.Term, Hub: s.Hub}, "a power cut would make it the old hub's again")
	b.commit()
	b.pass(time.Second)
	s = b.claimless()
	assert.Equal(t, wire.State{Term: 2, Hub: "hub-2"}, wire.State{Term: s.Term, Hub: s.Hub})
}
