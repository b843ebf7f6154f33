package platform

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/operator"
	"portaria/cloud/internal/web/desk"
)

type listPage struct {
	base
	Search     string
	State      string
	Organizers []listed
	Pages      pages
}

type listed struct {
	Href, Name, Since, Line string
	State                   desk.Pill
}

func stateOf(v *desk.Visit, at *time.Time) desk.Pill {
	if at != nil {
		return desk.Pill{Kind: "bad", Text: v.Text("platform.organizers.suspended")}
	}
	return desk.Pill{Kind: "ok", Text: v.Text("platform.organizers.sells")}
}

func (s *section) list(v *desk.Visit) error {
	p := &listPage{base: begin(v), Search: strings.TrimSpace(v.Query("q")), State: v.Query("state")}
	if len(p.Search) > 200 {
		p.Search = ""
	}
	if p.State != "suspended" && p.State != "selling" {
		p.State = ""
	}
	rows, err := s.Books.Organizers(v.Ctx(), p.Search, p.State, v.Now, (number(v)-1)*size, size+1)
	if err != nil {
		return err
	}
	p.Pages = page(v, len(rows) > size)
	for _, o := range rows[:min(len(rows), size)] {
		p.Organizers = append(p.Organizers, listed{organizers + "/" + o.ID.String(), o.Name, v.L.ShortDate(o.CreatedAt),
			v.Text("platform.organizers.line", "People", v.L.Number(o.People), "OnSale", v.L.Number(o.OnSale), "Orders", v.L.Number(o.Orders)), stateOf(v, o.SuspendedAt)})
	}
	return v.Show("organizers", v.Text("platform.organizers.title"), p)
}

type organizerPage struct {
	base
	Href, Name string
	State      desk.Pill
	Figures    []figure
	Stopped    string // since when; empty = it sells
	Why        string
	Form       *desk.Form
}

func whyForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "why", Label: "platform.suspend.why", Hint: "platform.suspend.why_hint", Type: "textarea", Needed: true, Max: 500})
}

func (s *section) find(v *desk.Visit) (operator.Figures, error) {
	id, err := v.ID("organizer")
	if err != nil {
		return operator.Figures{}, err
	}
	o, there, err := s.Books.Organizer(v.Ctx(), id, v.Now)
	if err == nil && !there {
		err = desk.ErrNotFound
	}
	return o, err
}

func (s *section) show(v *desk.Visit) error {
	o, err := s.find(v)
	if err != nil {
		return err
	}
	return s.draw(v, http.StatusOK, o, whyForm(v))
}

func (s *section) draw(v *desk.Visit, status int, o operator.Figures, f *desk.Form) error {
	p := &organizerPage{base: begin(v), Href: organizers + "/" + o.ID.String(), Name: o.Name, State: stateOf(v, o.SuspendedAt), Why: o.Why, Form: f}
	if o.SuspendedAt != nil {
		p.Stopped = v.L.ShortDate(*o.SuspendedAt)
	}
	factor := v.Text("platform.figure.no")
	if o.FactorFrom != nil {
		factor = v.L.ShortDate(*o.FactorFrom)
	}
	p.Figures = []figure{{v.Text("platform.figure.number"), o.ID.String()}, {v.Text("platform.figure.since"), v.L.ShortDate(o.CreatedAt)},
		{v.Text("platform.figure.language"), o.Language}, {v.Text("platform.figure.factor"), factor}}
	for _, x := range []struct {
		id string
		n  int64
	}{
		{"people", o.People}, {"keys", o.Keys}, {"venues", o.Venues}, {"hubs", o.Hubs}, {"events", o.Events}, {"on_sale", o.OnSale},
		{"orders_month", o.Orders}, {"tickets_month", o.Tickets},
	} {
		p.Figures = append(p.Figures, figure{v.Text("platform.figure." + x.id), v.L.Number(x.n)})
	}
	return v.ShowAs(status, "organizer", o.Name, p)
}

func (s *section) suspend(v *desk.Visit) error {
	o, err := s.find(v)
	if err != nil {
		return err
	}
	f := whyForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		if err := f.Blame(s.Operators.Suspend(v.Ctx(), actor(v), o.ID, f.Value("why"))); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.draw(v, http.StatusUnprocessableEntity, o, f)
	}
	return v.Go(organizers+"/"+o.ID.String(), desk.Flash{Text: v.Text("platform.suspend.done", "Name", o.Name)})
}

func (s *section) resume(v *desk.Visit) error {
	o, err := s.find(v)
	if err != nil {
		return err
	}
	if err := s.Operators.Resume(v.Ctx(), actor(v), o.ID); err != nil {
		return err
	}
	return v.Go(organizers+"/"+o.ID.String(), desk.Flash{Text: v.Text("platform.resume.done", "Name", o.Name)})
}

type enginePage struct {
	base
	Depths []depth
	Failed []failed
	Mails  []letters
}

type depth struct {
	Text, Number, Oldest string
	State                desk.Pill
}

type failed struct {
	ID                     uuid.UUID
	Kind, Whose, When, Why string
}

type letters struct {
	Kind, Number, Oldest string
	State                desk.Pill
}

// shownFailed is how many failed jobs the page shows.
const shownFailed = 50

func (s *section) engine(v *desk.Visit) error {
	p := &enginePage{base: begin(v)}
	depths, err := s.Engine.Depths(v.Ctx())
	if err != nil {
		return err
	}
	for _, d := range depths {
		kinds := map[string]string{"running": "ok", "available": "ok", "scheduled": "ok", "retryable": "warn", "discarded": "bad"}
		p.Depths = append(p.Depths, depth{v.Text("platform.depth." + d.State), v.L.Number(d.Jobs), when(v, d.Oldest), desk.Pill{Kind: kinds[d.State], Text: d.State}})
	}
	broken, err := s.Jobs.Failed(s.System(v.Ctx()), shownFailed)
	if err != nil {
		return err
	}
	for _, j := range broken {
		whose := v.Text("platform.engine.own")
		if j.Organizer != uuid.Nil {
			whose = j.Organizer.String()
		}
		p.Failed = append(p.Failed, failed{j.ID, v.Text("platform.job." + j.Kind), whose, when(v, j.Ended), j.Fault})
	}
	mails, err := s.Engine.Mails(v.Ctx())
	if err != nil {
		return err
	}
	for _, m := range mails {
		state := desk.Pill{Text: v.Text("platform.engine.new")}
		if m.Tried {
			state = desk.Pill{Kind: "warn", Text: v.L.Plural("platform.engine.tried", m.Tries)}
		}
		p.Mails = append(p.Mails, letters{m.Kind, v.L.Number(m.Mails), when(v, m.Oldest), state})
	}
	return v.Show("engine", v.Text("platform.engine.title"), p)
}

func when(v *desk.Visit, t time.Time) string {
	return v.L.ShortDate(t.UTC()) + " " + v.L.Clock(t.UTC()) + " UTC"
}

func (s *section) again(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("job"))
	if err != nil {
		return desk.ErrNotFound
	}
	if err := s.Jobs.Again(s.System(v.Ctx()), id); err != nil {
		return err
	}
	if err := s.Operators.Note(v.Ctx(), actor(v), "job_tried_again", id.String()); err != nil {
		return err
	}
	return v.Go(engine, desk.Flash{Text: v.Text("platform.engine.again_done")})
}

func (s *section) hurry(v *desk.Visit) error {
	n, err := s.Engine.Hurry(v.Ctx(), v.Now)
	if err != nil {
		return err
	}
	if err := s.Operators.Note(v.Ctx(), actor(v), "mails_hurried", ""); err != nil {
		return err
	}
	return v.Go(engine, desk.Flash{Text: v.L.Plural("platform.engine.hurried", int(n))})
}
