// Package live is the desk's pages about people at the doors: now, and afterwards. The words and marks are those of the
// hub's own page, which shows the same where there is no internet.
package live

import (
	"context"
	"embed"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/ingest"
	web "portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Books tells of the organizer's events and venues.
type Books interface {
	Event(ctx context.Context, organizer, id uuid.UUID) (catalog.Event, error)
	Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Event, error)
	Offers(ctx context.Context, organizer, event uuid.UUID) ([]catalog.Offer, error)
	Venue(ctx context.Context, organizer, id uuid.UUID) (catalog.Venue, error)
}

// Doors tells of a venue's doors and machines.
type Doors interface {
	Zones(ctx context.Context, s desk.Scope) ([]desk.Zone, error)
	Checkpoints(ctx context.Context, s desk.Scope) ([]desk.Checkpoint, error)
	Controllers(ctx context.Context, s desk.Scope) ([]desk.Controller, error)
	Hubs(ctx context.Context, s desk.Scope) ([]desk.Hub, error)
	Gates(ctx context.Context, s desk.Scope) ([]desk.Gate, error)
}

// People tells who works for an organizer: they scan by telephone under their own names.
type People interface {
	Members(ctx context.Context, organizer uuid.UUID) ([]staff.Member, error)
}

// Config is what the pages show.
type Config struct {
	Books      Books
	People     People
	Doors      Doors
	Attendance *attendance.Service
	Records    ingest.Reader
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) web.Section {
	s := &section{c}
	return web.Section{
		Name: "live", Templates: templates,
		Nav: []web.NavItem{{Path: "/desk/live", Text: "desk.nav.live", Needs: role.LiveSee, Order: 40}},
		Routes: []web.Route{
			web.Get("/desk/live", role.LiveSee, s.choose),
			web.Get("/desk/live/venue/:venue", role.LiveSee, s.venue),
			web.Get("/desk/live/venue/:venue/now", role.LiveSee, s.venueNow),
			web.Get("/desk/live/:event", role.LiveSee, s.event),
			web.Get("/desk/live/:event/now", role.LiveSee, s.eventNow),
			web.Post("/desk/live/:event/incidents", role.ScanOverride, s.mark),
			web.Get("/desk/live/:event/history", role.LiveSee, s.history),
			web.Get("/desk/live/:event/tables/:table", role.LiveSee, s.table),
			web.Get("/desk/live/:event/records.csv", role.LiveSee, s.records),
		},
	}
}

// Limits of the first page.
const (
	maxEvents = 200
	around    = 12 * time.Hour // before the doors and after the end, an event is one of now
)

type choosePage struct {
	web.Frame
	Now, Past, Next []shownEvent
	Venues          []shownEvent // with several events now
	Empty           web.Empty
}

type shownEvent struct {
	Href, Name, When string
	State            web.Pill
}

// choose lists the events whose doors the person may see: those of now first.
func (s *section) choose(v *web.Visit) error {
	all, err := s.Books.Events(v.Ctx(), v.Organizer(), uuid.Nil, maxEvents)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(e catalog.Event) bool { return !v.May(role.LiveSee, placeOf(e)) })
	slices.SortStableFunc(all, func(a, b catalog.Event) int { return a.Start.Compare(b.Start) })
	p := &choosePage{Empty: web.Empty{Title: v.Text("live.no_events"), Text: v.Text("live.no_events_why")}}
	zones, now := map[uuid.UUID]*time.Location{}, map[uuid.UUID]int{}
	for _, e := range all {
		zone, err := s.zone(v, e.Venue, zones)
		if err != nil {
			return err
		}
		shown := shownEvent{"/desk/live/" + e.ID.String(), e.Name, v.L.ShortDate(e.Start.In(zone)) + " " + v.L.Clock(e.Start.In(zone)), statePill(v, e)}
		switch {
		case isNow(e, v.Now):
			p.Now = append(p.Now, shown)
			now[e.Venue]++
		case e.Start.After(v.Now):
			p.Next = append(p.Next, shown)
		default:
			shown.Href += "/history"
			p.Past = append([]shownEvent{shown}, p.Past...)
		}
	}
	p.Next = p.Next[:min(len(p.Next), 20)]
	return s.showChoice(v, p, now)
}

func (s *section) showChoice(v *web.Visit, p *choosePage, now map[uuid.UUID]int) error {
	for venue, events := range now {
		if events < 2 || !v.May(role.LiveSee, role.Place{Venue: venue}) {
			continue
		}
		found, err := s.Books.Venue(v.Ctx(), v.Organizer(), venue)
		if err != nil {
			return err
		}
		p.Venues = append(p.Venues, shownEvent{Href: "/desk/live/venue/" + venue.String(), Name: found.Name})
	}
	slices.SortFunc(p.Venues, func(a, b shownEvent) int { return compare(a.Name, b.Name) })
	return v.Show("choose", v.Text("live.title"), p)
}

func (s *section) zone(v *web.Visit, venue uuid.UUID, known map[uuid.UUID]*time.Location) (*time.Location, error) {
	if known[venue] == nil {
		found, err := s.Books.Venue(v.Ctx(), v.Organizer(), venue)
		if err != nil {
			return nil, err
		}
		known[venue] = found.Zone()
	}
	return known[venue], nil
}

func placeOf(e catalog.Event) role.Place { return role.Place{Venue: e.Venue, Event: e.ID} }

func isNow(e catalog.Event, now time.Time) bool {
	return now.After(e.Doors.Add(-around)) && now.Before(e.End.Add(around))
}

func statePill(v *web.Visit, e catalog.Event) web.Pill {
	switch {
	case e.State == catalog.Cancelled:
		return web.Pill{Kind: "bad", Text: v.Text("live.state_cancelled")}
	case v.Now.Before(e.Doors):
		return web.Pill{Text: v.Text("live.state_before")}
	case v.Now.Before(e.Start):
		return web.Pill{Kind: "ok", Text: v.Text("live.state_doors")}
	case v.Now.Before(e.End):
		return web.Pill{Kind: "ok", Text: v.Text("live.state_on")}
	}
	return web.Pill{Text: v.Text("live.state_over")}
}
