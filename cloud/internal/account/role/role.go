// Package role says what people may do: the one table of roles and permissions, and where a grant reaches.
//
// It is pure: who has which grants comes in, whether something may be done comes out.
package role

import (
	"slices"

	"github.com/google/uuid"
)

// Role is a kind of work that a person does for an organizer, as it is stored.
type Role string

// Roles. Platform is given by the platform's operator only, and to no organizer's staff.
const (
	Platform       Role = "platform_operator"
	Owner          Role = "owner"
	Manager        Role = "manager"
	Finance        Role = "finance"
	EventEditor    Role = "event_editor"
	BoxSupervisor  Role = "box_supervisor"
	BoxOperator    Role = "box_operator"
	VenueManager   Role = "venue_manager"
	GateSupervisor Role = "gate_supervisor"
	Controller     Role = "controller"
	Support        Role = "support"
	Partner        Role = "partner"
	Auditor        Role = "auditor"
)

// All are the roles that an organizer can give, the widest first.
func All() []Role {
	return []Role{
		Owner, Manager, Finance, EventEditor, BoxSupervisor, BoxOperator, VenueManager, GateSupervisor, Controller,
		Support, Partner, Auditor,
	}
}

// Known says whether an organizer can give the role.
func (r Role) Known() bool { return slices.Contains(All(), r) }

// Width is how far a role can be given.
type Width uint8

// Widths.
const (
	WholeOrganizer Width = iota // only for everything an organizer has
	AlsoVenue                   // for everything, or for one venue
	AlsoEvent                   // for everything, one venue, or one event
)

// Width of the role. What concerns money, people and keys as a whole cannot be cut into venues.
func (r Role) Width() Width {
	switch r {
	case EventEditor, GateSupervisor, Controller, Support, BoxOperator, Partner:
		return AlsoEvent
	case VenueManager, BoxSupervisor, Manager:
		return AlsoVenue
	default:
		return WholeOrganizer
	}
}

// Grant is a role that a person holds with one organizer: zero Venue and Event mean everything of the organizer.
type Grant struct {
	Role  Role
	Venue uuid.UUID
	Event uuid.UUID
}

// Place is where something is done. Of an event, give its venue too.
type Place struct{ Venue, Event uuid.UUID }

// reaches says whether the grant holds at a place. The zero place is the organizer as a whole.
func (g Grant) reaches(p Place) bool {
	switch {
	case g.Event != uuid.Nil:
		return g.Event == p.Event
	case g.Venue != uuid.Nil:
		return g.Venue == p.Venue
	}
	return true
}

// Grants are what one person holds with one organizer.
type Grants []Grant

// May says whether a permission holds at a place.
func (gs Grants) May(p Permission, at Place) bool {
	return slices.ContainsFunc(gs, func(g Grant) bool { return g.reaches(at) && g.Role.has(p) })
}

// Anywhere says whether a permission holds at any place: such a person sees the page, and on it what Where says.
func (gs Grants) Anywhere(p Permission) bool {
	return slices.ContainsFunc(gs, func(g Grant) bool { return g.Role.has(p) })
}

// Reach is where a permission holds.
type Reach struct {
	Everywhere bool
	Venues     []uuid.UUID
	Events     []uuid.UUID
}

// Holds says whether the reach includes a place.
func (r Reach) Holds(p Place) bool {
	return r.Everywhere || slices.Contains(r.Venues, p.Venue) && p.Venue != uuid.Nil ||
		slices.Contains(r.Events, p.Event) && p.Event != uuid.Nil
}

// Where a permission holds, for lists that show only that.
func (gs Grants) Where(p Permission) Reach {
	var r Reach
	for _, g := range gs {
		switch {
		case !g.Role.has(p):
		case g.Event != uuid.Nil:
			r.Events = append(r.Events, g.Event)
		case g.Venue != uuid.Nil:
			r.Venues = append(r.Venues, g.Venue)
		default:
			r.Everywhere = true
		}
	}
	return r
}

// Permissions are all that hold anywhere, in the table's order.
func (gs Grants) Permissions() (out []Permission) {
	for _, p := range Permissions() {
		if gs.Anywhere(p) {
			out = append(out, p)
		}
	}
	return out
}

// MayGive says whether who holds these grants may give (or take) another: nobody gives more than they hold, and an
// owner is made by owners only.
func (gs Grants) MayGive(g Grant) bool {
	at := Place{Venue: g.Venue, Event: g.Event}
	if g.Role == Platform || !g.Role.Known() || !gs.May(PeopleEdit, Place{}) {
		return false
	}
	for _, p := range g.Role.Permissions() {
		if !gs.May(p, at) {
			return false
		}
	}
	return true
}

func (r Role) has(p Permission) bool { return slices.Contains(table[r], p) }

// Permissions of the role.
func (r Role) Permissions() []Permission { return slices.Clone(table[r]) }
