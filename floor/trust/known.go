package trust

import (
	"slices"

	"portaria/edge/venue"
)

// Known is what an arbiter knows now, to hold a gate's word against. While its disk is filled up no gate can speak for itself: what
// others have heard of it may be more than its own disk has kept.
func Known(s *venue.State) Venue {
	beat := s.Heartbeat()
	return Venue{Term: beat.Term, Head: beat.Head, Records: s.Records, Here: func(gate string) bool { return here(s, gate) }}
}

// here is asked of few messages.
func here(s *venue.State, gate string) bool {
	v := s.View()
	return !v.Filling && slices.ContainsFunc(v.Gates, func(g venue.GateView) bool { return g.Name == gate && g.SeenAt != 0 && !g.Excluded })
}
