package entrance

import (
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/web/desk"
)

// invitationPage is what somebody is invited to, and how they can take it.
type invitationPage struct {
	desk.Frame
	staff.Invitation
	Inviter string
	Known   bool // the mail address has an account
	Mine    bool // and it is signed in here
	Form    *desk.Form
	Here    string
}

func joinForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "entrance.register.name", Complete: "name", Needed: true, Max: 120, Focus: true},
		desk.Field{Name: "password", Label: "entrance.new_password", Hint: "entrance.password_hint", Type: "password", Complete: "new-password", Needed: true, Max: 1024},
	)
}

func (e *entrance) invitation(v *desk.Visit, f *desk.Form) (*invitationPage, error) {
	i, name, known, err := e.staff.Open(v.AccountsCtx(), v.Param("link"))
	if err != nil {
		return nil, err
	}
	return &invitationPage{
		Invitation: i, Inviter: name, Known: known, Form: f, Here: v.Request.URL.Path,
		Mine: v.Session.ID != uuid.Nil && !v.Session.Half && v.Person.Email == i.Email,
	}, nil
}

func (e *entrance) showInvitation(v *desk.Visit) error {
	p, err := e.invitation(v, joinForm(v))
	if err != nil {
		return err
	}
	return v.Show("invitation", v.Text("entrance.invitation.title", "Organizer", p.Inviter), p)
}

func (e *entrance) acceptInvitation(v *desk.Visit) error {
	f := joinForm(v)
	p, err := e.invitation(v, f)
	if err != nil {
		return err
	}
	joined := v.Text("entrance.invitation.joined", "Organizer", p.Inviter)
	if p.Mine {
		if err := e.staff.Accept(v.AccountsCtx(), v.Param("link"), v.Session); err != nil {
			return err
		}
		return v.Go("/desk", desk.Flash{Text: joined})
	}
	if p.Known {
		return staff.ErrNotInvited
	}
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		opened, err := e.staff.Join(v.AccountsCtx(), v.Param("link"), f.Value("name"), v.L.Tag(), f.Value("password"), v.Client())
		if err == nil {
			return e.arrived(v, opened, "/desk", joined)
		}
		if isOld(err) {
			return err
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "invitation", v.Text("entrance.invitation.title", "Organizer", p.Inviter), p)
}
