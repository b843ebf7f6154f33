// Package events is the desk's pages about dates: the repertoire as a list and a calendar, one date, its sale.
package events

import (
	"context"
	"embed"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
	"portaria/cloud/internal/web/desk/table"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	Catalog *catalog.Service
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "events", Templates: templates,
		Nav: []desk.NavItem{{Path: "/desk/events", Text: "desk.nav.events", Needs: role.EventsSee, Order: 20}},
		Routes: []desk.Route{
			desk.Get("/desk/events", role.EventsSee, s.list),
			desk.Post("/desk/events", role.EventsEdit, s.make),
			desk.Get("/desk/events/calendar", role.EventsSee, s.calendar),
			desk.Get("/desk/events/new", role.EventsEdit, s.blank),
			desk.Get("/desk/events/:event", role.EventsSee, s.show),
			desk.Post("/desk/events/:event", role.EventsEdit, s.save),
			desk.Post("/desk/events/:event/sale", role.SaleSwitch, s.sale),
		},
	}
}

type listPage struct {
	desk.Frame
	Tabs   []desk.Link
	Table  table.View
	May    bool // make dates somewhere
	Change string
	Prices string
}

// Base is the page of an event.
func Base(e catalog.Event) string { return "/desk/events/" + e.ID.String() }

func (s *section) list(v *desk.Visit) error {
	choices, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	may := v.Grants.Anywhere(role.EventsEdit)
	empty := desk.Empty{Title: v.Text("events.none"), Text: v.Text("events.none_why")}
	switch {
	case may && len(choices.VenueOptions(v, role.EventsEdit)) == 0:
		empty.Text = v.Text("events.venue_first")
		empty.Href, empty.Do = "/desk/venues/new", v.Text("venues.new")
	case may:
		empty.Href, empty.Do = "/desk/events/new", v.Text("events.new")
	}
	shown, answered, err := desk.List(v, s.spec(v, choices), empty)
	if answered || err != nil {
		return err
	}
	query := v.Request.URL.Query()
	query.Del("page")
	return v.Show("list", v.Text("desk.nav.events"), &listPage{
		Tabs: tabs(v, "/desk/events"), Table: shown, May: may, Change: "/desk/changes?" + query.Encode(), Prices: "/desk/prices?" + query.Encode(),
	})
}

func tabs(v *desk.Visit, here string) []desk.Link { return repertoire.Tabs(v, here) }

func (s *section) spec(v *desk.Visit, choices repertoire.Choices) table.Spec[catalog.Event] {
	reach := repertoire.Reach(v, role.EventsSee)
	text := func(f func(e catalog.Event) string) func(locale.Locale, catalog.Event) table.Cell {
		return func(_ locale.Locale, e catalog.Event) table.Cell { return table.Text(f(e)) }
	}
	number := func(id, title string, extra bool, f func(e catalog.Event) int) table.Column[catalog.Event] {
		return table.Column[catalog.Event]{
			ID: id, Title: title, Num: true, Extra: extra, Export: func(e catalog.Event) any { return int64(f(e)) },
			Cell: func(l locale.Locale, e catalog.Event) table.Cell { return table.Text(l.Number(int64(f(e)))) },
		}
	}
	return table.Spec[catalog.Event]{
		Sort: "when", Search: true, File: "events", Filters: choices.Filters(v),
		Columns: []table.Column[catalog.Event]{
			{ID: "when", Title: "events.when", Sorts: true, Cell: text(func(e catalog.Event) string { return choices.When(v, e) }),
				Export: func(e catalog.Event) any { return e.Start.In(choices.Zone(e)) }},
			{ID: "name", Title: "events.name", Cell: func(_ locale.Locale, e catalog.Event) table.Cell {
				return table.Cell{Text: e.Name, Href: Base(e), Sub: choices.Series[e.Series].Name}
			}, Export: func(e catalog.Event) any { return e.Name }},
			{ID: "venue", Title: "events.venue", Cell: text(func(e catalog.Event) string { return choices.Venues[e.Venue].Name })},
			{ID: "state", Title: "events.state", Cell: func(_ locale.Locale, e catalog.Event) table.Cell {
				p := repertoire.Pill(v, e)
				kind := p.Kind
				if kind == "" {
					kind = "off"
				}
				return table.Cell{Text: p.Sign() + " " + p.Text, Pill: kind}
			}, Export: func(e catalog.Event) any { return repertoire.Pill(v, e).Text }},
			number("sold", "events.sold", false, func(e catalog.Event) int { return e.Sold }),
			number("capacity", "events.capacity", false, func(e catalog.Event) int { return e.Capacity }),
			number("held", "events.held", true, func(e catalog.Event) int { return e.Held }),
			{ID: "doors", Title: "events.doors", Extra: true, Cell: text(func(e catalog.Event) string { return v.L.Clock(e.Doors.In(choices.Zone(e))) })},
			{ID: "series", Title: "events.series", Extra: true, Cell: text(func(e catalog.Event) string { return choices.Series[e.Series].Name })},
			{ID: "age", Title: "events.age_rating", Extra: true, Cell: text(func(e catalog.Event) string { return e.AgeRating })},
		},
		Load: func(ctx context.Context, q table.Query, offset, limit int) ([]catalog.Event, error) {
			values := q.Values()
			f := choices.Asked(values, v.Now)
			f.Reach, f.Down, f.Offset, f.Limit = reach, q.Down, offset, limit
			return s.Catalog.Repertoire(ctx, v.Organizer(), f)
		},
	}
}
