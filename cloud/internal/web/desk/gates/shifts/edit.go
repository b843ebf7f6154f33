package shifts

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/shift"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

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
