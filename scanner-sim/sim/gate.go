package sim

import (
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// gateNode is one gate: its disk and turnstiles outlive its process.
type gateNode struct {
	world  *World
	id     string
	disk   gateDisk
	images []gateDisk
	clock  clock
	lanes  []*turnstile

	state   *gate.State // nil while the process is down
	process int         // number of the living process: what an older one still had to do is void
	born    int64
	flush   bool // a group commit is under way
	waiting []gateTx

	island int  // rises when the journal is lost or restored
	gone   bool // its disk died: the identity never comes back
	broken bool // the disk answers every write with an error
}

// turnstile is a lane's hardware.
type turnstile struct {
	number  int
	counter int64
	open    bool // the relay is on
}

// gateTx is one Commit and what must become durable with it.
type gateTx struct {
	events   []wire.Event
	memory   *gate.Memory
	remember []gate.Remember
}

func (g *gateNode) up() bool { return g.state != nil }

func (g *gateNode) boot() {
	if g.gone || g.up() {
		return
	}
	g.process++
	g.born = g.world.now
	g.waiting, g.flush = nil, false
	state, effects := gate.New(g.disk.boot(g))
	g.state = state
	g.world.say("%s starts, run %s", g.id, g.disk.newestRun())
	g.carryOut(effects)
	g.feed(gate.VenueChanged{Venue: g.world.venue})
	p := g.process
	g.world.every(200, 400, func() bool {
		if g.process == p && g.up() {
			g.feed(gate.Tick{})
		}
		return g.process == p && g.up()
	})
}

// die ends the process: of what was not yet durable, a random beginning survives.
func (g *gateNode) die() {
	if !g.up() {
		return
	}
	g.world.say("%s dies", g.id)
	g.state = nil
	g.process++
	if n := len(g.waiting); n > 0 && !g.broken {
		for _, tx := range g.waiting[:g.world.oneOf(n+1)] {
			g.disk.apply(tx)
		}
	}
	g.waiting = nil
	for _, lane := range g.lanes {
		lane.open = false
	}
}

// crash ends the process and lets the service manager start it again.
func (g *gateNode) crash() {
	if !g.up() {
		return
	}
	g.die()
	p := g.process
	g.world.after(g.world.between(300, 3_000), func() {
		if g.process == p {
			g.broken = false
			g.boot()
		}
	})
}

func (g *gateNode) feed(in gate.Input) {
	if g.up() {
		g.carryOut(gate.Step(g.state, in, g.timeNow()))
	}
}

func (g *gateNode) timeNow() gate.Now {
	return gate.Now{Unix: g.clock.wall(g.world.now), Mono: g.world.now - g.born, Clock: admit.Synced}
}

// carryOut does what a step asks for, in order; the process may die between any two effects.
func (g *gateNode) carryOut(effects []gate.Effect) {
	p := g.process
	for _, effect := range effects {
		if g.world.chaos && g.world.chance(g.world.rates.crashAtEffect) {
			g.world.seen(GateCrash)
			g.crash()
		}
		if g.process != p {
			return
		}
		g.do(effect)
	}
}

func (g *gateNode) do(effect gate.Effect) {
	w := g.world
	switch e := effect.(type) {
	case gate.Commit:
		g.waiting = append(g.waiting, gateTx{events: e.Events})
		g.startFlush()
	case gate.Persist:
		memory := cloneMemory(e.Memory)
		g.waiting = append(g.waiting, gateTx{memory: &memory})
		g.startFlush()
	case gate.Remember:
		g.waiting = append(g.waiting, gateTx{remember: []gate.Remember{e}})
		g.startFlush()
	case gate.SendClaim:
		w.toHubs(g.id, func(h *hubNode) { h.claim(g.id, e.Claim) })
	case gate.SendEvents:
		w.toHubs(g.id, func(h *hubNode) { h.events(g.id, e.Events) })
	case gate.SendState:
		w.toHubs(g.id, func(h *hubNode) { h.heartbeat(g.id, e.State) })
	case gate.ReadJournal:
		events := g.disk.read(e.Run, e.From, e.Limit)
		g.later(0, func() { g.feed(gate.JournalRead{Run: e.Run, Events: events}) })
	case gate.Prune:
		w.oracle.pruned(g, e.Run, g.disk.prune(e.Run, e.To))
	case gate.Pulse:
		g.pulse(e)
	case gate.Release:
		g.lanes[e.Lane-1].open = false
	case gate.Show:
		w.say("%s/%d shows %s", g.id, e.Lane, e.Verdict.Reason)
		w.stats.Verdicts[string(e.Verdict.Reason)]++
	case gate.Wake:
		g.later(e.At-g.timeNow().Unix, func() { g.feed(gate.Tick{}) })
	}
}

// later runs do if this process still lives then.
func (g *gateNode) later(delay int64, do func()) {
	p := g.process
	g.world.after(delay, func() {
		if g.process == p && g.up() {
			do()
		}
	})
}

// startFlush is the group commit: it takes whatever waits when the disk is ready.
func (g *gateNode) startFlush() {
	if g.flush {
		return
	}
	g.flush = true
	g.later(g.world.between(1, 6), func() {
		g.flush = false
		if g.broken {
			g.world.say("%s cannot write", g.id)
			g.waiting = nil
			g.feed(gate.CommitFailed{Err: "no space left on device"})
			g.crash()
			return
		}
		taken := g.waiting
		g.waiting = nil
		last := uint64(0)
		for _, tx := range taken {
			g.disk.apply(tx)
			for _, e := range tx.events {
				last = max(last, e.Seq)
				g.world.oracle.written(g, e)
			}
		}
		if last > 0 {
			g.feed(gate.Committed{Seq: last})
		}
	})
}

// pulse opens the turnstile: most people go through, some are slow, some turn back.
func (g *gateNode) pulse(e gate.Pulse) {
	w := g.world
	lane := g.lanes[e.Lane-1]
	w.oracle.pulsed(g, e)
	lane.open = true
	w.say("%s/%d opens for %s", g.id, e.Lane, scanName(e.Scan))
	switch draw := w.oneOf(100); {
	case draw < 84:
		w.after(w.between(100, passWindow-500), func() { g.walk(lane, e, false) })
	case draw < 88: // squeezes through after the arm should have dropped
		w.after(passWindow+w.between(100, 4_000), func() { g.walk(lane, e, true) })
	}
}

// walk is a person going through the arm, if it is still open to them.
func (g *gateNode) walk(lane *turnstile, e gate.Pulse, late bool) {
	if !lane.open && !late {
		return
	}
	lane.counter++
	counter := lane.counter
	g.world.oracle.walked(g, e, late)
	g.feed(gate.Passage{Lane: lane.number, Counter: &counter})
}

// show holds a guest's ticket under a lane's scanner.
func (g *gateNode) show(lane int, r *right, exit bool) {
	if !g.up() {
		return
	}
	id := g.world.newScan()
	g.world.scanned[id] = r
	g.world.stats.Scans++
	g.world.say("%s/%d reads right %d (%s)%s as %s", g.id, lane, r.number, r.code.Kind.Name, exitWord(exit), scanName(id))
	g.feed(gate.Scan{Lane: lane, ID: id, Code: r.code, Exit: exit})
}

func exitWord(exit bool) string {
	if exit {
		return " to leave"
	}
	return ""
}
