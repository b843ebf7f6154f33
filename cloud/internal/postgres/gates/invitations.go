package gates

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/authority"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/edge/ticket"
	"portaria/identity"
	"portaria/identity/join"
)

var _ authority.Store = (*Store)(nil)

// InviteHub keeps an invitation; an older one of that hub ends.
func (s *Store) InviteHub(ctx context.Context, i authority.Invitation) error {
	return s.on(ctx).InviteHub(ctx, i.Token, i.Hub, i.Key[:], i.Expires)
}

// TryHub counts a try of an invitation and gives it. join.ErrRefused.
func (s *Store) TryHub(ctx context.Context, token string, at time.Time) (i authority.Invitation, err error) {
	row, err := s.on(ctx).TryHub(ctx, token, at, authority.Tries)
	if postgres.NoRow(err) {
		return i, fmt.Errorf("no invitation that is still good: %w", join.ErrRefused)
	}
	i = authority.Invitation{Token: token, Hub: row.HubID, Expires: row.ExpiresAt}
	copy(i.Key[:], row.Key)
	return i, err
}

// JoinHub uses an invitation up for a key, and makes it the hub's. join.ErrRefused. The two statements need no
// transaction: between them the invitation is used by this key, which may use it again.
func (s *Store) JoinHub(ctx context.Context, token string, key identity.Print, at time.Time) error {
	hub, err := s.on(ctx).UseInvitation(ctx, key[:], token)
	if postgres.NoRow(err) {
		return fmt.Errorf("the invitation is used up: %w", join.ErrRefused)
	}
	if err != nil {
		return err
	}
	n, err := s.on(ctx).JoinHub(ctx, key[:], &at, hub)
	if err == nil && n == 0 {
		err = gatehouse.ErrNoHub
	}
	return err
}

// KeepRoll keeps what a venue's hub tells of its members.
func (s *Store) KeepRoll(ctx context.Context, venue ticket.EventID, roll []byte) error {
	return s.on(ctx).KeepRoll(ctx, uuid.UUID(venue), roll)
}

// Roll gives it, empty when there is none.
func (s *Store) Roll(ctx context.Context, venue ticket.EventID) ([]byte, error) {
	roll, err := s.on(ctx).Roll(ctx, uuid.UUID(venue))
	if postgres.NoRow(err) {
		return nil, nil
	}
	return roll, err
}
