package sim

import (
	"portaria/edge/gate"
	"portaria/edge/venue"
)

// anOldWordOfTheCloud is onlyTheCloudKnows, with a word of the cloud in the middle: one to the hub's life before, that was long on its way.
func (w *World) anOldWordOfTheCloud() {
	h, first, r := w.hub(), w.slot(0), w.guest()
	others := w.others(first)
	r.paces = []int64{100, 100}
	w.after(500, func() {
		w.net.holdBack(cloudNum, h.num, 350, 6_400)
		h.die()
		h.bootAfter(50)
	})
	var old hubDisk
	w.after(2_500, func() {
		old = h.disk.clone()
		for _, g := range others {
			g.die()
		}
	})
	w.after(2_800, func() { first.read(1, r, false) })
	w.after(6_000, func() {
		w.net.sever(h.num, cloudNum, 2_400)
		h.comesBackOld(old)
		first.die()
		w.exclude(first, true)
		for _, g := range others {
			w.after(700, g.boot)
			w.comesTo(g, r, 9_000)
		}
	})
	w.after(13_500, func() {
		first.boot()
		h.feed(venue.Readmit{Gate: first.id})
	})
}

// aFewWritesBehind is onlyTheCloudKnows with the disk of a moment ago: before the gate that could tell is heard, the hub has written
// more than it had forgotten. The ticket is shown at a gate that is new.
func (w *World) aFewWritesBehind() {
	h, first, r := w.hub(), w.slot(0), w.guest()
	r.paces = []int64{100, 100}
	var old hubDisk
	w.after(2_900, func() { old = h.disk.clone() })
	w.after(3_000, func() { first.read(1, r, false) })
	w.after(5_500, func() {
		newcomer := w.newGate(w.places, "gate-9")
		w.enrol(newcomer)
		w.after(600, newcomer.boot)
		for _, g := range w.others(newcomer) {
			w.net.severBoth(g.num, h.num, 1_450)
			w.after(3_470, func() { w.net.severBoth(g.num, h.num, 3_000) })
		}
		first.die()
		w.net.severBoth(h.num, cloudNum, 7_000)
		h.comesBackOld(old)
		w.exclude(first, true)
		for delay := int64(630); delay < 1_400; delay += 25 {
			w.after(delay, func() { newcomer.feed(gate.Noted{Text: "a door is cleaned"}) })
		}
		w.once(6_000, func() bool { return h.serves(newcomer) }, func() { w.comesTwice(newcomer, r, 5) })
	})
	w.after(13_500, func() {
		first.boot()
		h.feed(venue.Readmit{Gate: first.id})
	})
}

// itHeardOfItself: a gate admits somebody while the others are off and its hub can't reach the cloud; its disk is followed by an older one,
// and its hub tells it what it did. A new hub takes that one's place, beside a new gate: when it meets the gate, its disk looks as new
// as any, and nobody else could tell it.
func (w *World) itHeardOfItself() {
	g, old, r := w.slot(0), w.hub(), w.guest()
	others := w.others(g)
	r.paces = []int64{100, 100}
	w.after(1_400, func() {
		g.takesImage()
		w.net.severBoth(old.num, cloudNum, w.scale.chaos)
		for _, other := range others {
			other.die()
		}
	})
	w.after(1_800, func() { g.read(1, r, false) })
	w.after(3_000, func() { w.restoreGate(g) })
	w.after(6_500, func() { w.besideANewGate(old, g, others, r) })
}

// hiddenByNews: a gate admits somebody, the others hear of it, and it loses its disk before the cloud has heard. A new hub takes the
// hub's place, beside a new gate. What the new gate records just before one that has heard meets that hub is more than what that one
// knows beside it.
func (w *World) hiddenByNews() {
	first, old, r := w.slot(0), w.hub(), w.guest()
	others := w.others(first)
	r.paces = []int64{100, 100}
	w.after(1_400, func() { w.net.severBoth(old.num, cloudNum, w.scale.chaos) })
	w.after(1_800, func() { first.read(1, r, false) })
	w.after(6_500, func() {
		w.replaceGate(first)
		w.after(500, func() { w.exclude(first, true) })
		for _, other := range others[1:] {
			other.die()
		}
		newcomer := w.besideANewGate(old, others[0], others[1:], r)
		for lane := range 2 {
			leaving := w.guest()
			leaving.paces = []int64{50}
			w.after(2_600, func() { newcomer.read(lane+1, leaving, true) })
		}
	})
}

// besideANewGate puts a hub in the place of one that a gate goes on to obey for a while, with a new gate, to which a ticket then comes. What
// that writes makes the hub's disk look older than it is, and it starts again with that. Gates that are off come back in the end.
func (w *World) besideANewGate(old *hubNode, g *gateNode, off []*gateNode, r *right) (newcomer *gateNode) {
	next := w.replacedBy(old)
	newcomer = w.newGate(w.places, "gate-9")
	w.net.severBoth(g.num, next.num, 2_800)
	w.net.severBoth(newcomer.num, old.num, 2_800)
	w.enrol(newcomer)
	w.after(600, newcomer.boot)
	for delay := int64(1_000); delay < 2_200; delay += 25 {
		w.after(delay, func() { newcomer.feed(gate.Noted{Text: "a door is cleaned"}) })
	}
	w.after(2_400, func() {
		next.die()
		next.bootAfter(100)
	})
	w.after(2_800, func() {
		w.switchOff(old)
		w.comesTo(newcomer, r, 7_000)
	})
	for _, other := range off {
		w.after(500, func() { w.exclude(other, true) })
		w.after(8_500, func() {
			other.boot()
			next.feed(venue.Readmit{Gate: other.id})
		})
	}
	return newcomer
}
