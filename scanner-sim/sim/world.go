package sim

import (
	"fmt"
	"io"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
)

// World is one simulated evening.
type World struct {
	kernel
	options Options
	net     network
	nodes   int
	places  int         // for gates
	broker  bool        // one of its own stands between hub and cloud
	hubless bool        // the cloud is the arbiter
	gates   []*gateNode // the living and the dead, in order of birth
	hubs    []*hubNode
	term    uint64 // highest that the cloud has given
	cloud   *cloudNode
	venue   *whitelist.Venue
	homed   []string // gates that were ever named as homes
	scale   scale
	plot    *plot // nil = only chance
	began   int64 // unix ms

	ownDoors  bool   // each gate stands at a door of its own
	unset     *unset // nil = clocks have batteries
	seated    bool   // tickets have seats, and some are sold while the evening runs
	box       bool   // there is a door within
	boxRoom   int    // for so many, 0 = not limited
	capacity  int    // of the zone behind the door, 0 = not limited
	retention int64  // ms, 0 = a week
	clockStep int64  // the largest step of a clock, ms
	rights    []*right
	lists     []published
	scans     []*scan
	chaos     bool
	probing   bool
	rates     rates
	oracle    *oracle
	stats     Stats
	broken    string // the first invariant that was broken
}

// Options say what kind of evening it is.
type Options struct {
	Policy whitelist.PolicyName
	Faults Faults
	Wire   bool      // every message is encoded and read back, which is slow
	Trust  bool      // an arbiter hears of a gate what floor takes of it; that a gate is refused anything is a violation
	Trace  io.Writer // the story, nil = none

	Later int64 // ms: every clock is that much ahead

	// LyingDisks forget, in a crash, what they reported durable. Nothing can be promised then: an oracle that still finds
	// nothing is blind.
	LyingDisks bool
}

// rates are the chances of this world's small faults.
type rates struct {
	crash    float64 // at each effect and input
	bootSkew float64
	override float64
	poison   float64
}

// Stats count what happened.
type Stats struct {
	Steps, Scans, Passes, Exits int
	Duplicates, Conflicts       int
	Presumed                    int // turned round at a door without a contact, and count as gone through
	Pruned                      int // records, at gates and hubs
	Hubless                     int // evenings whose arbiter is the cloud
	OldLists                    int // lists of the past that a gate refused
	FalseConflicts              int // named without a real duplicate: an outcome that is lost counts as used
	Faults                      [faultKinds]int
	Verdicts                    map[admit.Reason]int
}

func (s *Stats) verdict(r admit.Reason) {
	if s.Verdicts == nil {
		s.Verdicts = map[admit.Reason]int{}
	}
	s.Verdicts[r]++
}

func (s *Stats) add(o Stats) {
	s.Steps += o.Steps
	s.Scans += o.Scans
	s.Passes += o.Passes
	s.Exits += o.Exits
	s.Presumed += o.Presumed
	s.Duplicates += o.Duplicates
	s.Conflicts += o.Conflicts
	s.FalseConflicts += o.FalseConflicts
	s.Pruned += o.Pruned
	s.Hubless += o.Hubless
	s.OldLists += o.OldLists
	for f, n := range o.Faults {
		s.Faults[f] += n
	}
	for r, n := range o.Verdicts {
		if s.Verdicts == nil {
			s.Verdicts = map[admit.Reason]int{}
		}
		s.Verdicts[r] += n
	}
}

func (w *World) seen(f Fault) { w.stats.Faults[f]++ }

// crashes says whether a gate's process dies here.
func (w *World) crashes() bool {
	return w.chaos && w.rates.crash > 0 && w.options.Faults.Has(GateCrash) && w.chance(w.rates.crash)
}

func (w *World) hubCrashes() bool {
	return w.chaos && w.rates.crash > 0 && w.options.Faults.Has(HubCrash) && w.chance(w.rates.crash/4)
}

// bootSkew: a node without a battery may wake up in another time.
func (w *World) bootSkew() int64 {
	if !w.chaos || !w.chance(w.rates.bootSkew) {
		return 0
	}
	w.seen(ClockStep)
	return w.between(-w.clockStep, w.clockStep)
}

func (w *World) tracing() bool { return w.options.Trace != nil }

// say adds a line to the story, if anyone listens.
func (w *World) say(format string, args ...any) {
	if w.tracing() {
		fmt.Fprintf(w.options.Trace, "%7.3f s  %s\n", float64(w.now)/1000, fmt.Sprintf(format, args...))
	}
}

// fail notes the first broken invariant; the run ends.
func (w *World) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
		w.say("BROKEN: %s", w.broken)
	}
}

// toGate reaches a gate that is not known to be dead.
func (w *World) toGate(from int, id string, in gate.Input) {
	for _, g := range w.gates {
		if g.id == id && !g.gone {
			w.net.send(from, g.num, func() { g.feed(in) })
		}
	}
}

func (w *World) toGates(from int, in gate.Input) {
	for _, g := range w.gates {
		if !g.gone {
			w.net.send(from, g.num, func() { g.feed(in) })
		}
	}
}

// hub is the one that people think is in charge.
func (w *World) hub() *hubNode {
	for i := len(w.hubs) - 1; i > 0; i-- {
		if !w.hubs[i].retired {
			return w.hubs[i]
		}
	}
	return w.hubs[0]
}
