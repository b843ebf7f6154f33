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
