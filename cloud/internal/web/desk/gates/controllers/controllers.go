// Package controllers is the desk's pages about the people at a venue's doors: who they are, at which doors, their printed
// badges and their PINs.
package controllers

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

//go:embed templates/*.html
var templates embed.FS

// Config is what the pages show.
type Config struct {
	place.Config
	// Organizer is the name of who runs the venue, for badges.
	Organizer func(ctx context.Context, organizer uuid.UUID) (string, error)
}

type section struct{ Config }

// Section is the pages.
func Section(c Config) frame.Section {
	s := &section{c}
	return frame.Section{
		Name: "controllers", Templates: templates,
		Routes: []frame.Route{
			frame.Get("/desk/gates/:venue/controllers", role.GatesSee, s.list),
			frame.Post("/desk/gates/:venue/controllers", role.ControllersEdit, s.add),
			frame.Get("/desk/gates/:venue/controllers/many", role.ControllersEdit, s.many),
			frame.Post("/desk/gates/:venue/controllers/many", role.ControllersEdit, s.addMany).Taking(maxPaste),
			frame.Post("/desk/gates/:venue/controllers/badges", role.ControllersEdit, s.badges).Proved(),
			frame.Get("/desk/gates/:venue/controllers/:controller", role.GatesSee, s.one),
			frame.Post("/desk/gates/:venue/controllers/:controller", role.ControllersEdit, s.save),
			frame.Post("/desk/gates/:venue/controllers/:controller/badge", role.ControllersEdit, s.newBadge).Proved(),
			frame.Post("/desk/gates/:venue/controllers/:controller/pin", role.ControllersEdit, s.newPIN).Proved(),
			frame.Post("/desk/gates/:venue/controllers/:controller/retire", role.ControllersEdit, s.retire),
			frame.Post("/desk/gates/:venue/controllers/:controller/back", role.ControllersEdit, s.reinstate),
		},
	}
}

type listPage struct {
	frame.Frame
	Head   place.Head
	People []shownPerson
	Empty  frame.Empty
	Form   *frame.Form
	Doors  []frame.Option
	Chosen map[string]bool
}

type shownPerson struct {
	ID, Href, Name, Number, Doors string
	Rank, Badge, PIN              frame.Pill
}

// Has says whether a door was ticked.
func (p *listPage) Has(door string) bool { return p.Chosen[door] }

func (s *section) list(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, x, &listPage{Form: form(v, desk.Controller{})})
}

func (s *section) show(v *frame.Visit, status int, x place.Venue, p *listPage) error {
	var err error
	if p.Head, err = s.Head(v, x, "controllers"); err != nil {
		return err
	}
	people, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	names, doors, err := s.doors(v, x)
	if err != nil {
		return err
	}
	p.Doors = doors
	p.Empty = frame.Empty{Title: v.Text("controllers.none"), Text: v.Text("controllers.none_why")}
	for _, c := range people {
		p.People = append(p.People, shown(v, x, c, names))
	}
	return v.ShowAs(status, "list", v.Text("gates.tab_controllers"), p)
}

// doors are the venue's, by id, and as choices.
func (s *section) doors(v *frame.Visit, x place.Venue) (names map[uuid.UUID]string, options []frame.Option, err error) {
	all, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	names = map[uuid.UUID]string{}
	for _, c := range all {
		names[c.ID] = c.Name
		options = append(options, frame.Option{Value: c.ID.String(), Text: c.Name})
	}
	return names, options, err
}

func shown(v *frame.Visit, x place.Venue, c desk.Controller, doors map[uuid.UUID]string) shownPerson {
	p := shownPerson{
		ID: c.ID.String(), Href: x.Base + "/controllers/" + c.ID.String(), Name: c.Name, Rank: frame.Pill{Text: v.Text("controllers.controller")},
		Badge: frame.Pill{Kind: "warn", Text: v.Text("controllers.not_printed")}, PIN: frame.Pill{Text: v.Text("controllers.no_pin")},
	}
	if c.Supervisor {
		p.Rank = frame.Pill{Kind: "ok", Text: v.Text("controllers.supervisor")}
	}
	if c.PrintedAt != nil {
		p.Badge = frame.Pill{Kind: "ok", Text: v.Text("controllers.printed", "Day", x.Day(v, *c.PrintedAt))}
	}
	if c.HasPIN {
		p.PIN = frame.Pill{Kind: "ok", Text: v.Text("controllers.has_pin")}
	}
	if c.Number > 0 {
		p.Number = strconv.Itoa(c.Number)
	}
	var at []string
	for _, id := range c.Checkpoints {
		if name, there := doors[id]; there {
			at = append(at, name)
		}
	}
	slices.Sort(at)
	if p.Doors = strings.Join(at, ", "); p.Doors == "" {
		p.Doors = v.Text("controllers.every_door")
	}
	return p
}

func form(v *frame.Visit, c desk.Controller) *frame.Form {
	supervisor := ""
	if c.Supervisor {
		supervisor = "on"
	}
	return v.Form(
		frame.Field{Name: "name", Label: "controllers.name", Value: c.Name, Needed: true, Max: 100, Complete: "off"},
		frame.Field{Name: "supervisor", Label: "controllers.is_supervisor", Hint: "controllers.is_supervisor_hint", Type: "checkbox", Value: supervisor},
		frame.Field{Name: "version", Type: "hidden", Value: strconv.Itoa(c.Version)},
	)
}

// take writes what was typed onto a controller.
func take(v *frame.Visit, f *frame.Form, c *desk.Controller) {
	c.Name, c.Supervisor, c.Checkpoints = f.Value("name"), f.Value("supervisor") == "on", nil
	for _, text := range v.PostFormArray("door") {
		if id, err := uuid.Parse(text); err == nil {
			c.Checkpoints = append(c.Checkpoints, id)
		}
	}
}

func ticked(v *frame.Visit) map[string]bool {
	out := map[string]bool{}
	for _, id := range v.PostFormArray("door") {
		out[id] = true
	}
	return out
}

func (s *section) add(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	f := form(v, desk.Controller{})
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		c := desk.Controller{Scope: x.Scope}
		take(v, f, &c)
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			if c, _, err = s.Desk.AddController(ctx, c); err != nil {
				return err
			}
			return v.Note(ctx, "controller.made", c.ID.String(), x.Name)
		})
		if err == nil {
			return v.Go(x.Base+"/controllers", frame.Flash{Text: v.Text("controllers.made", "Name", c.Name)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.show(v, http.StatusUnprocessableEntity, x, &listPage{Form: f, Chosen: ticked(v)})
}

// person is the controller of the address at the venue of the address.
func (s *section) person(v *frame.Visit, x place.Venue) (desk.Controller, error) {
	id, err := v.ID("controller")
	if err != nil {
		return desk.Controller{}, err
	}
	all, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	if err != nil {
		return desk.Controller{}, err
	}
	i := slices.IndexFunc(all, func(c desk.Controller) bool { return c.ID == id })
	if i < 0 {
		return desk.Controller{}, desk.ErrNone
	}
	return all[i], nil
}

type onePage struct {
	frame.Frame
	Head   place.Head
	Person shownPerson
	Form   *frame.Form
	Theirs *frame.Theirs
	Doors  []frame.Option
	Chosen map[string]bool
}

// Has says whether a door was ticked.
func (p *onePage) Has(door string) bool { return p.Chosen[door] }

func (s *section) one(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	c, err := s.person(v, x)
	if err != nil {
		return err
	}
	return s.showOne(v, http.StatusOK, x, c, &onePage{Form: form(v, c), Chosen: at(c)})
}

func at(c desk.Controller) map[string]bool {
	out := map[string]bool{}
	for _, id := range c.Checkpoints {
		out[id.String()] = true
	}
	return out
}

func (s *section) showOne(v *frame.Visit, status int, x place.Venue, c desk.Controller, p *onePage) error {
	var err error
	if p.Head, err = s.Head(v, x, "controllers"); err != nil {
		return err
	}
	names, doors, err := s.doors(v, x)
	if err != nil {
		return err
	}
	p.Doors, p.Person = doors, shown(v, x, c, names)
	return v.ShowAs(status, "one", c.Name, p)
}

func (s *section) save(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	old, err := s.person(v, x)
	if err != nil {
		return err
	}
	f := form(v, old)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &onePage{Form: f, Chosen: ticked(v)}
	status := http.StatusUnprocessableEntity
	if f.Good() {
		err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			c, err := s.Desk.EditController(ctx, v.Organizer(), old.ID, func(c *desk.Controller) error {
				take(v, f, c)
				c.Version = f.Version()
				return nil
			})
			if err != nil {
				return err
			}
			return v.Note(ctx, "controller.changed", c.ID.String(), x.Name)
		})
		if err == nil {
			return v.Go(x.Base+"/controllers", frame.Flash{Text: v.Text("controllers.saved", "Name", f.Value("name"))})
		}
		if frame.Stale(err) {
			p.Theirs, status = f.Against(form(v, old)), http.StatusConflict
			f.Set("version", strconv.Itoa(old.Version))
		} else if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.showOne(v, status, x, old, p)
}

// retire takes a person from the doors. Undo brings them back, with the badge they had.
func (s *section) retire(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	c, err := s.person(v, x)
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Desk.RetireController(ctx, v.Organizer(), c.ID); err != nil {
			return err
		}
		return v.Note(ctx, "controller.retired", c.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/controllers", frame.Flash{Text: v.Text("controllers.retired", "Name", c.Name),
		Undo: &frame.Undo{Action: x.Base + "/controllers/" + c.ID.String() + "/back", Values: url.Values{"name": {c.Name}}}})
}

func (s *section) reinstate(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	id, err := v.ID("controller")
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Desk.ReinstateController(ctx, v.Organizer(), id); err != nil {
			return err
		}
		all, err := s.Desk.Controllers(ctx, x.Scope)
		if err == nil && !slices.ContainsFunc(all, func(c desk.Controller) bool { return c.ID == id }) {
			err = desk.ErrNone // of another venue: the transaction is undone
		}
		if err != nil {
			return err
		}
		return v.Note(ctx, "controller.reinstated", id.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/controllers", frame.Flash{Text: v.Text("controllers.reinstated")})
}
