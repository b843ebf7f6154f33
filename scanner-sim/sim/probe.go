package sim

import (
	"fmt"
	"slices"
)

// probe is a guest of the last check, when all is mended and quiet: what must happen is known.
type probe struct {
	scan  *scan
	admit bool
	why   string
}

// probeSpacing is the time between two probes of a lane, ms: more than a grant and a walk take.
const probeSpacing = 700

// probeAll sends a fresh guest to every gate, everyone who was never let in to some gate, and every used-up ticket to
// all gates. It returns how long that takes.
func (w *World) probeAll() int64 {
	w.probing = true
	w.say("the last check")
	w.makeRoom()
	w.sayWaiting()
	records := w.cloud.records()
	var living []*gateNode
	for _, g := range w.gates {
		if !g.gone {
			living = append(living, g)
		}
	}
	busy := make([]int64, 2*len(living))
	visit := func(at int, r *right, admit bool, why string) {
		g := living[at/2]
		lane := 1 + at%2
		if g.isWithin(lane) {
			at, lane = at-1, 1
		}
		w.after(busy[at], func() {
			s := g.read(lane, r, false)
			w.oracle.probes = append(w.oracle.probes, probe{s, admit, fmt.Sprintf("%s at %s", why, g.id)})
		})
		busy[at] += probeSpacing
	}
	rights := w.rights
	for i := range living {
		visit(2*i, w.newRight(kinds[0]), true, "a fresh guest")
	}
	for _, r := range rights {
		of := recordsOf(records, r)
		revoked := slices.Contains(w.lists[len(w.lists)-1].revoked, r.number)
		switch {
		case revoked:
			visit((2*r.number+1)%len(busy), r, false, fmt.Sprintf("right %d, which is revoked,", r.number))
		case len(r.passes)+len(r.presumed) == 0 && !w.oracle.unsettled(of) && !w.oracle.unsettled(w.hub().disk.historyOf(r)):
			visit((2*r.number+1)%len(busy), r, !w.unlisted(r) || w.letsUnlistedIn(), fmt.Sprintf("right %d, on which nobody came in,", r.number))
		case usedUp(r, of):
			for i := range living {
				visit(2*i+r.number%2, r, false, fmt.Sprintf("right %d, which is used up,", r.number))
			}
		}
	}
	longest := int64(0)
	for _, b := range busy {
		longest = max(longest, b)
	}
	return longest
}

// sayWaiting tells whom the hub waits for, if it does.
func (w *World) sayWaiting() {
	h := w.hub()
	if !w.tracing() || !h.up() {
		return
	}
	v := h.state.View()
	if v.Ready {
		return
	}
	w.say("%s gives no rulings: recovering %v, filling %v, everything named %v, lacking %d, rival term %d, own %d", h.id, v.Recovering, v.Filling,
		v.Listed, v.Lacking, v.Rival, v.Term)
	for _, g := range v.Gates {
		if !g.InStep && !g.Excluded {
			w.say("%s waits for %s: run %s, %d held; it says %+v", h.id, g.Name, g.Run, g.Held, g.State)
		}
	}
}

// judgeProbes: honest guests were let in by the arbiter's word, used-up tickets were not.
func (o *oracle) judgeProbes() {
	for _, p := range o.probes {
		switch {
		case p.scan == nil:
			o.world.fail("L1: %s found the gate dead", p.why)
		case p.admit && p.scan.pulses == 0:
			o.world.fail("I5: %s was not let in", p.why)
		case p.admit && p.scan.offline:
			o.world.fail("L1: %s was let in without the arbiter", p.why)
		case !p.admit && p.scan.pulses > 0:
			o.world.fail("I3: %s was let in", p.why)
		}
	}
}
