package gates

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/whitelist"
)

type doorPage struct {
	frame.Frame
	Head      place.Head
	Name      string
	Action    string
	New       bool
	Template  bool // it is a door of the template
	FromOne   bool // it was made from one
	May       bool
	Form      *doorForm
	Theirs    *frame.Theirs
	Removable string // where to send its removal; empty = it stays
}

// entrance is the zone that people enter first: the first that is inside no other. nil where there are no zones.
func (of choices) entrance() *uuid.UUID {
	for i := range of.zones {
		if of.zones[i].Parent == nil {
			return &of.zones[i].ID
		}
	}
	return nil
}

// fresh is what a new door starts with.
func fresh() desk.Checkpoint {
	usual := hours.Usual
	return desk.Checkpoint{Direction: whitelist.In, Mode: whitelist.Open, Policy: whitelist.Free, Unlisted: whitelist.UnlistedAsk, Rule: &usual, Version: 1}
}

func (s *section) choices(v *frame.Visit, x place.Venue) (of choices, err error) {
	if of.zones, err = s.Desk.Zones(v.Ctx(), x.Scope); err != nil {
		return of, err
	}
	if of.dates, err = s.Dates.Next(v.Ctx(), x.Scope, v.Now); err != nil {
		return of, err
	}
	of.gates, err = s.Desk.Gates(v.Ctx(), x.Scope)
	return of, err
}

func (s *section) blank(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	c := fresh()
	c.To = of.entrance()
	return s.showDoor(v, http.StatusOK, x, &doorPage{New: true, Action: x.Base + "/doors/new", Form: form(v, x, c, of, false)})
}

func (s *section) showDoor(v *frame.Visit, status int, x place.Venue, p *doorPage) (err error) {
	title := v.Text("gates.new_door")
	if !p.New {
		title = p.Name
	}
	here := ""
	if p.Template {
		here = "template"
	}
	if p.Head, err = s.Head(v, x, here); err != nil {
		return err
	}
	p.May = p.Head.May
	return v.ShowAs(status, "door", title, p)
}

// blame tells a refusal beside its field, with the times of the venue.
func blame(v *frame.Visit, x place.Venue, f *frame.Form, err error) error {
	var over *hours.OverlapError
	var gap *hours.GapError
	var line *hours.LineError
	switch {
	case errors.As(err, &over):
		f.Fault("hours", "gates.hours_overlap", "A", x.Day(v, over.A.From)+" "+x.Span(v, over.A.From, over.A.Until), "B", x.Day(v, over.B.From)+" "+x.Span(v, over.B.From, over.B.Until))
	case errors.As(err, &gap):
		f.Fault("hours", "gates.hours_gap", "Time", gap.Text)
	case errors.As(err, &line):
		f.Fault("hours", "gates.hours_line", "Line", line.Line, "Text", line.Text)
	default:
		return f.Blame(err)
	}
	return nil
}

func (s *section) make(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	f := form(v, x, fresh(), of, false)
	if err := v.Read(f.Form); err != nil {
		return err
	}
	f.ticked(v)
	c := desk.Checkpoint{Scope: x.Scope}
	err = f.take(v, x, &c, false)
	if err == nil && f.Good() {
		err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			if c, err = s.Desk.AddCheckpoint(ctx, c); err != nil {
				return err
			}
			return v.Note(ctx, "checkpoint.made", c.ID.String(), x.Name+" · "+c.Name)
		})
		if err == nil {
			return v.Go(x.Base, frame.Flash{Text: v.Text("gates.made", "Name", c.Name)})
		}
	}
	if err != nil {
		if err := blame(v, x, f.Form, err); err != nil {
			return err
		}
	}
	return s.showDoor(v, http.StatusUnprocessableEntity, x, &doorPage{New: true, Action: x.Base + "/doors/new", Form: f})
}

func (s *section) show(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	c, err := s.door(v, x)
	if err != nil {
		return err
	}
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	return s.showDoor(v, http.StatusOK, x, s.pageOf(x, c, form(v, x, c, of, false)))
}

func (s *section) pageOf(x place.Venue, c desk.Checkpoint, f *doorForm) *doorPage {
	action := x.Base + "/doors/" + c.ID.String()
	return &doorPage{Name: c.Name, Action: action, Form: f, FromOne: c.Template != nil, Removable: action + "/remove"}
}

// save changes a door. The second of two editors is shown what the first one saved, and keeps what they typed.
func (s *section) save(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	old, err := s.door(v, x)
	if err != nil {
		return err
	}
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	f := form(v, x, old, of, false)
	if err := v.Read(f.Form); err != nil {
		return err
	}
	f.ticked(v)
	want := old
	err = f.take(v, x, &want, false)
	if err == nil && f.Good() {
		err = s.saveDoor(v, x, f, want)
		if err == nil {
			return v.Go(x.Base, frame.Flash{Text: v.Text("gates.saved", "Name", want.Name)})
		}
	}
	p := s.pageOf(x, old, f)
	if frame.Stale(err) {
		p.Theirs = f.Against(form(v, x, old, of, false).Form)
		f.Set("version", strconv.Itoa(old.Version))
		return s.showDoor(v, http.StatusConflict, x, p)
	}
	if err != nil {
		if err := blame(v, x, f.Form, err); err != nil {
			return err
		}
	}
	return s.showDoor(v, http.StatusUnprocessableEntity, x, p)
}

func (s *section) saveDoor(v *frame.Visit, x place.Venue, f *doorForm, want desk.Checkpoint) error {
	return s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		_, err := s.Desk.EditCheckpoint(ctx, v.Organizer(), want.ID, func(c *desk.Checkpoint) error {
			if c.Version != f.Version() {
				return desk.ErrChanged
			}
			want.Template, want.Applied = c.Template, c.Applied
			*c = want
			return nil
		})
		if err != nil {
			return err
		}
		return v.Note(ctx, "checkpoint.changed", want.ID.String(), x.Name+" · "+want.Name)
	})
}
