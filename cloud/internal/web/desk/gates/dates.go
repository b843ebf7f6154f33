package gates

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

type datesPage struct {
	frame.Frame
	Head  place.Head
	Dates []shownDate
	Empty frame.Empty
	More  bool
}

type shownDate struct {
	Href, Name, When string
	State            frame.Pill
	Doors            string
	Own              string // how many doors do something of their own that day
}

// maxDates is how many dates the list shows.
const maxDates = 400

func (s *section) dates(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	all, err := s.Dates.Next(v.Ctx(), x.Scope, v.Now)
	if err != nil {
		return err
	}
	p := &datesPage{Empty: frame.Empty{Title: v.Text("gates.no_dates"), Text: v.Text("gates.no_dates_why")}, More: len(all) > maxDates}
	if p.Head, err = s.Head(v, x, "dates"); err != nil {
		return err
	}
	doors, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	exceptions, err := s.Dates.Store.Exceptions(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	for _, d := range all[:min(len(all), maxDates)] {
		shown := shownDate{Href: x.Base + "/dates/" + d.ID.String(), Name: d.Name, When: x.When(v, d.Start), State: dateState(v, d)}
		open, own := 0, 0
		for _, c := range doors {
			door := c.Season()
			day := door.On(d, exceptions[c.ID])
			if day.Serves {
				open++
			}
			if day.ByHand {
				own++
			}
		}
		shown.Doors = v.L.Plural("gates.doors_open", open)
		if own > 0 {
			shown.Own = v.L.Plural("gates.own_that_day", own)
		}
		p.Dates = append(p.Dates, shown)
	}
	return v.Show("dates", v.Text("gates.tab_dates"), p)
}

func dateState(v *frame.Visit, d season.Date) frame.Pill {
	switch {
	case d.Cancelled:
		return frame.Pill{Kind: "bad", Text: v.Text("gates.date_cancelled")}
	case d.ByHand:
		return frame.Pill{Kind: "warn", Text: v.Text("gates.date_by_hand")}
	}
	return frame.Pill{Kind: "ok", Text: v.Text("gates.date_automatic")}
}

type datePage struct {
	frame.Frame
	Head   place.Head
	Name   string
	When   string
	Href   string
	State  frame.Pill
	ByHand bool
	Doors  []dayDoor
	Clash  []string // dates of the same venue that run into this one
}

type dayDoor struct {
	Name, Href  string
	Span, Kinds string
	Serves, Own bool
	Form        *frame.Form
	Prefix      string // of the ids of its inputs: a page has many forms
	Open        bool   // something is to mend
}

func (s *section) theDate(v *frame.Visit, x place.Venue) (season.Date, error) {
	id, err := v.ID("event")
	if err != nil {
		return season.Date{}, err
	}
	return s.Dates.Date(v.Ctx(), x.Scope, id)
}

func (s *section) date(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	d, err := s.theDate(v, x)
	if err != nil {
		return err
	}
	return s.showDate(v, http.StatusOK, x, d, "", nil)
}

// showDate is a date's page, with what was typed of one door where something is to be mended.
func (s *section) showDate(v *frame.Visit, status int, x place.Venue, d season.Date, door string, typed *frame.Form) error {
	doors, err := s.Dates.Doors(v.Ctx(), x.Scope, d)
	if err != nil {
		return err
	}
	p := &datePage{Name: d.Name, When: x.When(v, d.Doors), Href: x.Base + "/dates/" + d.ID.String(), State: dateState(v, d), ByHand: d.ByHand}
	if p.Head, err = s.Head(v, x, "dates"); err != nil {
		return err
	}
	for _, one := range doors {
		id := one.Checkpoint.ID.String()
		shown := dayDoor{Name: one.Checkpoint.Name, Href: p.Href + "/" + id, Span: span(v, x, one.Day), Serves: one.Day.Serves,
			Own: one.Day.ByHand, Kinds: strings.Join(one.Day.Names, ", "), Prefix: "d-" + id, Form: dayForm(v, x, one)}
		if id == door {
			shown.Form, shown.Open = typed, true
		}
		p.Doors = append(p.Doors, shown)
	}
	if p.Clash, err = s.clashes(v, x, d); err != nil {
		return err
	}
	return v.ShowAs(status, "date", d.Name, p)
}

// clashes are dates whose people would come in by the same doors at the same time.
func (s *section) clashes(v *frame.Visit, x place.Venue, d season.Date) (out []string, err error) {
	all, err := s.Dates.Next(v.Ctx(), x.Scope, d.Doors.Add(-1))
	for _, o := range all {
		if o.ID != d.ID && !o.Cancelled && o.Doors.Before(d.End) && d.Doors.Before(o.End) {
			out = append(out, x.When(v, o.Start)+" · "+o.Name)
		}
	}
	return out, err
}

// dayForm is what a door does on one date.
func dayForm(v *frame.Visit, x place.Venue, d dates.Door) *frame.Form {
	does, r, clock := asOnAll, hours.Usual, ""
	if d.Checkpoint.Rule != nil {
		r = *d.Checkpoint.Rule
	}
	names := strings.Join(d.Checkpoint.Names, ", ")
	if e := d.Exception; e != nil {
		switch {
		case e.Off:
			does = "off"
		case e.Hours != nil:
			does, clock = fixed, hours.Text([]hours.Window{*e.Hours}, x.Wall)
		case e.Rule != nil:
			does, r = byDate, *e.Rule
		case e.Names != nil:
			does = "kinds"
		}
		if e.Names != nil {
			names = strings.Join(*e.Names, ", ")
		}
	}
	fields := append([]frame.Field{
		{Name: "does", Label: "gates.does", Type: "select", Value: does, Options: options(v, "gates.does_", asOnAll, "off", byDate, fixed, "kinds"), Needed: true},
	}, ruleFields(v, r)...)
	fields = append(fields,
		frame.Field{Name: "hours", Label: "gates.day_hours", Hint: "gates.day_hours_hint", Value: strings.TrimSpace(clock)},
		frame.Field{Name: "names", Label: "gates.day_kinds", Hint: "gates.day_kinds_hint", Value: names, Max: 2000})
	for i := range fields {
		fields[i].Needed = fields[i].Name == "does"
	}
	return v.Form(fields...)
}

// except sets what a door does on one date. Undo sets what it did before.
func (s *section) except(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	d, err := s.theDate(v, x)
	if err != nil {
		return err
	}
	c, err := s.door(v, x)
	if err != nil {
		return err
	}
	doors, err := s.Dates.Doors(v.Ctx(), x.Scope, d)
	if err != nil {
		return err
	}
	one := doors[slices.IndexFunc(doors, func(o dates.Door) bool { return o.Checkpoint.ID == c.ID })]
	before := dayForm(v, x, one)
	f := dayForm(v, x, one)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		err := s.setDay(v, x, d, c, f)
		if err == nil {
			return v.Go(x.Base+"/dates/"+d.ID.String(), frame.Flash{Text: v.Text("gates.day_saved", "Name", c.Name),
				Undo: &frame.Undo{Action: v.Request.URL.Path, Values: values(before)}})
		}
		if err := blame(v, x, f, err); err != nil {
			return err
		}
	}
	return s.showDate(v, http.StatusUnprocessableEntity, x, d, c.ID.String(), f)
}

func values(f *frame.Form) url.Values {
	out := url.Values{}
	for _, x := range f.Fields {
		out.Set(x.Name, x.Value)
	}
	return out
}

func (s *section) setDay(v *frame.Visit, x place.Venue, d season.Date, c desk.Checkpoint, f *frame.Form) error {
	e, err := exception(x, f)
	if err != nil {
		return err
	}
	return s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Dates.Set(ctx, x.Scope, c.ID, d.ID, e); err != nil {
			return err
		}
		return v.Note(ctx, "checkpoint.date", c.ID.String(), x.Name+" · "+c.Name+" · "+d.Name+" · "+f.Value("does"))
	})
}

// exception is what was typed; nil = as on all dates.
func exception(x place.Venue, f *frame.Form) (*season.Exception, error) {
	e := season.Exception{}
	names := strings.FieldsFunc(f.Value("names"), func(r rune) bool { return r == ',' })
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	switch f.Value("does") {
	case "off":
		e.Off = true
	case byDate:
		r := rule(f)
		e.Rule = &r
	case fixed:
		windows, err := hours.Lines(f.Value("hours"), x.Wall)
		if err != nil {
			return nil, err
		}
		if len(windows) != 1 {
			return nil, &hours.LineError{Line: 1}
		}
		e.Hours = &windows[0]
	case "kinds":
		e.Names = &names
	default:
		return nil, nil //nolint:nilnil // nothing of its own is no fault
	}
	return &e, nil
}

// byHand takes a date out of the template's doors, or puts it back. Undo does the other.
func (s *section) byHand(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	d, err := s.theDate(v, x)
	if err != nil {
		return err
	}
	by := v.PostForm("by_hand") == "on"
	what, back := "date.automatic", "on"
	if by {
		what, back = "date.by_hand", ""
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Dates.ByHand(ctx, x.Scope, d.ID, by); err != nil {
			return err
		}
		return v.Note(ctx, what, d.ID.String(), x.Name+" · "+d.Name)
	})
	if err != nil {
		return err
	}
	path := x.Base + "/dates/" + d.ID.String()
	return v.Go(path, frame.Flash{Text: v.Text("gates.saved_" + strings.ReplaceAll(what, ".", "_")), Undo: &frame.Undo{Action: path, Values: url.Values{"by_hand": {back}}}})
}
