package sim

import (
	"slices"

	"portaria/edge/gate"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
)

// doorName is the checkpoint that lanes serve. It leads to a zone within a zone.
const (
	doorName  = "door"
	innerZone = "hall"
	outerZone = "house"
)

// drawVenue makes a venue: in some one of its zones holds few people, in some a gate may not let many in alone.
func (w *World) drawVenue() {
	budget := whitelist.Budget{Entries: pick(w.rng, 0, 0, 3)}
	if w.scale == lonely {
		budget = whitelist.Budget{Minutes: 1}
	}
	w.capacity = pick(w.rng, 0, 0, 2, 4)
	if w.plot != nil {
		w.capacity = 0 // whom a plot sends, comes in
	}
	inner, outer := w.capacity, 0
	if w.oneOf(2) == 0 {
		inner, outer = 0, w.capacity
	}
	w.venue = &whitelist.Venue{
		Venue: ticket.EventID{0x0f}, Epoch: 1, GoodUntil: (epoch + 30*day) / 1000, Name: "house", TimeZone: "UTC",
		Zones:  []whitelist.Zone{{ID: outerZone, Name: "house", Capacity: outer}, {ID: innerZone, Name: "hall", Parent: outerZone, Capacity: inner}},
		Events: []whitelist.VenueEvent{{Event: evening, Name: "evening"}},
		Checkpoints: []whitelist.Checkpoint{{
			ID: doorName, Name: doorName, Direction: whitelist.Both, To: innerZone, Events: []ticket.EventID{evening},
			Mode: whitelist.Open, Policy: w.options.Policy, Unlisted: whitelist.UnlistedAdmit, PassSeconds: int(w.scale.pass / 1000),
			Budget: budget,
		}},
	}
}

// planLoneliness cuts a gate off for longer than its budget of a minute.
func (w *World) planLoneliness() {
	if w.scale != lonely {
		return
	}
	w.after(w.between(500, 5_000), func() {
		g := w.slot(w.oneOf(w.places))
		w.cutOff(g, w.between(65_000, 80_000))
	})
}

// makeRoom lifts every limit of the zones, so that the last check finds room for its guests.
func (w *World) makeRoom() {
	v := *w.venue
	v.Epoch++
	v.Zones = slices.Clone(v.Zones)
	for i := range v.Zones {
		v.Zones[i].Capacity = 0
	}
	w.openForGood(&v)
	w.venue, w.capacity, w.boxRoom = &v, 0, 0
	w.hub().disk.venue = w.venue
	w.hub().feed(venue.VenueChanged{Venue: w.venue})
	for _, g := range w.gates {
		g.disk.venue = w.venue
		g.feed(gate.VenueChanged{Venue: w.venue})
	}
}
