package sim

import (
	"slices"

	"portaria/edge/venue"
	"portaria/floor/trust"
)

// believe holds a gate's message to what floor takes of a gate: whatever fails, no honest gate may ever be refused.
func (h *hubNode) believe(from *gateNode, what string, judge func() error) {
	if !h.up() || !h.world.options.Trust {
		return
	}
	if err := judge(); err != nil {
		h.world.fail("L3: a %s of %s is not taken: it %v", what, from.id, err)
	}
}

// known and here are those of floor.
func (h *hubNode) known() trust.Venue {
	if !h.up() {
		return trust.Venue{}
	}
	beat := h.state.Heartbeat()
	return trust.Venue{Term: beat.Term, Head: beat.Head, Records: h.state.Records, Here: h.here}
}

func (h *hubNode) here(gate string) bool {
	v := h.state.View()
	return !v.Filling && slices.ContainsFunc(v.Gates, func(g venue.GateView) bool { return g.Name == gate && g.SeenAt != 0 && !g.Excluded })
}
