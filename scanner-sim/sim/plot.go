package sim

import (
	"slices"

	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// plot is what chance alone brings about in one evening of a million: several mishaps in one order, at one time. Each is
// made so that only the rule that it is named for keeps two people from coming in on one ticket.
type plot struct {
	needs     Faults
	play      func(*World)
	retention int64 // ms, 0 = a week

	doors []whitelist.PolicyName // of the gates' own doors, in order of their places; nil = one door for all
}

var plots = []plot{
	{needs: setOf(GateOff, GateDiskLost, HubRestored, CloudCut, SameTicket), play: (*World).onlyTheCloudKnows},
	{needs: setOf(GateOff, GateDiskLost, HubDiskLost, CloudCut, SameTicket), play: (*World).onlyTheCloudKnowsOfANewHub},
	{needs: setOf(GateRestored, OneWayCut, SameTicket), play: (*World).nobodyRemembersTheGrant},
	{needs: setOf(GateExcluded, HubRestored, FullCut, CloudCut, SameTicket), play: (*World).excludedLongAgo},
	{needs: setOf(GateRestored, FullCut, Delay, SameTicket), play: (*World).surrenderedInAnotherLife},
	{needs: setOf(GateCrash, HubSwapped, FullCut, CloudCut, SameTicket), play: (*World).obeyedForAMoment},
	{needs: setOf(GateRestored, FullCut, SameTicket), play: (*World).resumedFromAnOldDisk},
	{needs: setOf(GateCrash, SameTicket), play: (*World).throughTheLatch},
	{needs: setOf(GateCrash, HubRestored), play: (*World).handedBackTooSoon},
	{needs: setOf(GateCrash, HubDiskLost, CloudCut), play: (*World).prunedWithoutANote, retention: 3_000},
	{needs: setOf(HubCrash, GateDiskLost, HubRestored, OneWayCut, SameTicket), play: (*World).anOldWordOfTheCloud},
	{needs: setOf(GateCrash, FullCut, Delay, SameTicket), play: (*World).surrenderedBeforeItsPast},
	{needs: setOf(FullCut, SameTicket), play: (*World).grantedWhileHomesMove},
	{needs: setOf(FullCut, Delay, SameTicket), play: (*World).homesMoveUnheard},
	{needs: setOf(GateRestored, FullCut, OneWayCut, SameTicket), play: (*World).itsOwnGrantForgotten},
	{needs: setOf(HubCrash, FullCut, SameTicket), play: (*World).startedWithoutTheHome},
	{needs: setOf(HubRestored, SameTicket), play: (*World).grantedBeforeTheImage},
	{needs: setOf(FullCut, SameTicket), play: (*World).aloneWhileHomesMove},
	{needs: setOf(GateOff, HubRestored, FullCut, CloudCut, SameTicket), play: (*World).aFewWritesBehind},
	{needs: setOf(FullCut, SameTicket), play: (*World).homesMoveWithoutIt},
	{needs: setOf(FullCut, SameTicket), play: (*World).strictBesideAHome, doors: []whitelist.PolicyName{whitelist.Strict, whitelist.Home, whitelist.Home}},
	{needs: setOf(GateOff, GateRestored, GateExcluded, HubSwapped, FullCut, CloudCut, SameTicket), play: (*World).itHeardOfItself},
	{needs: setOf(GateOff, GateDiskLost, GateExcluded, HubSwapped, FullCut, CloudCut, SameTicket), play: (*World).hiddenByNews},
}

// plotted is the length of an evening with a plot.
var plotted = scale{chaos: 16_000, pass: 2_000, late: 2_000, shows: 4, faults: 1, gates: 3}

// drawPlot gives two evenings of sixteen a plot: of mishaps, or of mistakes. It draws nothing, so that the other evenings stay as they are.
func (w *World) drawPlot(seed uint64) {
	of := map[uint64][]plot{5: plots, 11: slips}[seed%16]
	if seed%64 == 51 {
		of = sales
	}
	if of == nil {
		return
	}
	if p := &of[seed/16%uint64(len(of))]; w.options.Faults&p.needs == p.needs {
		w.plot, w.scale = p, plotted
	}
}

// plotDoors gives each gate a door of its own, where the plot says so.
func (w *World) plotDoors() {
	if w.plot == nil || w.plot.doors == nil {
		return
	}
	w.ownDoors = true
	usual := w.venue.Checkpoints[0]
	for n, policy := range w.plot.doors {
		door := usual
		door.ID, door.Name, door.Policy = doorNumber(n), doorNumber(n), policy
		if n == 0 {
			w.venue.Checkpoints[0] = door
			continue
		}
		w.venue.Checkpoints = append(w.venue.Checkpoints, door)
	}
}

// playPlot stages the plot. Nothing else goes wrong meanwhile.
func (w *World) playPlot() {
	if w.plot == nil {
		return
	}
	w.net.loss, w.net.double, w.net.late, w.rates.crash = 0, 0, 0, 0
	for f := range faultKinds {
		if w.plot.needs.Has(f) {
			w.seen(f)
		}
	}
	w.plot.play(w)
}

// guest is somebody of this plot, with a ticket for one.
func (w *World) guest() *right { return w.newRight(kinds[0]) }

// once does something as soon as a thing is so, if that is within a time.
func (w *World) once(limit int64, isSo func() bool, do func()) {
	switch {
	case isSo():
		do()
	case limit > 0:
		w.after(5, func() { w.once(limit-5, isSo, do) })
	}
}

// serves says whether a hub answers a gate's claims.
func (h *hubNode) serves(g *gateNode) bool {
	if !h.up() || !g.up() {
		return false
	}
	v := h.state.View()
	return v.Ready && slices.ContainsFunc(v.Gates, func(x venue.GateView) bool { return x.Name == g.id && x.InStep })
}

// comesTo shows a ticket at a gate as soon as its hub answers it, and again when the gate has forgotten that it was there.
func (w *World) comesTo(g *gateNode, r *right, limit int64) {
	w.once(limit, func() bool { return w.hub().serves(g) }, func() {
		w.after(150, func() { g.read(1, r, false) })
		w.comesTwice(g, r, 350)
	})
}

func (w *World) comesTwice(g *gateNode, r *right, delay int64) {
	w.after(delay, func() { g.read(2, r, false) })
	w.after(delay+2_300, func() { g.read(1, r, false) })
}

// others are the gates that stand beside one.
func (w *World) others(than *gateNode) []*gateNode {
	return slices.DeleteFunc(slices.Clone(w.gates), func(g *gateNode) bool { return g == than || g.gone })
}

// comesBackOld: a hub starts with the disk that it had once.
func (h *hubNode) comesBackOld(disk hubDisk) {
	h.die()
	h.disk = disk
	h.island++
	h.world.say("%s comes back with an old disk", h.id)
	h.bootAfter(500)
}

// losesPower ends a gate's process. Of what its slow disk was just writing nothing is left.
func (g *gateNode) losesPower() {
	g.driver.flight, g.stall = nil, 0
	g.world.seen(UnsyncedLost)
	g.die()
}
