package sim

import "portaria/floor/trust"

// believe holds a gate's message to what floor takes of a gate: whatever fails, no honest gate may ever be refused.
func (h *hubNode) believe(from *gateNode, what string, judge func() error) {
	if !h.up() || !h.world.options.Trust {
		return
	}
	if err := judge(); err != nil {
		h.world.fail("L3: a %s of %s is not taken: it %v", what, from.id, err)
	}
}

// known is what floor holds a gate's word against.
func (h *hubNode) known() trust.Venue {
	if !h.up() {
		return trust.Venue{}
	}
	return trust.Known(h.state)
}
