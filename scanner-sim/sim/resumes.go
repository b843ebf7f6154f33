package sim

import "portaria/edge/gate"

// getsACounter: the first arm of a gate counts, and has been read.
func (g *gateNode) getsACounter() {
	lane := g.lanes[0]
	lane.counts = true
	g.feed(gate.CounterRead{Lane: lane.number, Counter: lane.counter})
}

// resumedFromAnOldDisk: somebody turns round at the arm, and comes in at another gate. The gate's disk is followed by one on which
// that admission has no end, and the ticket is shown there again, where nobody can tell.
func (w *World) resumedFromAnOldDisk() {
	g, h, r := w.slot(0), w.hub(), w.guest()
	other := w.others(g)[0]
	g.getsACounter()
	r.paces = []int64{turnsBack, 200, 200}
	w.after(2_500, func() {
		s := g.read(1, r, false)
		w.once(600, func() bool { return s != nil && s.pulses > 0 }, g.takesImage)
	})
	w.after(4_700, func() { other.read(1, r, false) })
	w.after(5_100, func() {
		w.net.severBoth(g.num, h.num, 4_000)
		w.restoreGate(g)
		g.boot()
	})
	w.after(7_300, func() { g.read(1, r, false) })
}

// throughTheLatch: a gate dies as its arm, which keeps its own time, has opened. Somebody else with a copy of the ticket is quick, and
// the disk is slow: the first goes through while the second is being written down.
func (w *World) throughTheLatch() {
	g, r := w.slot(0), w.guest()
	g.getsACounter()
	g.lanes[0].latches = true
	r.paces = []int64{1_750, 300}
	w.after(2_500, func() {
		s := g.read(1, r, false)
		w.once(600, func() bool { return s != nil && s.pulses > 0 }, func() {
			g.die()
			g.bootAfter(50)
			w.after(1_450, func() {
				g.stall = 900
				g.read(1, r, false)
			})
			w.after(3_000, func() { g.stall = 0 })
		})
	})
}
