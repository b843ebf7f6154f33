package shifts

import (
	"context"
	"net/url"

	"portaria/cloud/internal/account/role"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

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
