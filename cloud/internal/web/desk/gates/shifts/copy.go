package shifts

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
)

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
