package privacy

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/web/desk"
)

// shownRequests is how many of the newest requests the page shows.
const shownRequests = 100

type requestsPage struct {
	base
	Form     *desk.Form
	Requests []brief
	Empty    desk.Empty
}

type brief struct {
	Href, Who, Wish, When, Source string
	State                         desk.Pill
}

func askForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "given", Label: "privacy.people.given", Hint: "privacy.people.given_hint", Needed: true, Max: 254, Complete: "off"})
}

func (s *section) showRequests(v *desk.Visit) error {
	return s.requests(v, http.StatusOK, askForm(v))
}

func (s *section) requests(v *desk.Visit, status int, f *desk.Form) error {
	all, err := s.Privacy.Desk.List(v.Ctx(), v.Organizer(), shownRequests)
	if err != nil {
		return err
	}
	p := &requestsPage{base: begin(v), Form: f, Empty: desk.Empty{Title: v.Text("privacy.people.none"), Text: v.Text("privacy.people.none_why")}}
	for _, r := range all {
		p.Requests = append(p.Requests, briefly(v, r))
	}
	return v.ShowAs(status, "people", v.Text("privacy.people.title"), p)
}

func briefly(v *desk.Visit, r privacy.Request) brief {
	kinds := map[privacy.State]string{privacy.Done: "ok", privacy.Working: "warn", privacy.Held: "warn"}
	b := brief{Href: requests + "/" + r.ID.String(), Who: r.Email, Wish: v.Text("privacy.wish." + string(r.Wish)), When: v.L.ShortDate(r.Made),
		Source: v.Text("privacy.source." + r.Source), State: desk.Pill{Kind: kinds[r.State], Text: v.Text("privacy.state." + string(r.State))}}
	if r.State == privacy.Open {
		b.When = v.Text("privacy.people.due", "Made", v.L.ShortDate(r.Made), "Due", v.L.ShortDate(r.Due))
		if v.Now.After(r.Due) {
			b.State.Kind = "bad"
		}
	}
	if b.Who == "" {
		b.Who = v.Text("privacy.people.forgotten")
	}
	return b
}

func (s *section) ask(v *desk.Visit) error {
	f := askForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if !f.Good() {
		return s.requests(v, http.StatusUnprocessableEntity, f)
	}
	r, err := s.Privacy.Ask(v.Ctx(), v.Organizer(), f.Value("given"), person.By(v.Person.ID))
	if err != nil {
		if err := f.Blame(err); err != nil {
			return err
		}
		return s.requests(v, http.StatusUnprocessableEntity, f)
	}
	if err := v.Note(v.Ctx(), "privacy.asked", r.ID.String(), ""); err != nil {
		return err
	}
	return v.Go(requests+"/"+r.ID.String(), desk.Flash{})
}

type requestPage struct {
	base
	Request  brief
	Href     string
	Orders   []foundOrder
	More     int // orders that are not shown
	Plan     []step
	HeldTill string
	Result   []pile
	Form     *desk.Form // to erase; nil = nothing to erase, or not now
	Export   bool
	Decline  bool
	Again    bool // the work has failed, and can be tried again
	Busy     bool
	File     string // until when it can be fetched
	Progress desk.Progress
}

type foundOrder struct{ ID, Text, When, Total string }

type step struct {
	What string
	Fate desk.Pill
	Why  string
}

// shownOrders is how many of a person's orders the page shows; the file has all of them.
const shownOrders = 20

func (s *section) find(v *desk.Visit) (privacy.Request, error) {
	id, err := v.ID("request")
	if err != nil {
		return privacy.Request{}, err
	}
	return s.Privacy.Requests.Request(v.Ctx(), v.Organizer(), id)
}

func (s *section) showRequest(v *desk.Visit) error {
	r, err := s.find(v)
	if err != nil {
		return err
	}
	return s.request(v, http.StatusOK, r, eraseForm(v))
}

func eraseForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "typed", Label: "privacy.erase.typed", Hint: "privacy.erase.typed_hint", Needed: true, Max: 254, Complete: "off"})
}

func (s *section) request(v *desk.Visit, status int, r privacy.Request, f *desk.Form) error {
	p := &requestPage{base: begin(v), Request: briefly(v, r), Href: requests + "/" + r.ID.String()}
	found, err := s.Privacy.Found(v.Ctx(), r)
	if err != nil {
		return err
	}
	for i, o := range found.Orders {
		if i == shownOrders {
			p.More = len(found.Orders) - i
			break
		}
		p.Orders = append(p.Orders, order(v, o))
	}
	free := r.State == privacy.Open || r.State == privacy.Done
	if r.Email != "" && free {
		plan := privacy.PlanErasure(found, v.Now)
		p.Plan, p.Export = steps(v, plan), true
		if !plan.Nothing() {
			p.Form = f
		}
	}
	p.Decline = r.State == privacy.Open
	if r.State == privacy.Held {
		p.HeldTill = v.L.ShortDate(r.HeldUntil)
	}
	for _, what := range []string{"orders", "invitations", "mails", "outbox", "views", "answers", "files"} {
		if n := r.Result[what]; n > 0 && r.Wish == privacy.Erase {
			p.Result = append(p.Result, pile{Name: v.Text("privacy.erased_what." + what), Count: v.L.Number(n)})
		}
	}
	until, err := s.Privacy.Files.Until(v.Ctx(), v.Organizer(), r.ID, v.Now)
	if err != nil {
		return err
	}
	if err := s.work(v, r, p); err != nil {
		return err
	}
	if p.Busy {
		p.Result = nil // what has gone is told with what stays, once all is done
	}
	if !until.IsZero() && !p.Busy {
		p.File = v.L.ShortDate(until)
	}
	return v.ShowAs(status, "request", v.Text("privacy.people.heading"), p)
}

// work shows the job of a request that is being carried out. One that ended after the request was read is at work still,
// so that the page asks again and shows all that came of it.
func (s *section) work(v *desk.Visit, r privacy.Request, p *requestPage) error {
	if r.State != privacy.Working || r.Job == uuid.Nil {
		return nil
	}
	j, err := s.Jobs.Get(v.Ctx(), v.Organizer(), r.Job)
	if err != nil {
		return err
	}
	p.Again, p.Busy, p.Progress = j.State == jobs.Failed, j.State != jobs.Failed, bar(v, j, p.Href+"/progress")
	p.Progress.Over = !p.Busy
	return nil
}

func order(v *desk.Visit, o privacy.Order) foundOrder {
	f := foundOrder{ID: o.ID.String(), When: v.L.ShortDate(o.At), Total: v.L.Money(o.Total, o.Currency)}
	for i, l := range o.Lines {
		if i > 0 {
			f.Text += ", "
		}
		f.Text += fmt.Sprintf("%d × %s (%s)", l.Quantity, l.Offer, l.Event)
	}
	return f
}

func steps(v *desk.Visit, plan privacy.Plan) (out []step) {
	kinds := map[privacy.Fate]string{privacy.Goes: "bad", privacy.Stays: "", privacy.Waits: "warn"}
	for _, x := range plan.Steps {
		s := step{What: v.L.Plural("privacy.what."+x.What, x.Count), Fate: desk.Pill{Kind: kinds[x.Fate], Text: v.Text("privacy.fate." + string(x.Fate))}}
		if x.Why != "" {
			s.Why = v.Text("privacy.because."+x.Why, "Date", v.L.ShortDate(x.Until))
		}
		out = append(out, s)
	}
	return out
}

func (s *section) requestProgress(v *desk.Visit) error {
	r, err := s.find(v)
	if err != nil {
		return err
	}
	p := &requestPage{Href: requests + "/" + r.ID.String()}
	if err := s.work(v, r, p); err != nil {
		return err
	}
	if !p.Busy {
		v.Header("HX-Refresh", "true")
		p.Progress.Over, p.Progress.L = true, v.L
	}
	return v.ShowPart("request", "work", p)
}

// act does what was pressed: pack, erase, decline, try again.
func (s *section) act(v *desk.Visit) error {
	r, err := s.find(v)
	if err != nil {
		return err
	}
	href, by := requests+"/"+r.ID.String(), person.By(v.Person.ID)
	var what string
	switch v.PostForm("do") {
	case "export":
		what, err = "privacy.exported", s.Privacy.BeginExport(v.Ctx(), r, by)
	case "decline":
		what, err = "privacy.declined", s.Privacy.Decline(v.Ctx(), r)
	case "again":
		what, err = "privacy.tried_again", s.Jobs.Again(v.Ctx(), r.Job)
	case "erase":
		f := eraseForm(v)
		if err := v.Read(f); err != nil {
			return err
		}
		what, err = "privacy.erased", s.Privacy.BeginErasure(v.Ctx(), r, f.Value("typed"), by)
		if err != nil {
			if err := f.Blame(err); err != nil {
				return err
			}
			return s.request(v, http.StatusUnprocessableEntity, r, f)
		}
	default:
		return desk.ErrNotFound
	}
	if err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), what, r.ID.String(), ""); err != nil {
		return err
	}
	return v.Go(href, desk.Flash{})
}

// file hands out what was packed.
func (s *section) file(v *desk.Visit) error {
	r, err := s.find(v)
	if err != nil {
		return err
	}
	raw, err := s.Privacy.Files.File(v.Ctx(), v.Organizer(), r.ID, v.Now)
	if err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "privacy.fetched", r.ID.String(), ""); err != nil {
		return err
	}
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "person-"+r.ID.String()[:8]+".zip"))
	v.Data(http.StatusOK, "application/zip", raw)
	return nil
}
