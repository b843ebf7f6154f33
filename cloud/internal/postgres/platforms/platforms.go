// Package platforms keeps who runs the platform and whose sale is stopped, and counts: organizers, sales, jobs, mails. It
// reads nothing of what organizers have but how much it is.
package platforms

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/operator"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/platformdb"
)

var (
	_ operator.Store  = Store{}
	_ operator.Books  = Store{}
	_ operator.Engine = Store{}
)

// Store is over a database.
type Store struct{ Pool *postgres.Pool }

func (s Store) on(ctx context.Context) *platformdb.Queries {
	return platformdb.New(postgres.On(ctx, s.Pool))
}

// figures counts over everybody's rows.
func (s Store) figures(ctx context.Context) (context.Context, *platformdb.Queries) {
	return postgres.System(ctx), platformdb.New(s.Pool)
}

func failed(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// AddOperator makes a person one who runs the platform; false = they did already.
func (s Store) AddOperator(ctx context.Context, person uuid.UUID, by string, now time.Time) (bool, error) {
	n, err := s.on(ctx).AddOperator(ctx, person, by, now)
	return n > 0, failed("add an operator", err)
}

// DropOperator ends it; false = they did not.
func (s Store) DropOperator(ctx context.Context, person uuid.UUID) (bool, error) {
	n, err := s.on(ctx).DropOperator(ctx, person)
	return n > 0, failed("drop an operator", err)
}

// Operators are all who run the platform.
func (s Store) Operators(ctx context.Context) ([]operator.Operator, error) {
	rows, err := s.on(ctx).Operators(ctx)
	out := make([]operator.Operator, len(rows))
	for i, r := range rows {
		out[i] = operator.Operator{Person: r.ID, Name: r.Name, Email: r.Email, Strong: r.Strong, Since: r.MadeAt}
	}
	return out, failed("list operators", err)
}

// Suspend stops a sale.
func (s Store) Suspend(ctx context.Context, organizer uuid.UUID, why, by string, now time.Time) (bool, error) {
	n, err := s.on(ctx).Suspend(ctx, why, by, now, organizer)
	return n > 0, failed("stop a sale", err)
}

// Resume lets a sale go on.
func (s Store) Resume(ctx context.Context, organizer uuid.UUID) (bool, error) {
	n, err := s.on(ctx).Resume(ctx, organizer)
	return n > 0, failed("let a sale go on", err)
}

// newer is an id that every UUID version 7 made after a time comes after.
func newer(t time.Time) (id uuid.UUID) {
	ms := uint64(t.UnixMilli()) //nolint:gosec // after 1970
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id
}

// month is what "lately" means in figures.
func month(now time.Time) uuid.UUID { return newer(now.AddDate(0, 0, -30)) }

// Organizers are the newest first.
func (s Store) Organizers(ctx context.Context, search, state string, now time.Time, offset, limit int) ([]operator.Listed, error) {
	ctx, q := s.figures(ctx)
	rows, err := q.Organizers(ctx, platformdb.OrganizersParams{
		Now: now, Since: month(now), Search: postgres.Like(search), State: state, Skip: int32(offset), Count: int32(limit), //nolint:gosec // a page
	})
	out := make([]operator.Listed, len(rows))
	for i, r := range rows {
		out[i] = operator.Listed{ID: r.ID, Name: r.Name, Language: r.Language, CreatedAt: r.CreatedAt, FactorFrom: r.SecondFactorFrom, Why: r.Why,
			SuspendedAt: r.SuspendedAt, People: r.People, OnSale: r.OnSale, Orders: r.Orders}
	}
	return out, failed("list organizers", err)
}

// Organizer reads one; false = there is none.
func (s Store) Organizer(ctx context.Context, id uuid.UUID, now time.Time) (operator.Figures, bool, error) {
	ctx, q := s.figures(ctx)
	r, err := q.Organizer(ctx, now, month(now), id)
	if postgres.NoRow(err) {
		return operator.Figures{}, false, nil
	}
	return operator.Figures{
		Listed: operator.Listed{ID: r.ID, Name: r.Name, Language: r.Language, CreatedAt: r.CreatedAt, FactorFrom: r.SecondFactorFrom, Why: r.Why,
			SuspendedAt: r.SuspendedAt, People: r.People, OnSale: r.OnSale, Orders: r.Orders},
		Venues: r.Venues, Events: r.Events, Tickets: r.Tickets, Hubs: r.Hubs, Keys: r.Keys,
	}, true, failed("read an organizer", err)
}

// Usage counts.
func (s Store) Usage(ctx context.Context, now time.Time) (operator.Usage, error) {
	ctx, q := s.figures(ctx)
	lately := now.Add(-5 * time.Minute)
	row, err := q.Usage(ctx, now, newer(now.AddDate(0, 0, -1)), month(now), &lately)
	return operator.Usage(row), failed("count what the platform does", err)
}

// Depths of the queue of jobs.
func (s Store) Depths(ctx context.Context) ([]operator.Depth, error) {
	ctx, q := s.figures(ctx)
	rows, err := q.QueueDepth(ctx)
	out := make([]operator.Depth, len(rows))
	for i, r := range rows {
		out[i] = operator.Depth(r)
	}
	return out, failed("look at the queue", err)
}

// Mails that wait to be sent.
func (s Store) Mails(ctx context.Context) ([]operator.Mails, error) {
	ctx, q := s.figures(ctx)
	rows, err := q.MailCounts(ctx)
	out := make([]operator.Mails, len(rows))
	for i, r := range rows {
		out[i] = operator.Mails{Kind: r.Kind, Tried: r.Tried, Mails: r.Mails, Oldest: r.Oldest, Tries: int(r.Tries)}
	}
	return out, failed("count mails", err)
}

// Hurry has every waiting mail tried at once.
func (s Store) Hurry(ctx context.Context, now time.Time) (int64, error) {
	ctx, q := s.figures(ctx)
	n, err := q.HurryMails(ctx, now)
	return n, failed("hurry mails", err)
}

// Acts are the newest first.
func (s Store) Acts(ctx context.Context, offset, limit int) ([]operator.Act, error) {
	rows, err := s.on(ctx).Acts(ctx, int32(offset), int32(limit)) //nolint:gosec // a page
	out := make([]operator.Act, len(rows))
	for i, r := range rows {
		out[i] = operator.Act(r)
	}
	return out, failed("read what the platform did", err)
}
