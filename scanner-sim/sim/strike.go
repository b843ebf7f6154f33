package sim

import "fmt"

// struck are the faults that come as events of their own; a kind that stands twice comes twice as often. The others
// happen to messages, effects and clocks.
var struck = []Fault{
	OneWayCut, OneWayCut, FullCut, FullCut, CloudCut, GateCrash, GateCrash, GateOff, GateDiskError, GateExcluded, GateDiskLost,
	GateRestored, HubCrash, HubCrash, HubDiskError, HubRestored, HubDiskLost, HubSwapped, CloudRestart, CloudRestored,
	PowerCut, ClockStep, SameTicket, SameTicket, ListReplayed, ListReplayed, DoorsOrdered, DoorsOrdered,
}

// planFault draws a fault, its time and its victim; where a disk is to come back from an old image, the image is taken
// before.
func (w *World) planFault() {
	f := struck[w.oneOf(len(struck))]
	if !w.options.Faults.Has(f) {
		return
	}
	at := w.between(500, w.scale.chaos)
	slot := w.oneOf(w.places)
	switch f {
	case GateRestored:
		w.after(w.between(0, at), func() { w.slot(slot).takesImage() })
	case HubRestored:
		w.after(w.between(0, at), func() { h := w.hub(); disk := h.disk.clone(); h.image = &disk })
	case CloudRestored:
		w.after(max(0, at-w.between(200, backupAge)), w.backUp)
	}
	w.after(at, func() { w.strike(f, slot) })
}

// planOutage: where the retention is short, the cloud is away for longer than that in some evenings.
func (w *World) planOutage() {
	if w.retention > 0 && w.plot == nil && !w.hubless && w.oneOf(2) == 0 && w.options.Faults.Has(CloudCut) {
		w.after(w.between(500, 4_000), func() {
			w.seen(CloudCut)
			w.say("the cloud is away for long")
			w.net.severBoth(w.hub().num, cloudNum, w.between(w.retention, 27_000))
		})
	}
}

// slot is the gate that stands at a place now.
func (w *World) slot(n int) *gateNode {
	for i := len(w.gates) - 1; i >= 0; i-- {
		if w.gates[i].slot == n {
			return w.gates[i]
		}
	}
	return nil
}

// strike does one fault.
func (w *World) strike(f Fault, slot int) {
	if w.hubless {
		at, can := w.atCloud(f)
		if !can {
			return
		}
		f = at
	}
	g, h := w.slot(slot), w.hub()
	w.seen(f)
	w.say("fault: %s (of %s, %s)", f, g.id, h.id)
	switch f {
	case OneWayCut:
		if w.oneOf(2) == 0 {
			w.net.sever(g.num, h.num, w.between(1_000, 15_000))
		} else {
			w.net.sever(h.num, g.num, w.between(1_000, 15_000))
		}
	case FullCut:
		w.net.severBoth(g.num, h.num, w.between(1_000, 15_000))
	case CloudCut: // some outlive the retention
		w.net.severBoth(h.num, cloudNum, w.between(1_000, pick[int64](w.rng, 10_000, 26_000)))
	case CloudRestart:
		w.cloud.restart()
	case CloudRestored:
		if w.cloud.image != nil {
			w.restoreCloud()
		}
	case ClockStep:
		w.stepClock(g, h)
	case PowerCut:
		w.cutPower(slot)
	case ListReplayed:
		w.replayList(g)
	case DoorsOrdered:
		w.orderDoors(h)
	case SameTicket:
		w.showEverywhere(w.rights[w.oneOf(len(w.rights))])
	case HubCrash, HubDiskError, HubRestored, HubDiskLost, HubSwapped:
		w.strikeHub(f, h)
	default:
		w.strikeGate(f, g)
	}
}

// cutPower: everything in the venue dies at once, and now and then a gate's disk with it.
func (w *World) cutPower(slot int) {
	w.seen(PowerCut)
	w.say("the venue's power is cut")
	for _, h := range w.hubs {
		if !w.hubless {
			h.crash()
		}
	}
	for _, g := range w.gates {
		g.crash()
	}
	if w.oneOf(2) == 0 && w.options.Faults.Has(GateDiskLost) {
		w.seen(GateDiskLost)
		w.replaceGate(w.slot(slot))
	}
}

func (w *World) strikeGate(f Fault, g *gateNode) {
	switch f {
	case GateCrash:
		g.crash()
	case GateOff:
		g.die()
		g.bootAfter(w.between(3_000, 15_000))
	case GateDiskError:
		g.broken = true
		w.after(w.between(500, 5_000), func() { g.broken = false })
	case GateExcluded:
		g.die()
		w.after(w.between(500, 3_000), func() { w.exclude(g, !g.up()) })
		g.bootAfter(w.between(3_500, 12_000))
	case GateDiskLost:
		w.replaceGate(g)
	case GateRestored:
		w.restoreGate(g)
	}
}

// replaceGate: a gate's disk is lost. Another takes its place under a new name, and a supervisor excludes the old one.
func (w *World) replaceGate(g *gateNode) {
	if g.gone {
		return
	}
	g.die()
	g.gone = true
	w.say("%s has lost its disk", g.id)
	w.after(w.between(300, 3_000), func() {
		next := w.newGate(g.slot, fmt.Sprintf("%s%c", g.id[:6], 'b'+rune(len(w.gates))))
		w.enrol(next)
		next.boot()
	})
	w.after(w.between(100, 8_000), func() { w.exclude(g, true) })
}

// enrol: a new gate joins at the hub that is in charge. One that has been replaced, and goes on for who sees only it, does
// not know the newcomer and never serves it.
func (w *World) enrol(g *gateNode) {
	w.hub().enrolled = append(w.hub().enrolled, g.id)
	for _, h := range w.hubs {
		if h.replaced && !h.retired {
			w.net.severBoth(g.num, h.num, w.scale.chaos)
		}
	}
}

// takesImage keeps the gate's disk as it is now.
func (g *gateNode) takesImage() {
	disk := g.disk.clone()
	g.image = &disk
}

func (w *World) restoreGate(g *gateNode) {
	if g.image == nil || g.gone {
		return
	}
	g.die()
	g.disk = *g.image
	g.image = nil
	g.island++
	g.alone = [2]int{}
	w.oracle.forgot(g)
	g.term, g.epoch = g.disk.memory.Term, 0
	w.say("%s comes back with an old disk", g.id)
	g.bootAfter(w.between(300, 3_000))
}

func (w *World) strikeHub(f Fault, h *hubNode) {
	switch f {
	case HubCrash:
		h.crash()
	case HubDiskError:
		h.broken = true
		w.after(w.between(500, 5_000), func() { h.broken = false })
	case HubRestored:
		if h.image == nil {
			return
		}
		h.die()
		h.disk = *h.image
		h.image = nil
		h.island++
		w.say("%s comes back with an old disk", h.id)
		h.bootAfter(w.between(500, 4_000))
	case HubDiskLost:
		w.swapHub(h, false)
	case HubSwapped:
		w.swapHub(h, true)
	}
}

func (w *World) stepClock(g *gateNode, h *hubNode) {
	if w.unset != nil {
		return // what is known of hours is known by clocks that are right
	}
	if w.oneOf(4) == 0 {
		h.clock.offset += w.clockSet(h.up())
		return
	}
	g.clock.offset += w.clockSet(g.up())
}

// clockSet is how far a clock is set. A running process notices a step that is large beside the retention, whatever it was; one
// that was set while nothing ran is not distinguished from a time of rest, so where a week is seconds it is small.
func (w *World) clockSet(running bool) int64 {
	if running {
		return w.between(-day, day)
	}
	return w.between(-w.clockStep, w.clockStep)
}

func (w *World) showEverywhere(r *right) {
	for _, g := range w.gates {
		w.after(w.between(0, 30), func() { g.read(1+w.oneOf(2), r, false) })
	}
}
