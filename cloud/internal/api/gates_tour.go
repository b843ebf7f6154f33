package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/template"
)

// Template is the doors that every date at a venue has, and what applying it would do.
type Template struct {
	Doors []TemplateDoor `json:"doors"`
	Plan  TemplatePlan   `json:"plan" readOnly:"true"`
}

// version is what people edit.
func (t Template) version() any { return t.Doors }

// TemplateDoor is one door of a template. Modes, single dates and home gates are the checkpoints' own.
type TemplateDoor struct {
	ID   *uuid.UUID `json:"id,omitempty" doc:"Missing in a new one"`
	Name string     `json:"name" minLength:"1" maxLength:"100"`
	CheckpointSettings
}

// TemplatePlan is what applying a template would do now.
type TemplatePlan struct {
	Seen    string        `json:"seen" doc:"Names this plan: applying takes no other"`
	Make    []string      `json:"make" doc:"Names of doors that would be made"`
	Change  []DoorChanges `json:"change"`
	Remove  []string      `json:"remove" doc:"Names of checkpoints that would go"`
	KeptFor []DoorChanges `json:"kept" doc:"Doors of which nothing changes, but which keep what was set by hand"`
}

// DoorChanges is what applying does to one checkpoint.
type DoorChanges struct {
	Checkpoint uuid.UUID `json:"checkpoint"`
	Changes    []string  `json:"changes" doc:"Names of settings that follow the template"`
	Kept       []string  `json:"kept" doc:"Names of settings that were set by hand, and stay"`
}

func showTemplate(doors []template.Door, plan template.Plan) Template {
	out := Template{Doors: []TemplateDoor{}, Plan: showPlan(plan)}
	for _, d := range doors {
		c := desk.Checkpoint{}
		d.Settings.Onto(&c)
		shown := showCheckpoint(c).CheckpointSettings
		shown.Events, shown.Kinds, shown.Hours, shown.Mode, shown.HomeGates = nil, nil, nil, nil, nil
		out.Doors = append(out.Doors, TemplateDoor{ID: &d.ID, Name: d.Settings.Name, CheckpointSettings: shown})
	}
	return out
}

func showPlan(p template.Plan) TemplatePlan {
	out := TemplatePlan{Seen: p.Seen, Make: []string{}, Change: []DoorChanges{}, Remove: []string{}, KeptFor: []DoorChanges{}}
	for _, d := range p.Make {
		out.Make = append(out.Make, d.Settings.Name)
	}
	for _, c := range p.Drop {
		out.Remove = append(out.Remove, c.Name)
	}
	for _, c := range p.Change {
		out.Change = append(out.Change, changesOf(c))
	}
	for _, c := range p.Same {
		if len(c.Kept) > 0 {
			out.KeptFor = append(out.KeptFor, changesOf(c))
		}
	}
	return out
}

func changesOf(c template.Change) DoorChanges {
	out := DoorChanges{Checkpoint: c.Checkpoint.ID, Changes: []string{}, Kept: []string{}}
	for _, f := range c.Changed {
		out.Changes = append(out.Changes, f.Name)
	}
	for _, f := range c.Kept {
		out.Kept = append(out.Kept, f.Name)
	}
	return out
}

// TemplateWish is a whole template.
type TemplateWish struct {
	Doors []TemplateDoor `json:"doors" maxItems:"100"`
}

// Seen names the plan that was looked at.
type Seen struct {
	Seen string `json:"seen" doc:"Of the plan that was looked at"`
}

// Date is what a venue's doors do on one date.
type Date struct {
	Event     uuid.UUID  `json:"event"`
	Name      string     `json:"name"`
	DoorsAt   time.Time  `json:"doors_at"`
	Automatic bool       `json:"automatic" doc:"The template's doors serve it"`
	Doors     []DateDoor `json:"doors"`
}

// DateDoor is a door on a date.
type DateDoor struct {
	Checkpoint uuid.UUID      `json:"checkpoint"`
	Serves     bool           `json:"serves"`
	Hours      *Hours         `json:"hours,omitempty" doc:"Missing where the door does not open by date"`
	Exception  *DateException `json:"exception,omitempty" doc:"What is set for this date alone"`
}

// DateException is what is set of a door for one date alone; what is missing is as on all dates.
type DateException struct {
	Off       bool       `json:"off,omitempty" doc:"The door does not serve the date"`
	Rule      *HoursRule `json:"rule,omitempty"`
	Hours     *Hours     `json:"hours,omitempty"`
	KindNames *[]string  `json:"kind_names,omitempty" maxItems:"16" doc:"Empty = every offer"`
}

// DateWish is all that is set for one date.
type DateWish struct {
	Automatic  bool           `json:"automatic"`
	Exceptions []DateDoorWish `json:"exceptions" maxItems:"1024" doc:"Doors that are not named do what they do on all dates"`
}

// DateDoorWish is what is set of one door.
type DateDoorWish struct {
	Checkpoint uuid.UUID `json:"checkpoint"`
	DateException
}

func showDate(d season.Date, doors []dates.Door) Date {
	out := Date{Event: d.ID, Name: d.Name, DoorsAt: d.Moments.Doors.UTC(), Automatic: !d.ByHand, Doors: []DateDoor{}}
	for _, one := range doors {
		shown := DateDoor{Checkpoint: one.Checkpoint.ID, Serves: one.Day.Serves}
		if w := one.Day.Window; w != nil {
			shown.Hours = &Hours{From: w.From.UTC(), Until: w.Until.UTC()}
		}
		if x := one.Exception; x != nil {
			shown.Exception = &DateException{Off: x.Off, Rule: showRule(x.Rule), KindNames: x.Names}
			if x.Hours != nil {
				shown.Exception.Hours = &Hours{From: x.Hours.From.UTC(), Until: x.Hours.Until.UTC()}
			}
		}
		out.Doors = append(out.Doors, shown)
	}
	return out
}

func (x DateException) exception(event uuid.UUID) season.Exception {
	out := season.Exception{Event: event, Off: x.Off, Rule: x.Rule.rule(), Names: x.KindNames}
	if x.Hours != nil {
		out.Hours = &hours.Window{From: x.Hours.From, Until: x.Hours.Until}
	}
	return out
}

// DatePath names a date of a venue.
type DatePath struct {
	VenuePath
	Event uuid.UUID `path:"event" format:"uuid"`
}

// Reach is how far a venue's newest doors have come.
type Reach struct {
	Epoch   uint64     `json:"epoch" doc:"Of what is in force; 0 = nothing was ever signed"`
	Pending bool       `json:"pending" doc:"A change is still to be signed"`
	Lanes   int        `json:"lanes"`
	There   int        `json:"there" doc:"Lanes whose gate obeys the newest"`
	Late    []LateGate `json:"late" doc:"Gates that do not yet"`
}

// LateGate is a gate that does not obey the newest yet.
type LateGate struct {
	Gate   string     `json:"gate"`
	Lanes  int        `json:"lanes"`
	SeenAt *time.Time `json:"seen_at,omitempty" doc:"By its hub; missing = never"`
}

// tour registers the template, single dates, and how far a change has come.
func (s *server) tour() {
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/template", id: "get-template", tag: gatesTag, scope: account.GatesRead,
		summary: "Read the doors that every date at a venue has, and what applying them would do"},
		func(ctx context.Context, who account.Key, in *VenuePath) (Template, error) {
			return s.readTemplate(ctx, scope(who, in.Venue))
		})
	serve(s, op{method: http.MethodPut, path: "/venues/{venue}/template", id: "put-template", tag: gatesTag, scope: account.GatesWrite,
		maxBody: 1 << 20, errors: []int{http.StatusConflict}, summary: "Write the whole template; nothing changes at the gates until it is applied"}, s.putTemplate)
	serve(s, op{method: http.MethodPost, path: "/venues/{venue}/template/apply", id: "apply-template", tag: gatesTag, scope: account.GatesWrite,
		status: http.StatusOK, errors: []int{http.StatusConflict}, summary: "Give every date to come the doors of the template, as the plan that was looked at says"},
		func(ctx context.Context, who account.Key, in *struct {
			VenuePath
			Body Seen
		}) (TemplatePlan, error) {
			plan, err := s.Gates.Template.Apply(ctx, scope(who, in.Venue), in.Body.Seen)
			return showPlan(plan), err
		})
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/dates/{event}", id: "get-date", tag: gatesTag, scope: account.GatesRead,
		summary: "Read what a venue's doors do on one date"},
		func(ctx context.Context, who account.Key, in *DatePath) (Date, error) {
			return s.readDate(ctx, scope(who, in.Venue), in.Event)
		})
	serve(s, op{method: http.MethodPut, path: "/venues/{venue}/dates/{event}", id: "put-date", tag: gatesTag, scope: account.GatesWrite,
		maxBody: 1 << 20, summary: "Say all that differs on one date"}, s.putDate)
	serve(s, op{method: http.MethodGet, path: "/venues/{venue}/applied", id: "get-applied", tag: gatesTag, scope: account.GatesRead,
		summary: "Read on how many lanes the newest change of a venue's doors is obeyed"}, s.readApplied)
}

func (s *server) readTemplate(ctx context.Context, at desk.Scope) (Template, error) {
	doors, err := s.Gates.Template.Doors(ctx, at)
	if err != nil {
		return Template{}, err
	}
	plan, err := s.Gates.Template.Plan(ctx, at)
	return showTemplate(doors, plan), err
}

func (s *server) putTemplate(ctx context.Context, who account.Key, in *struct {
	VenuePath
	Body TemplateWish
}) (out Template, err error) {
	at := scope(who, in.Venue)
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		old, err := s.Gates.Template.Doors(ctx, at)
		if err != nil {
			return err
		}
		if err := s.dropDoors(ctx, at, old, in.Body.Doors); err != nil {
			return err
		}
		for _, wish := range in.Body.Doors {
			if err := s.putDoor(ctx, at, old, wish); err != nil {
				return err
			}
		}
		out, err = s.readTemplate(ctx, at)
		return err
	})
	return out, err
}

// dropDoors takes those out of a template that are not wished any more.
func (s *server) dropDoors(ctx context.Context, at desk.Scope, old []template.Door, wishes []TemplateDoor) error {
	wanted := map[uuid.UUID]bool{}
	for _, w := range wishes {
		if w.ID != nil {
			wanted[*w.ID] = true
		}
	}
	for _, d := range old {
		if !wanted[d.ID] {
			if err := s.Gates.Template.Drop(ctx, at, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *server) putDoor(ctx context.Context, at desk.Scope, old []template.Door, wish TemplateDoor) error {
	c, d := desk.Checkpoint{Scope: at, Name: wish.Name}, template.Door{Scope: at}
	if wish.ID != nil {
		found := false
		for _, o := range old {
			if o.ID == *wish.ID {
				d, found = o, true
				o.Settings.Onto(&c)
				c.Name = wish.Name
			}
		}
		if !found {
			return fault.On("doors", "Name doors of this template by their ids, and new ones without.")
		}
	}
	if err := wish.onto(&c); err != nil {
		return err
	}
	if len(c.Events)+len(c.Kinds)+len(c.Hours)+len(c.HomeGates) > 0 {
		return fault.On("doors", "A template is about every date: give rule and kind_names, not hours, events, kinds or home_gates.")
	}
	d.Settings = template.Of(c)
	_, err := s.Gates.Template.Put(ctx, d)
	return err
}

func (s *server) readDate(ctx context.Context, at desk.Scope, event uuid.UUID) (Date, error) {
	d, err := s.Gates.Dates.Date(ctx, at, event)
	if err != nil {
		return Date{}, err
	}
	doors, err := s.Gates.Dates.Doors(ctx, at, d)
	return showDate(d, doors), err
}

func (s *server) putDate(ctx context.Context, who account.Key, in *struct {
	DatePath
	Body DateWish
}) (out Date, err error) {
	at := scope(who, in.Venue)
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		now, err := s.readDate(ctx, at, in.Event)
		if err != nil {
			return err
		}
		if err := s.Gates.Dates.ByHand(ctx, at, in.Event, !in.Body.Automatic); err != nil {
			return err
		}
		wished := map[uuid.UUID]bool{}
		for _, w := range in.Body.Exceptions {
			wished[w.Checkpoint] = true
			x := w.exception(in.Event)
			if err := s.Gates.Dates.Set(ctx, at, w.Checkpoint, in.Event, &x); err != nil {
				return err
			}
		}
		for _, d := range now.Doors {
			if d.Exception != nil && !wished[d.Checkpoint] {
				if err := s.Gates.Dates.Set(ctx, at, d.Checkpoint, in.Event, nil); err != nil {
					return err
				}
			}
		}
		out, err = s.readDate(ctx, at, in.Event)
		return err
	})
	return out, err
}

func (s *server) readApplied(ctx context.Context, who account.Key, in *VenuePath) (Reach, error) {
	at := scope(who, in.Venue)
	gates, err := s.Gates.Desk.Gates(ctx, at)
	if err != nil {
		return Reach{}, err
	}
	hubs, err := s.Gates.Desk.Hubs(ctx, at)
	if err != nil {
		return Reach{}, err
	}
	epoch, pending, err := s.Gates.Applied(ctx, in.Venue)
	r := desk.ReachOf(epoch, pending, gates, hubs)
	out := Reach{Epoch: r.Epoch, Pending: r.Pending, Lanes: r.Lanes, There: r.There, Late: []LateGate{}}
	for _, l := range r.Late {
		late := LateGate{Gate: l.Gate, Lanes: l.Lanes}
		if !l.SeenAt.IsZero() {
			at := l.SeenAt.UTC()
			late.SeenAt = &at
		}
		out.Late = append(out.Late, late)
	}
	return out, err
}
