package sim

import (
	"fmt"

	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// homesOf spreads the homes of the evening's rights over gates.
func homesOf(epoch uint64, gates []string) *whitelist.Homes {
	return &whitelist.Homes{Epoch: epoch, Rules: []whitelist.HomeRule{{Event: evening, Gates: gates}}}
}

// settleHomes names the gates that stand as homes, and plans that the organizer moves them once.
func (w *World) settleHomes(gates int) {
	if w.options.Policy != whitelist.Home {
		return
	}
	var names []string
	for i := range gates {
		names = append(names, fmt.Sprintf("gate-%d", i+1))
	}
	w.venue.Homes = homesOf(1, names)
	if w.oneOf(3) == 0 {
		w.after(w.between(2_000, w.scale.chaos), w.moveHomes)
	}
}

// moveHomes is an organizer who names other gates as homes: the next manifest reaches hubs and gates when they can be
// reached.
func (w *World) moveHomes() {
	var names []string
	for _, g := range w.gates {
		if !g.gone && w.oneOf(3) != 0 {
			names = append(names, g.id)
		}
	}
	if len(names) == 0 {
		return
	}
	v := *w.venue
	v.Epoch++
	v.Homes = homesOf(v.Epoch, names)
	w.venue = &v
	w.say("homes move to %v, epoch %d", names, v.Epoch)
	for _, h := range w.hubs {
		w.after(w.between(0, 3_000), func() { h.hearVenue(&v) })
	}
	for _, g := range w.gates {
		w.after(w.between(0, 3_000), func() { g.hearVenue(&v) })
	}
}

// hearVenue takes a newer manifest; who can't hear now hears later.
func (h *hubNode) hearVenue(v *whitelist.Venue) {
	switch {
	case h.retired || h.disk.venue.Epoch >= v.Epoch:
	case !h.up():
		h.world.after(700, func() { h.hearVenue(v) })
	default:
		h.disk.venue = v
		h.feed(venue.VenueChanged{Venue: v})
	}
}

func (g *gateNode) hearVenue(v *whitelist.Venue) {
	switch h := g.world.hub(); {
	case g.gone || g.disk.venue.Epoch >= v.Epoch:
	case !g.up() || !g.world.net.reaches(g.num, h.num) || h.disk.venue.Epoch < v.Epoch:
		g.world.after(700, func() { g.hearVenue(v) })
	default:
		g.disk.venue = v
		g.feed(gate.VenueChanged{Venue: v})
	}
}

// forgot: a gate's disk is gone, or an old one. Admissions at home whose record no hub held are outside I3, and the story
// goes on as if they had not been.
func (o *oracle) forgot(g *gateNode) {
	if o.world.options.Policy != whitelist.Home {
		return
	}
	for _, s := range o.world.scans {
		if s.written && s.gate == g && !o.held(g.id, s) {
			s.forgotten = true
		}
	}
}

func (o *oracle) held(gate string, s *scan) bool {
	for _, h := range o.world.hubs {
		if h.disk.holds(gate, s.run, s.seq) {
			return true
		}
	}
	return false
}
