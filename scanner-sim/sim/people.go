package sim

import (
	"fmt"

	"portaria/edge/gate"
	"portaria/edge/venue"
)

// exclude is a supervisor who has seen that a gate is off. It takes until a hub is there to be told.
func (w *World) exclude(g *gateNode, off bool) {
	h := w.hub()
	if !off || w.excluded(g) && !(h.up() && h.state.Waits(g.id)) {
		return
	}
	if !h.up() {
		w.after(500, func() { w.exclude(g, g.gone || !g.up()) })
		return
	}
	if h.state.NeedsOldHubOff() {
		w.seeOff(h)
	}
	w.say("a supervisor excludes %s", g.id)
	w.oracle.excluded(h, g)
	h.feed(venue.Exclude{Gate: g.id, OldHubOff: true})
}

// seeOff: somebody goes and looks that every hub before this one is off.
func (w *World) seeOff(h *hubNode) {
	for _, old := range w.hubs {
		if old != h {
			w.switchOff(old)
		}
	}
}

func (w *World) excluded(g *gateNode) bool {
	for _, known := range w.hub().disk.gates {
		if known.Name == g.id {
			return known.Excluded
		}
	}
	return false
}

// lookAgain is how often supervisors look whether a hub still waits for a gate that is dead, ms.
const lookAgain = 1_000

// keepTidy looks again and again until the supervisors go home: a hub that finds its disk old later asks later.
func (w *World) keepTidy() {
	w.tidyUp()
	if w.now < w.scale.settleAt() {
		w.after(1_000, w.keepTidy)
	}
}

// tidyUp is what supervisors do once all is mended: dead gates are excluded, living ones taken back.
func (w *World) tidyUp() {
	if w.now < w.scale.settleAt()-2*lookAgain {
		w.after(lookAgain, w.tidyUp)
	}
	for _, g := range w.gates {
		switch {
		case g.gone:
			w.exclude(g, true)
		case w.excluded(g):
			w.hub().feed(venue.Readmit{Gate: g.id})
		}
	}
}

// settle says of every admission and every grant whose outcome is lost whether somebody entered.
func (w *World) settle() {
	for _, g := range w.gates {
		for _, e := range g.disk.openIntents() {
			s := w.scanOf(e.Scan)
			if w.mayStillPass(s) {
				continue
			}
			w.say("a supervisor settles %s at %s: entered %v", scanName(e.Scan), g.id, s.passed)
			g.feed(gate.Settled{Scan: e.Scan, Supervisor: "rosa", Entered: s.passed})
		}
	}
	h := w.hub()
	for _, grant := range h.disk.boot(h.id, "").Grants {
		if grant.Unknown && !grant.Settled {
			s := w.scanOf(grant.Scan)
			if w.mayStillPass(s) {
				continue
			}
			w.say("a supervisor settles %s: entered %v", scanName(grant.Scan), s.passed)
			h.feed(venue.Settle{Scan: grant.Scan, Entered: s.passed})
		}
	}
}

// mayStillPass: while the arm may be open, nobody says that nobody came in.
func (w *World) mayStillPass(s *scan) bool {
	return s.pulses > 0 && w.now-s.pulsedAt <= w.scale.pass+w.scale.late
}

// planSettling: supervisors do not wait for the end of the evening.
func (w *World) planSettling() {
	for range w.oneOf(3) {
		w.after(w.between(w.scale.chaos/2, w.scale.chaos), w.settle)
	}
}

// swapHub puts a new hub in the place of one; in a partition the old one goes on for the gates that see only it.
func (w *World) swapHub(old *hubNode, partition bool) {
	h := w.newHub(w.nextTerm(old))
	old.replaced = true
	if !partition {
		old.die()
		old.retired = true
	} else {
		w.partHubs(old, h)
	}
	w.say("%s takes the place of %s, term %d", h.id, old.id, h.disk.memory.Term)
	w.after(w.between(300, 3_000), h.boot)
}

// nextTerm comes from the cloud, or from a supervisor who is offline and knows only the hub before him.
func (w *World) nextTerm(old *hubNode) uint64 {
	if w.oneOf(4) == 0 && w.options.Faults.Has(EqualTerms) {
		w.seen(EqualTerms)
		return old.disk.memory.Term + 1
	}
	if w.oneOf(2) == 0 {
		return 0 // the cloud will give it one
	}
	w.term = max(w.term, old.disk.memory.Term) + 1
	return w.term
}

// raiseTerm: where a gate or another hub has seen the hub's term or a higher one, people give it the highest.
func (w *World) raiseTerm(h *hubNode) {
	highest, tied := h.disk.memory.Term, false
	for _, g := range w.gates {
		m := &g.disk.memory
		tied = tied || m.Term >= h.disk.memory.Term && m.Hub != h.id && m.Hub != ""
		highest = max(highest, m.Term)
	}
	for _, other := range w.hubs {
		tied = tied || other != h && other.disk.memory.Term >= h.disk.memory.Term
		highest = max(highest, other.disk.memory.Term)
	}
	if !tied {
		return
	}
	h.die()
	h.disk.memory.Term = highest + 1
	w.say("%s is given term %d", h.id, highest+1)
}

// partHubs cuts each gate off from one of two hubs, or from none, and the old hub from the cloud, or not; the old hub goes
// on for a while after the partition.
func (w *World) partHubs(old, h *hubNode) {
	length := w.between(2_000, 15_000)
	for _, g := range w.gates {
		switch w.oneOf(5) {
		case 0, 1:
			w.net.severBoth(g.num, h.num, length)
		case 2, 3:
			w.net.severBoth(g.num, old.num, length)
		}
	}
	if w.oneOf(4) != 0 {
		w.net.severBoth(old.num, cloudNum, length)
	}
	w.after(length+w.between(0, 5_000), func() { w.switchOff(old) })
}

func (w *World) switchOff(old *hubNode) {
	if old.retired {
		return
	}
	w.say("%s is found and switched off", old.id)
	old.die()
	old.retired = true
}

func (w *World) newHub(term uint64) *hubNode {
	h := &hubNode{world: w, num: w.newNode(), id: fmt.Sprintf("hub-%d", len(w.hubs)+1), clock: w.newClock()}
	h.disk.memory.Term, h.disk.venue = term, w.venue
	for _, g := range w.gates {
		if !g.gone {
			h.enrolled = append(h.enrolled, g.id)
		}
	}
	if w.broker {
		w.net.storeAt(h.num)
	}
	w.hubs = append(w.hubs, h)
	return h
}

func (w *World) newGate(slot int, id string) *gateNode {
	g := &gateNode{world: w, num: w.newNode(), slot: slot, id: id, clock: w.newClock(), bare: w.newBareClock()}
	g.disk.venue = w.venue
	for number := 1; number <= 2; number++ {
		g.lanes = append(g.lanes, &turnstile{number: number, latches: w.oneOf(2) == 0, counts: w.oneOf(4) != 0})
	}
	for _, lane := range g.lanes {
		lane.counts = lane.counts && !g.door(lane.number).NoContact
	}
	w.gates = append(w.gates, g)
	return g
}

func (w *World) newNode() int {
	w.nodes++
	return w.nodes
}
