package sim

// Plots of home gates: each is about who has the token of a right. They play only where rights have homes.

// surrenderedBeforeItsPast: a home gate that is cut off lets somebody in, and starts again as the cable is mended. What it did before
// is late; the ticket is shown at another gate, and it gives the right up.
func (w *World) surrenderedBeforeItsPast() {
	h := w.hub()
	g, other, r := w.atHome()
	if g == nil {
		return
	}
	w.after(3_000, func() { w.net.severBoth(g.num, h.num, 1_000) })
	w.after(3_020, func() { g.read(1, r, false) })
	w.after(3_900, func() {
		g.die()
		g.bootAfter(200)
	})
	w.after(4_090, func() {
		g.stall = 150 // so that what it does now is not late as well
		w.net.holdBack(g.num, h.num, 100, 4_000)
	})
	w.after(4_500, func() { g.stall = 0 })
	w.after(4_700, func() { other.read(1, r, false) })
}

// grantedWhileHomesMove: a right is granted to its home, whose disk is slow; meanwhile the homes move. The new home is cut off, and
// the ticket is shown there.
func (w *World) grantedWhileHomesMove() {
	w.movedWhile(func(_ *gateNode, to *gateNode, r *right) {
		w.after(3_000, func() { w.cutOff(to, 6_000) })
		w.after(3_050, func() { to.read(1, r, false) })
	})
}

// homesMoveUnheard is the same, and what the new home should have heard is late.
func (w *World) homesMoveUnheard() {
	w.movedWhile(func(_ *gateNode, to *gateNode, r *right) {
		h, way := w.hub(), w.net.way(w.hub().num, to.num)
		w.net.holdBack(h.num, to.num, 4_000, 9_000)
		w.once(4_000, func() bool { return h.disk.homes.Epoch == w.venue.Homes.Epoch }, func() {
			way.holds = w.now + 5
			w.after(1_150, func() { w.cutOff(to, 6_000) })
			w.after(1_200, func() { to.read(1, r, false) })
		})
	})
}

// movedWhile moves a right to another home while a grant is on its way to the one it had, and then to its slow disk.
func (w *World) movedWhile(then func(from, to *gateNode, r *right)) {
	h := w.hub()
	from, to, r := w.atHome()
	if from == nil {
		return
	}
	w.after(3_000, func() {
		from.stall = 6_000
		s := from.read(1, r, false)
		w.net.holdBack(h.num, from.num, 60, 150)
		w.once(200, func() bool { return s != nil && s.hub != nil }, func() {
			w.moveHomesTo([]string{to.id}, 1)
			then(from, to, r)
		})
	})
	w.after(10_000, func() { from.stall = 0 })
}

// itsOwnGrantForgotten: somebody passes at the home of their right, on a grant; the record of it dies with the disk, in whose place an
// older one comes. The gate is cut off, and the ticket is shown there again.
func (w *World) itsOwnGrantForgotten() {
	h := w.hub()
	g, _, r := w.atHome()
	if g == nil {
		return
	}
	w.grantNotHeard(g, r, 3_000, 200, 1_500)
	w.after(4_400, func() {
		w.restoreGate(g)
		w.once(6_000, func() bool { return h.serves(g) }, func() {
			w.after(2_200, func() { w.cutOff(g, 5_000) })
			w.after(2_250, func() { g.read(1, r, false) })
		})
	})
}

// startedWithoutTheHome: a gate is cut off; the hub starts again, and the homes move meanwhile. The ticket is shown at the gate, where
// it was at home, and at its new one.
func (w *World) startedWithoutTheHome() {
	h := w.hub()
	from, to, r := w.atHome()
	if from == nil {
		return
	}
	w.after(3_000, func() {
		w.cutOff(from, 9_000)
		h.die()
		h.bootAfter(200)
	})
	w.after(4_000, func() { w.moveHomesTo([]string{to.id}, 1) })
	w.comesTwice(to, r, 7_000)
	w.comesTwice(from, r, 7_100)
}

// aloneWhileHomesMove: a home gate that is cut off lets somebody in, and its disk is slow. Before that is written down the cable is
// mended and the homes move; the ticket is shown at the new home.
func (w *World) aloneWhileHomesMove() {
	h := w.hub()
	from, to, r := w.atHome()
	if from == nil {
		return
	}
	w.after(3_000, func() {
		w.net.severBoth(from.num, h.num, 400)
		from.stall = 6_000
		from.read(1, r, false)
	})
	w.after(3_500, func() { w.moveHomesTo([]string{to.id}, 1) })
	w.comesTwice(to, r, 6_500)
	w.after(10_000, func() { from.stall = 0 })
}

// homesMoveWithoutIt: a gate is cut off, the homes move, and the new home is cut off as well. The ticket is shown at both.
func (w *World) homesMoveWithoutIt() {
	from, to, r := w.atHome()
	if from == nil {
		return
	}
	w.after(3_000, func() { w.cutOff(from, 9_000) })
	w.after(3_100, func() { w.moveHomesTo([]string{to.id}, 1) })
	w.after(6_200, func() { w.cutOff(to, 6_000) })
	w.comesTwice(to, r, 6_400)
	w.comesTwice(from, r, 6_500)
}

// strictBesideAHome: a gate whose door has homes is cut off, and is the home of all. A ticket is shown there, and at a strict door.
func (w *World) strictBesideAHome() {
	strict, r := w.slot(0), w.guest()
	home := w.slot(1)
	r.paces = []int64{100, 100}
	w.after(1_500, func() { w.moveHomesTo([]string{home.id}, 1) })
	w.after(5_000, func() { w.cutOff(home, 6_000) })
	w.comesTwice(home, r, 5_100)
	w.comesTwice(strict, r, 5_800)
}

// atHome is a guest of this plot who walks at once, the gate at which their right is at home, nil where it has none, and another.
func (w *World) atHome() (home, other *gateNode, r *right) {
	r = w.guest()
	if home = w.homeOf(r); home == nil {
		return nil, nil, r
	}
	r.paces = []int64{100, 100}
	return home, w.others(home)[0], r
}
