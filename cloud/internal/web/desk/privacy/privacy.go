// Package privacy is the desk's pages about people's data: what is kept and why, how long, and what is done when
// somebody asks for theirs or wants it gone.
package privacy

import (
	"context"
	"embed"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/web/desk"
)

//go:embed templates/*.html
var templates embed.FS

// Jobs is long work as it is told of.
type Jobs interface {
	Get(ctx context.Context, organizer, id uuid.UUID) (jobs.Job, error)
	List(ctx context.Context, organizer uuid.UUID, kind string, limit int) ([]jobs.Job, error)
	Again(ctx context.Context, id uuid.UUID) error
}

// Config is what the pages show.
type Config struct {
	Privacy *privacy.Service
	Jobs    Jobs
}

type section struct{ Config }

const (
	home     = "/desk/settings/privacy"
	keeping  = home + "/retention"
	requests = home + "/people"
)

// Section is the pages.
func Section(c Config) desk.Section {
	s := &section{c}
	return desk.Section{
		Name: "privacy", Templates: templates,
		Nav: []desk.NavItem{{Path: home, Text: "privacy.nav", Needs: role.PrivacyEdit, Order: 85}},
		Routes: []desk.Route{
			desk.Get(home, role.PrivacyEdit, s.inventory),
			desk.Get(keeping, role.PrivacyEdit, s.showRetention),
			desk.Post(keeping, role.PrivacyEdit, s.saveRetention).Proved(),
			desk.Post(keeping+"/run", role.PrivacyEdit, s.clearNow).Proved(),
			desk.Get(keeping+"/progress", role.PrivacyEdit, s.clearProgress),
			desk.Get(requests, role.PrivacyEdit, s.showRequests),
			desk.Post(requests, role.PrivacyEdit, s.ask).Proved(),
			desk.Get(requests+"/:request", role.PrivacyEdit, s.showRequest),
			desk.Get(requests+"/:request/progress", role.PrivacyEdit, s.requestProgress),
			desk.Post(requests+"/:request", role.PrivacyEdit, s.act).Proved(),
			desk.Get(requests+"/:request/file", role.PrivacyEdit, s.file).Proved(),
		},
	}
}

// base is what each of the pages has.
type base struct {
	desk.Frame
	Tabs []tab
}

type tab struct {
	Href, Text string
	Here       bool
}

func begin(v *desk.Visit) (b base) {
	for _, t := range [][2]string{{home, "privacy.inventory.tab"}, {keeping, "privacy.retention.tab"}, {requests, "privacy.people.tab"}} {
		b.Tabs = append(b.Tabs, tab{t[0], v.Text(t[1]), v.Request.URL.Path == t[0]})
	}
	return b
}

type inventoryPage struct {
	base
	Purposes []purpose
}

type purpose struct {
	Name, Why, Ground, Kept, Seen, Erased string
	Columns                               []string
}

func (s *section) inventory(v *desk.Visit) error {
	rules, err := s.Privacy.Retention(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	days := map[string]int{}
	for _, r := range rules {
		days[r.ID] = r.Days
	}
	p := &inventoryPage{base: begin(v)}
	for _, x := range privacy.Inventory() {
		p.Purposes = append(p.Purposes, shown(v.L, x, days))
	}
	return v.Show("inventory", v.Text("privacy.inventory.title"), p)
}

func shown(l locale.Locale, x privacy.Purpose, days map[string]int) purpose {
	p := purpose{
		Name: l.Text("privacy.purpose." + x.ID), Why: l.Text("privacy.why." + x.ID), Ground: l.Text("privacy.ground." + string(x.Ground)),
		Erased: l.Text("privacy.erased." + x.ID), Columns: x.Columns,
	}
	if x.Rule == "" {
		p.Kept = l.Text("privacy.kept." + x.ID)
	} else {
		p.Kept = l.Plural("privacy.rule_kept."+x.Rule, days[x.Rule])
	}
	p.Seen = seen(l, x.Seen)
	return p
}

// seen names the roles that see what a purpose holds.
func seen(l locale.Locale, needs []role.Permission) (text string) {
	for _, r := range role.All() {
		for _, p := range needs {
			if (role.Grants{{Role: r}}).Anywhere(p) {
				if text != "" {
					text += ", "
				}
				text += l.Text("role." + string(r))
				break
			}
		}
	}
	if text == "" {
		return l.Text("privacy.seen_by_nobody")
	}
	return text
}
