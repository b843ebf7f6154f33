// Package shifts is the desk's pages about who stands at which door when: a plan for each date, made by list or by drag,
// with what does not fit shown beside it; copied to other dates; and a sheet for each person.
package shifts

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	Dates *dates.Book
	Book  *shift.Book
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "shifts", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/gates/:venue/shifts", role.GatesSee, s.list),
			frame.Post("/desk/gates/:venue/shifts", role.ControllersEdit, s.bind),
			frame.Get("/desk/gates/:venue/shifts/of/:controller", role.GatesSee, s.sheet),
			frame.Get("/desk/gates/:venue/shifts/on/:event", role.GatesSee, s.plan),
			frame.Post("/desk/gates/:venue/shifts/on/:event", role.ControllersEdit, s.add),
			frame.Post("/desk/gates/:venue/shifts/on/:event/copy", role.ControllersEdit, s.copy),
			frame.Post("/desk/gates/:venue/shifts/on/:event/:shift", role.ControllersEdit, s.change),
		},
	}
}

type listPage struct {
	frame.Frame
	Head  place.Head
	Dates []shownDate
	Bound bool
	Empty frame.Empty
}

type shownDate struct {
	Href, Name, When string
	People           string
	State            frame.Pill
}

// maxDates is how many dates the list shows with what does not fit.
const maxDates = 60

func (s *section) list(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	all, err := s.Dates.Next(v.Ctx(), x.Scope, v.Now)
	if err != nil {
		return err
	}
	p := &listPage{Empty: frame.Empty{Title: v.Text("gates.no_dates"), Text: v.Text("gates.no_dates_why")}}
	if p.Bound, err = s.Book.Binding.ByShift(v.Ctx(), x.ID); err != nil {
		return err
	}
	if p.Head, err = s.Head(v, x, "shifts"); err != nil {
		return err
	}
	for _, d := range all[:min(len(all), maxDates)] {
		plan, conflicts, err := s.Book.Plan(v.Ctx(), x.Scope, d)
		if err != nil {
			return err
		}
		shown := shownDate{Href: x.Base + "/shifts/on/" + d.ID.String(), Name: d.Name, When: x.When(v, d.Doors), People: v.L.Plural("shifts.people", len(plan))}
		switch {
		case len(conflicts) > 0:
			shown.State = frame.Pill{Kind: "warn", Text: v.L.Plural("shifts.conflicts", len(conflicts))}
		case len(plan) > 0:
			shown.State = frame.Pill{Kind: "ok", Text: v.Text("shifts.fits")}
		default:
			shown.State = frame.Pill{Text: v.Text("shifts.empty")}
		}
		p.Dates = append(p.Dates, shown)
	}
	return v.Show("list", v.Text("gates.tab_shifts"), p)
}

// bind says whether controllers sign on only at the doors of their shifts.
func (s *section) bind(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	on, back := v.PostForm("bound") == "on", "on"
	if on {
		back = ""
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Book.Binding.SetByShift(ctx, x.Scope, on); err != nil {
			return err
		}
		return v.Note(ctx, map[bool]string{true: "shifts.bind", false: "shifts.free"}[on], x.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/shifts", frame.Flash{Text: v.Text(map[bool]string{true: "shifts.now_bound", false: "shifts.now_free"}[on]),
		Undo: &frame.Undo{Action: x.Base + "/shifts", Values: url.Values{"bound": {back}}}})
}

type planPage struct {
	frame.Frame
	Head    place.Head
	Name    string
	When    string
	Href    string
	Posts   []post
	People  []frame.Option
	Doors   []frame.Option
	Others  []frame.Option // dates to copy to
	Faults  []string
	Copied  []string
	Nothing bool
}

type post struct {
	ID, Name, Open string
	From, Until    string // proposed
	Serves         bool
	Stands         []stand
}

type stand struct {
	ID, Name, Href string
	Controller     string // id
	From, Until    string
	Notes          []string
	Kind           string
}

func (s *section) date(v *frame.Visit, x place.Venue) (season.Date, error) {
	id, err := v.ID("event")
	if err != nil {
		return season.Date{}, err
	}
	return s.Book.Date(v.Ctx(), x.Scope, id)
}

func (s *section) plan(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	d, err := s.date(v, x)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, x, d, &planPage{})
}

// show is a date's plan, with what was refused.
func (s *section) show(v *frame.Visit, status int, x place.Venue, d season.Date, p *planPage) error {
	var err error
	if p.Head, err = s.Head(v, x, "shifts"); err != nil {
		return err
	}
	p.Name, p.When, p.Href, p.Scripts = d.Name, x.When(v, d.Doors), x.Base+"/shifts/on/"+d.ID.String(), []string{"shifts.js"}
	doors, err := s.Dates.Doors(v.Ctx(), x.Scope, d)
	if err != nil {
		return err
	}
	people, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	plan, conflicts, err := s.Book.Plan(v.Ctx(), x.Scope, d)
	if err != nil {
		return err
	}
	names := map[uuid.UUID]string{}
	for _, c := range people {
		names[c.ID] = c.Name
		p.People = append(p.People, frame.Option{Value: c.ID.String(), Text: c.Name})
	}
	for _, one := range doors {
		p.Doors = append(p.Doors, frame.Option{Value: one.Checkpoint.ID.String(), Text: one.Checkpoint.Name})
		p.Posts = append(p.Posts, s.post(v, x, d, one, plan, conflicts, names))
	}
	p.Nothing = len(plan) == 0
	if err := s.others(v, x, d, p); err != nil {
		return err
	}
	return v.ShowAs(status, "plan", d.Name, p)
}

// others are the dates that a plan can be copied to.
func (s *section) others(v *frame.Visit, x place.Venue, d season.Date, p *planPage) error {
	all, err := s.Dates.Next(v.Ctx(), x.Scope, v.Now)
	for _, o := range all {
		if o.ID != d.ID && !o.Cancelled {
			p.Others = append(p.Others, frame.Option{Value: o.ID.String(), Text: x.When(v, o.Doors) + " · " + o.Name})
		}
	}
	return err
}

func (s *section) post(v *frame.Visit, x place.Venue, d season.Date, one dates.Door, plan []shift.Shift, conflicts []shift.Conflict, names map[uuid.UUID]string) post {
	w := hours.Window{From: d.Doors, Until: d.End}
	out := post{ID: one.Checkpoint.ID.String(), Name: one.Checkpoint.Name, Serves: one.Day.Serves, Open: v.Text("gates.always")}
	if one.Day.Window != nil {
		w = *one.Day.Window
		out.Open = x.Span(v, w.From, w.Until)
	}
	if !one.Day.Serves {
		out.Open = v.Text("gates.day_off")
	}
	out.From, out.Until = v.L.Clock(w.From.In(x.Wall)), v.L.Clock(w.Until.In(x.Wall))
	for _, y := range plan {
		if y.Checkpoint == one.Checkpoint.ID {
			out.Stands = append(out.Stands, s.stand(v, x, d, y, plan, conflicts, names))
		}
	}
	slices.SortFunc(out.Stands, func(a, b stand) int { return strings.Compare(a.From+a.Name, b.From+b.Name) })
	return out
}

func (s *section) stand(v *frame.Visit, x place.Venue, d season.Date, y shift.Shift, plan []shift.Shift, conflicts []shift.Conflict, names map[uuid.UUID]string) stand {
	out := stand{
		ID: y.ID.String(), Name: names[y.Controller], Controller: y.Controller.String(), Href: x.Base + "/shifts/on/" + d.ID.String() + "/" + y.ID.String(),
		From: v.L.Clock(y.From.In(x.Wall)), Until: v.L.Clock(y.Until.In(x.Wall)),
	}
	for _, c := range conflicts {
		if c.Shift != y.ID {
			continue
		}
		when := ""
		for _, o := range plan {
			if o.ID == c.With {
				when = x.Span(v, o.From, o.Until)
			}
		}
		out.Notes = append(out.Notes, v.Text("shifts.conflict_"+string(c.Kind), "When", when))
		out.Kind = "warn"
	}
	return out
}

// window is what was typed: times of day around a date, by the clock of the venue. A time in the small hours belongs to the
// night of the event.
func window(x place.Venue, d season.Date, from, until string) (hours.Rule, error) {
	day := d.Doors.In(x.Wall)
	w, err := hours.OnDay(day.Format("2006-01-02"), from, until, x.Wall)
	if err != nil {
		return hours.Rule{}, err
	}
	if w.From.Before(d.Doors.Add(-6 * time.Hour)) {
		next, err := hours.OnDay(day.AddDate(0, 0, 1).Format("2006-01-02"), from, until, x.Wall)
		if err == nil && next.From.Before(d.End) {
			w = next
		}
	}
	return hours.Rule{
		From:  hours.Point{Anchor: hours.Doors, Minutes: int(w.From.Sub(d.Doors) / time.Minute)},
		Until: hours.Point{Anchor: hours.End, Minutes: int(w.Until.Sub(d.End) / time.Minute)},
	}, nil
}

// sentence is a refusal in the reader's language; what is none is returned.
func (s *section) sentence(v *frame.Visit, x place.Venue, err error) (string, error) {
	var clash *shift.ClashError
	var gap *hours.GapError
	var no *fault.Fault
	switch {
	case errors.As(err, &clash):
		return v.Text("shifts.clash", "When", x.Day(v, clash.Old.From)+" "+x.Span(v, clash.Old.From, clash.Old.Until)), nil
	case errors.As(err, &gap):
		return v.Text("gates.hours_gap", "Time", gap.Text), nil
	case errors.As(err, &no) && no.Field == "hours":
		return v.Text("shifts.times"), nil
	case errors.As(err, &no) && no.Kind != fault.NotFound:
		return frame.Sentence(v.L, no), nil
	}
	return "", err
}

// refused shows the plan with what was refused.
func (s *section) refused(v *frame.Visit, x place.Venue, d season.Date, err error) error {
	text, err := s.sentence(v, x, err)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusConflict, x, d, &planPage{Faults: []string{text}})
}

func idOf(v *frame.Visit, name string) uuid.UUID {
	id, _ := uuid.Parse(v.PostForm(name)) // none is nobody's
	return id
}

// add puts somebody at a door. Without times it is for as long as the door is open.
func (s *section) add(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	d, err := s.date(v, x)
	if err != nil {
		return err
	}
	y := shift.Shift{ID: idOf(v, "id"), Event: d.ID, Checkpoint: idOf(v, "checkpoint"), Controller: idOf(v, "controller")}
	if y.ID != uuid.Nil { // Undo gives a shift back as it was
		if _, _, err := s.Book.Get(v.Ctx(), v.Organizer(), y.ID); err == nil {
			return v.Go(x.Base+"/shifts/on/"+d.ID.String(), frame.Flash{})
		}
	}
	if y.Rule, err = window(x, d, strings.TrimSpace(v.PostForm("from")), strings.TrimSpace(v.PostForm("until"))); err != nil {
		return s.refused(v, x, d, err)
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if y, err = s.Book.Add(ctx, x.Scope, y); err != nil {
			return err
		}
		return v.Note(ctx, "shift.made", y.ID.String(), x.Name+" · "+d.Name)
	})
	if err != nil {
		return s.refused(v, x, d, err)
	}
	return v.Go(x.Base+"/shifts/on/"+d.ID.String()+"#post-"+y.Checkpoint.String(), frame.Flash{Text: v.Text("shifts.made"),
		Undo: &frame.Undo{Action: x.Base + "/shifts/on/" + d.ID.String() + "/" + y.ID.String(), Values: url.Values{"do": {"drop"}}}})
}

// change moves a shift to another door or other times, or takes it away.
func (s *section) change(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	d, err := s.date(v, x)
	if err != nil {
		return err
	}
	id, err := v.ID("shift")
	if err != nil {
		return err
	}
	scope, old, err := s.Book.Get(v.Ctx(), v.Organizer(), id)
	if err == nil && (scope.Venue != x.ID || old.Event != d.ID) {
		err = desk.ErrNone
	}
	if err != nil {
		return err
	}
	if v.PostForm("do") == "drop" {
		return s.drop(v, x, d, old)
	}
	rule := old.Rule
	if from := strings.TrimSpace(v.PostForm("from")); from != "" {
		if rule, err = window(x, d, from, strings.TrimSpace(v.PostForm("until"))); err != nil {
			return s.refused(v, x, d, err)
		}
	}
	to := idOf(v, "checkpoint")
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if _, err := s.Book.Move(ctx, v.Organizer(), id, func(y *shift.Shift) {
			y.Rule = rule
			if to != uuid.Nil {
				y.Checkpoint = to
			}
		}); err != nil {
			return err
		}
		return v.Note(ctx, "shift.changed", id.String(), x.Name+" · "+d.Name)
	})
	if err != nil {
		return s.refused(v, x, d, err)
	}
	return v.Go(x.Base+"/shifts/on/"+d.ID.String(), frame.Flash{Text: v.Text("shifts.moved"),
		Undo: &frame.Undo{Action: x.Base + "/shifts/on/" + d.ID.String() + "/" + id.String(), Values: values(v, x, old)}})
}

// values say a shift as a form does.
func values(v *frame.Visit, x place.Venue, y shift.Shift) url.Values {
	return url.Values{"checkpoint": {y.Checkpoint.String()}, "controller": {y.Controller.String()},
		"from": {v.L.Clock(y.From.In(x.Wall))}, "until": {v.L.Clock(y.Until.In(x.Wall))}}
}

func (s *section) drop(v *frame.Visit, x place.Venue, d season.Date, old shift.Shift) error {
	err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Book.Drop(ctx, v.Organizer(), old.ID); err != nil {
			return err
		}
		return v.Note(ctx, "shift.dropped", old.ID.String(), x.Name+" · "+d.Name)
	})
	if err != nil {
		return err
	}
	back := values(v, x, old)
	back.Set("id", old.ID.String())
	return v.Go(x.Base+"/shifts/on/"+d.ID.String(), frame.Flash{Text: v.Text("shifts.dropped"),
		Undo: &frame.Undo{Action: x.Base + "/shifts/on/" + d.ID.String(), Values: back}})
}

// copy puts the plan on other dates as well, and says of each what came of it.
func (s *section) copy(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	d, err := s.date(v, x)
	if err != nil {
		return err
	}
	var to []uuid.UUID
	for _, text := range v.PostFormArray("to") {
		if id, err := uuid.Parse(text); err == nil {
			to = append(to, id)
		}
	}
	var done []shift.Copied
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if done, err = s.Book.Copy(ctx, x.Scope, d.ID, to); err != nil {
			return err
		}
		return v.Note(ctx, "shifts.copied", d.ID.String(), x.Name+" · "+d.Name)
	})
	if err != nil {
		return s.refused(v, x, d, err)
	}
	p := &planPage{}
	for _, c := range done {
		line := x.When(v, c.Date.Doors) + " · " + c.Date.Name + ": " + v.L.Plural("shifts.copied", c.Added)
		if c.There > 0 {
			line += ", " + v.L.Plural("shifts.there", c.There)
		}
		if len(c.Refused) > 0 {
			line += ", " + v.L.Plural("shifts.left_out", len(c.Refused))
		}
		p.Copied = append(p.Copied, line)
	}
	return s.show(v, http.StatusOK, x, d, p)
}

type sheetPage struct {
	frame.Frame
	Head  place.Head
	Name  string
	Lines []sheetLine
}

type sheetLine struct{ Day, Event, Door, Times string }

// sheet is a person's shifts to come, to print.
func (s *section) sheet(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	id, err := v.ID("controller")
	if err != nil {
		return err
	}
	people, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(people, func(c desk.Controller) bool { return c.ID == id })
	if at < 0 {
		return desk.ErrNone
	}
	p := &sheetPage{Name: people[at].Name}
	if p.Head, err = s.Head(v, x, "shifts"); err != nil {
		return err
	}
	if p.Lines, err = s.lines(v, x, id); err != nil {
		return err
	}
	return v.Show("sheet", p.Name, p)
}

func (s *section) lines(v *frame.Visit, x place.Venue, id uuid.UUID) (out []sheetLine, err error) {
	mine, err := s.Book.Of(v.Ctx(), x.Scope, id, v.Now, v.Now.AddDate(2, 0, 0))
	if err != nil {
		return nil, err
	}
	all, err := s.Dates.Next(v.Ctx(), x.Scope, v.Now)
	if err != nil {
		return nil, err
	}
	doors, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	slices.SortFunc(mine, func(a, b shift.Shift) int { return a.From.Compare(b.From) })
	for _, y := range mine {
		line := sheetLine{Day: x.Day(v, y.From), Times: x.Span(v, y.From, y.Until)}
		for _, d := range all {
			if d.ID == y.Event {
				line.Event = d.Name
			}
		}
		for _, c := range doors {
			if c.ID == y.Checkpoint {
				line.Door = c.Name
			}
		}
		out = append(out, line)
	}
	return out, err
}
