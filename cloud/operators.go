package cloud

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/audit"
	"portaria/cloud/internal/account/operator"
	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/people"
	"portaria/cloud/internal/postgres/platforms"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/web/desk"
	privacydesk "portaria/cloud/internal/web/desk/privacy"
	"portaria/cloud/internal/web/platform"
)

// guardians are the pages about people's data, and those of who runs the platform.
func (c *Cloud) guardians() []desk.Section {
	figures := platforms.Store{Pool: c.pool}
	return []desk.Section{
		privacydesk.Section(privacydesk.Config{Privacy: c.privacy, Jobs: c.jobs}),
		platform.Section(platform.Config{Books: figures, Engine: figures, Jobs: c.jobs, System: postgres.System,
			Operators: &operator.Service{Store: figures, People: c.people, Audit: c.staff.Audit, Atomic: c.atomic, Now: c.now}}),
	}
}

// byCommand is who the audit log says acts on the command line.
const byCommand = "command line"

// operators opens the database for the command line.
func operators(ctx context.Context, cfg *Config) (*operator.Service, context.Context, func(), error) {
	pool, err := postgres.OpenGuarded(ctx, cfg.Database)
	if err != nil {
		return nil, nil, nil, err
	}
	store, atomic := people.Store{Pool: pool}, postgres.NewAtomic(pool)
	log := &audit.Log{Store: store, Now: time.Now}
	at := strings.TrimRight(cfg.PublicURL, "/")
	if at == "" {
		at = "http://" + cfg.HTTPListen
	}
	s := &operator.Service{
		Store: platforms.Store{Pool: pool}, Audit: log, Atomic: atomic, Now: time.Now,
		People: &person.Service{People: store, Tokens: store, Audit: log, Atomic: atomic, Now: time.Now, PublicURL: at},
	}
	return s, postgres.Accounts(ctx), pool.Close, nil
}

// AddOperator makes somebody one who runs the platform. link is where who had no account chooses a password, within an
// hour; else "".
func AddOperator(ctx context.Context, cfg *Config, email, name, language string) (link string, err error) {
	s, ctx, end, err := operators(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer end()
	return s.Add(ctx, email, name, language, byCommand)
}

// DropOperator ends somebody's running the platform.
func DropOperator(ctx context.Context, cfg *Config, email string) error {
	s, ctx, end, err := operators(ctx, cfg)
	if err != nil {
		return err
	}
	defer end()
	return s.Drop(ctx, email, byCommand)
}

// Operators are who runs the platform, a line for each.
func Operators(ctx context.Context, cfg *Config) (lines []string, err error) {
	s, ctx, end, err := operators(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer end()
	all, err := s.Store.Operators(ctx)
	for _, o := range all {
		strong := "no second factor yet: the platform's pages are closed to them"
		if o.Strong {
			strong = "second factor"
		}
		lines = append(lines, fmt.Sprintf("%s  %s  since %s  %s", o.Email, o.Name, o.Since.Format(time.DateOnly), strong))
	}
	return lines, err
}

// Suspend stops an organizer's sale from the command line, for when the pages cannot be reached; why "" lets it go on.
func Suspend(ctx context.Context, cfg *Config, organizer, why string) error {
	id, err := uuid.Parse(organizer)
	if err != nil {
		return fmt.Errorf("%q is no organizer's id: take it from the platform's pages, or from the API", organizer)
	}
	s, ctx, end, err := operators(ctx, cfg)
	if err != nil {
		return err
	}
	defer end()
	if why == "" {
		return s.Resume(ctx, operator.Actor{Who: byCommand}, id)
	}
	return s.Suspend(ctx, operator.Actor{Who: byCommand}, id, why)
}

// wish passes on what a buyer asks about their own data.
func (c *Cloud) wish(ctx context.Context, organizer uuid.UUID, email string, erase bool) error {
	wish := privacy.Export
	if erase {
		wish = privacy.Erase
	}
	_, err := c.privacy.Wished(postgres.Tenant(ctx, organizer), organizer, wish, email)
	return err
}
