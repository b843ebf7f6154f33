package sim

import (
	"math/rand/v2"
	"slices"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// Supervisors err: they exclude gates that live, and give two hubs one term. The design bounds what comes of it: what an
// excluded gate does until it has heard that it is taken back is outside I2 and I3, but inside I4; a second hub of a term
// serves nobody who obeys the first.

var slips = []plot{
	{needs: setOf(EqualTerms, CloudCut, FullCut, SameTicket), play: (*World).twoHubsOfATerm},
	{needs: setOf(GateShunned, SameTicket), play: (*World).excludedInTheMiddle},
	{needs: setOf(HubSwapped, FullCut, CloudCut, SameTicket), play: (*World).excludedOnHearsay},
}

// shun is a supervisor's mistake about a gate, until the gate knows that it is over.
type shun struct {
	by    *hubNode // that was told to exclude it, nil = nobody
	since int64
	back  bool   // it has been taken back
	beat  uint64 // the first heartbeat of this process after that, 0 = none yet
}

// drawErrors lets supervisors err in one evening of sixteen in which chance does all the rest as well.
func (w *World) drawErrors(seed uint64) {
	if seed%16 != 13 || !w.options.Faults.Has(GateShunned) {
		return
	}
	rng := rand.New(rand.NewPCG(seed, 0x65727273))
	for range 1 + rng.IntN(3) {
		slot, length := rng.IntN(w.places), 1_000+rng.Int64N(6_000)
		w.after(500+rng.Int64N(w.scale.chaos), func() { w.excludeByMistake(w.slot(slot), length) })
	}
}

// excludeByMistake: somebody takes a gate for dead, and takes it back after a time.
func (w *World) excludeByMistake(g *gateNode, length int64) {
	h := w.hub()
	if g.gone || g.shunned.by != nil || !h.up() || h.retired || w.excluded(g) {
		return
	}
	w.seen(GateShunned)
	w.say("a supervisor takes %s for dead", g.id)
	w.exclude(g, true)
	g.shunned = shun{by: h, since: w.now}
	w.after(length, func() { w.takeBack(g) })
}

// takeBack is said to the hub that is in charge then.
func (w *World) takeBack(g *gateNode) {
	h := w.hub()
	if g.gone {
		return
	}
	if !h.up() {
		w.after(500, func() { w.takeBack(g) })
		return
	}
	w.say("a supervisor takes %s back", g.id)
	h.feed(venue.Readmit{Gate: g.id})
	g.shunned.back, g.shunned.beat = true, 0
}

// heartbeatLeaves and pulseHeard: a gate knows that it has been taken back when a heartbeat of it that is younger than that
// is echoed by the hub that had excluded it. What it has decided by then may take a moment to be durable.
func (g *gateNode) heartbeatLeaves(number uint64) {
	if g.shunned.back && g.shunned.beat == 0 {
		g.shunned.beat = number
	}
}

func (g *gateNode) pulseHeard(p wire.Pulse) {
	if s := &g.shunned; s.by != nil && s.back && s.beat > 0 && p.Number >= s.beat && p.Ready && p.Hub == s.by.id {
		g.later(1_000, func() {
			if s.back {
				*s = shun{}
			}
		})
	}
}

// shunnedTime is how long words that a hub spoke before it excluded a gate may wait for its disk, ms.
const shunnedTime = 500

// excludedIsUnanswered is X1: a hub grants nothing to a gate that it has excluded.
func (o *oracle) excludedIsUnanswered(h *hubNode, to string) {
	at := slices.IndexFunc(o.world.gates, func(g *gateNode) bool { return g.id == to })
	if at < 0 {
		return
	}
	if s := &o.world.gates[at].shunned; s.by == h && !s.back && o.world.now-s.since > shunnedTime && o.world.excluded(o.world.gates[at]) {
		o.world.fail("X1: %s grants to %s, which it has excluded", h.id, to)
	}
}

// twoHubsOfATerm: a new hub is given the term of the old one, which works on. It can't reach the cloud, and a supervisor tells it
// to go on without. The old gates hear only it for a while, and then only the old one; a new gate never hears any other.
func (w *World) twoHubsOfATerm() {
	old, r := w.hub(), w.guest()
	w.after(1_200, func() {
		gates, next := slices.Clone(w.gates), w.secondOfItsTerm(old)
		newcomer := w.newGate(w.places, "gate-9")
		w.enrol(newcomer)
		newcomer.boot()
		for _, g := range gates {
			w.net.severBoth(g.num, old.num, w.scale.chaos)
		}
		w.once(5_000, func() bool { return next.serves(newcomer) }, func() {
			newcomer.read(1, r, false)
			w.comesTwice(newcomer, r, 300)
		})
		w.after(5_000, func() {
			for _, g := range gates {
				w.net.severBoth(g.num, next.num, w.scale.chaos)
				w.net.mend(g.num, old.num)
				w.comesTo(g, r, 6_000)
			}
		})
	})
}

// secondOfItsTerm puts a hub beside another, and tells it to do without the cloud.
func (w *World) secondOfItsTerm(old *hubNode) *hubNode {
	next := w.newHub(old.disk.memory.Term)
	old.replaced = true
	w.say("%s takes the place of %s, with the same term", next.id, old.id)
	w.net.severBoth(next.num, cloudNum, w.scale.chaos)
	next.boot()
	next.feed(venue.WithoutCloud{})
	return next
}

// excludedInTheMiddle: a gate is excluded while a grant is on its way to it. Somebody else's copy of the ticket is let in at
// another gate, and it may do so as well: both are named. Until it is taken back nobody answers it.
func (w *World) excludedInTheMiddle() {
	g, r, other := w.slot(0), w.guest(), w.guest()
	beside := w.others(g)[0]
	w.after(3_500, func() {
		s := g.read(1, r, false)
		w.once(300, func() bool { return s != nil && s.hub != nil }, func() {
			w.excludeByMistake(g, 6_000)
			w.comesTwice(beside, r, 60)
		})
	})
	w.after(5_500, func() { g.read(2, other, false) })
	w.comesTwice(beside, other, 7_500)
	w.comesTwice(g, other, 11_000)
	w.comesTwice(g, r, 14_000)
}

// unheeded says whether an admission is one that a supervisor's mistake allows: alone, or by the word of a hub that was said to be
// off as well.
func (s *scan) unheeded() bool { return s.gate.shunned.by != nil }

// excludedOnHearsay: a new hub waits for a gate that only the old one can hear. A supervisor who has looked at neither says that
// the gate is off; the old hub lets people in there.
func (w *World) excludedOnHearsay() {
	g, old, r := w.slot(0), w.hub(), w.guest()
	w.after(1_500, func() {
		next := w.replacedBy(old)
		w.net.severBoth(g.num, next.num, 9_000)
		w.net.severBoth(old.num, cloudNum, w.scale.chaos)
		for _, other := range w.others(g) {
			w.net.severBoth(other.num, old.num, w.scale.chaos)
			w.comesTo(other, r, 9_000)
		}
		w.after(3_000, func() { next.feed(venue.Exclude{Gate: g.id}) })
		w.comesTwice(g, r, 4_500)
	})
}
