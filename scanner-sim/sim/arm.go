package sim

import "portaria/edge/gate"

// turnstile is a lane's hardware. One that latches opens for its own time or one passage, whatever becomes of the
// gate's process; the other is open while the relay holds it.
type turnstile struct {
	number  int
	latches bool
	counts  bool // it has a counter that can be read
	counter int64
	open    bool   // the relay is on
	until   int64  // the latch
	reads   *right // whose ticket it read last
	turn    int    // number of the latest pulse: an arm lets one person through
}

func (t *turnstile) reading() *int64 {
	if !t.counts {
		return nil
	}
	n := t.counter
	return &n
}

func (t *turnstile) release()     { t.open = false }
func (t *turnstile) processDied() { t.open = false }

// pulse opens the turnstile: most people go through, some are slow, some turn back.
func (g *gateNode) pulse(e gate.Pulse) {
	w := g.world
	lane := g.lanes[e.Lane-1]
	w.oracle.pulsed(g, e)
	lane.open, lane.until = true, w.now+w.scale.pass
	lane.turn++
	if w.tracing() {
		w.say("%s/%d opens for %s", g.id, e.Lane, scanName(e.Scan))
	}
	if g.door(e.Lane).NoContact {
		g.wave(e)
		return
	}
	turn := lane.turn
	p := g.process
	comes := func(delay int64) { w.after(delay, func() { g.walk(lane, e, turn, p) }) }
	if delay, told := w.scanOf(e.Scan).right.pace(); told {
		if delay != turnsBack {
			comes(delay)
		}
		return
	}
	switch draw := w.oneOf(100); {
	case w.probing:
		comes(w.between(100, 400))
	case draw < 84:
		comes(w.between(100, w.scale.pass-500))
	case draw < 88 && w.chaos && w.options.Faults.Has(LatePassage): // squeezes through after the arm should have dropped
		comes(w.scale.pass + w.between(50, w.scale.late))
	}
}

// walk is a person going through the arm: in time, late and by force, or not at all.
func (g *gateNode) walk(lane *turnstile, e gate.Pulse, turn, process int) {
	w := g.world
	alive := g.process == process && g.up()
	inTime := lane.open || lane.latches && w.now < lane.until
	if lane.turn != turn || !inTime && !alive {
		return
	}
	lane.open, lane.until = lane.open && !lane.latches, 0
	lane.counter++
	if !inTime {
		w.seen(LatePassage)
	}
	w.oracle.walked(g, e, !inTime)
	g.feed(gate.Passage{Lane: lane.number, Counter: lane.reading()})
}
