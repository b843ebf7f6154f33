package shifts

import (
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

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
