package sim

import (
	"fmt"
	"io"
	"math/rand/v2"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// Times of a run, ms: chaos, then everything is mended, then quiet, then the judgement.
const (
	chaosUntil = 40_000
	quietUntil = 75_000
	showsEnd   = 42_000
)

// Outcome is what became of one seed.
type Outcome struct {
	Seed   uint64
	Broken string // empty = every invariant held
	Stats  Stats
}

// Run lives one evening under a policy. trace may be nil.
func Run(seed uint64, policy whitelist.PolicyName, trace io.Writer) Outcome {
	w := newWorld(seed, policy, trace)
	w.advance(chaosUntil, w.over)
	w.heal()
	w.advance(quietUntil, w.over)
	if w.broken == "" {
		w.oracle.final()
	}
	w.stats.Steps = w.steps
	return Outcome{Seed: seed, Broken: w.broken, Stats: w.stats}
}

func (w *World) over() bool { return w.broken != "" }

func newWorld(seed uint64, policy whitelist.PolicyName, trace io.Writer) *World {
	w := &World{
		kernel: newKernel(seed), venue: newVenue(policy), scanned: map[admit.ScanID]*right{}, chaos: true,
		stats: newStats(), trace: trace,
	}
	w.net = network{world: w, cut: map[way]int{}, loss: pick(w.rng, 0, 0.02, 0.2), double: pick(w.rng, 0, 0.05, 0.3), late: pick(w.rng, 0, 0.02, 0.1)}
	w.rates = rates{crashAtEffect: pick(w.rng, 0, 0.001, 0.01)}
	w.oracle = newOracle(w)
	w.cloud = &cloudNode{world: w, db: newDatabase(), incarnation: fmt.Sprintf("%08x", w.rng.Uint32())}
	for i := range 3 + w.oneOf(4) {
		w.rights = append(w.rights, w.newRight(i))
	}
	w.open()
	w.plan()
	return w
}

func pick(rng *rand.Rand, choices ...float64) float64 { return choices[rng.IntN(len(choices))] }

// open switches everything on.
func (w *World) open() {
	for i := range 2 + w.oneOf(3) {
		g := &gateNode{world: w, id: fmt.Sprintf("gate-%d", i+1), disk: newGateDisk(), clock: w.newClock()}
		g.lanes = []*turnstile{{number: 1}, {number: 2}}
		w.gates = append(w.gates, g)
	}
	h := &hubNode{world: w, id: "hub-1", disk: newHubDisk(), clock: w.newClock()}
	for _, g := range w.gates {
		h.disk.gates[g.id] = venue.Gate{Name: g.id}
	}
	w.hubs = append(w.hubs, h)
	h.boot()
	for _, g := range w.gates {
		g.boot()
	}
}

// plan draws when guests come and what goes wrong.
func (w *World) plan() {
	for range 45 {
		at := w.between(500, showsEnd)
		r := w.rights[w.oneOf(len(w.rights))]
		if r.reentry() && w.oneOf(3) == 0 {
			w.after(at, func() { w.someGate().show(1+w.oneOf(2), r, true) })
			continue
		}
		w.after(at, func() { w.someGate().show(1+w.oneOf(2), r, false) })
		if w.oneOf(2) == 0 { // a copy of the ticket comes to another lane, soon
			w.after(at+w.between(0, 900), func() { w.someGate().show(1+w.oneOf(2), r, false) })
		}
	}
	for range w.oneOf(10) {
		fault := struck[w.oneOf(len(struck))]
		w.after(w.between(500, chaosUntil), func() { w.strike(fault) })
	}
}

func (w *World) someGate() *gateNode { return w.gates[w.oneOf(len(w.gates))] }

// heal mends every cable and disk and switches on what is off.
func (w *World) heal() {
	w.chaos = false
	w.say("everything is mended")
	w.net.heal()
	w.cloud.down = false
	w.hub().broken = false
	w.hub().boot()
	for _, g := range w.gates {
		g.broken = false
		g.boot()
	}
}
