package offers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/changes"
	"portaria/cloud/internal/web/desk/repertoire"
)

// Limits of one table.
const (
	mostRows    = 200
	mostColumns = 24
)

type tablePage struct {
	frame.Frame
	Form    *frame.Form // for what is to be mended
	Query   []hidden
	Filters []filter
	Columns []column
	Shown   []string // the columns that there are
	Rows    []tableRow
	Further string // a column that is added
	More    bool   // there are more dates than rows
	May     bool
	Theirs  []string
	Empty   frame.Empty
}

type hidden struct{ Name, Value string }

type filter struct {
	ID, Title, Type, Value string
	None                   string
	Options                []frame.Option
}

// column is the offers of one name.
type column struct {
	Index int
	Name  string
}

type tableRow struct {
	ID, When, Name, Venue, Href string
	Cells                       []cell
	May                         bool
}

// cell is the price of one offer at one date; Base is what was there when it was shown.
type cell struct {
	Field, Label, Value, Base string
	Fault                     bool
}

// grid is dates and the offers that they have, by name.
type grid struct {
	c       repertoire.Choices
	events  []catalog.Event
	columns []string
	offers  map[uuid.UUID]map[string]catalog.Offer // by event and plain name
	more    bool
}

func plain(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// asked are the filters of a table; dates that are over are left out unless they are asked for.
func asked(from url.Values) url.Values {
	out := url.Values{}
	for _, name := range []string{"venue", "series", "state", "month", "when", "q"} {
		if x := from.Get(name); x != "" {
			out.Set(name, x)
		}
	}
	return out
}

func (s *section) grid(v *frame.Visit, q url.Values) (g grid, err error) {
	if g.c, err = repertoire.Load(v, s.Catalog); err != nil {
		return g, err
	}
	f := g.c.Asked(q, v.Now)
	f.Reach, f.Limit = repertoire.Reach(v, role.EventsSee), mostRows+1
	if g.events, err = s.Catalog.Repertoire(v.Ctx(), v.Organizer(), f); err != nil {
		return g, err
	}
	if g.more = len(g.events) > mostRows; g.more {
		g.events = g.events[:mostRows]
	}
	ids := make([]uuid.UUID, len(g.events))
	for i, e := range g.events {
		ids[i] = e.ID
	}
	all, err := s.Catalog.OffersOf(v.Ctx(), v.Organizer(), ids)
	g.fill(all)
	return g, err
}

// fill sorts offers into columns, in the order of their kinds. Of several of one name, the open one counts.
func (g *grid) fill(all []catalog.Offer) {
	g.offers = map[uuid.UUID]map[string]catalog.Offer{}
	first := map[string]int{}
	for _, o := range all {
		of := g.offers[o.Event]
		if of == nil {
			of = map[string]catalog.Offer{}
			g.offers[o.Event] = of
		}
		name := plain(o.Name)
		if old, have := of[name]; !have || old.Closed && !o.Closed {
			of[name] = o
		}
		if _, have := first[name]; !have && len(g.columns) < mostColumns {
			first[name] = int(o.Kind)
			g.columns = append(g.columns, o.Name)
		}
	}
	slices.SortStableFunc(g.columns, func(a, b string) int { return first[plain(a)] - first[plain(b)] })
}

// keep puts the columns in the order in which they were shown: fields are named by it, and somebody may have added an
// offer meanwhile.
func (g *grid) keep(shown []string) {
	columns := slices.Clone(shown[:min(len(shown), mostColumns)])
	for _, name := range g.columns {
		if !slices.ContainsFunc(columns, func(c string) bool { return plain(c) == plain(name) }) {
			columns = append(columns, name)
		}
	}
	g.columns = columns
}

// price is what a cell holds; empty = not sold at this date.
func (g grid) price(v *frame.Visit, e catalog.Event, name string) string {
	o, have := g.offers[e.ID][plain(name)]
	if !have || o.Closed {
		return ""
	}
	return repertoire.Amount(v.L, o.Price, e.Currency)
}

func (s *section) table(v *frame.Visit) error {
	q := asked(v.Request.URL.Query())
	g, err := s.grid(v, q)
	if err != nil {
		return err
	}
	return s.showTable(v, http.StatusOK, g, q, &tablePage{Form: v.Form()}, nil)
}

func field(e catalog.Event, column int) string {
	return "p-" + e.ID.String() + "-" + strconv.Itoa(column)
}
func based(e catalog.Event, column int) string {
	return "b-" + e.ID.String() + "-" + strconv.Itoa(column)
}

// showTable shows prices, with what was typed where something is to be mended.
func (s *section) showTable(v *frame.Visit, status int, g grid, q url.Values, p *tablePage, bad map[string]bool) error {
	posted := v.Request.PostForm
	p.More, p.Further, p.Shown = g.more, posted.Get("further"), g.columns
	names := append(slices.Clone(g.columns), "")
	if p.Further != "" {
		names[len(names)-1] = p.Further
	}
	for i, name := range names {
		if name == "" {
			name = v.Text("offers.further")
		}
		p.Columns = append(p.Columns, column{i, name})
	}
	for _, e := range g.events {
		row := tableRow{ID: e.ID.String(), When: g.c.When(v, e), Name: e.Name, Venue: g.c.Venues[e.Venue].Name, Href: "/desk/events/" + e.ID.String(),
			May: v.May(role.PricesEdit, repertoire.At(e))}
		p.May = p.May || row.May
		for i := range names {
			x := cell{Field: field(e, i), Label: p.Columns[i].Name + " · " + row.When, Fault: bad[field(e, i)]}
			if i < len(g.columns) {
				x.Base = g.price(v, e, names[i])
			}
			x.Value = x.Base
			if typed, ok := posted[x.Field]; ok && len(bad) > 0 {
				x.Value = typed[0]
			}
			row.Cells = append(row.Cells, x)
		}
		p.Rows = append(p.Rows, row)
	}
	for name := range q {
		p.Query = append(p.Query, hidden{name, q.Get(name)})
	}
	slices.SortFunc(p.Query, func(a, b hidden) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range g.c.Filters(v) {
		x := filter{ID: f.ID, Title: f.Title, Type: f.Type, Value: q.Get(f.ID), None: f.None}
		for _, o := range f.Options {
			x.Options = append(x.Options, frame.Option{Value: o.Value, Text: o.Text})
		}
		p.Filters = append(p.Filters, x)
	}
	p.Empty = frame.Empty{Title: v.Text("desk.table.none"), Text: v.Text("desk.table.none_why")}
	p.Scripts = []string{"grid.js"}
	return v.ShowAs(status, "table", v.Text("events.price_table"), p)
}

// saveTable writes the prices that were changed. A cell that somebody else has changed meanwhile is told, and nothing
// is written.
func (s *section) saveTable(v *frame.Visit) error {
	if err := v.Request.ParseForm(); err != nil {
		return err
	}
	q := asked(v.Request.PostForm)
	g, err := s.grid(v, q)
	if err != nil {
		return err
	}
	g.keep(v.PostFormArray("col"))
	p := &tablePage{Form: v.Form()}
	edit := typed{v: v, g: g, p: p, bad: map[string]bool{}}
	if err := edit.read(); err != nil {
		return err
	}
	if len(edit.bad) > 0 {
		return s.showTable(v, http.StatusUnprocessableEntity, g, q, p, edit.bad)
	}
	if len(edit.steps) == 0 {
		return v.Go("/desk/prices?"+q.Encode(), frame.Flash{Text: v.Text("offers.none_changed")})
	}
	done, err := s.Bulk.Apply(v.Ctx(), v.Organizer(), v.Person.Name, edit.steps, func(ctx context.Context, d bulk.Done) error {
		for _, r := range d.Changed {
			if err := v.Note(ctx, "prices.changed", r.Before.ID.String(), r.Before.Name); err != nil {
				return err
			}
		}
		return nil
	})
	var refused *bulk.Refused
	if errors.As(err, &refused) {
		err = refused.Rows[0].Fault
	}
	if err == nil {
		return v.Go("/desk/prices?"+q.Encode(), changes.Told(v, done))
	}
	if err := p.Form.Blame(err); err != nil {
		return err
	}
	return s.showTable(v, http.StatusUnprocessableEntity, g, q, p, map[string]bool{"": true})
}
