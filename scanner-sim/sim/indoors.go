package sim

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Some venues have a door within: from the hall into a box. Whoever comes to it is inside already; passing it uses the
// ticket up for the box, and moves one person.
const (
	boxDoor = "box door"
	boxZone = "box"
)

// drawBox adds the door within to one venue of ten.
func (w *World) drawBox(seed uint64) {
	if seed%10 != 7 {
		return
	}
	w.box = true
	w.boxRoom = int(seed/10%3) * 2
	door := w.venue.Checkpoints[0]
	door.ID, door.Name, door.From, door.To = boxDoor, boxDoor, innerZone, boxZone
	door.Events = []ticket.EventID{evening}
	w.venue.Checkpoints = append(w.venue.Checkpoints, door)
	w.venue.Zones = append(w.venue.Zones, whitelist.Zone{ID: boxZone, Name: "box", Parent: innerZone, Capacity: w.boxRoom})
}

// checkpointOf is the door that a lane serves: the second lane of the first gate stands within.
func (g *gateNode) checkpointOf(lane int) string {
	if g.isWithin(lane) {
		return boxDoor
	}
	if g.world.ownDoors {
		return doorNumber(g.slot)
	}
	return doorName
}

func (g *gateNode) isWithin(lane int) bool { return g.world.box && g.slot == 0 && lane == 2 }

// someoneIn is a person of a right in a zone: the one whose latest scan is named, or any.
func (r *right) someoneIn(zone string, named admit.ScanID) *scan {
	var other *scan
	for _, p := range r.inside {
		if p.zone != zone {
			continue
		}
		if p.latest().id == named {
			return p
		}
		other = p
	}
	return other
}

// latest is the scan that brought a person where they are.
func (s *scan) latest() *scan {
	if s.moved != nil {
		return s.moved
	}
	return s
}

// wentWithin: a person went through the door within, into the box or out of it.
func (o *oracle) wentWithin(r *right, s *scan, exit, late bool) {
	from, to := innerZone, boxZone
	if exit {
		from, to = to, from
	}
	p := r.someoneIn(from, s.closes)
	if p != nil {
		p.zone, p.moved = to, s
	}
	s.person = p
	o.world.say("someone of right %d goes from %s to %s by %s", r.number, from, to, scanName(s.id))
	if exit {
		return
	}
	s.passed, s.forced = true, late
	r.within = append(r.within, s)
	o.checkWithin(r, s)
}

// checkWithin is I2, I3 and Z1 of the door within: its uses count apart.
func (o *oracle) checkWithin(r *right, last *scan) {
	granted, all, inBox := 0, 0, 0
	for _, s := range r.within {
		if s.forced || s.override || s.exempt || s.overlooked || o.forgotten(s) {
			continue
		}
		if !s.forgotten && !s.loose() {
			all++
		}
		if !s.offline {
			granted++
		}
	}
	if single := !r.reentry() && !r.daily(); single && granted > r.allowed() {
		o.world.fail("I2: right %d was granted the box %d times, %d allowed", r.number, granted, r.allowed())
	} else if single && all > r.allowed() {
		o.world.fail("I3: %d went into the box on right %d, %d allowed", all, r.number, r.allowed())
	}
	for _, of := range o.world.rights {
		for _, p := range of.inside {
			if s := p.latest(); p.zone == boxZone && s.byGrant() && !s.overlooked {
				inBox++
			}
		}
	}
	if room := o.world.boxRoom; room > 0 && last.byGrant() && inBox > room {
		o.world.fail("Z1: %d people are in the box by the arbiter's word, there is room for %d", inBox, room)
	}
}

// inZone counts the people of a right in a zone and those within it.
func inZone(open []admit.Place, zone string) int {
	if zone != boxZone {
		return len(open)
	}
	return len(slices.DeleteFunc(slices.Clone(open), func(p admit.Place) bool { return p.Zone != boxZone }))
}
