package settings

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/web/desk"
)

// maxKeys is more than any organizer needs on one page.
const maxKeys = 200

type keysPage struct {
	base
	Keys   []shownKey
	Form   *desk.Form
	Scopes []scope
	Fresh  string // the text of a key that was made just now: told once
}

type shownKey struct {
	ID      uuid.UUID
	Name    string
	Scopes  []string
	Made    string
	Revoked bool
}

type scope struct {
	Value, Text string
	Chosen      bool
}

func keyForm(v *desk.Visit) *desk.Form {
	return v.Form(desk.Field{Name: "name", Label: "settings.keys.name", Hint: "settings.keys.name_hint", Needed: true, Max: 100})
}

func (s *settings) keysPage(v *desk.Visit, f *desk.Form, fresh string) (*keysPage, error) {
	kept, err := s.Accounts.Keys.Keys(v.Ctx(), v.Organizer(), uuid.Nil, maxKeys)
	if err != nil {
		return nil, err
	}
	p := &keysPage{base: base{Tabs: tabs(v)}, Form: f, Fresh: fresh}
	for _, k := range slices.Backward(kept) {
		shown := shownKey{ID: k.ID, Name: k.Name, Made: v.L.ShortDate(k.CreatedAt), Revoked: k.RevokedAt != nil}
		for _, x := range k.Scopes {
			shown.Scopes = append(shown.Scopes, string(x))
		}
		p.Keys = append(p.Keys, shown)
	}
	for _, x := range account.Scopes() {
		p.Scopes = append(p.Scopes, scope{string(x), string(x), slices.Contains(v.PostFormArray("scope"), string(x))})
	}
	return p, nil
}

func (s *settings) showKeys(v *desk.Visit) error {
	p, err := s.keysPage(v, keyForm(v), "")
	if err != nil {
		return err
	}
	return v.Show("keys", v.Text("settings.keys.title"), p)
}

func (s *settings) makeKey(v *desk.Visit) error {
	f := keyForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	var scopes []account.Scope
	for _, x := range v.PostFormArray("scope") {
		scopes = append(scopes, account.Scope(x))
	}
	if len(scopes) == 0 {
		f.Fault("", "settings.keys.scope_needed")
	}
	status, text := http.StatusUnprocessableEntity, ""
	if f.Good() {
		var key account.Key
		var err error
		if key, text, err = s.Accounts.CreateKey(v.Ctx(), v.Organizer(), f.Value("name"), scopes); err == nil {
			err = v.Note(v.Ctx(), "key.made", key.ID.String(), key.Name)
		}
		if err := f.Blame(err); err != nil {
			return err
		}
		if f.Good() {
			status, f = http.StatusOK, keyForm(v)
		}
	}
	p, err := s.keysPage(v, f, text)
	if err != nil {
		return err
	}
	return v.ShowAs(status, "keys", v.Text("settings.keys.title"), p)
}

func (s *settings) revokeKey(v *desk.Visit) error {
	id, err := uuid.Parse(v.PostForm("key"))
	if err != nil {
		return desk.ErrNotFound
	}
	if err := s.Accounts.Keys.RevokeKey(v.Ctx(), v.Organizer(), id); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "key.revoked", id.String(), ""); err != nil {
		return err
	}
	return v.Go("/desk/settings/keys", desk.Flash{Text: v.Text("settings.keys.revoked")})
}
