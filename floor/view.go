package floor

import (
	"slices"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// View is the floor at a moment.
type View struct {
	Venue    venue.View
	Refused  uint64 // messages of gates that could not be taken, since the start
	Refusals []Refusal
}

// View asks the loop; the zero View after the end.
func (f *Floor) View() (v View) {
	f.ask(func() {
		v = View{Venue: f.state.View(), Refused: f.refusals.count,
			Refusals: slices.Clone(f.refusals.last)}
	})
	return v
}

// HubState is the heartbeat to the cloud. Its number is that of the newest records sent, because the arbiter takes an
// ack only for a number that it has given itself.
func (f *Floor) HubState() (state wire.HubState) {
	f.ask(func() {
		v := f.state.View()
		state = f.state.Heartbeat()
		state.At, state.Pending = f.now().Unix, v.Pending
		for _, g := range v.Gates {
			state.Gates = append(state.Gates, wire.GateState{Gate: g.Name, SeenAt: g.SeenAt, Lanes: g.State.Lanes, Lists: g.State.Lists,
				Venue: g.State.Venue, Machine: g.State.Machine, Excluded: g.Excluded})
		}
	})
	return state
}
