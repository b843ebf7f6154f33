// Package settings is the desk's pages about who works here and how: people and roles, invitations, API keys, one's
// own sign-in and sessions, and the audit log.
package settings

import (
	"context"
	"embed"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Log is the audit log as pages show it: with people's names.
type Log interface {
	AuditPage(ctx context.Context, organizer uuid.UUID, what, search string, offset, limit int) ([]audit.Entry, error)
	Entries(ctx context.Context, organizer uuid.UUID, before uint64, limit int) ([]audit.Entry, error)
}

// Place is a venue or an event to which a role can be cut.
type Place struct {
	role.Place
	Name string
}

// Places lists an organizer's venues and coming events.
type Places func(ctx context.Context, organizer uuid.UUID) ([]Place, error)

// Config is what the pages show.
type Config struct {
	People   *person.Service
	Staff    *staff.Service
	Accounts *account.Service
	Log      Log
	Places   Places
	Rename   func(ctx context.Context, organizer uuid.UUID, name, language string) error
	// Factor says from when on everybody needs a second factor; the zero time = nobody has to.
	Factor  func(ctx context.Context, organizer uuid.UUID, from time.Time) error
	Secrets Secrets
}

type settings struct{ Config }

// Section is the pages.
func Section(c Config) desk.Section {
	s := &settings{c}
	return desk.Section{
		Name: "settings", Templates: templates,
		Nav: []desk.NavItem{{Path: "/desk/settings", Text: "desk.nav.settings", Needs: role.DeskSee, Order: 90}},
		Routes: slices.Concat([]desk.Route{
			desk.Get("/desk/settings", role.DeskSee, s.first),
			desk.Get("/desk/settings/organizer", role.SettingsEdit, s.showOrganizer),
			desk.Post("/desk/settings/organizer", role.SettingsEdit, s.saveOrganizer),
			desk.Post("/desk/settings/organizer/factor", role.SettingsEdit, s.saveFactor).Proved(),
			desk.Get("/desk/settings/audit", role.AuditSee, s.audit),
			desk.Get("/desk/settings/audit.jsonl", role.AuditSee, s.exportAudit),
		}, s.peopleRoutes(), s.keyRoutes(), s.secretRoutes(), s.ownRoutes()),
	}
}

func (s *settings) peopleRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/desk/settings/people", role.PeopleSee, s.showPeople),
		desk.Get("/desk/settings/people/invite", role.PeopleEdit, s.showInvite),
		desk.Post("/desk/settings/people/invite", role.PeopleEdit, s.invite),
		desk.Post("/desk/settings/people/give", role.PeopleEdit, s.give).Proved(),
		desk.Post("/desk/settings/people/take", role.PeopleEdit, s.take).Proved(),
		desk.Post("/desk/settings/people/withdraw", role.PeopleEdit, s.withdraw),
		desk.Get("/desk/settings/roles", role.DeskSee, s.showRoles),
	}
}

func (s *settings) keyRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/desk/settings/keys", role.KeysEdit, s.showKeys),
		desk.Post("/desk/settings/keys", role.KeysEdit, s.makeKey).Proved(),
		desk.Post("/desk/settings/keys/revoke", role.KeysEdit, s.revokeKey).Proved(),
	}
}

func (s *settings) ownRoutes() []desk.Route {
	return []desk.Route{
		desk.Get("/desk/settings/security", "", s.showSecurity).Own(),
		desk.Post("/desk/settings/person", "", s.savePerson).Own(),
		desk.Post("/desk/settings/password", "", s.changePassword).Own().Proved(),
		desk.Get("/desk/settings/codes", "", s.showCodes).Own().Proved(),
		desk.Post("/desk/settings/codes", "", s.turnCodesOn).Own().Proved(),
		desk.Post("/desk/settings/codes/off", "", s.turnCodesOff).Own().Proved(),
		desk.Post("/desk/settings/codes/recovery", "", s.renewRecovery).Own().Proved(),
		desk.Post("/desk/settings/passkeys/begin", "", s.beginPasskey).Own(),
		desk.Post("/desk/settings/passkeys", "", s.addPasskey).Own().Proved(),
		desk.Post("/desk/settings/passkeys/drop", "", s.dropPasskey).Own().Proved(),
		desk.Post("/desk/settings/sessions/end", "", s.endSession).Own(),
	}
}

// Tab is one of the pages about settings.
type Tab struct {
	Href, Text string
	Here       bool
}

// base is what each page of settings has.
type base struct {
	desk.Frame
	Tabs []Tab
}

// tabs are the pages that the visitor may open.
func tabs(v *desk.Visit) (out []Tab) {
	for _, t := range []struct {
		path, text string
		needs      role.Permission
	}{
		{"/desk/settings/people", "settings.people.title", role.PeopleSee},
		{"/desk/settings/organizer", "settings.organizer.title", role.SettingsEdit},
		{"/desk/settings/keys", "settings.keys.title", role.KeysEdit},
		{"/desk/settings/secrets", "secrets.title", role.GatesEdit},
		{"/desk/settings/security", "settings.own.title", ""},
		{"/desk/settings/roles", "settings.roles.title", ""},
		{"/desk/settings/audit", "settings.audit.title", role.AuditSee},
	} {
		if t.needs == "" || v.Grants.Anywhere(t.needs) {
			out = append(out, Tab{t.path, v.Text(t.text), v.Request.URL.Path == t.path})
		}
	}
	return out
}

// first opens the first page that the visitor may see.
func (s *settings) first(v *desk.Visit) error {
	return v.Go(tabs(v)[0].Href, desk.Flash{})
}

type organizerPage struct {
	base
	Form   *desk.Form
	Factor *desk.Form
	From   string // since or from when on everybody needs a second factor; empty = nobody has to
	Weak   int    // people who have none yet
}

func languages() (out []desk.Option) {
	for _, tag := range locale.Supported {
		out = append(out, desk.Option{Value: tag, Text: locale.Name(tag)})
	}
	return out
}
