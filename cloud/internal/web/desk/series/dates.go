package series

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/repertoire"
	"portaria/cloud/internal/web/desk/venues"
)

type planPage struct {
	desk.Frame
	Form             *desk.Form
	Shared, Offers   []desk.Field
	List, Rule       []desk.Field
	Weekdays         []weekday
	Copy             string // the event that is copied
	Copied           string
	Lines            []line
	Good, Bad        int
	Make, Told, Left string
}

type weekday struct {
	Value   int
	Text    string
	Checked bool
}

// line is one date of the plan, as people read it.
type line struct {
	Number int
	Text   string
	When   string
	Venue  string
	Name   string
	State  desk.Pill
}

// source is what the dates are made after: a series, or a date that is copied.
type source struct {
	c    repertoire.Choices
	t    catalog.Template
	copy bool
}

func (s *section) source(v *desk.Visit, seriesID, copyID string) (x source, err error) {
	if x.c, err = repertoire.Load(v, s.Catalog); err != nil {
		return x, err
	}
	x.t = catalog.Template{DoorsBefore: time.Hour, Length: 2 * time.Hour, Event: catalog.Event{Currency: "BRL"}}
	if id, err := uuid.Parse(copyID); err == nil {
		if x.t, err = s.Catalog.TemplateOf(v.Ctx(), v.Organizer(), id); err != nil {
			return x, err
		}
		x.copy = true
		if err := v.Must(role.EventsSee, repertoire.At(x.t.Event)); err != nil {
			return x, err
		}
	}
	if id, err := uuid.Parse(seriesID); err == nil {
		series, err := s.Catalog.Series(v.Ctx(), v.Organizer(), id)
		if err != nil {
			return x, err
		}
		x.t.Event.Series = id
		if !x.copy {
			x.t.Event.Name, x.t.Event.Description = series.Name, series.Description
		}
	}
	x.t.Event.Organizer = v.Organizer()
	return x, nil
}

func (x source) form(v *desk.Visit) *desk.Form {
	e := x.t.Event
	id := func(id uuid.UUID) string {
		if id == uuid.Nil {
			return ""
		}
		return id.String()
	}
	capacity := ""
	if e.Capacity > 0 {
		capacity = strconv.Itoa(e.Capacity)
	}
	fields := []desk.Field{
		{Name: "name", Label: "events.name", Value: e.Name, Needed: true},
		{Name: "series", Label: "events.series", Type: "select", Value: id(e.Series), Options: x.c.SeriesOptions(v.Text("events.no_series"))},
		{Name: "venue", Label: "events.venue", Hint: "series.venue_hint", Type: "select", Value: id(e.Venue), Options: x.c.VenueOptions(v, role.EventsEdit)},
		{Name: "doors_before", Label: "series.doors_before", Value: strconv.Itoa(int(x.t.DoorsBefore.Minutes())), Mode: "numeric", Max: 4, Needed: true},
		{Name: "length", Label: "series.length", Value: strconv.Itoa(int(x.t.Length.Minutes())), Mode: "numeric", Max: 5, Needed: true},
		{Name: "capacity", Label: "events.capacity", Hint: "events.capacity_hint", Value: capacity, Mode: "numeric", Max: 7, Needed: true},
		{Name: "age_rating", Label: "events.age_rating", Value: e.AgeRating, Max: 20},
		{Name: "languages", Label: "events.languages", Hint: "events.languages_hint", Value: strings.Join(e.Languages, ", ")},
		{Name: "how", Label: "series.how", Type: "select", Value: "list", Options: []desk.Option{
			{Value: "list", Text: v.Text("series.by_list")}, {Value: "rule", Text: v.Text("series.by_rule")}}},
		{Name: "lines", Label: "series.lines", Hint: "series.lines_hint", Type: "textarea", Max: maxLines},
		{Name: "from", Label: "series.from", Type: "date"},
		{Name: "until", Label: "series.until", Type: "date"},
		{Name: "clocks", Label: "series.clocks", Hint: "series.clocks_hint", Max: 200},
		{Name: "except", Label: "series.except", Hint: "series.except_hint", Max: 1000},
	}
	if !x.copy {
		fields = append(fields,
			desk.Field{Name: "currency", Label: "events.currency", Value: e.Currency, Max: 3, Needed: true},
			desk.Field{Name: "offers", Label: "events.offers", Hint: "series.offers_hint", Type: "textarea", Max: 4000},
		)
	}
	return v.Form(fields...)
}

func (s *section) plan(v *desk.Visit) error {
	x, err := s.source(v, v.Query("series"), v.Query("copy"))
	if err != nil {
		return err
	}
	return s.showPlan(v, http.StatusOK, x, x.form(v), nil)
}

func (s *section) showPlan(v *desk.Visit, status int, x source, f *desk.Form, plan catalog.Plan) error {
	p := &planPage{Form: f}
	for _, field := range f.Fields {
		switch field.Name {
		case "lines":
			p.List = append(p.List, field)
		case "from", "until", "clocks", "except":
			p.Rule = append(p.Rule, field)
		case "offers", "currency":
			p.Offers = append(p.Offers, field)
		case "how":
		default:
			p.Shared = append(p.Shared, field)
		}
	}
	chosen := v.PostFormArray("weekdays")
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i := range 7 {
		w := weekday{Value: i, Text: v.L.Weekday(sunday.AddDate(0, 0, i))}
		for _, c := range chosen {
			w.Checked = w.Checked || c == strconv.Itoa(i)
		}
		p.Weekdays = append(p.Weekdays, w)
	}
	title := v.Text("series.add_dates")
	if x.copy {
		p.Copy, p.Copied, title = x.t.Event.ID.String(), x.t.Event.Name, v.Text("series.copy_of", "Name", x.t.Event.Name)
	}
	for _, d := range plan {
		p.Lines = append(p.Lines, shownLine(v, d))
		if d.Problem == "" {
			p.Good++
		} else {
			p.Bad++
		}
	}
	if p.Good > 0 {
		p.Make = v.L.Plural("series.make", p.Good)
	}
	if len(plan) > 0 {
		p.Told = v.L.Plural("series.good", p.Good)
		if p.Bad > 0 {
			p.Told += " " + v.L.Plural("series.bad", p.Bad)
		}
	}
	return v.ShowAs(status, "dates", title, p)
}

func shownLine(v *desk.Visit, d catalog.Planned) line {
	x := line{Number: d.Want.Line, Text: d.Want.Text, Name: d.Event.Name, Venue: d.Venue.Name}
	if d.Want.Wrong == "" {
		day := time.Date(d.Want.Day.Year, d.Want.Day.Month, d.Want.Day.Day, d.Want.Clock.Hour, d.Want.Clock.Minute, 0, 0, time.UTC)
		x.When = v.L.ShortDate(day) + " · " + v.L.Clock(day)
	}
	switch {
	case d.Problem != "":
		x.State = desk.Pill{Kind: "bad", Text: v.Text("series.problem_" + string(d.Problem))}
		if x.Venue == "" {
			x.Venue = d.Want.Venue
		}
	case d.Note != "":
		x.State = desk.Pill{Kind: "warn", Text: v.Text("series.problem_" + string(d.Note))}
	default:
		x.State = desk.Pill{Kind: "ok", Text: v.Text("series.fine")}
	}
	return x
}

// read takes what was typed into the template, and blames what can't be read.
func (x *source) read(v *desk.Visit, f *desk.Form) {
	e := &x.t.Event
	e.Name, e.AgeRating, e.Languages = f.Value("name"), f.Value("age_rating"), venues.Languages(f.Value("languages"))
	e.Venue, _ = uuid.Parse(f.Value("venue"))
	e.Series, _ = uuid.Parse(f.Value("series"))
	minutes := func(field string) time.Duration {
		n, err := strconv.Atoi(f.Value(field))
		if err != nil && f.Value(field) != "" {
			f.Fault(field, "series.minutes")
		}
		return time.Duration(min(max(n, -1), 100_000)) * time.Minute
	}
	x.t.DoorsBefore, x.t.Length = minutes("doors_before"), minutes("length")
	var err error
	if e.Capacity, err = strconv.Atoi(f.Value("capacity")); err != nil && f.Value("capacity") != "" {
		e.Capacity = -1 // the domain says what is right
	}
	if x.copy {
		return
	}
	e.Currency = strings.ToUpper(f.Value("currency"))
	for i, text := range strings.Split(f.Value("offers"), "\n") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		name, price, _ := strings.Cut(text, ";")
		minor, ok := repertoire.ReadAmount(price, e.Currency)
		if !ok || len(x.t.Offers) >= 50 {
			f.Fault("offers", "series.offers_unread", "Line", i+1)
			return
		}
		x.t.Offers = append(x.t.Offers, catalog.Offer{Name: strings.TrimSpace(name), Price: minor})
	}
}

// wants are the dates that are asked for, by list or by rule.
func wants(v *desk.Visit, f *desk.Form) ([]dates.Want, error) {
	if f.Value("how") != "rule" {
		return dates.Read(f.Value("lines"))
	}
	p := dates.Pattern{}
	var ok bool
	for name, to := range map[string]*dates.Day{"from": &p.From, "until": &p.Until} {
		if *to, _, ok = dates.ReadDay(f.Value(name)); !ok || !to.Real() {
			f.Fault(name, "series.day_unread")
		}
	}
	if f.Value("clocks") != "" {
		if p.Clocks, ok = dates.ReadClocks(f.Value("clocks")); !ok {
			f.Fault("clocks", "series.clocks_unread")
		}
	}
	for _, word := range strings.FieldsFunc(f.Value("except"), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' }) {
		day, _, ok := dates.ReadDay(word)
		if !ok {
			f.Fault("except", "series.day_unread")
			break
		}
		p.Except = append(p.Except, day)
	}
	for _, w := range v.PostFormArray("weekdays") {
		if n, err := strconv.Atoi(w); err == nil && n >= 0 && n < 7 {
			p.Weekdays = append(p.Weekdays, time.Weekday(n))
		}
	}
	if !f.Good() {
		return nil, nil
	}
	return p.Wants()
}

// makeDates shows what would be made, and on its second button makes what can be.
func (s *section) makeDates(v *desk.Visit) error {
	if err := v.Request.ParseForm(); err != nil {
		return err
	}
	x, err := s.source(v, v.PostForm("series"), v.PostForm("copy"))
	if err != nil {
		return err
	}
	f := x.form(v)
	if err := v.Read(f); err != nil {
		return err
	}
	x.read(v, f)
	asked, err := wants(v, f)
	if err := f.Blame(err); err != nil {
		return err
	}
	var plan catalog.Plan
	if f.Good() {
		may := func(venue uuid.UUID) bool { return v.May(role.EventsEdit, role.Place{Venue: venue}) }
		plan, err = s.Catalog.Plan(v.Ctx(), x.t, asked, v.Now, may)
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.showPlan(v, http.StatusUnprocessableEntity, x, f, nil)
	}
	if v.PostForm("do") != "make" || len(plan.Good()) == 0 {
		return s.showPlan(v, http.StatusOK, x, f, plan)
	}
	var made []catalog.Event
	err = s.Catalog.Atomic.InTx(v.Ctx(), func(ctx context.Context) (err error) {
		if made, err = s.Catalog.MakeDates(ctx, x.t, plan); err != nil {
			return err
		}
		return v.Note(ctx, "dates.made", x.t.Event.Series.String(), fmt.Sprintf("%d · %s", len(made), x.t.Event.Name))
	})
	if err != nil {
		return err
	}
	to := "/desk/events"
	if x.t.Event.Series != uuid.Nil {
		to = Base(x.t.Event.Series)
	}
	return v.Go(to, desk.Flash{Text: v.L.Plural("series.dates_made", len(made))})
}
