package controllers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/roster"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
)

// errNobody refuses to print nothing.
var errNobody = fault.New(fault.Invalid, "nobody_chosen", "Choose at least one person.")

// badges prints the badges in force of whoever was chosen.
func (s *section) badges(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	ids, err := s.chosen(v, x)
	if err != nil {
		return err
	}
	var printed []desk.Badge
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if printed, err = s.Desk.PrintBadges(ctx, v.Organizer(), ids, v.Now); err != nil {
			return err
		}
		return v.Note(ctx, "badges.printed", x.ID.String(), x.Name+" · "+strconv.Itoa(len(ids)))
	})
	if err != nil {
		return err
	}
	organizer, err := s.Organizer(v.AccountsCtx(), v.Organizer())
	if err != nil {
		return err
	}
	paper := document.Sheet
	if v.PostForm("paper") == string(document.Cards) {
		paper = document.Cards
	}
	var file bytes.Buffer
	if err := document.Badges(&file, v.Now, paper, cards(v, x, organizer, printed)...); err != nil {
		return err
	}
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "badges-"+v.Now.In(x.Wall).Format("2006-01-02")+".pdf"))
	v.Data(http.StatusOK, "application/pdf", file.Bytes())
	return nil
}

// chosen are people of this venue only, whatever the form names.
func (s *section) chosen(v *frame.Visit, x place.Venue) (ids []uuid.UUID, err error) {
	all, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	if err != nil {
		return nil, err
	}
	want := map[string]bool{}
	for _, id := range v.PostFormArray("who") {
		want[id] = true
	}
	for _, c := range all {
		if want[c.ID.String()] || v.PostForm("all") == "on" {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 || len(ids) > document.MaxBadges {
		return nil, errNobody
	}
	return ids, nil
}

func cards(v *frame.Visit, x place.Venue, organizer string, badges []desk.Badge) (out []document.Badge) {
	for _, b := range badges {
		card := document.Badge{Organizer: organizer, Venue: x.Name, Name: b.Name, Role: v.Text("controllers.controller"), Code: b.Code.Text(), ID: b.Badge}
		if b.Supervisor {
			card.Role = v.Text("controllers.supervisor")
		}
		if b.Number > 0 {
			card.Number = v.Text("controllers.number", "Number", b.Number)
		}
		out = append(out, card)
	}
	return out
}

// newBadge makes a person another badge; the old one is dead at once.
func (s *section) newBadge(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	c, err := s.person(v, x)
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if _, _, err := s.Desk.NewBadge(ctx, v.Organizer(), c.ID); err != nil {
			return err
		}
		return v.Note(ctx, "controller.badge", c.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base+"/controllers/"+c.ID.String(), frame.Flash{Text: v.Text("controllers.new_badge_made", "Name", c.Name)})
}

type pinPage struct {
	frame.Frame
	Head        place.Head
	Name        string
	Number, PIN string
}

// newPIN makes a person a PIN, which is shown this once.
func (s *section) newPIN(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	c, err := s.person(v, x)
	if err != nil {
		return err
	}
	p := &pinPage{Name: c.Name}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if c, p.PIN, err = s.Desk.NewPIN(ctx, v.Organizer(), c.ID); err != nil {
			return err
		}
		return v.Note(ctx, "controller.pin", c.ID.String(), x.Name)
	})
	if err != nil {
		return err
	}
	p.Number = strconv.Itoa(c.Number)
	if p.Head, err = s.Head(v, x, "controllers"); err != nil {
		return err
	}
	return v.Show("pin", c.Name, p)
}

// maxPaste is the most bytes of a request with a list of people.
const maxPaste = 2 * roster.MaxBytes

type manyPage struct {
	frame.Frame
	Head   place.Head
	Form   *frame.Form
	Doors  []frame.Option
	Report []shownLine
	Added  int
}

type shownLine struct {
	Number int
	Name   string
	State  frame.Pill
}

func manyForm(v *frame.Visit) *frame.Form {
	return v.Form(frame.Field{Name: "people", Label: "controllers.people", Hint: "controllers.people_hint", Type: "textarea", Needed: true, Max: roster.MaxBytes})
}

func (s *section) many(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	return s.showMany(v, http.StatusOK, x, &manyPage{Form: manyForm(v)})
}

func (s *section) showMany(v *frame.Visit, status int, x place.Venue, p *manyPage) (err error) {
	if p.Head, err = s.Head(v, x, "controllers"); err != nil {
		return err
	}
	if _, p.Doors, err = s.doors(v, x); err != nil {
		return err
	}
	return v.ShowAs(status, "many", v.Text("controllers.add_many"), p)
}

// addMany adds everybody of a list whose line is good, and says of each line what became of it.
func (s *section) addMany(v *frame.Visit) error {
	x, err := s.At(v, role.ControllersEdit)
	if err != nil {
		return err
	}
	f := manyForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	p := &manyPage{Form: f}
	if !f.Good() || len(f.Value("people")) > roster.MaxBytes {
		return s.showMany(v, http.StatusUnprocessableEntity, x, p)
	}
	lines, err := s.parse(v, x, f.Value("people"))
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		for _, l := range lines {
			if l.Fault != "" {
				continue
			}
			if _, _, err := s.Desk.AddController(ctx, desk.Controller{Scope: x.Scope, Name: l.Name, Supervisor: l.Supervisor, Checkpoints: l.Doors}); err != nil {
				return err
			}
			p.Added++
		}
		return v.Note(ctx, "controllers.made", x.ID.String(), x.Name+" · "+strconv.Itoa(p.Added))
	})
	if err != nil {
		return err
	}
	for _, l := range lines {
		line := shownLine{Number: l.Number, Name: l.Name, State: frame.Pill{Kind: "ok", Text: v.Text("controllers.line_added")}}
		if l.Fault != "" {
			line.State = frame.Pill{Kind: "bad", Text: v.Text("controllers.line_"+string(l.Fault), "About", l.About)}
		}
		p.Report = append(p.Report, line)
	}
	p.Form = manyForm(v)
	return s.showMany(v, http.StatusOK, x, p)
}

func (s *section) parse(v *frame.Visit, x place.Venue, text string) ([]roster.Line, error) {
	names, _, err := s.doors(v, x)
	if err != nil {
		return nil, err
	}
	people, err := s.Desk.Controllers(v.Ctx(), x.Scope)
	doors, there := map[string]uuid.UUID{}, []string{}
	for id, name := range names {
		doors[name] = id
	}
	for _, c := range people {
		there = append(there, c.Name)
	}
	return roster.Parse(text, doors, there), err
}
