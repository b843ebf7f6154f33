package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/gatehouse/shift"
)

// Shift is a person at a door on a date. It is counted from the moments of the date, and moves with it.
type Shift struct {
	ID         uuid.UUID `json:"id"`
	Event      uuid.UUID `json:"event"`
	Checkpoint uuid.UUID `json:"checkpoint"`
	Controller uuid.UUID `json:"controller"`
	Rule       HoursRule `json:"rule"`
	From       time.Time `json:"from" doc:"By the date as it is now"`
	Until      time.Time `json:"until"`
}

// ShiftDraft puts somebody at a door.
type ShiftDraft struct {
	Checkpoint uuid.UUID `json:"checkpoint"`
	Controller uuid.UUID `json:"controller"`
	Rule       HoursRule `json:"rule"`
}

// ShiftEdit changes what it names.
type ShiftEdit struct {
	Checkpoint *uuid.UUID `json:"checkpoint,omitempty"`
	Controller *uuid.UUID `json:"controller,omitempty"`
	Rule       *HoursRule `json:"rule,omitempty"`
}

// ShiftPlan is the shifts of a date with what does not fit.
type ShiftPlan struct {
	Shifts    []Shift         `json:"shifts"`
	Conflicts []ShiftConflict `json:"conflicts"`
}

// ShiftConflict is what does not fit with a shift.
type ShiftConflict struct {
	Shift uuid.UUID  `json:"shift"`
	Kind  shift.Kind `json:"kind" enum:"two_doors,outside_hours,not_served,no_badge,other_doors"`
	With  *uuid.UUID `json:"with,omitempty" doc:"The other shift of two_doors"`
}

// ShiftCopy says to which dates a plan is copied.
type ShiftCopy struct {
	To []uuid.UUID `json:"to" minItems:"1" maxItems:"400"`
}

// CopiedTo is what came of copying a plan to one date.
type CopiedTo struct {
	Event   uuid.UUID `json:"event"`
	Added   int       `json:"added"`
	There   int       `json:"there" doc:"Were there already"`
	LeftOut int       `json:"left_out" doc:"The person is at another door then"`
}

// Duty says whether shifts bind at a venue's gates.
type Duty struct {
	ByShift bool `json:"by_shift" doc:"Controllers who are no supervisors sign on only at the doors of their shifts"`
}

func showShift(x shift.Shift) Shift {
	return Shift{ID: x.ID, Event: x.Event, Checkpoint: x.Checkpoint, Controller: x.Controller, Rule: *showRule(&x.Rule), From: x.From.UTC(), Until: x.Until.UTC()}
}

// ShiftPath names a shift.
type ShiftPath struct {
	Shift uuid.UUID `path:"shift" format:"uuid"`
}

func (s *server) shifts() {
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/dates/{event}/shifts", id: "list-shifts", tag: gatesTag, scope: account.GatesRead,
		summary: "Read who stands where on a date, and what does not fit"}, s.readShifts)
	create(s, op{path: "/venues/{venue}/dates/{event}/shifts", id: "create-shift", tag: gatesTag, scope: account.GatesWrite,
		summary: "Put somebody at a door; nobody is put at two at once"},
		func(ctx context.Context, who account.Key, in *struct {
			DatePath
			Post[ShiftDraft]
		}) (Shift, error) {
			x, err := s.Gates.Shifts.Add(ctx, scope(who, in.Venue), shift.Shift{
				Event: in.Event, Checkpoint: in.Body.Checkpoint, Controller: in.Body.Controller, Rule: *in.Body.Rule.rule(),
			})
			return showShift(x), err
		})
	serve(s, op{method: http.MethodPost, path: "/venues/{venue}/dates/{event}/shifts/copy", id: "copy-shifts", tag: gatesTag, scope: account.GatesWrite,
		status: http.StatusOK, maxBody: 1 << 20, summary: "Copy a date's plan to other dates; what is there already is not doubled"}, s.copyShifts)
	serve(s, op{method: http.MethodGet, path: "/shifts/{shift}", id: "get-shift", tag: gatesTag, scope: account.GatesRead, summary: "Read a shift"},
		func(ctx context.Context, who account.Key, in *ShiftPath) (Shift, error) {
			_, x, err := s.Gates.Shifts.Get(ctx, who.Organizer, in.Shift)
			return showShift(x), err
		})
	serve(s, op{method: http.MethodPatch, path: "/shifts/{shift}", id: "edit-shift", tag: gatesTag, scope: account.GatesWrite,
		errors: []int{http.StatusConflict}, summary: "Move a shift to another door, person or time"}, s.editShift)
	act(s, op{method: http.MethodDelete, path: "/shifts/{shift}", id: "drop-shift", tag: gatesTag, scope: account.GatesWrite, summary: "Take a shift away"},
		func(ctx context.Context, who account.Key, in *ShiftPath) error {
			return s.Gates.Shifts.Drop(ctx, who.Organizer, in.Shift)
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/duty", id: "get-duty", tag: gatesTag, scope: account.GatesRead,
		summary: "Read whether shifts bind at a venue's gates"},
		func(ctx context.Context, who account.Key, in *VenuePath) (Duty, error) {
			if err := s.Gates.Desk.Venue.OwnVenue(ctx, scope(who, in.Venue)); err != nil {
				return Duty{}, err
			}
			bound, err := s.Gates.Shifts.Binding.ByShift(ctx, in.Venue)
			return Duty{bound}, err
		})
	serve(s, op{method: http.MethodPut, path: "/venues/{venue}/duty", id: "put-duty", tag: gatesTag, scope: account.GatesWrite,
		summary: "Say whether shifts bind at a venue's gates"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Body Duty
		}) (Duty, error) {
			if err := s.Gates.Desk.Venue.OwnVenue(ctx, scope(who, in.Venue)); err != nil {
				return Duty{}, err
			}
			return in.Body, s.Gates.Shifts.Binding.SetByShift(ctx, scope(who, in.Venue), in.Body.ByShift)
		})
}

func (s *server) readShifts(ctx context.Context, who account.Key, in *DatePath) (ShiftPlan, error) {
	out := ShiftPlan{Shifts: []Shift{}, Conflicts: []ShiftConflict{}}
	d, err := s.Gates.Shifts.Date(ctx, scope(who, in.Venue), in.Event)
	if err != nil {
		return out, err
	}
	plan, conflicts, err := s.Gates.Shifts.Plan(ctx, scope(who, in.Venue), d)
	for _, x := range plan {
		out.Shifts = append(out.Shifts, showShift(x))
	}
	for _, c := range conflicts {
		shown := ShiftConflict{Shift: c.Shift, Kind: c.Kind}
		if c.With != uuid.Nil {
			shown.With = &c.With
		}
		out.Conflicts = append(out.Conflicts, shown)
	}
	return out, err
}

func (s *server) copyShifts(ctx context.Context, who account.Key, in *struct {
	DatePath
	Body ShiftCopy
}) (page[CopiedTo], error) {
	done, err := s.Gates.Shifts.Copy(ctx, scope(who, in.Venue), in.Event, in.Body.To)
	return all(done, err, func(c shift.Copied) CopiedTo {
		return CopiedTo{Event: c.Date.ID, Added: c.Added, There: c.There, LeftOut: len(c.Refused)}
	})
}

func (s *server) editShift(ctx context.Context, who account.Key, in *struct {
	ShiftPath
	Body ShiftEdit
}) (Shift, error) {
	x, err := s.Gates.Shifts.Move(ctx, who.Organizer, in.Shift, func(x *shift.Shift) {
		put(&x.Checkpoint, in.Body.Checkpoint)
		put(&x.Controller, in.Body.Controller)
		if in.Body.Rule != nil {
			x.Rule = *in.Body.Rule.rule()
		}
	})
	return showShift(x), err
}
