package shifts

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

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
