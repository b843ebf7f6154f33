package sim

import "portaria/edge/venue"

// handedBackTooSoon: a hub comes back with an old disk, and asks what everybody knows. Gates know of admissions that are still on
// their way to slow disks, and lose their power before they are there.
func (w *World) handedBackTooSoon() {
	h := w.hub()
	var old hubDisk
	w.after(2_300, func() { old = h.disk.clone() })
	for i, g := range w.gates {
		first, second := w.guest(), w.guest()
		w.after(2_400+int64(i), func() { g.read(1, first, false) })
		w.after(5_000, func() {
			g.stall = 6_000
			g.read(2, second, false)
		})
		w.after(9_500, func() {
			g.losesPower()
			g.bootAfter(300)
		})
	}
	w.after(5_020, func() { h.comesBackOld(old) })
}

// prunedWithoutANote: a gate prunes, and loses its power before its slow disk has noted how far. A new hub that can't ask the
// cloud takes the place of the old one.
func (w *World) prunedWithoutANote() {
	g, h := w.slot(0), w.hub()
	w.after(2_500, func() { g.stall = 4_000 })
	w.after(6_300, func() {
		g.losesPower()
		g.bootAfter(900)
		next := w.replacedBy(h)
		h.die()
		h.retired = true
		w.net.severBoth(next.num, cloudNum, w.scale.chaos)
		w.once(2_000, next.up, func() { next.feed(venue.WithoutCloud{}) })
	})
}

// grantedBeforeTheImage: a hub has granted an admission, and comes back with a disk that knows nothing of it, while the gate's slow
// disk still writes it down. The same ticket comes to the other gates.
func (w *World) grantedBeforeTheImage() {
	g, h, r := w.slot(0), w.hub(), w.guest()
	var old hubDisk
	w.after(2_400, func() { old = h.disk.clone() })
	w.after(2_500, func() {
		g.stall = 5_000
		s := g.read(1, r, false)
		w.once(300, func() bool { return s != nil && s.hub != nil }, func() {
			h.comesBackOld(old)
			for _, other := range w.others(g) {
				w.comesTo(other, r, 6_000)
			}
		})
	})
	w.after(9_000, func() { g.stall = 0 })
}
