package entrance

import (
	"net/http"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/web/desk"
)

func registerForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "organizer", Label: "entrance.register.organizer", Hint: "entrance.register.organizer_hint", Complete: "organization", Needed: true, Focus: true},
		desk.Field{Name: "name", Label: "entrance.register.name", Complete: "name", Needed: true, Max: 120},
		desk.Field{Name: "email", Label: "entrance.email", Type: "email", Mode: "email", Complete: "email", Needed: true, Max: 254},
		desk.Field{Name: "password", Label: "entrance.new_password", Hint: "entrance.password_hint", Type: "password", Complete: "new-password", Needed: true, Max: 1024},
	)
}

func (e *entrance) showRegister(v *desk.Visit) error {
	return v.Show("register", v.Text("entrance.register.title"), &formPage{Form: registerForm(v)})
}

// sentPage says that a mail is on its way; it says the same whether there is an account or not.
type sentPage struct {
	desk.Frame
	Email string
}

func (e *entrance) register(v *desk.Visit) error {
	f := registerForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		err := e.people.Register(v.AccountsCtx(), person.Applicant{
			Name: f.Value("name"), Organizer: f.Value("organizer"), Email: f.Value("email"), Language: v.L.Tag(), Password: f.Value("password"),
		}, v.Client())
		if err == nil {
			return v.Show("sent", v.Text("entrance.register.sent"), &sentPage{Email: f.Value("email")})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "register", v.Text("entrance.register.title"), &formPage{Form: f})
}

type confirmPage struct {
	desk.Frame
	person.Applicant
}

// showConfirm asks for a click: mail filters open links, and must not use them up.
func (e *entrance) showConfirm(v *desk.Visit) error {
	a, err := e.people.Pending(v.AccountsCtx(), v.Param("link"))
	if err != nil {
		return err
	}
	a.Password = ""
	return v.Show("confirm", v.Text("entrance.confirm.title"), &confirmPage{Applicant: a})
}

func (e *entrance) confirm(v *desk.Visit) error {
	a, err := e.people.Pending(v.AccountsCtx(), v.Param("link"))
	if err != nil {
		return err
	}
	opened, err := e.people.Confirm(v.AccountsCtx(), v.Param("link"), v.Client())
	if err != nil {
		return err
	}
	return e.arrived(v, opened, "/desk", v.Text("entrance.confirm.welcome", "Organizer", a.Organizer))
}

func forgotForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "email", Label: "entrance.email", Type: "email", Mode: "email", Complete: "email", Needed: true, Max: 254, Focus: true})
}

func (e *entrance) showForgot(v *desk.Visit) error {
	return v.Show("forgot", v.Text("entrance.forgot.title"), &formPage{Form: forgotForm(v)})
}

func (e *entrance) forgot(v *desk.Visit) error {
	f := forgotForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		err := e.people.Forgot(v.AccountsCtx(), f.Value("email"), v.L.Tag(), v.Client())
		if err == nil {
			return v.Show("sent", v.Text("entrance.register.sent"), &sentPage{Email: f.Value("email")})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "forgot", v.Text("entrance.forgot.title"), &formPage{Form: f})
}

func resetForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "password", Label: "entrance.new_password", Hint: "entrance.password_hint", Type: "password", Complete: "new-password", Needed: true, Max: 1024, Focus: true})
}

func (e *entrance) showReset(v *desk.Visit) error {
	if err := e.people.MayReset(v.AccountsCtx(), v.Param("link")); err != nil {
		return err
	}
	return v.Show("reset", v.Text("entrance.reset.title"), &formPage{Form: resetForm(v)})
}

func (e *entrance) reset(v *desk.Visit) error {
	f := resetForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		opened, err := e.people.Reset(v.AccountsCtx(), v.Param("link"), f.Value("password"), v.Client())
		if err == nil {
			return e.arrived(v, opened, "/desk", v.Text("entrance.reset.done"))
		}
		if isOld(err) {
			return err
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "reset", v.Text("entrance.reset.title"), &formPage{Form: f})
}
