package gates

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
)

var _ gatehouse.ChangeStore = (*Store)(nil)

// AskChange asks for another secret of an event or a venue. gatehouse.ErrNoScope.
func (s *Store) AskChange(ctx context.Context, organizer, scope ticket.EventID) error {
	n, err := s.on(ctx).AskSecretChange(ctx, uuid.UUID(scope), uuid.UUID(organizer))
	if err == nil && n == 0 {
		err = gatehouse.ErrNoScope
	}
	return err
}

// mostStolen is how many reports of stolen gates of one venue are acted on within an hour.
const mostStolen = 20

// ReportStolen asks for other secrets because a gate was stolen, once for each key.
func (s *Store) ReportStolen(ctx context.Context, venue ticket.EventID, gate, key string, endsAfter time.Time) error {
	_, err := s.on(ctx).ReportStolen(ctx, gatedb.ReportStolenParams{
		VenueID: uuid.UUID(venue), Gate: gate, Key: key, Most: mostStolen, EndsAfter: endsAfter,
	})
	return err
}

// ScopeOwner says whose an event or a venue is. gatehouse.ErrNoScope.
func (s *Store) ScopeOwner(ctx context.Context, scope ticket.EventID) (ticket.EventID, error) {
	owner, err := s.on(ctx).ScopeOwner(ctx, uuid.UUID(scope))
	if postgres.NoRow(err) {
		err = gatehouse.ErrNoScope
	}
	return ticket.EventID(owner), err
}

// SecretScopes are an organizer's venues and coming events, with the last change of the secrets of each.
func (s *Store) SecretScopes(ctx context.Context, organizer ticket.EventID, now time.Time) ([]gatehouse.SecretScope, error) {
	rows, err := s.on(ctx).SecretScopes(ctx, uuid.UUID(organizer), now.Add(-gatehouse.KeepAfter), now.Add(gatehouse.KeepBefore))
	out := make([]gatehouse.SecretScope, len(rows))
	for i, r := range rows {
		out[i] = gatehouse.SecretScope{Scope: ticket.EventID(r.ID), Venue: ticket.EventID(r.VenueID), Name: r.Name, OfVenue: r.OfVenue,
			Starts: r.StartsAt, Gate: r.Gate}
		if r.AskedAt != nil {
			out[i].Asked = *r.AskedAt
		}
		if r.DoneAt != nil {
			out[i].Done = *r.DoneAt
		}
	}
	return out, err
}

// DueChanges are those not done yet, in the order they were asked for.
func (s *Store) DueChanges(ctx context.Context) ([]gatehouse.SecretChange, error) {
	rows, err := s.on(ctx).DueSecretChanges(ctx)
	out := make([]gatehouse.SecretChange, len(rows))
	for i, r := range rows {
		out[i] = gatehouse.SecretChange{ID: r.ID, Scope: ticket.EventID(r.ScopeID), Organizer: ticket.EventID(r.OrganizerID),
			OfVenue: r.OfVenue, Gate: r.Gate}
	}
	return out, err
}

// ChangeDone says that lists from this epoch on are under another secret.
func (s *Store) ChangeDone(ctx context.Context, id int64, epoch uint64) error {
	return s.on(ctx).SecretChangeDone(ctx, int64(epoch), id) //nolint:gosec // 53 bits
}

// LockPeople has nobody at this venue be given a badge or a PIN until the transaction ends.
func (s *Store) LockPeople(ctx context.Context, venue ticket.EventID) error {
	_, err := s.on(ctx).LockControllers(ctx, uuid.UUID(venue))
	return err
}

// ForgetPINs takes every PIN of a venue away.
func (s *Store) ForgetPINs(ctx context.Context, venue ticket.EventID) error {
	return s.on(ctx).ForgetPINs(ctx, uuid.UUID(venue))
}
