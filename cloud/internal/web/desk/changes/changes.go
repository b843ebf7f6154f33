// Package changes is the desk's pages about changing many dates at once: which, what, what would become of each, and
// the way back.
package changes

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	Catalog *catalog.Service
	Bulk    *bulk.Office
}

type section struct{ Config }

// maxForm is a form that names a thousand dates.
const maxForm = 1 << 20

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "changes", Templates: templates,
		Routes: []desk.Route{
			desk.Get("/desk/changes", role.EventsEdit, s.choose),
			desk.Post("/desk/changes", role.EventsEdit, s.change).Taking(maxForm),
			desk.Post("/desk/changes/:change/undo", role.EventsEdit, s.undo),
		},
	}
}

// onPage is how many dates are shown to choose from one by one.
const onPage = 200

type page struct {
	desk.Frame
	Form    *desk.Form
	Filters []filter
	Rows    []row
	All     string // how many there are, to choose all of them
	AllOn   bool
	Query   []kept
	Preview []preview
	Told    string
	Can     bool
	Empty   desk.Empty
}

type kept struct{ Name, Value string }

type filter struct {
	ID, Title, Type, Value string
	None                   string
	Options                []desk.Option
}

type row struct {
	ID, When, Name, Venue string
	State                 desk.Pill
	Chosen                bool
}

// asked are the filters of the address or of the form.
var filterNames = []string{"venue", "series", "state", "month", "when", "q"}

func query(from url.Values) url.Values {
	out := url.Values{}
	for _, name := range filterNames {
		if x := from.Get(name); x != "" {
			out.Set(name, x)
		}
	}
	return out
}

func (s *section) choose(v *desk.Visit) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	p := &page{Form: form(v, c)}
	return s.show(v, http.StatusOK, c, query(v.Request.URL.Query()), p, nil)
}

// filtered are the dates of a filter that the person may change.
func (s *section) filtered(v *desk.Visit, c repertoire.Choices, q url.Values) ([]catalog.Event, error) {
	f := c.Asked(q, v.Now)
	f.Reach, f.Limit = repertoire.Reach(v, role.EventsEdit), bulk.Most+1
	return s.Catalog.Repertoire(v.Ctx(), v.Organizer(), f)
}

func (s *section) show(v *desk.Visit, status int, c repertoire.Choices, q url.Values, p *page, chosen []uuid.UUID) error {
	found, err := s.filtered(v, c, q)
	if err != nil {
		return err
	}
	for _, e := range found[:min(len(found), onPage)] {
		p.Rows = append(p.Rows, row{e.ID.String(), c.When(v, e), e.Name, c.Venues[e.Venue].Name, repertoire.Pill(v, e), slices.Contains(chosen, e.ID)})
	}
	p.All = v.L.Plural("changes.all", min(len(found), bulk.Most))
	for _, f := range c.Filters(v) {
		x := filter{ID: f.ID, Title: f.Title, Type: f.Type, Value: q.Get(f.ID), None: f.None}
		for _, o := range f.Options {
			x.Options = append(x.Options, desk.Option{Value: o.Value, Text: o.Text})
		}
		p.Filters = append(p.Filters, x)
	}
	for name := range q {
		p.Query = append(p.Query, kept{name, q.Get(name)})
	}
	slices.SortFunc(p.Query, func(a, b kept) int { return strings.Compare(a.Name, b.Name) })
	p.Empty = desk.Empty{Title: v.Text("desk.table.none"), Text: v.Text("desk.table.none_why")}
	return v.ShowAs(status, "changes", v.Text("events.change_many"), p)
}

// chosen are the dates that were ticked, or all of the filter.
func (s *section) chosen(v *desk.Visit, c repertoire.Choices, q url.Values) (ids []uuid.UUID, err error) {
	if v.PostForm("all") == "on" {
		found, err := s.filtered(v, c, q)
		for _, e := range found {
			ids = append(ids, e.ID)
		}
		return ids, err
	}
	for _, text := range v.PostFormArray("event") {
		if id, err := uuid.Parse(text); err == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// change shows what would become of each date, and on its second button makes it so.
func (s *section) change(v *desk.Visit) error {
	c, err := repertoire.Load(v, s.Catalog)
	if err != nil {
		return err
	}
	f := form(v, c)
	if err := v.Read(f); err != nil {
		return err
	}
	q := query(v.Request.PostForm)
	ids, err := s.chosen(v, c, q)
	if err != nil {
		return err
	}
	p := &page{Form: f, AllOn: v.PostForm("all") == "on"}
	events, err := s.Catalog.Repertoire(v.Ctx(), v.Organizer(), catalog.Filter{IDs: ids, Limit: bulk.Most})
	if err != nil {
		return err
	}
	x := read(v, f, c, currency(events))
	if err := mayAll(v, x, events); err != nil {
		return err
	}
	steps, err := s.steps(v, f, x, ids)
	if err != nil {
		return err
	}
	if f.Good() && v.PostForm("do") == "apply" {
		answered, err := s.apply(v, f, steps)
		if answered || err != nil {
			return err
		}
	}
	if len(steps) > 0 {
		rows, err := s.Bulk.Preview(v.Ctx(), v.Organizer(), steps)
		if err != nil {
			return err
		}
		p.preview(v, c, rows)
	}
	status := http.StatusOK
	if !f.Good() {
		status = http.StatusUnprocessableEntity
	}
	return s.show(v, status, c, q, p, ids)
}

// steps are what the edit does to each chosen date; nothing where something must be mended first.
func (s *section) steps(v *desk.Visit, f *desk.Form, x bulk.Edit, ids []uuid.UUID) ([]bulk.Step, error) {
	switch {
	case !f.Good():
		return nil, nil
	case len(ids) == 0:
		f.Fault("", "changes.none_chosen")
		return nil, nil
	case x.Empty():
		f.Fault("", "changes.nothing")
		return nil, nil
	}
	steps, err := s.Bulk.Steps(v.Ctx(), v.Organizer(), x, ids)
	if err := f.Blame(err); err != nil {
		return nil, err
	}
	return steps, nil
}

// currency of all the dates; "" = they have several.
func currency(events []catalog.Event) string {
	for _, e := range events {
		if e.Currency != events[0].Currency {
			return ""
		}
	}
	if len(events) == 0 {
		return "BRL" // something else is to be mended first
	}
	return events[0].Currency
}

// mayAll refuses where the person may not make the change at any of the dates.
func mayAll(v *desk.Visit, x bulk.Edit, events []catalog.Event) error {
	for _, e := range events {
		for _, p := range needs(x) {
			if err := v.Must(p, repertoire.At(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

func needs(x bulk.Edit) []role.Permission {
	out := []role.Permission{role.EventsEdit}
	if x.Sale != bulk.Keep {
		out = append(out, role.SaleSwitch)
	}
	if len(x.Offers) > 0 {
		out = append(out, role.PricesEdit)
	}
	return out
}

// seen are the versions that the person was shown.
func seen(v *desk.Visit) map[uuid.UUID]int {
	out := map[uuid.UUID]int{}
	for _, text := range v.PostFormArray("seen") {
		id, version, _ := strings.Cut(text, ".")
		n, err := strconv.Atoi(version)
		if key, errID := uuid.Parse(id); errID == nil && err == nil && n > 0 {
			out[key] = n
		}
	}
	return out
}
