package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"portaria/edge/admit"
)

// scale is how long an evening is, in ms, and how much happens in it: chaos, then everything is mended, then quiet, then
// supervisors settle what is open, then the last check and the judgement.
type scale struct {
	chaos  int64
	pass   int64 // how long a turnstile stays open
	late   int64 // how long after that somebody may still squeeze through
	shows  int   // planned readings of tickets
	faults int   // planned faults, at most
	gates  int   // at most
}

// Four evenings of five are short: more of them can be lived, and what goes wrong within seconds goes wrong in them.
var (
	short = scale{chaos: 8_000, pass: 2_000, late: 2_000, shows: 14, faults: 6, gates: 3}
	long  = scale{chaos: 30_000, pass: 5_000, late: 4_000, shows: 40, faults: 10, gates: 4}

	// lonely is one of a hundred: a gate is cut off for longer than its budget of a minute.
	lonely = scale{chaos: 90_000, pass: 2_000, late: 2_000, shows: 60, faults: 3, gates: 2}
)

// settleAt is when the last person has waited for a lane, and walked through its arm or not; judgeAt is when the supervisors' words have
// arrived everywhere.
func (s scale) settleAt() int64 { return s.chaos + 2_000 + 2*s.pass + s.late }
func (s scale) judgeAt() int64  { return s.settleAt() + 3_000 }

const (
	showsAfter = 1_000 // ms of the end of chaos: people keep coming
	lastWord   = 3_500 // ms after the last probe: records are sent again after two seconds
	backupAge  = 3_000 // ms, of the oldest backup of the cloud that is restored

	// shortRetention stands for the week of real life: longer than any backup is old, by more than words are late and
	// clocks step; so clocks step little where it is in force.
	shortRetention = 19_000
	mostSteps      = 50_000 // ten times what an evening takes
	mostReads      = 2_000  // effects of one step of a hub: a journal read without end would fill the memory
	mostRights     = 8
	leastRights    = 4
)

// Outcome is what became of one seed.
type Outcome struct {
	Seed   uint64
	Broken string // empty = every invariant held
	Stats  Stats
}

// Run lives one evening.
func Run(seed uint64, options Options) Outcome {
	w := newWorld(seed, options)
	w.advance(w.scale.chaos, w.over)
	w.heal()
	w.after(1_000, w.keepTidy)
	w.advance(w.scale.settleAt(), w.over)
	w.settle()
	w.advance(w.scale.judgeAt(), w.over)
	if !w.over() {
		w.oracle.judge()
	}
	if !w.over() {
		w.advance(w.now+w.probeAll()+lastWord, w.over)
	}
	if !w.over() {
		w.oracle.judgeProbes()
		w.oracle.everythingArrived()
	}
	w.stats.Steps = w.steps
	w.end()
	return Outcome{Seed: seed, Broken: w.broken, Stats: w.stats}
}

// over says whether the evening ends here. One that makes many times the usual work never falls quiet.
func (w *World) over() bool {
	if w.steps > mostSteps {
		w.fail("L2: messages without end")
	}
	return w.broken != ""
}

func newWorld(seed uint64, options Options) *World {
	w := &World{kernel: newKernel(seed), options: options, chaos: true, term: 1}
	w.scale = pick(w.rng, short, short, short, short, long)
	if seed%100 == 99 {
		w.scale = lonely
	}
	w.drawPlot(seed)
	w.began = pick(w.rng, epoch, epoch, epoch, dawn-w.scale.chaos/2) + options.Later
	w.drawVenue()
	w.drawBox(seed)
	w.net = network{world: w}
	w.clockStep = day
	if w.oneOf(2) == 0 && w.scale == long {
		w.retention, w.clockStep = shortRetention, 200
	}
	if w.plot != nil && w.plot.retention > 0 {
		w.retention, w.clockStep = w.plot.retention, 200
	}
	w.setRates()
	w.oracle = &oracle{world: w}
	w.cloud = &cloudNode{world: w, incarnation: fmt.Sprintf("%08x", w.rng.Uint32())}
	for range leastRights + w.oneOf(mostRights-leastRights+1) {
		w.newRight(kinds[w.oneOf(len(kinds))])
	}
	w.say("policy %s, room for %d (0 = any), %d admitted alone at most (0 = any), lost %.2f, doubled %.2f, late %.2f of the messages",
		options.Policy, w.capacity, w.venue.Checkpoints[0].Budget.Entries, w.net.loss, w.net.double, w.net.late)
	w.planLists()
	w.drawHub()
	w.drawDoors(seed)
	w.plotDoors()
	w.drawUnset(seed)
	w.drawSold(seed)
	w.open()
	w.plan()
	w.drawErrors(seed)
	return w
}

// setRates draws how bad the world is. The draws are made whatever the set of faults, so that a seed's story changes
// as little as may be when a kind is left out.
func (w *World) setRates() {
	w.net.loss = w.rate(Loss, 0, 0.02, 0.2)
	w.net.double = w.rate(Doubling, 0, 0.05, 0.3)
	w.net.late = w.rate(Delay, 0, 0.02, 0.1)
	w.rates.crash = pick(w.rng, 0, 0.0003, 0.003)
	w.rates.override = w.rate(Overridden, 0, 0, 0.1)
	w.rates.poison = w.rate(Poison, 0, 0, 0, 0.05)
	w.rates.bootSkew = w.rate(ClockStep, 0, 0, 0.3)
}

func (w *World) rate(f Fault, choices ...float64) float64 {
	rate := pick(w.rng, choices...)
	if !w.options.Faults.Has(f) {
		return 0
	}
	return rate
}

func pick[T any](rng *rand.Rand, choices ...T) T { return choices[rng.IntN(len(choices))] }

// open switches everything on.
func (w *World) open() {
	w.places = 2 + w.oneOf(w.scale.gates-1)
	w.settleHomes(w.places)
	for i := range w.places {
		w.newGate(i, fmt.Sprintf("gate-%d", i+1))
	}
	w.newHub(1).boot()
	for _, g := range w.gates {
		g.boot()
	}
}

// plan draws when guests come and what goes wrong.
func (w *World) plan() {
	guests := len(w.rights)
	for range w.scale.shows {
		at := w.between(500, w.scale.chaos+showsAfter)
		r := w.rights[w.oneOf(guests)]
		exit := w.oneOf(pick(w.rng, 3, 8)) == 0
		w.after(at, func() { w.show(r, exit) })
		if !exit && w.oneOf(2) == 0 { // a copy of the ticket comes to another lane, soon
			w.after(at+w.between(0, 900), func() { w.show(r, false) })
		}
	}
	w.planOutage()
	w.planSettling()
	w.planLoneliness()
	for range w.oneOf(5) {
		w.after(w.between(500, w.scale.chaos), w.smallTalk)
	}
	w.playPlot()
	for range w.oneOf(w.scale.faults) {
		w.planFault()
	}
}

func (w *World) show(r *right, exit bool) {
	w.gates[w.oneOf(len(w.gates))].read(1+w.oneOf(2), r, exit)
}

// heal mends every cable and disk and switches on what is off.
func (w *World) heal() {
	w.chaos = false
	w.say("everything is mended")
	w.net.heal()
	w.cloud.down = false
	for _, h := range w.hubs[:len(w.hubs)-1] {
		if h != w.hub() && !h.retired {
			h.die()
			h.retired = true
		}
	}
	w.hub().broken = false
	w.raiseTerm(w.hub())
	w.after(500, w.orderAsConfigured)
	w.hub().setClock()
	w.hub().boot()
	for _, g := range w.gates {
		g.broken, g.stall = false, 0
		g.boot()
	}
}

func recordsOf(records [][]admit.Record, r *right) []admit.Record {
	if r.number < len(records) {
		return records[r.number]
	}
	return nil
}

// usedUp says whether the people of a right who are on record are as many as it lets in.
func usedUp(r *right, records []admit.Record) bool {
	if r.daily() {
		return false // today is another day at some gates
	}
	known := slices.Concat(r.passes, r.presumed)
	if r.reentry() {
		known = slices.Clone(r.inside)
	}
	known = slices.DeleteFunc(known, func(s *scan) bool { return !factsOf(records, s.id).stands() })
	return len(known) >= r.allowed()
}
