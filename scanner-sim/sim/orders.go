package sim

import (
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// ordered is what people say at a hub's page about its doors, as hub/internal/orders keeps it.
type ordered struct {
	given bool   // in this life of the hub
	floor uint64 // the highest number that any gate was heard to obey in this life
}

// orderDoors: people close a door for a while, let it be a drill, or evacuate the house.
func (w *World) orderDoors(h *hubNode) {
	mode := pick(w.rng, whitelist.Closed, whitelist.Drill, whitelist.Evacuation, whitelist.Evacuation)
	door := pick(w.rng, wire.EveryDoor, doorName)
	w.order(h, door, mode)
	length := w.between(500, 6_000)
	w.after(length, func() { w.order(w.hub(), door, "") })
	if mode == whitelist.Evacuation {
		for _, r := range w.rights {
			w.after(w.between(0, length), func() { w.show(r, w.oneOf(2) == 0) })
		}
	}
}

// orderAsConfigured is what people make sure of once all is mended.
func (w *World) orderAsConfigured() {
	if !w.hub().up() {
		w.after(300, w.orderAsConfigured)
		return
	}
	w.order(w.hub(), wire.EveryDoor, "")
}

// order is durable at the hub; gates follow with their next heartbeat.
func (w *World) order(h *hubNode, door string, mode whitelist.Mode) {
	if !h.up() || h.broken {
		return // the page says so, and nothing has changed
	}
	o := &h.orders
	o.given = true
	h.disk.doors = wire.Doors{Number: h.nextOrder()}
	if mode != "" {
		h.disk.doors.Doors = []wire.DoorOrder{{Checkpoint: door, Mode: mode, By: "rosa"}}
	}
	w.say("%s: %s is ordered %q, number %d", h.id, door, mode, h.disk.doors.Number)
}

// leap is how far above what gates obey a hub numbers whose clock is behind, each life of each hub by another number.
func (h *hubNode) leap() uint64 { return 1_000 + 7_919*uint64(h.num) + uint64(h.process) }

func (h *hubNode) nextOrder() uint64 {
	last, now := h.disk.doors.Number, uint64(h.timeNow().Unix)
	if h.orders.floor >= now {
		return max(last+1, h.orders.floor+h.leap())
	}
	return max(last+1, now)
}

// heardDoors tells a gate what it does not obey yet.
func (h *hubNode) heardDoors(from *gateNode, s *wire.State) {
	o := &h.orders
	o.floor = max(o.floor, s.Orders)
	if o.given && o.floor > h.disk.doors.Number {
		h.disk.doors.Number = o.floor + h.leap()
	}
	if !h.up() || s.Orders >= h.disk.doors.Number {
		return
	}
	doors := h.disk.doors
	command := wire.Command{V: wire.Version, ID: "doors", Type: wire.SetDoors, DropAfter: h.timeNow().Unix + 60_000, Doors: &doors,
		Term: h.disk.memory.Term, Hub: h.id}
	command = passOn(h.world, command)
	h.world.toGate(h.num, from.id, gate.Ordered{Command: command})
}

// ordersAgree: when all is mended and quiet every gate obeys the newest order of the hub in charge.
func (o *oracle) ordersAgree() {
	h := o.world.hub()
	for _, g := range o.world.gates {
		if at := g.disk.memory.Orders; !g.gone && h.up() && (at.Number != h.disk.doors.Number || len(at.Doors) != 0) {
			o.world.fail("L3: %s obeys order %d about doors %v, the newest is %d", g.id, at.Number, at.Doors, h.disk.doors.Number)
		}
	}
}

// evacuated: in an evacuation nobody turns an arm. Who is scanned walks out, and nothing more will ever be known of it.
func (o *oracle) evacuated(g *gateNode, s *scan, e *wire.Event) {
	if e.Mode != string(whitelist.Evacuation) {
		return
	}
	s.evacuated = true
	o.world.say("%s: someone leaves on right %d in an evacuation", g.id, s.right.number)
	if g.isWithin(e.Lane) {
		o.wentWithin(s.right, s, true, false)
		return
	}
	o.left(s.right, s)
}

// evacuatedAreOut: the count of who is still inside is what people are looked for by.
func (o *oracle) evacuatedAreOut(r *right, records []admit.Record) {
	for _, s := range o.world.scans {
		if s.evacuated && s.right == r && !s.gate.gone && s.island == s.gate.island && !factsOf(records, s.id).passed {
			o.world.fail("E1: %s left on right %d in an evacuation, and is not recorded as gone", scanName(s.id), r.number)
		}
	}
}

// smallTalk is what else a gate hears in an evening: dirty codes, controllers who come and go, cables of scanners.
func (w *World) smallTalk() {
	g := w.gates[w.oneOf(len(w.gates))]
	lane := 1 + w.oneOf(2)
	switch w.oneOf(4) {
	case 0:
		g.feed(gate.Unreadable{Lane: lane, ID: admit.ScanID{1, byte(w.oneOf(256))}, Text: "??"})
	case 1:
		g.feed(gate.DutyChanged{Lane: lane, Controller: pick(w.rng, "", "ana", "bia")})
	case 2:
		g.feed(gate.LaneChanged{Lane: lane, Scanner: pick(w.rng, "ready", "gone"), Output: "ready"})
	default:
		g.feed(gate.Noted{Lane: lane, Text: "tamper contact open"})
	}
}
