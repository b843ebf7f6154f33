// Package series is the desk's pages about dates that belong together, and about making many dates at once: by a weekly
// rule, from a list, or as copies of one.
package series

import (
	"context"
	"embed"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	Catalog *catalog.Service
}

type section struct{ Config }

// maxLines is how large a pasted list of dates may be: enough for ten thousand, which are refused by a sentence.
const maxLines = 2 << 20

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "series", Templates: templates,
		Routes: []desk.Route{
			desk.Get("/desk/series", role.EventsSee, s.list),
			desk.Post("/desk/series", role.EventsEdit, s.make),
			desk.Get("/desk/series/new", role.EventsEdit, s.blank),
			desk.Get("/desk/series/:series", role.EventsSee, s.show),
			desk.Post("/desk/series/:series", role.EventsEdit, s.save),
			desk.Get("/desk/dates", role.EventsEdit, s.plan),
			desk.Post("/desk/dates", role.EventsEdit, s.makeDates).Taking(maxLines),
		},
	}
}

// mostDates is how many dates are looked through for the pages of series.
const mostDates = 20_000

type listPage struct {
	desk.Frame
	Tabs   []desk.Link
	Series []shownSeries
	Empty  desk.Empty
	May    bool
}

type shownSeries struct{ Href, Name, Kind, Dates, Next string }

func (s *section) list(v *desk.Visit) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	reach := repertoire.Reach(v, role.EventsSee)
	all, err := s.Catalog.Repertoire(v.Ctx(), v.Organizer(), catalog.Filter{Reach: reach, Limit: mostDates})
	if err != nil {
		return err
	}
	count, next := map[uuid.UUID]int{}, map[uuid.UUID]catalog.Event{}
	for _, e := range all {
		count[e.Series]++
		if _, have := next[e.Series]; !have && e.End.After(v.Now) {
			next[e.Series] = e
		}
	}
	p := &listPage{Tabs: repertoire.Tabs(v, "/desk/series"), May: v.Grants.Anywhere(role.EventsEdit)}
	for _, o := range c.SeriesOptions("") {
		x := c.Series[uuid.MustParse(o.Value)]
		if reach.Some && count[x.ID] == 0 {
			continue
		}
		line := shownSeries{Base(x.ID), x.Name, v.Text("series.kind_" + string(x.Kind)), v.L.Plural("series.dates", count[x.ID]), ""}
		if e, ok := next[x.ID]; ok {
			line.Next = c.When(v, e)
		}
		p.Series = append(p.Series, line)
	}
	p.Empty = desk.Empty{Title: v.Text("series.none"), Text: v.Text("series.none_why")}
	if p.May {
		p.Empty.Href, p.Empty.Do = "/desk/series/new", v.Text("events.new_series")
	}
	return v.Show("list", v.Text("series.title"), p)
}

// Base is the page of a series.
func Base(id uuid.UUID) string { return "/desk/series/" + id.String() }

func kinds(v *desk.Visit) (out []desk.Option) {
	for _, k := range []catalog.Kind{catalog.Tour, catalog.Festival, catalog.Sessions} {
		out = append(out, desk.Option{Value: string(k), Text: v.Text("series.kind_" + string(k))})
	}
	return out
}

func form(v *desk.Visit, x catalog.Series) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "events.name", Value: x.Name, Needed: true},
		desk.Field{Name: "kind", Label: "series.kind", Type: "select", Value: string(x.Kind), Options: kinds(v), Needed: true},
		desk.Field{Name: "description", Label: "events.text", Type: "textarea", Value: x.Description, Max: 20_000},
		desk.Field{Name: "version", Type: "hidden", Value: strconv.Itoa(x.Version)},
	)
}

func take(f *desk.Form, x *catalog.Series) {
	x.Name, x.Kind, x.Description = f.Value("name"), catalog.Kind(f.Value("kind")), f.Value("description")
}

type onePage struct {
	desk.Frame
	New, May, MayAdd                           bool
	Name, Base, Add, Change, Prices, Dates, On string
	Form                                       *desk.Form
	Theirs                                     *desk.Theirs
	Next                                       []shownDate
}

type shownDate struct {
	Href, When, Name, Venue string
	State                   desk.Pill
}

func (s *section) blank(v *desk.Visit) error {
	return v.Show("one", v.Text("events.new_series"), &onePage{New: true, May: true, Base: "/desk/series", Form: form(v, catalog.Series{})})
}

func (s *section) make(v *desk.Visit) error {
	f := form(v, catalog.Series{})
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		x := catalog.Series{Organizer: v.Organizer()}
		take(f, &x)
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
			if x, err = s.Catalog.CreateSeries(ctx, x); err != nil {
				return err
			}
			return v.Note(ctx, "series.made", x.ID.String(), x.Name)
		})
		if err == nil {
			return v.Go("/desk/dates?series="+x.ID.String(), desk.Flash{Text: v.Text("series.made")})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "one", v.Text("events.new_series"), &onePage{New: true, May: true, Base: "/desk/series", Form: f})
}

func (s *section) series(v *desk.Visit) (catalog.Series, error) {
	id, err := v.ID("series")
	if err != nil {
		return catalog.Series{}, err
	}
	return s.Catalog.Series(v.Ctx(), v.Organizer(), id)
}

func (s *section) show(v *desk.Visit) error {
	x, err := s.series(v)
	if err != nil {
		return err
	}
	return s.page(v, http.StatusOK, x, &onePage{Form: form(v, x)})
}

func (s *section) page(v *desk.Visit, status int, x catalog.Series, p *onePage) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	reach := repertoire.Reach(v, role.EventsSee)
	dates, err := s.Catalog.Repertoire(v.Ctx(), v.Organizer(), catalog.Filter{Series: x.ID, Reach: reach, Limit: mostDates})
	if err != nil {
		return err
	}
	if reach.Some && len(dates) == 0 {
		return catalog.ErrNoSeries
	}
	p.Name, p.Base, p.May, p.MayAdd = x.Name, Base(x.ID), v.May(role.EventsEdit, role.Place{}), v.Grants.Anywhere(role.EventsEdit)
	asked := "?when=all&series=" + x.ID.String()
	p.Add, p.Change, p.Prices, p.Dates = "/desk/dates?series="+x.ID.String(), "/desk/changes"+asked, "/desk/prices"+asked, v.L.Plural("series.dates", len(dates))
	p.On = "/desk/events?when=all&series=" + x.ID.String()
	for _, e := range dates[:min(len(dates), 60)] {
		p.Next = append(p.Next, shownDate{"/desk/events/" + e.ID.String(), c.When(v, e), e.Name, c.Venues[e.Venue].Name, repertoire.Pill(v, e)})
	}
	return v.ShowAs(status, "one", x.Name, p)
}

func (s *section) save(v *desk.Visit) error {
	x, err := s.series(v)
	if err != nil {
		return err
	}
	if err := v.Must(role.EventsEdit, role.Place{}); err != nil {
		return err
	}
	f := form(v, x)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &onePage{Form: f}
	if f.Good() {
		err := s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			saved, err := s.Catalog.EditSeries(ctx, v.Organizer(), x.ID, f.Version(), func(x *catalog.Series) { take(f, x) })
			if err != nil {
				return err
			}
			return v.Note(ctx, "series.changed", saved.ID.String(), saved.Name)
		})
		if err == nil {
			return v.Go(Base(x.ID), desk.Flash{Text: v.Text("series.saved")})
		}
		if desk.Stale(err) {
			if x, err = s.Catalog.Series(v.Ctx(), v.Organizer(), x.ID); err != nil {
				return err
			}
			p.Theirs = f.Against(form(v, x))
			f.Set("version", strconv.Itoa(x.Version))
			return s.page(v, http.StatusConflict, x, p)
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.page(v, http.StatusUnprocessableEntity, x, p)
}
