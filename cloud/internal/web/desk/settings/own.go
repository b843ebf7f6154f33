package settings

import (
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/document"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
)

type securityPage struct {
	base
	Me        *desk.Form
	Password  *desk.Form
	Passkey   *desk.Form
	Codes     bool
	CodesLeft int
	CanKeys   bool
	Keys      []shownPasskey
	Sessions  []shownSession
}

type shownPasskey struct {
	ID         uuid.UUID
	Name, Used string
}

type shownSession struct {
	ID                   uuid.UUID
	Agent, Address, Seen string
	Here                 bool
}

func personForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "entrance.register.name", Value: v.Person.Name, Complete: "name", Needed: true, Max: 120},
		desk.Field{Name: "language", Label: "settings.language", Type: "select", Value: v.Person.Language, Options: languages(), Needed: true},
	)
}

func passwordForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "password", Label: "entrance.new_password", Hint: "entrance.password_hint", Type: "password", Complete: "new-password", Needed: true, Max: 1024})
}

func passkeyForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "key-name", Label: "settings.own.passkey_name", Hint: "settings.own.passkey_hint", Needed: true, Max: 60})
}

func (s *settings) showSecurity(v *desk.Visit) error {
	return s.drawSecurity(v, http.StatusOK, &securityPage{})
}

// drawSecurity shows the page with the forms that it is given, the others as they are at first.
func (s *settings) drawSecurity(v *desk.Visit, status int, p *securityPage) error {
	p.Tabs, p.Codes, p.CanKeys, p.Scripts = tabs(v), v.Person.TOTP != nil, s.People.Ceremony != nil, []string{"passkey.js"}
	for _, f := range []struct {
		form **desk.Form
		make func(*desk.Visit) *desk.Form
	}{{&p.Me, personForm}, {&p.Password, passwordForm}, {&p.Passkey, passkeyForm}} {
		if *f.form == nil {
			*f.form = f.make(v)
		}
	}
	for i := range p.Tabs {
		p.Tabs[i].Here = p.Tabs[i].Href == "/desk/settings/security"
	}
	if err := s.fillSecurity(v, p); err != nil {
		return err
	}
	return v.ShowAs(status, "security", v.Text("settings.own.title"), p)
}

func (s *settings) fillSecurity(v *desk.Visit, p *securityPage) (err error) {
	ctx := v.AccountsCtx()
	if p.CodesLeft, err = s.People.Recovery.CodesLeft(ctx, v.Person.ID); err != nil {
		return err
	}
	keys, err := s.People.Passkeys.PasskeysOf(ctx, v.Person.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		used := v.Text("settings.own.never_used")
		if k.UsedAt != nil {
			used = v.L.ShortDate(*k.UsedAt)
		}
		p.Keys = append(p.Keys, shownPasskey{k.ID, k.Name, used})
	}
	sessions, err := s.People.Sessions.SessionsOf(ctx, v.Person.ID, v.Now)
	for _, x := range sessions {
		p.Sessions = append(p.Sessions, shownSession{x.ID, browser(x.Agent), x.Address, v.L.ShortDate(x.SeenAt) + " " + v.L.Clock(x.SeenAt), x.ID == v.Session.ID})
	}
	return err
}

func (s *settings) savePerson(v *desk.Visit) error {
	f := personForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		if err := f.Blame(fault.Text("name", f.Value("name"), true, 120)); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.drawSecurity(v, http.StatusUnprocessableEntity, &securityPage{Me: f})
	}
	if err := s.People.Rename(v.AccountsCtx(), v.Person.ID, f.Value("name"), locale.Match(f.Value("language")).Tag()); err != nil {
		return err
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.saved")})
}

func (s *settings) changePassword(v *desk.Visit) error {
	f := passwordForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		if err := f.Blame(s.People.ChangePassword(v.AccountsCtx(), v.Session, f.Value("password"))); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.drawSecurity(v, http.StatusUnprocessableEntity, &securityPage{Password: f})
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.own.password_changed")})
}

// codesPage is setting up an app: its secret as QR and as text, then a code to show that it works.
type codesPage struct {
	base
	Form   *desk.Form
	Secret string
	QR     document.Symbol
}

func (s *settings) codesPage(v *desk.Visit, f *desk.Form, secret string) (*codesPage, error) {
	qr, err := document.QR(person.TOTPAddress(secret, v.Person.Email))
	return &codesPage{base: base{Tabs: tabs(v)}, Form: f, Secret: secret, QR: qr}, err
}

func codesForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "code", Label: "entrance.second.code", Complete: "one-time-code", Mode: "numeric", Needed: true, Max: 10, Focus: true})
}

func (s *settings) showCodes(v *desk.Visit) error {
	p, err := s.codesPage(v, codesForm(v), s.People.BeginTOTP())
	if err != nil {
		return err
	}
	return v.Show("codes", v.Text("settings.own.codes"), p)
}

// recoveryPage tells recovery codes, once.
type recoveryPage struct {
	base
	Codes []string
}

func (s *settings) turnCodesOn(v *desk.Visit) error {
	f, secret := codesForm(v), v.PostForm("secret")
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		codes, err := s.People.SetTOTP(v.AccountsCtx(), v.Session, secret, f.Value("code"))
		if err == nil {
			return v.Show("recovery", v.Text("settings.own.recovery"), &recoveryPage{base{Tabs: tabs(v)}, codes})
		}
		if err := f.Blame(onField("code", err)); err != nil {
			return err
		}
	}
	if len(secret) != 32 {
		secret = s.People.BeginTOTP()
	}
	p, err := s.codesPage(v, f, secret)
	if err != nil {
		return err
	}
	return v.ShowAs(http.StatusUnprocessableEntity, "codes", v.Text("settings.own.codes"), p)
}

func (s *settings) turnCodesOff(v *desk.Visit) error {
	if err := s.People.DropTOTP(v.AccountsCtx(), v.Session); err != nil {
		return err
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.own.codes_off_done")})
}

func (s *settings) renewRecovery(v *desk.Visit) error {
	if v.Person.TOTP == nil {
		return desk.ErrNotFound
	}
	codes, err := s.People.NewRecoveryCodes(v.AccountsCtx(), v.Session)
	if err != nil {
		return err
	}
	return v.Show("recovery", v.Text("settings.own.recovery"), &recoveryPage{base{Tabs: tabs(v)}, codes})
}
