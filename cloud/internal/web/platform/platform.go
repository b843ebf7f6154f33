// Package platform is the pages of the people who run the platform: organizers and whether they may sell, figures, what
// works by itself, and what the platform's people did. None of them shows what an organizer has.
package platform

import (
	"context"
	"embed"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/operator"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Jobs is long work of everybody.
type Jobs interface {
	Failed(ctx context.Context, limit int) ([]jobs.Job, error)
	Again(ctx context.Context, id uuid.UUID) error
}

// Config is what the pages show.
type Config struct {
	Operators *operator.Service
	Books     operator.Books
	Engine    operator.Engine
	Jobs      Jobs
	// System lets what is done with the context see everybody's jobs.
	System func(ctx context.Context) context.Context
}

type section struct{ Config }

const (
	home       = "/platform"
	organizers = home + "/organizers"
	engine     = home + "/engine"
	acts       = home + "/audit"
)

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "platform", Templates: templates,
		Nav: []desk.NavItem{{Path: home, Text: "platform.nav", Platform: true, Order: 95}},
		Routes: []desk.Route{
			desk.Get(home, "", s.first).Platform(),
			desk.Get(organizers, "", s.list).Platform(),
			desk.Get(organizers+"/:organizer", "", s.show).Platform(),
			desk.Post(organizers+"/:organizer/suspend", "", s.suspend).Platform().Proved(),
			desk.Post(organizers+"/:organizer/resume", "", s.resume).Platform().Proved(),
			desk.Get(engine, "", s.engine).Platform(),
			desk.Post(engine+"/jobs", "", s.again).Platform(),
			desk.Post(engine+"/mails", "", s.hurry).Platform(),
			desk.Get(acts, "", s.acts).Platform(),
		},
	}
}

// base is what each of the pages has.
type base struct {
	desk.Frame
	Tabs []tab
}

type tab struct {
	Href, Text string
	Here       bool
}

func begin(v *desk.Visit) (b base) {
	for _, t := range [][2]string{{home, "platform.usage.tab"}, {organizers, "platform.organizers.tab"}, {engine, "platform.engine.tab"}, {acts, "platform.acts.tab"}} {
		b.Tabs = append(b.Tabs, tab{t[0], v.Text(t[1]), v.Request.URL.Path == t[0]})
	}
	return b
}

func actor(v *desk.Visit) operator.Actor {
	return operator.Actor{Who: person.By(v.Person.ID), Address: v.ClientIP()}
}

// figure is a number with what it counts.
type figure struct{ Name, Number string }

type usagePage struct {
	base
	Figures   []figure
	Operators []who
}

type who struct {
	Name, Email, Since string
	Strong             desk.Pill
}

func (s *section) first(v *desk.Visit) error {
	u, err := s.Books.Usage(v.Ctx(), v.Now)
	if err != nil {
		return err
	}
	p := &usagePage{base: begin(v)}
	for _, x := range []struct {
		id string
		n  int64
	}{
		{"organizers", u.Organizers}, {"suspended", u.Suspended}, {"on_sale", u.OnSale}, {"orders_day", u.OrdersDay}, {"orders_month", u.OrdersMonth},
		{"tickets_day", u.TicketsDay}, {"tickets_month", u.TicketsMonth}, {"records", u.Records}, {"hubs", u.Hubs}, {"hubs_lately", u.HubsLately},
		{"megabytes", u.Bytes >> 20},
	} {
		p.Figures = append(p.Figures, figure{v.Text("platform.figure." + x.id), v.L.Number(x.n)})
	}
	all, err := s.Operators.Store.Operators(v.Ctx())
	for _, o := range all {
		w := who{Name: o.Name, Email: o.Email, Since: v.L.ShortDate(o.Since), Strong: desk.Pill{Kind: "bad", Text: v.Text("settings.people.weak")}}
		if o.Strong {
			w.Strong = desk.Pill{Kind: "ok", Text: v.Text("settings.people.strong")}
		}
		p.Operators = append(p.Operators, w)
	}
	if err != nil {
		return err
	}
	return v.Show("usage", v.Text("platform.usage.title"), p)
}

// size is how many rows a page shows.
const size = 50

// pages is where one is in a long list.
type pages struct{ Earlier, Later string }

// page reads which page is asked for, and links the ones beside it.
func page(v *desk.Visit, more bool) (p pages) {
	n, q := number(v), v.Request.URL.Query()
	link := func(n int) string {
		q.Set("page", strconv.Itoa(n))
		return v.Request.URL.Path + "?" + q.Encode()
	}
	if n > 1 {
		p.Earlier = link(n - 1)
	}
	if more {
		p.Later = link(n + 1)
	}
	return p
}

func number(v *desk.Visit) int {
	n, err := strconv.Atoi(v.Query("page"))
	if err != nil || n < 1 || n > 10_000 {
		return 1
	}
	return n
}

type actsPage struct {
	base
	Pages pages
	Acts  []act
}

type act struct{ When, Who, What, Subject, Detail, Address string }

func (s *section) acts(v *desk.Visit) error {
	rows, err := s.Books.Acts(v.Ctx(), (number(v)-1)*size, size+1)
	if err != nil {
		return err
	}
	p := &actsPage{base: begin(v), Pages: page(v, len(rows) > size)}
	for _, a := range rows[:min(len(rows), size)] {
		at := a.At.UTC()
		p.Acts = append(p.Acts, act{v.L.ShortDate(at) + " " + v.L.Clock(at) + " UTC", a.Who, a.What, a.Subject, a.Detail, a.Address})
	}
	return v.ShowAs(http.StatusOK, "acts", v.Text("platform.acts.title"), p)
}
