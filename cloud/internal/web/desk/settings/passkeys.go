package settings

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/web/desk"
)

func (s *settings) beginPasskey(v *desk.Visit) error {
	options, handle, err := s.People.BeginPasskey(v.AccountsCtx(), v.Session)
	if err != nil {
		return err
	}
	v.JSON(http.StatusOK, map[string]any{"handle": handle, "options": options})
	return nil
}

func (s *settings) addPasskey(v *desk.Visit) error {
	f := passkeyForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		err := s.People.AddPasskey(v.AccountsCtx(), v.Session, v.PostForm("_new_handle"), f.Value("key-name"), []byte(v.PostForm("_new_passkey")))
		if err := f.Blame(onField("key-name", err)); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.drawSecurity(v, http.StatusUnprocessableEntity, &securityPage{Passkey: f})
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.own.passkey_added")})
}

func (s *settings) dropPasskey(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("passkey"))
	if err != nil {
		return desk.ErrNotFound
	}
	if err := s.People.DropPasskey(v.AccountsCtx(), v.Session, id); err != nil {
		return err
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.own.passkey_dropped")})
}

// endSession ends one session, or, when none is named, all others.
func (s *settings) endSession(v *desk.Visit) error {
	var id uuid.UUID
	if text := v.PostForm("session"); text != "" {
		var err error
		if id, err = uuid.Parse(text); err != nil || id == uuid.Nil {
			return desk.ErrNotFound
		}
	}
	if err := s.People.End(v.AccountsCtx(), v.Session, id); err != nil {
		return err
	}
	return v.Go("/desk/settings/security", desk.Flash{Text: v.Text("settings.own.session_ended")})
}

// onField puts a refusal beside a field.
func onField(field string, err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		named := *f
		named.Field = field
		return &named
	}
	return err
}

// browser is what a browser calls itself, in two words.
func browser(agent string) string {
	name, system := "", ""
	for _, x := range [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, x[0]) {
			name = x[1]
			break
		}
	}
	for _, x := range [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, x[0]) {
			system = x[1]
			break
		}
	}
	if name == "" {
		if r := []rune(agent); len(r) > 60 {
			return string(r[:60])
		}
		return agent
	}
	return strings.TrimSpace(name + " · " + system)
}
