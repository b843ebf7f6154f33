package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// In three evenings of sixty-four no gate has a clock with a battery: it wakes up in 1970, or when it was switched off last, until the
// network or a hub tells the time. In some, nor has the hub. Every other clock is right, so that hours can be judged: nobody is
// let in before a door's hours begin, whatever a gate believes; after them nobody by a gate that has been told the time.

// unset is what such an evening has beside others.
type unset struct {
	hubToo bool
	hours  whitelist.Window // of every door, unix seconds; the zero value is always
}

// drawUnset makes such an evening. It draws from a source of its own.
func (w *World) drawUnset(seed uint64) {
	if seed%16 != 3 || seed%64 == 51 || !w.options.Faults.Has(ClockUnset) {
		return
	}
	rng := rand.New(rand.NewPCG(seed, 0x636c6f63))
	w.unset = &unset{hubToo: rng.IntN(4) == 0}
	w.began = epoch + w.options.Later
	w.rates.bootSkew = 0
	began, half := w.began/1000, w.scale.chaos/2000
	w.unset.hours = pick(rng, whitelist.Window{}, whitelist.Window{From: began + 3600, Until: began + 7200},
		whitelist.Window{From: began - 3600, Until: began + 3600},
		whitelist.Window{From: began + half, Until: began + 3600},
		whitelist.Window{From: began - 3600, Until: began + half})
	w.venue.IssuedAt = began - pick[int64](rng, 1_800, 3*3600, 2*24*3600)
	w.keepHours(w.venue)
}

// keepHours gives every door the evening's hours.
func (w *World) keepHours(v *whitelist.Venue) {
	if w.unset == nil || w.unset.hours == (whitelist.Window{}) {
		return
	}
	for i := range v.Checkpoints {
		v.Checkpoints[i].Hours = []whitelist.Window{w.unset.hours}
	}
}

// openForGood lifts hours for the last check, but where they have begun and last: by then a gate must know it.
func (w *World) openForGood(v *whitelist.Venue) {
	if w.unset == nil || w.unset.hours.From < (w.began+w.now)/1000 && w.unset.hours.Until > (w.began+w.now)/1000+60 {
		return
	}
	v.Checkpoints = slices.Clone(v.Checkpoints)
	for i := range v.Checkpoints {
		v.Checkpoints[i].Hours = nil
	}
}

// bareClock is the clock of a computer without a battery, and what a gate's driver makes of it (edge/internal/lane, Clock).
type bareClock struct {
	world   *World
	ahead   int64        // of the computer's clock, ms: mostly far behind
	booted  int          // times that the computer was switched on
	stopped int64        // unix ms that it showed when it stopped
	kept    bool         // the network keeps it right by now
	hub     gate.HubTime // as this process was told it
}

func (w *World) newBareClock() *bareClock {
	if w.unset == nil {
		return nil
	}
	return &bareClock{world: w, stopped: w.began - day}
}

func (c *bareClock) truth() int64 { return c.world.began + c.world.now }

// start is a process that starts: with its computer, or by itself. All evening long the network sets some of them right.
func (c *bareClock) start() {
	w := c.world
	c.hub = gate.HubTime{}
	if c.booted > 0 && w.oneOf(2) == 0 {
		return
	}
	c.booted++
	c.kept, c.ahead = false, c.wakesUp()-c.truth()
	w.seen(ClockUnset)
	w.say("a clock wakes up at %s", time.UnixMilli(c.truth()+c.ahead).UTC().Format(time.DateTime))
	if boot := c.booted; w.oneOf(2) == 0 {
		w.after(w.between(500, 20_000), func() {
			if c.booted == boot {
				c.kept, c.ahead = true, 0
			}
		})
	}
}

// wakesUp is what it shows when it is switched on, unix ms.
func (c *bareClock) wakesUp() int64 {
	if c.world.oneOf(2) == 0 {
		return c.world.between(1_000, 40_000)
	}
	return min(c.stopped, c.truth())
}

func (c *bareClock) stop() { c.stopped = c.truth() + c.ahead }

// timeHeard takes a hub's time from a pulse that answers a heartbeat of this process.
func (g *gateNode) timeHeard(p wire.Pulse) {
	mono := g.world.now - g.born
	if trip, answer := g.state.Trip(p, mono); answer && g.bare != nil {
		g.bare.hub.Hear(p.At, trip, mono)
	}
}

// now is the time as a gate takes it, unix ms: of what it does not know, at least the newest signature that it holds.
func (c *bareClock) now(mono, signed int64) (unix int64, state admit.Clock) {
	unix = c.truth() + c.ahead
	switch {
	case c.kept && c.hub.Told():
		return unix, admit.Synced
	case c.hub.Told():
		return c.hub.At(mono), admit.Synced
	case c.kept:
		return unix, admit.Coasting
	}
	return max(unix, signed), admit.ClockIsUnset
}

// signed is when the newest that a gate holds was signed, unix ms.
func (g *gateNode) signed() int64 {
	at := g.disk.venue.IssuedAt * 1000
	if n := g.disk.list.held; n > 0 {
		at = max(at, int64(g.world.lists[n].epoch)) //nolint:gosec // unix ms
	}
	return at
}

// wake sets a hub's clock to what it shows when it is switched on; once all is mended, to the truth.
func (h *hubNode) wake() {
	w := h.world
	if w.unset == nil || !w.unset.hubToo || w.hubless {
		return
	}
	if h.bare == nil {
		h.bare = w.newBareClock()
	}
	h.bare.start()
	if !w.chaos {
		h.setClock()
	}
}

// setClock is the network, or somebody who looks at the hub's page.
func (h *hubNode) setClock() {
	if h.bare != nil {
		h.bare.kept, h.bare.ahead = true, 0
	}
}

// inaccuracy is by how much a clock may be wrong, ms, that was told the time: half of the longest trip that tells it.
const inaccuracy = 1_500

// keepsHours is H1: nobody comes in before a door's hours begin, nor after them where somebody has told the gate the time.
func (o *oracle) keepsHours(g *gateNode, s *scan, e *wire.Event) {
	w := o.world
	if w.unset == nil || s.override {
		return
	}
	for _, hours := range w.door(e.Checkpoint).Hours {
		early, late := hours.From*1000-w.began-s.decidedAt, w.began+s.readAt-hours.Until*1000 // the door was judged between the two
		switch {
		case early > inaccuracy:
			w.fail("H1: %s let somebody in %d ms before its hours, by a clock that is %s", g.id, early, e.Clock)
		case late >= inaccuracy && e.Clock != admit.ClockIsUnset && !w.unset.hubToo:
			w.fail("H1: %s let somebody in %d ms after its hours, by a clock that is %s", g.id, late, e.Clock)
		}
	}
}

// checkToday: a gate whose clock nobody has set may take today for another day, but not for one before it knew better: it alone lets
// nobody in a second time on a ticket that is good once a day, where it knew the day at the first. Such an evening is in one day.
func (o *oracle) checkToday(r *right, last *scan) {
	if o.world.unset == nil || o.world.unset.hubToo || !r.daily() {
		return
	}
	n := 0
	for _, s := range r.passes {
		if s.gate == last.gate && s.island == last.island && (s.knewDay || s == last) && !s.forced && !s.override {
			n++
		}
	}
	if n > r.allowed() {
		o.world.fail("I3: %s let %d in on right %d in one day, %d allowed", last.gate.id, n, r.number, r.allowed())
	}
}
