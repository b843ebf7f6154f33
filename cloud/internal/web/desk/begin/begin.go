// Package begin tells an organizer whose desk is new what to do first, one step at a time: a venue, dates, doors.
package begin

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	gatedesk "portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/web/desk"
)

// Books tell what the organizer has.
type Books interface {
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Venue, error)
	Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Event, error)
}

// Doors tell what a venue has.
type Doors interface {
	Checkpoints(ctx context.Context, s gatedesk.Scope) ([]gatedesk.Checkpoint, error)
}

// newest is how many of the newest events are looked at for one that is still to come.
const newest = 20

// Tasks gives the next step of an organizer who has not taken it yet, for desk.AddTasks.
func Tasks(books Books, doors Doors) func(v *desk.Visit) ([]desk.Task, error) {
	return func(v *desk.Visit) ([]desk.Task, error) {
		venues, err := books.Venues(v.Ctx(), v.Organizer(), uuid.Nil, 1)
		if err != nil {
			return nil, err
		}
		if len(venues) == 0 {
			return step(v, role.VenuesEdit, "venue", "/desk/venues/new"), nil
		}
		events, err := books.Events(v.Ctx(), v.Organizer(), uuid.Nil, newest)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 {
			return step(v, role.EventsEdit, "dates", "/desk/series/new"), nil
		}
		next := coming(events, v.Now)
		if next == nil {
			return nil, nil
		}
		there, err := doors.Checkpoints(v.Ctx(), gatedesk.Scope{Organizer: v.Organizer(), Venue: next.Venue})
		if err != nil || len(there) > 0 {
			return nil, err
		}
		return step(v, role.GatesEdit, "doors", "/desk/gates/"+next.Venue.String()+"/template"), nil
	}
}

// coming is one of the events that is not over.
func coming(events []catalog.Event, now time.Time) *catalog.Event {
	for i := range events {
		if events[i].End.After(now) {
			return &events[i]
		}
	}
	return nil
}

// step is a task for who may do it everywhere; others have nothing to begin.
func step(v *desk.Visit, needs role.Permission, name, href string) []desk.Task {
	if !v.Reach(needs).Everywhere {
		return nil
	}
	return []desk.Task{{Title: v.Text("begin." + name), Text: v.Text("begin." + name + "_why"), Href: href, Do: v.Text("begin." + name + "_do")}}
}
