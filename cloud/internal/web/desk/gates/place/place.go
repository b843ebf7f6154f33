// Package place is what the pages of one venue's doors share: whose venue it is, the way from page to page, times by the
// clock on the venue's wall, and how far a change has come to the lanes.
package place

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
)

// Venues tells of the organizer's venues.
type Venues interface {
	Venue(ctx context.Context, organizer, id uuid.UUID) (catalog.Venue, error)
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Venue, error)
}

// Atomic makes a change and its line in the audit log one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Applied tells which manifest of a venue is in force, and whether a newer one is still to be signed.
type Applied interface {
	Applied(ctx context.Context, venue uuid.UUID) (epoch uint64, pending bool, err error)
}

// Config is what every page needs.
type Config struct {
	Venues  Venues
	Desk    *desk.Desk
	Atomic  Atomic
	Applied Applied
}

// Venue is the venue of a page.
type Venue struct {
	catalog.Venue
	Scope desk.Scope
	Base  string // /desk/gates/<venue>
	Wall  *time.Location
}

// At is the venue of the address, if the person may do something there.
func (c Config) At(v *frame.Visit, p role.Permission) (Venue, error) {
	id, err := v.ID("venue")
	if err != nil {
		return Venue{}, err
	}
	x, err := c.Venues.Venue(v.Ctx(), v.Organizer(), id)
	if err != nil {
		return Venue{}, err
	}
	return Of(v, x), v.Must(p, role.Place{Venue: id})
}

// Of is a venue as pages need it.
func Of(v *frame.Visit, x catalog.Venue) Venue {
	return Venue{Venue: x, Scope: desk.Scope{Organizer: v.Organizer(), Venue: x.ID}, Base: "/desk/gates/" + x.ID.String(), Wall: x.Zone()}
}

// Head is what stands above every page of a venue's doors.
type Head struct {
	Title string // the venue's name
	Base  string
	Tabs  []frame.Link
	May   bool // change the doors
	Staff bool // change controllers and shifts
	Watch frame.Watch
}

// Head is for the tab that is open.
func (c Config) Head(v *frame.Visit, x Venue, here string) (Head, error) {
	at := role.Place{Venue: x.ID}
	h := Head{Title: x.Name, Base: x.Base, May: v.May(role.GatesEdit, at), Staff: v.May(role.ControllersEdit, at)}
	for _, t := range []string{"", "dates", "template", "controllers", "shifts", "hubs"} {
		path, text := x.Base, "gates.tab_doors"
		if t != "" {
			path, text = x.Base+"/"+t, "gates.tab_"+t
		}
		h.Tabs = append(h.Tabs, frame.Link{Href: path, Text: v.Text(text), Here: t == here})
	}
	var err error
	h.Watch, err = c.Watch(v, x)
	return h, err
}

// When is a moment at the venue as people read it: with the day, or without.
func (x Venue) When(v *frame.Visit, t time.Time) string {
	at := t.In(x.Wall)
	return v.L.ShortDate(at) + " " + v.L.Clock(at)
}

// Span is a window as people read it; the second day is named where it is another one.
func (x Venue) Span(v *frame.Visit, from, until time.Time) string {
	a, b := from.In(x.Wall), until.In(x.Wall)
	if a.YearDay() == b.YearDay() && a.Year() == b.Year() {
		return v.L.Clock(a) + "–" + v.L.Clock(b)
	}
	return v.L.Clock(a) + "–" + v.L.Clock(b) + " (" + v.L.Weekday(b) + ")"
}

// Day is a date as people read it.
func (x Venue) Day(v *frame.Visit, t time.Time) string {
	return v.L.ShortDate(t.In(x.Wall))
}
