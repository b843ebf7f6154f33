package settings

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/web/desk"
)

type peoplePage struct {
	base
	People  []member
	Waiting []waiting
	MayEdit bool
	Roles   []desk.Option
	Where   []desk.Option
}

// member is a person with all their roles.
type member struct {
	ID     uuid.UUID
	Name   string
	Email  string
	Strong bool
	Me     bool
	Held   []held
}

type held struct {
	Grant   uuid.UUID
	Text    string
	Where   string
	MayTake bool
}

type waiting struct {
	ID    uuid.UUID
	Email string
	Text  string
	Where string
	Until string
}

func (s *settings) showPeople(v *desk.Visit) error {
	ctx := v.AccountsCtx()
	places, err := s.Places(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	all, err := s.Staff.Roster.Members(ctx, v.Organizer())
	if err != nil {
		return err
	}
	invited, err := s.Staff.Invitations.Invited(ctx, v.Organizer(), v.Now)
	if err != nil {
		return err
	}
	p := &peoplePage{base: base{Tabs: tabs(v)}, MayEdit: v.May(role.PeopleEdit, role.Place{})}
	for _, m := range all {
		p.add(v, m, places)
	}
	for _, i := range invited {
		p.Waiting = append(p.Waiting, waiting{i.ID, i.Email, v.Text("role." + string(i.Role)), placeName(v, i.Grant, places), v.L.ShortDate(i.Until)})
	}
	p.Roles, p.Where = roleOptions(v), whereOptions(v, places)
	return v.Show("people", v.Text("settings.people.title"), p)
}

// add puts a role to its person; members come person by person.
func (p *peoplePage) add(v *desk.Visit, m staff.Member, places []Place) {
	if n := len(p.People); n == 0 || p.People[n-1].ID != m.Person {
		p.People = append(p.People, member{ID: m.Person, Name: m.Name, Email: m.Email, Strong: m.Strong, Me: m.Person == v.Person.ID})
	}
	last := &p.People[len(p.People)-1]
	last.Held = append(last.Held, held{m.ID, v.Text("role." + string(m.Role)), placeName(v, m.Grant, places), v.Grants.MayGive(m.Grant)})
}

func placeName(v *desk.Visit, g role.Grant, places []Place) string {
	if g.Venue == uuid.Nil && g.Event == uuid.Nil {
		return v.Text("settings.people.everywhere")
	}
	for _, p := range places {
		if p.Place == (role.Place{Venue: g.Venue, Event: g.Event}) {
			return p.Name
		}
	}
	return v.Text("settings.people.elsewhere")
}

// roleOptions are the roles that the visitor may give somewhere.
func roleOptions(v *desk.Visit) (out []desk.Option) {
	for _, r := range role.All() {
		if v.Grants.MayGive(role.Grant{Role: r}) {
			out = append(out, desk.Option{Value: string(r), Text: v.Text("role."+string(r)) + ": " + v.Text("role.does."+string(r))})
		}
	}
	return out
}

func whereOptions(v *desk.Visit, places []Place) []desk.Option {
	out := []desk.Option{{Value: "", Text: v.Text("settings.people.everywhere")}}
	for _, p := range places {
		value := "venue:" + p.Venue.String()
		if p.Event != uuid.Nil {
			value = "event:" + p.Event.String()
		}
		out = append(out, desk.Option{Value: value, Text: p.Name})
	}
	return out
}

// grantOf reads a role and where it holds, as whereOptions writes it. What cannot be read is a role nobody knows.
func grantOf(name, where string) role.Grant {
	g := role.Grant{Role: role.Role(name)}
	kind, text, cut := strings.Cut(where, ":")
	if !cut {
		return g
	}
	id, err := uuid.Parse(text)
	switch {
	case err == nil && kind == "venue":
		g.Venue = id
	case err == nil && kind == "event":
		g.Event = id
	default:
		g.Role = ""
	}
	return g
}

type invitePage struct {
	base
	Form *desk.Form
}

func (s *settings) inviteForm(v *desk.Visit) (*desk.Form, error) {
	places, err := s.Places(v.Ctx(), v.Organizer())
	if err != nil {
		return nil, err
	}
	return v.Form(
		desk.Field{Name: "email", Label: "entrance.email", Type: "email", Mode: "email", Needed: true, Max: 254, Focus: true},
		desk.Field{Name: "role", Label: "settings.people.role", Type: "select", Value: string(role.Controller), Options: roleOptions(v), Needed: true},
		desk.Field{Name: "where", Label: "settings.people.where", Hint: "settings.people.where_hint", Type: "select", Options: whereOptions(v, places)},
		desk.Field{Name: "language", Label: "settings.language", Type: "select", Value: v.L.Tag(), Options: languages(), Needed: true},
	), nil
}

func (s *settings) showInvite(v *desk.Visit) error {
	f, err := s.inviteForm(v)
	if err != nil {
		return err
	}
	return v.Show("invite", v.Text("settings.people.invite"), &invitePage{base{Tabs: tabs(v)}, f})
}

func (s *settings) invite(v *desk.Visit) error {
	f, err := s.inviteForm(v)
	if err != nil {
		return err
	}
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		g := grantOf(f.Value("role"), f.Value("where"))
		err := s.ours(v, g)
		if err == nil {
			err = s.Staff.Invite(v.AccountsCtx(), v.Actor(), f.Value("email"), f.Value("language"), g)
		}
		if err == nil {
			return v.Go("/desk/settings/people", desk.Flash{Text: v.Text("settings.people.invited", "Email", f.Value("email"))})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "invite", v.Text("settings.people.invite"), &invitePage{base{Tabs: tabs(v)}, f})
}

// ours refuses a venue or an event that is not the organizer's.
func (s *settings) ours(v *desk.Visit, g role.Grant) error {
	if g.Venue == uuid.Nil && g.Event == uuid.Nil {
		return nil
	}
	places, err := s.Places(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.Place == (role.Place{Venue: g.Venue, Event: g.Event}) {
			return nil
		}
	}
	return desk.ErrNotFound
}

func (s *settings) give(v *desk.Visit) error {
	who, err := uuid.Parse(v.PostForm("person"))
	if err != nil {
		return desk.ErrNotFound
	}
	g := grantOf(v.PostForm("role"), v.PostForm("where"))
	if err := s.ours(v, g); err != nil {
		return err
	}
	if err := s.Staff.Give(v.AccountsCtx(), v.Actor(), who, g); err != nil {
		return err
	}
	return v.Go("/desk/settings/people", desk.Flash{Text: v.Text("settings.people.given")})
}

func (s *settings) take(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("grant"))
	if err != nil {
		return desk.ErrNotFound
	}
	taken, left, err := s.Staff.Take(v.AccountsCtx(), v.Actor(), id)
	if err != nil {
		return err
	}
	flash := desk.Flash{Text: v.Text("settings.people.taken")}
	if left > 0 { // somebody who has no role any more must be invited again
		flash.Undo = &desk.Undo{Action: "/desk/settings/people/give", Values: url.Values{
			"person": {taken.Person.String()}, "role": {string(taken.Role)}, "where": {where(taken.Grant)},
		}}
	}
	return v.Go("/desk/settings/people", flash)
}

func where(g role.Grant) string {
	switch {
	case g.Event != uuid.Nil:
		return "event:" + g.Event.String()
	case g.Venue != uuid.Nil:
		return "venue:" + g.Venue.String()
	}
	return ""
}

func (s *settings) withdraw(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("invitation"))
	if err != nil {
		return desk.ErrNotFound
	}
	if err := s.Staff.Withdraw(v.AccountsCtx(), v.Actor(), id); err != nil {
		return err
	}
	return v.Go("/desk/settings/people", desk.Flash{Text: v.Text("settings.people.withdrawn")})
}

type rolesPage struct {
	base
	Roles []shownRole
	Mine  []string
}

type shownRole struct{ Name, Does string }

func (s *settings) showRoles(v *desk.Visit) error {
	p := &rolesPage{base: base{Tabs: tabs(v)}}
	for _, r := range role.All() {
		p.Roles = append(p.Roles, shownRole{v.Text("role." + string(r)), v.Text("role.does." + string(r))})
	}
	for _, g := range v.Grants {
		p.Mine = append(p.Mine, v.Text("role."+string(g.Role)))
	}
	return v.Show("roles", v.Text("settings.roles.title"), p)
}
