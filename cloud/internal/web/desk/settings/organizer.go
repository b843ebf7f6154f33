package settings

import (
	"net/http"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
)

func organizerForm(v *desk.Visit, o account.Organizer) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "settings.organizer.name", Hint: "settings.organizer.name_hint", Value: o.Name, Needed: true},
		desk.Field{Name: "language", Label: "settings.language", Type: "select", Value: o.Language, Options: languages(), Needed: true},
	)
}

func (s *settings) showOrganizer(v *desk.Visit) error {
	o, err := s.Accounts.Store.Organizer(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	return v.Show("organizer", v.Text("settings.organizer.title"), &organizerPage{base{Tabs: tabs(v)}, organizerForm(v, o)})
}

func (s *settings) saveOrganizer(v *desk.Visit) error {
	f := organizerForm(v, account.Organizer{})
	if err := v.Read(f); err != nil {
		return err
	}
	name, language := f.Value("name"), locale.Match(f.Value("language")).Tag()
	if f.Good() {
		if err := f.Blame(fault.Text("name", name, true, 200)); err != nil {
			return err
		}
	}
	if !f.Good() {
		return v.ShowAs(http.StatusUnprocessableEntity, "organizer", v.Text("settings.organizer.title"), &organizerPage{base{Tabs: tabs(v)}, f})
	}
	if err := s.Rename(v.Ctx(), v.Organizer(), name, language); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "organizer.renamed", v.Organizer().String(), name); err != nil {
		return err
	}
	return v.Go("/desk/settings/organizer", desk.Flash{Text: v.Text("settings.saved")})
}
