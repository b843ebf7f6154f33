// Package repertoire is what the desk's pages about dates share: how a date is found, shown, and typed in.
package repertoire

import (
	"context"
	"net/url"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/table"
)

// Most is how many venues and series are offered as choices.
const Most = 2000

// Reach is where somebody may do something, as the catalogue asks for it.
func Reach(v *desk.Visit, p role.Permission) catalog.Reach {
	r := v.Reach(p)
	return catalog.Reach{Some: !r.Everywhere, Venues: r.Venues, Events: r.Events}
}

// At is the place of an event.
func At(e catalog.Event) role.Place { return role.Place{Venue: e.Venue, Event: e.ID} }

// Pill is an event's state at now, as a word.
func Pill(v *desk.Visit, e catalog.Event) desk.Pill {
	state, kind := string(e.State), ""
	switch {
	case e.State == catalog.Cancelled:
		kind = "bad"
	case !v.Now.Before(e.End):
		state = "over"
	case e.Waits(v.Now):
		state, kind = "waits", "warn"
	case e.State == catalog.OnSale && !e.Sells(v.Now):
		state = "closed"
	case e.State == catalog.OnSale && e.Left() == 0:
		state, kind = "sold_out", "warn"
	case e.State == catalog.OnSale:
		kind = "ok"
	case e.State == catalog.Stopped:
		kind = "warn"
	}
	return desk.Pill{Kind: kind, Text: v.Text("events.state_" + state)}
}

// Books reads what choices are made of.
type Books interface {
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Venue, error)
	AllSeries(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Series, error)
}

// Choices are an organizer's venues and series.
type Choices struct {
	Venues map[uuid.UUID]catalog.Venue
	Series map[uuid.UUID]catalog.Series

	venueOrder  []catalog.Venue
	seriesOrder []catalog.Series
}

// Load reads the choices.
func Load(v *desk.Visit, books Books) (c Choices, err error) {
	if c.venueOrder, err = books.Venues(v.Ctx(), v.Organizer(), uuid.Nil, Most); err != nil {
		return c, err
	}
	if c.seriesOrder, err = books.AllSeries(v.Ctx(), v.Organizer(), uuid.Nil, Most); err != nil {
		return c, err
	}
	c.Venues, c.Series = map[uuid.UUID]catalog.Venue{}, map[uuid.UUID]catalog.Series{}
	for _, x := range c.venueOrder {
		c.Venues[x.ID] = x
	}
	for _, x := range c.seriesOrder {
		c.Series[x.ID] = x
	}
	return c, nil
}

// VenueOptions are the venues where somebody may do something.
func (c Choices) VenueOptions(v *desk.Visit, p role.Permission) []desk.Option {
	out := []desk.Option{}
	for _, x := range c.venueOrder {
		if v.May(p, role.Place{Venue: x.ID}) {
			out = append(out, desk.Option{Value: x.ID.String(), Text: x.Name})
		}
	}
	return out
}

// SeriesOptions are the series, the newest first; none says what stands for no series, and is left out where empty.
func (c Choices) SeriesOptions(none string) []desk.Option {
	out := []desk.Option{}
	if none != "" {
		out = append(out, desk.Option{Value: "", Text: none})
	}
	for i := len(c.seriesOrder) - 1; i >= 0; i-- {
		out = append(out, desk.Option{Value: c.seriesOrder[i].ID.String(), Text: c.seriesOrder[i].Name})
	}
	return out
}

// States are the choices of a filter by state.
func States(v *desk.Visit) (out []desk.Option) {
	for _, s := range []catalog.State{catalog.Draft, catalog.OnSale, catalog.Stopped, catalog.Cancelled} {
		out = append(out, desk.Option{Value: string(s), Text: v.Text("events.state_" + string(s))})
	}
	return out
}

// Filters are the filters of a list of dates.
func (c Choices) Filters(v *desk.Visit) []table.Filter {
	return []table.Filter{
		{ID: "venue", Title: "events.venue", Options: tableOptions(c.VenueOptions(v, role.VenuesSee))},
		{ID: "series", Title: "events.series", Options: tableOptions(c.SeriesOptions(""))},
		{ID: "state", Title: "events.state", Options: tableOptions(States(v))},
		{ID: "month", Title: "events.month", Type: "month"},
		{ID: "when", Title: "events.past", None: v.Text("events.past_not"), Options: []table.Option{{Value: "all", Text: v.Text("events.past_too")}}},
	}
}

func tableOptions(from []desk.Option) []table.Option {
	out := make([]table.Option, len(from))
	for i, o := range from {
		out[i] = table.Option{Value: o.Value, Text: o.Text}
	}
	return out
}

// Asked is the dates that an address asks for. What is nonsense in it is passed over.
func (c Choices) Asked(q url.Values, now time.Time) catalog.Filter {
	f := catalog.Filter{State: catalog.State(q.Get("state")), Name: q.Get("q")}
	f.Venue, _ = uuid.Parse(q.Get("venue"))   // none is any
	f.Series, _ = uuid.Parse(q.Get("series")) // none is any
	if month, ok := c.Month(q, f.Venue); ok {
		f.StartsFrom, f.StartsTill = month, month.AddDate(0, 1, 0)
	} else if q.Get("when") != "all" {
		f.EndsAfter = now
	}
	return f
}

// Month is the first moment of the month that is asked for, in the zone of the venue that is chosen, or of the first.
func (c Choices) Month(q url.Values, venue uuid.UUID) (time.Time, bool) {
	month, err := time.ParseInLocation("2006-01", q.Get("month"), c.ZoneOf(venue))
	return month, err == nil && month.Year() >= 2000 && month.Year() < 2100
}

// ZoneOf is the zone of a venue, or of the first one where there is none of that id.
func (c Choices) ZoneOf(venue uuid.UUID) *time.Location {
	if x, ok := c.Venues[venue]; ok {
		return x.Zone()
	}
	if len(c.venueOrder) > 0 {
		return c.venueOrder[0].Zone()
	}
	return time.UTC
}

// Zone is the zone of an event's venue.
func (c Choices) Zone(e catalog.Event) *time.Location { return c.Venues[e.Venue].Zone() }

// When is an event's start as people read it, in its venue's zone.
func (c Choices) When(v *desk.Visit, e catalog.Event) string {
	at := e.Start.In(c.Zone(e))
	return v.L.ShortDate(at) + " · " + v.L.Clock(at)
}
