package live

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/desk"
	web "portaria/cloud/internal/web/desk"
	"portaria/edge/admit"
)

// subject is what a page is about: an event, or a venue with all of its events of now.
type subject struct {
	Name   string
	When   string
	Base   string // its address
	Events []catalog.Event
	Venue  catalog.Venue
	Zone   *time.Location
	scope  attendance.Scope
	Doors  []desk.Checkpoint
	zones  []desk.Zone
}

func compare(a, b string) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b)), cmp.Compare(a, b))
}

// ofEvent is the event of the address, if the person may see its doors.
func (s *section) ofEvent(v *web.Visit) (*subject, error) {
	id, err := v.ID("event")
	if err != nil {
		return nil, err
	}
	e, err := s.Books.Event(v.Ctx(), v.Organizer(), id)
	if err == nil {
		err = v.Must(role.LiveSee, placeOf(e))
	}
	if err != nil {
		return nil, err
	}
	x, err := s.subject(v, e.Venue, []catalog.Event{e})
	if err != nil {
		return nil, err
	}
	x.Name, x.Base = e.Name, "/desk/live/"+e.ID.String()
	x.When = v.Text("live.when", "Venue", x.Venue.Name, "Date", v.L.ShortDate(e.Start.In(x.Zone)), "Doors", v.L.Clock(e.Doors.In(x.Zone)),
		"Start", v.L.Clock(e.Start.In(x.Zone)))
	return x, nil
}

// ofVenue is the venue of the address with its events of now.
func (s *section) ofVenue(v *web.Visit) (*subject, error) {
	id, err := v.ID("venue")
	if err != nil {
		return nil, err
	}
	if err := v.Must(role.LiveSee, role.Place{Venue: id}); err != nil {
		return nil, err
	}
	all, err := s.Books.Events(v.Ctx(), v.Organizer(), uuid.Nil, maxEvents)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(e catalog.Event) bool { return e.Venue != id || !isNow(e, v.Now) })
	slices.SortFunc(all, func(a, b catalog.Event) int { return a.Start.Compare(b.Start) })
	x, err := s.subject(v, id, all)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name)
	}
	x.Name, x.When, x.Base = x.Venue.Name, strings.Join(names, " · "), "/desk/live/venue/"+id.String()
	return x, nil
}

func (s *section) subject(v *web.Visit, venue uuid.UUID, events []catalog.Event) (x *subject, err error) {
	x = &subject{Events: events}
	if x.Venue, err = s.Books.Venue(v.Ctx(), v.Organizer(), venue); err != nil {
		return nil, err
	}
	x.Zone = x.Venue.Zone()
	at := x.place()
	if x.Doors, err = s.Config.Doors.Checkpoints(v.Ctx(), at); err != nil {
		return nil, err
	}
	if x.zones, err = s.Config.Doors.Zones(v.Ctx(), at); err != nil {
		return nil, err
	}
	x.scope = scopeOf(v.Organizer(), venue, events)
	if door := v.Query("door"); slices.ContainsFunc(x.Doors, func(c desk.Checkpoint) bool { return c.ID.String() == door }) {
		x.scope.Door = door
	}
	return x, nil
}

func scopeOf(organizer, venue uuid.UUID, events []catalog.Event) attendance.Scope {
	scope := attendance.Scope{Organizer: organizer, Venue: venue, Events: []uuid.UUID{}}
	for _, e := range events {
		scope.Events = append(scope.Events, e.ID)
		if from := e.Doors.Add(-attendance.Before); scope.From.IsZero() || from.Before(scope.From) {
			scope.From = from
		}
		if until := e.End.Add(attendance.After); until.After(scope.Until) {
			scope.Until = until
		}
	}
	return scope
}

func (x *subject) place() desk.Scope {
	return desk.Scope{Organizer: x.Venue.Organizer, Venue: x.Venue.ID}
}

// whole is the scope without the choice of a door.
func (x *subject) whole() attendance.Scope {
	scope := x.scope
	scope.Door = ""
	return scope
}

// door is a checkpoint's name; one that is gone has its id.
func (x *subject) door(id string) string {
	for _, c := range x.Doors {
		if c.ID.String() == id {
			return c.Name
		}
	}
	return id
}

func (x *subject) zone(v *web.Visit, id string) string {
	if id == "" {
		return v.Text("live.outside")
	}
	for _, z := range x.zones {
		if z.ID.String() == id {
			return z.Name
		}
	}
	return id
}

// terms are what the events' kinds allow.
func (s *section) terms(v *web.Visit) attendance.Terms {
	return func(event uuid.UUID) (func(uint16) admit.Terms, error) {
		offers, err := s.Books.Offers(v.Ctx(), v.Organizer(), event)
		return catalog.Terms(offers), err
	}
}
