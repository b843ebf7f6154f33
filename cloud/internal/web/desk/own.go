package desk

import (
	"net/url"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/fault"
)

// own is the desk's own section: its first page, and what all pages need.
func (d *Desk) own() Section {
	return Section{
		Name: "desk", Templates: ownTemplates,
		Nav: []NavItem{{Path: "/desk", Text: "desk.nav.today", Needs: role.DeskSee, Order: 10}},
		Routes: []Route{
			Get("/desk", role.DeskSee, d.today),
			Get("/desk/refused", "", func(*Visit) error { return errForeignForm }).Open(),
			Post("/desk/proof", "", func(v *Visit) error { return v.Go(Inside(v.Request.PostForm.Get("to")), Flash{}) }).Own().Proved(),
			Post("/desk/open", "", d.open).Own(),
			Post("/desk/views", role.DeskSee, d.saveView),
			Post("/desk/views/:view/drop", role.DeskSee, d.dropView),
			Get("/static/:file", "", func(v *Visit) error {
				if !d.assets.Serve(v.Context, v.Param("file")) {
					return errNoPage
				}
				return nil
			}).Open(),
		},
	}
}

// todayPage is what waits for the person.
type todayPage struct {
	Frame
	Tasks []Task
}

// Task is something that waits for a person, on the desk's first page. Sections add theirs by Desk.AddTasks.
type Task struct {
	Title, Text string
	Href, Do    string // where it is done, and what the link says
	Urgent      bool
}

// AddTasks lets a section say what waits. It is called for every visit of the first page, with the visitor's rights.
func (d *Desk) AddTasks(find func(v *Visit) ([]Task, error)) { d.tasks = append(d.tasks, find) }

func (d *Desk) today(v *Visit) error {
	p := &todayPage{}
	if !v.Session.Strong && v.Person.TOTP == nil {
		task := Task{Title: v.Text("desk.today.secure"), Text: v.Text("desk.today.secure_why"), Href: "/desk/settings/security", Do: v.Text("desk.today.secure_do")}
		if from := v.OpenDesk().FactorFrom; !from.IsZero() {
			task.Text, task.Urgent = v.Text("desk.factor.from", "Date", v.L.ShortDate(from)), true
		}
		p.Tasks = append(p.Tasks, task)
	}
	for _, find := range d.tasks {
		more, err := find(v)
		if err != nil {
			return err
		}
		p.Tasks = append(p.Tasks, more...)
	}
	return v.Show("today", v.Text("desk.nav.today"), p)
}

// open opens another desk of the same person.
func (d *Desk) open(v *Visit) error {
	id, err := uuid.Parse(v.PostForm("organizer"))
	if err != nil {
		return errNoPage
	}
	for _, x := range v.Desks {
		if x.Organizer == id {
			if err := d.People.At(v.AccountsCtx(), v.Session, id); err != nil {
				return err
			}
			return v.Go("/desk", Flash{Text: v.Text("desk.opened", "Name", x.Name)})
		}
	}
	return errNoPage
}

func (d *Desk) saveView(v *Visit) error {
	view := staff.View{Page: v.PostForm("page"), Name: strings.TrimSpace(v.PostForm("name")), Query: strings.TrimPrefix(v.PostForm("query"), "?")}
	if Inside(view.Page) != view.Page || len(view.Page) > 60 || len(view.Query) > 2000 {
		return errBadForm
	}
	if err := fault.Text("name", view.Name, true, 60); err != nil {
		return v.Go(view.Page+"?"+view.Query, Flash{Text: v.Text("desk.views.name_needed")})
	}
	view.ID = uuid.Must(uuid.NewV7())
	if err := d.Views.SaveView(v.Ctx(), v.Organizer(), v.Person.ID, view); err != nil {
		return err
	}
	return v.Go(view.Page+"?"+view.Query, Flash{Text: v.Text("desk.views.saved", "Name", view.Name)})
}

func (d *Desk) dropView(v *Visit) error {
	id, err := v.ID("view")
	if err != nil {
		return err
	}
	page := Inside(v.PostForm("page"))
	if err := d.Views.DropView(v.Ctx(), v.Organizer(), v.Person.ID, id); err != nil {
		return err
	}
	flash := Flash{Text: v.Text("desk.views.dropped")}
	if name, query := v.PostForm("name"), v.PostForm("query"); name != "" {
		flash.Undo = &Undo{Action: "/desk/views", Values: url.Values{"page": {page}, "name": {name}, "query": {query}}}
	}
	return v.Go(page, flash)
}

// Views are the saved views of this page for this person.
func (v *Visit) Views() ([]staff.View, error) {
	return v.desk.Views.Views(v.Ctx(), v.Organizer(), v.Person.ID, v.Request.URL.Path)
}
