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

func (b *bench) order(number uint64, orders ...wire.DoorOrder) {
	b.orderOf(wire.Command{Hub: "hub-1", Doors: &wire.Doors{Number: number, Doors: orders}})
}

func (b *bench) orderOf(c wire.Command) { b.feed(gate.Ordered{Command: c}) }

func closed(checkpoint string) wire.DoorOrder {
	return wire.DoorOrder{Checkpoint: checkpoint, Mode: whitelist.Closed, By: "Ana"}
}

func TestADoorThatIsClosedByHandStaysClosed(t *testing.T) {
	b := newBench(t).connect()
	b.order(7, closed("door"))
	assert.Equal(t, "door closed by order of Ana", b.recorded().Text)
	state, _ := last[gate.SendState](b.all)
	assert.Equal(t, uint64(7), state.State.Orders, "the hub is told at once")
	assert.Equal(t, "closed", state.State.Lanes[0].Mode)
	b.scan(1, ticketNo(1))
	assert.Equal(t, admit.CheckpointClosed, b.shown())

	b.door(func(c *whitelist.Checkpoint) { c.Name = "Portão 1" })
	b.pass(3 * time.Second)
	b.scan(1, ticketNo(2))
	assert.Equal(t, admit.CheckpointClosed, b.shown(), "a newer manifest does not open it")

	kept, ok := last[gate.Persist](b.all)
	require.True(t, ok)
	again := newBench(t, func(boot *gate.Boot) { boot.Memory = kept.Memory }).connect()
	again.scan(1, ticketNo(3))
	assert.Equal(t, admit.CheckpointClosed, again.shown(), "nor does a power cut")

	b.order(8)
	assert.Equal(t, "door as configured again", b.recorded().Text)
	b.pass(3 * time.Second)
	b.admitted(1, ticketNo(1))
}

func TestOrdersThatAreNotObeyed(t *testing.T) {
	newer := wire.Pulse{Hub: "hub-2", Term: 5}
	for name, c := range map[string]wire.Command{
		"an older number":      {Hub: "hub-2", Term: 5, Doors: &wire.Doors{Number: 3, Doors: []wire.DoorOrder{closed("door")}}},
		"the same number":      {Hub: "hub-2", Term: 5, Doors: &wire.Doors{Number: 4, Doors: []wire.DoorOrder{closed("door")}}},
		"of a hub of old":      {Hub: "hub-1", Term: 4, Doors: &wire.Doors{Number: 9, Doors: []wire.DoorOrder{closed("door")}}},
		"of another hub":       {Hub: "hub-3", Term: 5, Doors: &wire.Doors{Number: 9, Doors: []wire.DoorOrder{closed("door")}}},
		"about another door":   {Hub: "hub-2", Term: 5, Doors: &wire.Doors{Number: 9, Doors: []wire.DoorOrder{closed("elsewhere")}}},
		"with no orders in it": {Hub: "hub-2", Term: 5},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).connect()
			b.feed(gate.PulseCame{Pulse: newer})
			b.orderOf(wire.Command{Hub: "hub-2", Term: 5, Doors: &wire.Doors{Number: 4}})
			b.orderOf(c)
			state, _ := last[gate.SendState](b.all)
			assert.Equal(t, "open", state.State.Lanes[0].Mode)
		})
	}
}

func TestAnOrderForEveryDoorYieldsToOneOfItsOwn(t *testing.T) {
	b := newBench(t).connect()
	b.order(1, wire.DoorOrder{Checkpoint: wire.EveryDoor, Mode: whitelist.Evacuation, By: "Ana"})
	state, _ := last[gate.SendState](b.all)
	assert.Equal(t, "evacuation", state.State.Lanes[0].Mode)
	b.order(2, wire.DoorOrder{Checkpoint: wire.EveryDoor, Mode: whitelist.Evacuation, By: "Ana"}, closed("door"))
	state, _ = last[gate.SendState](b.all)
	assert.Equal(t, "closed", state.State.Lanes[0].Mode)
}
