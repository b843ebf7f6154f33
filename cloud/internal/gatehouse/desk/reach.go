package desk

import (
	"time"

	"portaria/edge/wire"
)

// Reach is how far a venue's newest manifest has come.
type Reach struct {
	Epoch   uint64 // in force; 0 = nothing was ever signed
	Pending bool   // a newer one is being signed
	Lanes   int
	There   int    // lanes whose gate obeys it
	Late    []Late // gates that do not
}

// Late is a gate that does not obey the newest manifest yet.
type Late struct {
	Gate   string
	Lanes  int
	SeenAt time.Time // by its hub; zero = never
}

// Whole says whether every lane obeys.
func (r Reach) Whole() bool { return !r.Pending && r.There == r.Lanes }

// ReachOf compares what is in force with what gates told of.
func ReachOf(epoch uint64, pending bool, gates []Gate, hubs []Hub) Reach {
	r := Reach{Epoch: epoch, Pending: pending}
	for _, g := range gates {
		told := Told(g.ID, hubs)
		r.Lanes += len(g.Lanes)
		switch {
		case told.Venue >= epoch && !pending:
			r.There += len(g.Lanes)
		case len(g.Lanes) > 0:
			late := Late{Gate: g.ID, Lanes: len(g.Lanes)}
			if told.SeenAt > 0 {
				late.SeenAt = time.UnixMilli(told.SeenAt)
			}
			r.Late = append(r.Late, late)
		}
	}
	return r
}

// Told is what the hub that heard a gate last tells of it; zero when none did.
func Told(gate string, hubs []Hub) (newest wire.GateState) {
	for _, h := range hubs {
		if h.RetiredAt != nil {
			continue
		}
		for _, told := range h.State.Gates {
			if told.Gate == gate && told.SeenAt > newest.SeenAt {
				newest = told
			}
		}
	}
	return newest
}
