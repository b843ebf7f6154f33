package cloud

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/password"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/notify"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/people"
	"portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/begin"
	"portaria/cloud/internal/web/desk/entrance"
	"portaria/cloud/internal/web/desk/imports"
	"portaria/cloud/internal/web/desk/live"
	privacydesk "portaria/cloud/internal/web/desk/privacy"
	"portaria/cloud/internal/web/desk/scan"
	"portaria/cloud/internal/web/desk/settings"
	"portaria/cloud/internal/web/desk/showroom"
)

// How many passwords are hashed at once, and how many more may wait.
const (
	hashing = 2
	inLine  = 64
)

// openAccounts sets up people, who works for whom, and the mails that tell them.
func (c *Cloud) openAccounts(context.Context) error {
	store := people.Store{Pool: c.pool}
	log := &audit.Log{Store: store, Now: c.now}
	c.staff = &staff.Service{
		Roster: store, Invitations: store, Organizers: c.accounts.Store, Accounts: c.accounts, Post: store, Audit: log,
		Atomic: c.atomic, Now: c.now, PublicURL: c.publicURL,
	}
	c.people = &person.Service{
		People: store, Tokens: store, Recovery: store, Devices: store, Sessions: store, Failures: store, Passkeys: store,
		Founder: c.staff, Post: store, Seal: c.seal, Hasher: password.NewHasher(hashing, inLine), Audit: log,
		Atomic: c.atomic, Now: c.now, PublicURL: c.publicURL,
	}
	c.staff.People = c.people
	sender, err := c.sender()
	if err != nil {
		return err
	}
	c.post = &notify.Office{Queue: store, Sender: sender, Now: c.now, Log: c.log}
	return c.openPasskeys()
}

// openPasskeys allows passkeys, but where browsers do not: at a bare IP address.
func (c *Cloud) openPasskeys() (err error) {
	at, err := url.Parse(c.publicURL)
	if err != nil {
		return err
	}
	if _, err := netip.ParseAddr(at.Hostname()); err == nil {
		c.log.Info("no passkeys: browsers allow them where the pages have a name, not at an IP address", "public_url", c.publicURL)
		return nil
	}
	c.people.Ceremony, err = person.NewCeremony(c.publicURL)
	return err
}

// sections are the pages of the desk. A further one is a line here.
func (c *Cloud) sections() []desk.Section {
	store := people.Store{Pool: c.pool}
	all := []desk.Section{
		entrance.Section(c.people, c.staff),
		settings.Section(settings.Config{
			People: c.people, Staff: c.staff, Accounts: c.accounts, Log: store, Places: c.places, Rename: store.RenameOrganizer, Factor: store.SetSecondFactor,
			Secrets: c.gates,
		}),
	}
	all = append(all, imports.Section(imports.Config{Events: c.catalog, Foreign: c.gateSide().Foreign, Intake: c.intake}))
	all = append(all, c.repertoire()...)
	all = append(all, c.guardians()...)
	all = append(all, live.Section(live.Config{Books: c.catalog, People: store, Doors: c.gateSide().Desk, Attendance: c.attendance, Records: c.entries}))
	all = append(all, c.doors()...)
	if c.cfg.Development {
		all = append(all, showroom.Section())
	}
	return all
}

// maxPlaces is how many venues, and how many of the newest events, a role can be chosen for.
const maxPlaces = 200

// places are the venues and events to which a role can be cut.
func (c *Cloud) places(ctx context.Context, organizer uuid.UUID) (all []settings.Place, err error) {
	venues, err := c.catalog.Venues(ctx, organizer, uuid.Nil, maxPlaces)
	if err != nil {
		return nil, err
	}
	for _, v := range venues {
		all = append(all, settings.Place{Place: role.Place{Venue: v.ID}, Name: v.Name})
	}
	events, err := c.catalog.Events(ctx, organizer, uuid.Nil, maxPlaces)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.End.After(c.now()) {
			all = append(all, settings.Place{Place: role.Place{Event: e.ID}, Name: e.Name + " · " + e.Start.Format("2006-01-02")})
		}
	}
	return all, nil
}

func (c *Cloud) openDesk() (http.Handler, error) {
	phone, err := scan.Section()
	if err != nil {
		return nil, err
	}
	d, err := desk.New(desk.Config{
		People: c.people, Staff: c.staff, Views: people.Store{Pool: c.pool}, Tenant: postgres.Tenant, Accounts: postgres.Accounts,
		Secure: c.secure(), Now: c.now, Log: c.log,
	}, append(c.sections(), phone)...)
	if err != nil {
		return nil, err
	}
	d.AddTasks(privacydesk.Tasks(c.privacy))
	d.AddTasks(begin.Tasks(c.catalog, c.gateSide().Desk))
	c.desk = d
	return d.Handler(), nil
}
