// Package entrance is the way into the desk: registering an organizer, signing in, a second factor, passkeys, a
// forgotten password, and invitations.
package entrance

import (
	"embed"
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

type entrance struct {
	people *person.Service
	staff  *staff.Service
}

// Section is the way in.
func Section(people *person.Service, team *staff.Service) desk.Section {
	e := &entrance{people, team}
	return desk.Section{Name: "entrance", Templates: templates, Routes: []desk.Route{
		desk.Get("/login", "", e.showLogin).Open(),
		desk.Post("/login", "", e.login).Open(),
		desk.Post("/login/passkey/begin", "", e.beginPasskey).Open(),
		desk.Post("/login/passkey", "", e.passkey).Open(),
		desk.Get("/login/code", "", e.showCode).Half(),
		desk.Post("/login/code", "", e.code).Half(),
		desk.Get("/login/forgot", "", e.showForgot).Open(),
		desk.Post("/login/forgot", "", e.forgot).Open(),
		desk.Get("/login/new/:link", "", e.showReset).Open(),
		desk.Post("/login/new/:link", "", e.reset).Open(),
		desk.Post("/logout", "", e.logout).Half(),
		desk.Get("/register", "", e.showRegister).Open(),
		desk.Post("/register", "", e.register).Open(),
		desk.Get("/register/:link", "", e.showConfirm).Open(),
		desk.Post("/register/:link", "", e.confirm).Open(),
		desk.Get("/invitation/:link", "", e.showInvitation).Open(),
		desk.Post("/invitation/:link", "", e.acceptInvitation).Open(),
	}}
}

type formPage struct {
	desk.Frame
	Form *desk.Form
	To   string
	Keys bool
	Why  string
}

func loginForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "email", Label: "entrance.email", Type: "email", Mode: "email", Complete: "username webauthn", Needed: true, Max: 254, Focus: true},
		desk.Field{Name: "password", Label: "entrance.password", Type: "password", Complete: "current-password", Needed: true, Max: 1024},
	)
}

func (e *entrance) showLogin(v *desk.Visit) error {
	if v.Session.ID != uuid.Nil && !v.Session.Half {
		return v.Go(desk.Inside(v.Query("to")), desk.Flash{})
	}
	return e.drawLogin(v, http.StatusOK, loginForm(v), v.Query("to"))
}

func (e *entrance) drawLogin(v *desk.Visit, status int, f *desk.Form, to string) error {
	p := &formPage{Form: f, To: desk.Inside(to), Keys: e.people.Ceremony != nil}
	p.Scripts = []string{"passkey.js"}
	return v.ShowAs(status, "login", v.Text("entrance.login"), p)
}

func (e *entrance) login(v *desk.Visit) error {
	f := loginForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		opened, err := e.people.SignIn(v.AccountsCtx(), f.Value("email"), f.Value("password"), v.Client())
		if err == nil {
			return e.arrived(v, opened, v.PostForm("to"), "")
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return e.drawLogin(v, http.StatusUnprocessableEntity, f, v.PostForm("to"))
}

// arrived goes on to where somebody wanted to be, by way of the code where one is needed.
func (e *entrance) arrived(v *desk.Visit, opened person.Opened, to, message string) error {
	v.Enter(opened)
	if opened.Half {
		return v.Go("/login/code?"+url.Values{"to": {desk.Inside(to)}}.Encode(), desk.Flash{})
	}
	return v.Go(desk.Inside(to), desk.Flash{Text: message})
}

func codeForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "code", Label: "entrance.second.code", Complete: "one-time-code", Needed: true, Max: 40, Focus: true})
}

func (e *entrance) showCode(v *desk.Visit) error {
	return v.Show("code", v.Text("entrance.second.title"), &formPage{Form: codeForm(v), To: desk.Inside(v.Query("to"))})
}

func (e *entrance) code(v *desk.Visit) error {
	f := codeForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		opened, err := e.people.Second(v.AccountsCtx(), v.Session, f.Value("code"), v.Client())
		if err == nil {
			return e.arrived(v, opened, v.PostForm("to"), "")
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "code", v.Text("entrance.second.title"), &formPage{Form: f, To: desk.Inside(v.PostForm("to"))})
}

func (e *entrance) beginPasskey(v *desk.Visit) error {
	options, handle, err := e.people.BeginPasskeyLogin(v.AccountsCtx(), v.Client())
	if err != nil {
		return err
	}
	v.JSON(http.StatusOK, map[string]any{"handle": handle, "options": options})
	return nil
}

func (e *entrance) passkey(v *desk.Visit) error {
	if err := v.Request.ParseForm(); err != nil {
		return person.ErrNoPasskey
	}
	opened, err := e.people.SignInByPasskey(v.AccountsCtx(), v.PostForm("_handle"), []byte(v.PostForm("_passkey")), v.Client())
	if err == nil {
		return e.arrived(v, opened, v.PostForm("to"), "")
	}
	f := loginForm(v)
	if err := f.Blame(err); err != nil {
		return err
	}
	return e.drawLogin(v, http.StatusUnprocessableEntity, f, v.PostForm("to"))
}

func (e *entrance) logout(v *desk.Visit) error {
	if _, err := e.people.Sessions.EndSessions(v.AccountsCtx(), v.Session.Person, v.Session.ID, uuid.Nil); err != nil {
		return err
	}
	v.Leave()
	return v.Go("/login", desk.Flash{})
}

// isOld says that a link is no longer good, which is a page of its own and not a form to mend.
func isOld(err error) bool {
	return errors.Is(err, person.ErrOldLink) || errors.Is(err, staff.ErrNoInvitation)
}
