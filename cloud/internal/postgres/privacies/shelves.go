package privacies

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/postgres/privacydb"
	"portaria/cloud/internal/privacy"
)

// How much is cleared away in one statement: little enough that nobody waits for its locks.
const (
	buyersAtOnce  = 500
	entriesAtOnce = 20_000
)

// Rules are the days that an organizer has chosen.
func (s Store) Rules(ctx context.Context, organizer uuid.UUID) (map[string]int, error) {
	rows, err := s.on(ctx).Rules(ctx, organizer)
	out := map[string]int{}
	for _, row := range rows {
		out[row.Rule] = int(row.Days)
	}
	return out, failed("read the rules of retention", err)
}

// SetRule chooses the days of a rule.
func (s Store) SetRule(ctx context.Context, organizer uuid.UUID, rule string, days int) error {
	return failed("set a rule of retention", s.on(ctx).SetRule(ctx, organizer, rule, int32(days))) //nolint:gosec // within bounds
}

// Due are organizers whose data was not looked through since a time.
func (s Store) Due(ctx context.Context, since time.Time, limit int) ([]uuid.UUID, error) {
	ids, err := s.on(ctx).DueOrganizers(ctx, privacy.JobClear, since, int32(limit)) //nolint:gosec // a page
	return ids, failed("find whose data to look through", err)
}

// Count is how much a rule would clear away.
func (s Store) Count(ctx context.Context, organizer uuid.UUID, rule string, before time.Time) (n int64, err error) {
	switch rule {
	case privacy.Buyers:
		n, err = s.on(ctx).CountOldBuyers(ctx, organizer, before)
	case privacy.Entries:
		n, err = s.on(ctx).CountOldEntries(ctx, organizer, before)
	case privacy.Invitations:
		ctx, q := s.accounts(ctx)
		n, err = q.CountOldInvitations(ctx, organizer, &before)
	case privacy.Controllers:
		n, err = s.on(ctx).CountOldControllers(ctx, organizer, &before)
	case privacy.Addresses:
		n, err = s.on(ctx).CountOldAddresses(ctx, organizer, before)
	default:
		err = fmt.Errorf("there is no rule %q", rule)
	}
	return n, failed("count what is old", err)
}

// Clear clears some of it away.
func (s Store) Clear(ctx context.Context, organizer uuid.UUID, rule string, before, now time.Time) (n int64, more bool, err error) {
	switch rule {
	case privacy.Buyers:
		n, err = s.on(ctx).ForgetOldBuyers(ctx, &now, organizer, before, buyersAtOnce)
		more = n == buyersAtOnce
	case privacy.Entries:
		return s.clearEntries(ctx, organizer, before, now)
	case privacy.Invitations:
		ctx, q := s.accounts(ctx)
		n, err = q.DropOldInvitations(ctx, organizer, &before)
	case privacy.Controllers:
		n, err = s.on(ctx).ForgetOldControllers(ctx, organizer, &before)
	case privacy.Addresses:
		n, err = s.on(ctx).DropOldAddresses(ctx, organizer, before)
	default:
		err = fmt.Errorf("there is no rule %q", rule)
	}
	return n, more, failed("clear away what is old", err)
}

// clearEntries takes one event after the other, and at the end what belongs to none.
func (s Store) clearEntries(ctx context.Context, organizer uuid.UUID, before, now time.Time) (n int64, more bool, err error) {
	q := s.on(ctx)
	events, err := q.OldEvents(ctx, organizer, before, 1)
	if err != nil {
		return 0, false, failed("find old events", err)
	}
	if len(events) == 0 {
		return s.clearLoose(ctx, q, organizer, before)
	}
	if n, err = q.ClearEntries(ctx, organizer, &events[0], entriesAtOnce); err == nil && n < entriesAtOnce {
		err = q.MarkCleared(ctx, events[0], organizer, now)
	}
	return n, true, failed("clear the entries of an event", err)
}

func (s Store) clearLoose(ctx context.Context, q *privacydb.Queries, organizer uuid.UUID, before time.Time) (n int64, more bool, err error) {
	n, err = q.ClearLooseEntries(ctx, organizer, before, entriesAtOnce)
	if err != nil || n == entriesAtOnce {
		return n, true, failed("clear entries of no event", err)
	}
	aside, err := q.ClearQuarantine(ctx, organizer, before)
	return n + aside, false, failed("clear records that were set aside", err)
}
