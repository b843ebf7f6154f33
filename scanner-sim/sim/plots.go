package sim

import (
	"slices"

	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// onlyTheCloudKnows: a gate admits somebody while the others are off, the record reaches the cloud, and the gate loses its
// disk; the hub comes back with an old one, and is cut off from the cloud for a moment.
func (w *World) onlyTheCloudKnows() {
	h := w.hub()
	var old hubDisk
	w.lostAfter(func() { old = h.disk.clone() }, func() {
		w.net.severBoth(h.num, cloudNum, 2_400)
		h.comesBackOld(old)
	})
}

// onlyTheCloudKnowsOfANewHub is the same with a new hub in the place of the old one.
func (w *World) onlyTheCloudKnowsOfANewHub() {
	w.lostAfter(func() {}, func() {
		next := w.replacedBy(w.hub())
		w.net.severBoth(next.num, cloudNum, 5_000)
		w.hubs[0].die()
		w.hubs[0].retired = true
	})
}

// replacedBy puts a new hub in the place of one; a supervisor gives it the next term.
func (w *World) replacedBy(old *hubNode) *hubNode {
	w.term++
	next := w.newHub(w.term)
	old.replaced = true
	w.say("%s takes the place of %s, term %d", next.id, old.id, w.term)
	w.after(400, next.boot)
	return next
}

func (w *World) lostAfter(before, then func()) {
	first, r := w.slot(0), w.guest()
	others := w.others(first)
	r.paces = []int64{100, 100}
	w.after(1_500, func() {
		before()
		for _, g := range others {
			g.die()
		}
	})
	w.after(1_800, func() { first.read(1, r, false) })
	w.after(5_000, func() {
		then()
		w.replaceGate(first)
		w.exclude(first, true)
		for _, g := range others {
			w.after(700, g.boot)
			w.comesTo(g, r, 9_000)
		}
	})
}

// grantNotHeard: somebody passes on a grant, a moment after an image of the gate's disk was taken; the record of it does not reach the
// hub, which hears nothing of the gate for a while.
func (w *World) grantNotHeard(g *gateNode, r *right, at, within, unheard int64) {
	w.after(at-100, g.takesImage)
	w.after(at, func() {
		s := g.read(1, r, false)
		w.once(within, func() bool { return s != nil && s.hub != nil }, func() { w.net.sever(g.num, w.hub().num, unheard) })
	})
}

// nobodyRemembersTheGrant: somebody passes on a grant; the record of it dies with the gate's disk, in whose place an older one
// comes.
func (w *World) nobodyRemembersTheGrant() {
	g, h, r := w.slot(0), w.hub(), w.guest()
	r.paces = []int64{100, 100}
	w.grantNotHeard(g, r, 2_500, 300, 2_200)
	w.after(4_400, func() {
		w.restoreGate(g)
		w.once(6_000, func() bool { return g.up() && h.serves(g) }, func() {
			for _, to := range w.gates {
				w.comesTwice(to, r, 400)
			}
		})
	})
}

// excludedLongAgo: a gate was excluded for a while; the hub comes back with the disk of that time. What the gate has admitted
// since nobody else knows.
func (w *World) excludedLongAgo() {
	g, h, r := w.slot(0), w.hub(), w.guest()
	r.paces = []int64{100, 100}
	var old hubDisk
	w.after(1_000, g.die)
	w.after(1_200, func() { w.exclude(g, true) })
	w.after(1_600, func() { old = h.disk.clone() })
	w.after(1_700, func() {
		g.boot()
		h.feed(venue.Readmit{Gate: g.id})
	})
	w.after(4_000, func() {
		w.net.severBoth(h.num, cloudNum, 3_500)
		for _, other := range w.others(g) {
			w.net.severBoth(other.num, h.num, 2_800)
		}
	})
	w.after(4_100, func() { g.read(1, r, false) })
	w.after(6_500, func() {
		g.die()
		h.comesBackOld(old)
		for _, other := range w.others(g) {
			w.comesTo(other, r, 6_000)
		}
	})
	w.after(13_500, func() {
		g.boot()
		h.feed(venue.Readmit{Gate: g.id})
	})
}

// surrenderedInAnotherLife: a home gate gives a right up, its disk is followed by an older one, and the surrender arrives when
// the gate is cut off and no longer knows of it.
func (w *World) surrenderedInAnotherLife() {
	h, r := w.hub(), w.guest()
	g := w.homeOf(r)
	if g == nil {
		return
	}
	other := w.others(g)[0]
	r.paces = []int64{100, 100}
	w.after(2_500, func() {
		g.takesImage()
		w.net.holdBack(g.num, h.num, 70, 4_500)
		other.read(1, r, false)
	})
	w.after(2_580, func() { w.restoreGate(g) })
	w.after(6_700, func() { w.net.sever(h.num, g.num, 9_000) })
	w.after(7_100, func() { w.net.sever(g.num, h.num, 9_000) })
	w.comesTwice(other, r, 7_300)
	w.comesTwice(g, r, 10_400)
}

// homeOf is the gate at which a right is at home, nil where it has none.
func (w *World) homeOf(r *right) *gateNode {
	if w.venue.Homes == nil {
		return nil
	}
	c := r.code
	names := w.venue.Homes.Of(whitelist.Right{Event: evening, Kind: c.Entry.Kind, Ref: c.Entry.Ref, Seat: c.Entry.Seat, Listed: true})
	at := slices.IndexFunc(w.gates, func(g *gateNode) bool { return len(names) == 1 && g.id == names[0] })
	if at < 0 {
		return nil
	}
	return w.gates[at]
}

// obeyedForAMoment: a gate whose disk is slow takes a new hub's term, loses its power before that is durable, and comes back
// where only the old hub can be heard.
func (w *World) obeyedForAMoment() {
	g, old, r := w.slot(0), w.hub(), w.guest()
	r.paces = []int64{100, 100}
	w.after(1_500, func() {
		for _, each := range w.gates {
			w.net.severBoth(each.num, old.num, w.scale.chaos)
		}
		w.net.severBoth(old.num, cloudNum, w.scale.chaos)
		g.stall = 2_000
		next := w.replacedBy(old)
		w.once(6_000, func() bool { return next.serves(g) }, func() {
			w.net.severBoth(g.num, next.num, w.scale.chaos)
			g.losesPower()
			g.bootAfter(300)
			w.net.mend(g.num, old.num)
			for _, other := range w.others(g) {
				w.comesTo(other, r, 4_000)
			}
			w.once(6_000, func() bool { return old.serves(g) }, func() { w.comesTwice(g, r, 400) })
		})
	})
}
