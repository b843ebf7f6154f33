package sim

import (
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// carryOut does what a step asks for, in order, as edge/internal/lane does: all commits of a step go to the writer as
// one, at its end. The process may die between any two effects, and then what came after is void.
func (g *gateNode) carryOut(effects []gate.Effect) {
	p := g.process
	var commit []wire.Event
	for _, effect := range effects {
		if g.world.crashes() {
			g.world.seen(GateCrash)
			g.crash()
		}
		if g.process != p {
			return
		}
		if e, ok := effect.(gate.Commit); ok {
			g.world.decides(e.Events)
			commit = append(commit, e.Events...)
			continue
		}
		g.do(effect)
	}
	if len(commit) > 0 {
		g.write(commit)
	}
}

func (g *gateNode) do(effect gate.Effect) {
	switch e := effect.(type) {
	case gate.Persist:
		g.driver.memory = &e.Memory
	case gate.Remember:
		g.driver.learnt = append(g.driver.learnt, e)
	case gate.ReadJournal:
		g.readJournal(e)
	case gate.Prune:
		if j := findJournal(g.disk.journal, g.id, e.Run); j != nil {
			g.world.oracle.pruned(g.id, g.id, e.Run, j.prune(e.To))
		}
	case gate.Pulse:
		g.pulse(e)
	case gate.Release:
		g.lanes[e.Lane-1].release()
	case gate.Restart:
		g.world.say("%s starts again by itself: %s", g.id, e.Why)
		g.die()
		g.bootAfter(g.world.between(300, 1_500))
	case gate.Show:
		g.shown(e)
	case gate.Wake:
		g.later(e.At-g.timeNow().Unix, g.tick)
	default:
		g.send(effect)
	}
}

// send carries a message to every hub that is switched on: two of them may answer.
func (g *gateNode) send(effect gate.Effect) {
	w := g.world
	if e, ok := effect.(gate.SendClaim); ok {
		g.asked(e.Claim)
	}
	if w.options.Wire {
		effect = w.gateSays(effect)
	}
	effect = w.spoil(effect)
	if e, ok := effect.(gate.SendState); ok {
		g.heartbeatLeaves(e.State.Number)
	}
	for _, h := range w.hubs {
		w.net.send(g.num, h.num, func() { h.hear(g, effect) })
	}
}

func (g *gateNode) readJournal(e gate.ReadJournal) {
	g.later(g.world.between(0, 3), func() {
		var events []wire.Event
		if j := findJournal(g.disk.journal, g.id, e.Run); j != nil {
			events = j.read(e.From, e.Limit)
		}
		g.feed(gate.JournalRead{Run: e.Run, Events: events})
	})
}

func (g *gateNode) shown(e gate.Show) {
	w := g.world
	if w.tracing() {
		w.say("%s/%d shows %s", g.id, e.Lane, e.Verdict.Reason)
	}
	w.stats.verdict(e.Verdict.Reason)
	if e.Verdict.AskStaff && !e.Verdict.Admit && w.chaos && w.options.Faults.Has(Overridden) && w.chance(w.rates.override) {
		g.override(e.Lane)
	}
}

// override: a supervisor comes and lets in whom the lane has just refused.
func (g *gateNode) override(lane int) {
	g.later(g.world.between(500, 4_000), func() {
		id := g.world.newScan(g.lanes[lane-1].reads).id
		g.world.seen(Overridden)
		g.feed(gate.Override{Lane: lane, ID: id, Supervisor: "rosa", Reason: "knows them"})
	})
}

// write hands the writer records, with what was to go along; nothing when there is nothing.
func (g *gateNode) write(events []wire.Event) {
	d := &g.driver
	if d.failed || len(events) == 0 && len(d.learnt) == 0 && d.memory == nil {
		return
	}
	d.waiting = append(d.waiting, gateTx{events: events, learnt: d.learnt, memory: d.memory})
	d.learnt, d.memory = nil, nil
	if len(d.flight) == 0 {
		g.flush()
	}
}

// flush is the group commit: one transaction takes whatever waits when the disk is ready.
func (g *gateNode) flush() {
	d := &g.driver
	d.flight, d.waiting = d.waiting, nil
	g.later(g.world.between(1, 6)+g.stall, func() {
		if g.broken {
			g.failWrite()
			return
		}
		last := uint64(0)
		for _, tx := range d.flight {
			g.persist(tx)
			if n := len(tx.events); n > 0 {
				last = tx.events[n-1].Seq
			}
		}
		d.flight = nil
		if len(d.waiting) > 0 {
			g.flush()
		}
		if last > 0 {
			g.feed(gate.Committed{Seq: last})
		}
	})
}

// failWrite: nobody knows what of a failed transaction is on the disk. The driver tells the core, and ends the process.
func (g *gateNode) failWrite() {
	g.world.say("%s cannot write", g.id)
	g.survive()
	g.driver.failed, g.driver.waiting = true, nil
	p := g.process
	g.feed(gate.CommitFailed{Err: "no space left on device"})
	if g.process == p {
		g.later(g.world.between(0, 300), g.crash)
	}
}
