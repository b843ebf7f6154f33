package sim

import (
	"fmt"

	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// homesOf spreads the homes of the evening's rights over gates.
func (w *World) homesOf(epoch uint64, gates []string) *whitelist.Homes {
	rule := whitelist.HomeRule{Event: evening, Gates: gates}
	if w.seated {
		rule.Sectors = sectors(gates)
	}
	return &whitelist.Homes{Epoch: epoch, Rules: []whitelist.HomeRule{rule}}
}

// settleHomes names the gates that stand as homes, and plans that the organizer moves them once.
func (w *World) settleHomes(gates int) {
	if !w.anyDoor(whitelist.Home) {
		return
	}
	var names []string
	for i := range gates {
		names = append(names, fmt.Sprintf("gate-%d", i+1))
	}
	w.venue.Homes, w.homed = w.homesOf(1, names), names
	if w.plot != nil || w.ownDoors && !w.options.Faults.Has(FullCut) {
		return // a free door beside them would let people in alone
	}
	switch w.oneOf(5) {
	case 0:
		w.after(w.between(2_000, w.scale.chaos), w.moveHomes)
	case 1:
		w.planUnheardMove()
	case 2:
		w.planHomecoming()
	}
}

// alone is long enough for a gate that is cut off to notice, and to let people in alone, ms.
const alone = 3_200

// planUnheardMove moves the homes while one of the gates can't hear of it; its people come to it, and to every other gate.
func (w *World) planUnheardMove() {
	at := w.between(1_000, w.scale.chaos/2)
	length := w.between(alone+1_000, alone+4_000)
	w.after(at, func() {
		w.cutOff(w.gates[w.oneOf(len(w.gates))], length)
	})
	w.after(at+w.between(10, alone), w.moveHomes)
	for range 6 {
		w.after(at+w.between(alone, length), func() { w.showEverywhere(w.rights[w.oneOf(len(w.rights))]) })
	}
}

// planHomecoming cuts a gate off, sends people to it, and lets it start again as the cable is mended, while the same tickets
// come to the other gates.
func (w *World) planHomecoming() {
	at := w.between(500, w.scale.chaos/2)
	length := w.between(alone+500, alone+2_000)
	w.after(at, func() {
		g := w.gates[w.oneOf(len(w.gates))]
		w.cutOff(g, length)
		for range 6 {
			r := w.rights[w.oneOf(len(w.rights))]
			w.after(w.between(alone, length), func() { g.read(1+w.oneOf(2), r, false) })
			w.after(length+w.between(0, 2_500), func() { w.showEverywhere(r) })
		}
		w.after(length-w.between(0, 400), g.crash)
	})
}

func (w *World) cutOff(g *gateNode, length int64) {
	if !w.options.Faults.Has(FullCut) {
		return
	}
	w.seen(FullCut)
	w.say("%s is cut off", g.id)
	w.net.severBoth(g.num, w.hub().num, length)
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
	w.moveHomesTo(names, 3_000)
}

// moveHomesTo names new homes; everybody who can be reached hears of them within a time, ms.
func (w *World) moveHomesTo(names []string, within int64) {
	v := *w.venue
	v.Epoch++
	v.Homes = w.homesOf(v.Epoch, names)
	w.homed = append(w.homed, names...)
	w.venue = &v
	w.say("homes move to %v, epoch %d", names, v.Epoch)
	for _, h := range w.hubs {
		w.after(w.between(0, within), func() { h.hearVenue(&v) })
	}
	for _, g := range w.gates {
		w.after(w.between(0, within), func() { g.hearVenue(&v) })
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
	if o.world.venue.Homes == nil {
		return
	}
	for _, s := range o.world.scans {
		if s.written && s.gate == g && !o.held(g.id, s) {
			s.forgotten = true
		}
	}
}

func (o *oracle) held(gate string, s *scan) bool {
	for _, h := range o.world.hubs { // of one that was replaced, the disk is lost or nobody asks it
		if !h.replaced && h.disk.holds(gate, s.run, s.seq) {
			return true
		}
	}
	return false
}
