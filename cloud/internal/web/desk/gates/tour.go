package gates

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/template"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

type templatePage struct {
	frame.Frame
	Head    place.Head
	Doors   []shownDoor
	Empty   frame.Empty
	CanTake bool // there are doors made by hand that could become the template
	Plan    shownPlan
}

// shownPlan is what applying would do, in words.
type shownPlan struct {
	Nothing bool
	Seen    string
	Make    []string
	Drop    []string
	Change  []shownChange
	Kept    []shownChange // of doors of which nothing else changes
	Dates   []shownMove
	More    int // further dates
	ByHand  []string
}

type shownChange struct {
	Name          string
	Changed, Kept []shownField
}

type shownField struct{ Label, Old, New string }

// shownMove is a date on which a door opens at other times.
type shownMove struct{ Door, Date, Old, New string }

// maxMoves is how many dates a preview names.
const maxMoves = 60

func (s *section) template(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	doors, err := s.Template.Doors(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	zones, err := s.Desk.Zones(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	p := &templatePage{Empty: frame.Empty{Title: v.Text("gates.no_template"), Text: v.Text("gates.no_template_why")}}
	if p.Head, err = s.Head(v, x, "template"); err != nil {
		return err
	}
	if p.Head.May {
		p.Empty.Href, p.Empty.Do = x.Base+"/template/new", v.Text("gates.new_template_door")
	}
	for _, d := range doors {
		c := desk.Checkpoint{}
		d.Settings.Onto(&c)
		shown := shown(v, x, c, zoneNames(zones), 1)
		shown.Href = x.Base + "/template/" + d.ID.String()
		p.Doors = append(p.Doors, shown)
	}
	made, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	for _, c := range made {
		p.CanTake = p.CanTake || c.Template == nil && len(c.Hours) == 0 && len(c.Events) == 0 && len(c.Kinds) == 0
	}
	if p.Plan, err = s.plan(v, x, zoneNames(zones)); err != nil {
		return err
	}
	return v.Show("template", v.Text("gates.tab_template"), p)
}

// plan says in words what applying would do.
func (s *section) plan(v *frame.Visit, x place.Venue, zones map[uuid.UUID]string) (out shownPlan, err error) {
	plan, err := s.Template.Plan(v.Ctx(), x.Scope)
	if err != nil {
		return out, err
	}
	dates, err := s.Dates.Next(v.Ctx(), x.Scope, v.Now)
	if err != nil {
		return out, err
	}
	exceptions, err := s.Dates.Store.Exceptions(v.Ctx(), x.Scope)
	if err != nil {
		return out, err
	}
	out.Nothing, out.Seen = plan.Empty(), plan.Seen
	for _, d := range plan.Make {
		out.Make = append(out.Make, d.Settings.Name)
	}
	for _, c := range plan.Drop {
		out.Drop = append(out.Drop, c.Name)
	}
	for _, change := range plan.Change {
		out.Change = append(out.Change, s.told(v, change, zones))
		out.moves(v, x, change, dates, exceptions[change.Checkpoint.ID])
	}
	for _, same := range plan.Same {
		if len(same.Kept) > 0 {
			out.Kept = append(out.Kept, s.told(v, same, zones))
		}
	}
	for _, d := range dates {
		if d.ByHand {
			out.ByHand = append(out.ByHand, x.Day(v, d.Start)+" · "+d.Name)
		}
	}
	return out, nil
}

// moves are the dates on which a changed door opens at other times, and those that keep times of their own.
func (p *shownPlan) moves(v *frame.Visit, x place.Venue, change template.Change, dates []season.Date, exceptions []season.Exception) {
	next := change.Checkpoint
	change.Settings.Onto(&next)
	before, after := change.Checkpoint.Season(), next.Season()
	for _, d := range dates {
		old, now := before.On(d, exceptions), after.On(d, exceptions)
		if span(v, x, old) == span(v, x, now) {
			continue
		}
		if len(p.Dates) == maxMoves {
			p.More++
			continue
		}
		p.Dates = append(p.Dates, shownMove{change.Checkpoint.Name, x.Day(v, d.Start) + " · " + d.Name, span(v, x, old), span(v, x, now)})
	}
}

// span is when a door is open on a date.
func span(v *frame.Visit, x place.Venue, day season.Day) string {
	switch {
	case day.Short:
		return v.Text("gates.day_short")
	case !day.Serves:
		return v.Text("gates.day_off")
	case day.Window == nil:
		return v.Text("gates.always")
	}
	return x.Span(v, day.Window.From, day.Window.Until)
}

func (s *section) told(v *frame.Visit, c template.Change, zones map[uuid.UUID]string) shownChange {
	out := shownChange{Name: c.Checkpoint.Name}
	for _, f := range c.Changed {
		out.Changed = append(out.Changed, shownField{v.Text("gates.field_" + f.Name), value(v, f.Name, f.Old, zones), value(v, f.Name, f.New, zones)})
	}
	for _, f := range c.Kept {
		out.Kept = append(out.Kept, shownField{v.Text("gates.field_" + f.Name), value(v, f.Name, f.Old, zones), value(v, f.Name, f.New, zones)})
	}
	return out
}

// value is a setting in words.
func value(v *frame.Visit, name string, raw json.RawMessage, zones map[uuid.UUID]string) string {
	switch name {
	case "from", "to":
		var id *uuid.UUID
		if json.Unmarshal(raw, &id) != nil || id == nil {
			return v.Text("gates.outside")
		}
		return zones[*id]
	case "rule":
		var r *hours.Rule
		if json.Unmarshal(raw, &r) != nil || r == nil {
			return v.Text("gates.always")
		}
		return Rule(v, *r)
	case "kind_names":
		var names []string
		if json.Unmarshal(raw, &names) != nil || len(names) == 0 {
			return v.Text("gates.every_kind")
		}
		return strings.Join(names, ", ")
	case "budget":
		var b struct{ Minutes, Entries int }
		_ = json.Unmarshal(raw, &b) // what is no budget is none
		return v.Text("gates.budget", "Minutes", b.Minutes, "Entries", b.Entries)
	}
	return plainValue(v, name, raw)
}

func plainValue(v *frame.Visit, name string, raw json.RawMessage) string {
	var x any
	_ = json.Unmarshal(raw, &x) // nothing is shown as nothing
	switch x := x.(type) {
	case bool:
		return v.Text(map[bool]string{true: "gates.yes", false: "gates.no"}[x])
	case float64:
		return strconv.Itoa(int(x))
	case string:
		if name == "direction" || name == "policy" || name == "unlisted" {
			return v.Text("gates." + name + "_" + x)
		}
		if x != "" {
			return x
		}
	}
	return "–"
}

// apply puts the template in force, as it was shown.
func (s *section) apply(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	var plan template.Plan
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if plan, err = s.Template.Apply(ctx, x.Scope, v.PostForm("seen")); err != nil {
			return err
		}
		return v.Note(ctx, "template.applied", x.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base, frame.Flash{Text: v.Text("gates.template_applied", "Made", len(plan.Make), "Changed", len(plan.Change), "Removed", len(plan.Drop))})
}

// learn makes the template of the doors that are there.
func (s *section) learn(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	var n int
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if n, err = s.Template.Learn(ctx, x.Scope); err != nil {
			return err
		}
		return v.Note(ctx, "template.taken", x.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/template", frame.Flash{Text: v.L.Plural("gates.learnt", n)})
}

func (s *section) blankTemplate(v *frame.Visit) error {
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
	return s.showDoor(v, http.StatusOK, x, &doorPage{New: true, Template: true, Action: x.Base + "/template/new", Form: form(v, x, c, of, true)})
}

func (s *section) makeTemplate(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	return s.putTemplate(v, x, template.Door{Scope: x.Scope}, fresh(), &doorPage{New: true, Template: true, Action: x.Base + "/template/new"})
}

// templateDoor is the template's door of the address.
func (s *section) templateDoor(v *frame.Visit, x place.Venue) (template.Door, desk.Checkpoint, *doorPage, error) {
	id, err := v.ID("door")
	if err != nil {
		return template.Door{}, desk.Checkpoint{}, nil, err
	}
	d, err := s.Template.Door(v.Ctx(), x.Scope, id)
	c := desk.Checkpoint{Scope: x.Scope, Version: d.Version}
	d.Settings.Onto(&c)
	action := x.Base + "/template/" + id.String()
	return d, c, &doorPage{Name: c.Name, Template: true, Action: action, Removable: action + "/drop"}, err
}

func (s *section) showTemplate(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	_, c, p, err := s.templateDoor(v, x)
	if err != nil {
		return err
	}
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	p.Form = form(v, x, c, of, true)
	return s.showDoor(v, http.StatusOK, x, p)
}

func (s *section) saveTemplate(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	d, c, p, err := s.templateDoor(v, x)
	if err != nil {
		return err
	}
	return s.putTemplate(v, x, d, c, p)
}

// putTemplate keeps what was typed of a template's door.
func (s *section) putTemplate(v *frame.Visit, x place.Venue, d template.Door, c desk.Checkpoint, p *doorPage) error {
	of, err := s.choices(v, x)
	if err != nil {
		return err
	}
	f := form(v, x, c, of, true)
	if err := v.Read(f.Form); err != nil {
		return err
	}
	f.ticked(v)
	want := c
	err = f.take(v, x, &want, true)
	if err == nil && f.Good() {
		d.Settings, d.Version = template.Of(want), f.Version()
		err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			if d, err = s.Template.Put(ctx, d); err != nil {
				return err
			}
			return v.Note(ctx, "template.changed", d.ID.String(), x.Name+" · "+d.Settings.Name)
		})
		if err == nil {
			return v.Go(x.Base+"/template#plan", frame.Flash{Text: v.Text("gates.template_saved", "Name", want.Name)})
		}
	}
	p.Form = f
	if frame.Stale(err) {
		p.Theirs = f.Against(form(v, x, c, of, true).Form)
		f.Set("version", strconv.Itoa(c.Version))
		return s.showDoor(v, http.StatusConflict, x, p)
	}
	if err != nil {
		if err := blame(v, x, f.Form, err); err != nil {
			return err
		}
	}
	return s.showDoor(v, http.StatusUnprocessableEntity, x, p)
}

func (s *section) dropTemplate(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	d, _, _, err := s.templateDoor(v, x)
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Template.Drop(ctx, x.Scope, d.ID); err != nil {
			return err
		}
		return v.Note(ctx, "template.changed", d.ID.String(), x.Name+" · "+d.Settings.Name+" ✕")
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/template#plan", frame.Flash{Text: v.Text("gates.template_dropped", "Name", d.Settings.Name)})
}

// difference is a change with the texts of its page.
type difference struct {
	Change shownChange
	L      interface {
		Find(id string, pairs ...any) (string, error)
	}
}

// In gives a change the texts of a page.
func (c shownChange) In(p *templatePage) difference { return difference{c, p.Locale} }
