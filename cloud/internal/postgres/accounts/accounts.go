// Package accounts keeps organizers, API keys and the answers to requests in PostgreSQL.
package accounts

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accountdb"
)

// Store is account.Store and account.KeyStore.
type Store struct{ Pool *pgxpool.Pool }

var (
	_ account.Store    = Store{}
	_ account.KeyStore = Store{}
)

func (s Store) on(ctx context.Context) *accountdb.Queries {
	return accountdb.New(postgres.On(ctx, s.Pool))
}

// CreateOrganizer writes a new tenant.
func (s Store) CreateOrganizer(ctx context.Context, o account.Organizer) error {
	if err := s.on(ctx).CreateOrganizer(ctx, o.ID, o.Name, o.Language); err != nil {
		return fmt.Errorf("create organizer: %w", err)
	}
	return nil
}

// Organizer reads one. account.ErrNoOrganizer.
func (s Store) Organizer(ctx context.Context, id uuid.UUID) (account.Organizer, error) {
	row, err := s.on(ctx).Organizer(ctx, id)
	if postgres.NoRow(err) {
		return account.Organizer{}, account.ErrNoOrganizer
	}
	if err != nil {
		return account.Organizer{}, fmt.Errorf("read organizer %s: %w", id, err)
	}
	return account.Organizer(row), nil
}

// Organizers lists them in the order they were made, from just after one.
func (s Store) Organizers(ctx context.Context, after uuid.UUID, limit int) ([]account.Organizer, error) {
	rows, err := s.on(ctx).Organizers(ctx, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list organizers: %w", err)
	}
	all := make([]account.Organizer, len(rows))
	for i, row := range rows {
		all[i] = account.Organizer(row)
	}
	return all, nil
}

// CreateKey writes a key by the hash of its text.
func (s Store) CreateKey(ctx context.Context, key account.Key, hash [32]byte) error {
	err := s.on(ctx).CreateKey(ctx, accountdb.CreateKeyParams{
		ID: key.ID, OrganizerID: key.Organizer, Name: key.Name, Hash: hash[:], Scopes: words(key.Scopes),
	})
	if err != nil {
		return fmt.Errorf("create API key: %w", err)
	}
	return nil
}

// KeyByHash finds a key that was not revoked. account.ErrBadKey.
func (s Store) KeyByHash(ctx context.Context, hash [32]byte) (account.Key, error) {
	row, err := s.on(ctx).KeyByHash(ctx, hash[:])
	if postgres.NoRow(err) {
		return account.Key{}, account.ErrBadKey
	}
	if err != nil {
		return account.Key{}, fmt.Errorf("look up API key: %w", err)
	}
	return account.Key{
		ID: row.ID, Organizer: row.OrganizerID, Name: row.Name, Scopes: scopes(row.Scopes), CreatedAt: row.CreatedAt,
	}, nil
}

// Keys lists an organizer's keys, revoked ones too.
func (s Store) Keys(ctx context.Context, organizer, after uuid.UUID, limit int) ([]account.Key, error) {
	rows, err := s.on(ctx).Keys(ctx, organizer, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	keys := make([]account.Key, len(rows))
	for i, row := range rows {
		keys[i] = account.Key{
			ID: row.ID, Organizer: organizer, Name: row.Name, Scopes: scopes(row.Scopes),
			CreatedAt: row.CreatedAt, RevokedAt: row.RevokedAt,
		}
	}
	return keys, nil
}

// RevokeKey ends a key; again is no error. account.ErrNoKey.
func (s Store) RevokeKey(ctx context.Context, organizer, id uuid.UUID) error {
	n, err := s.on(ctx).RevokeKey(ctx, organizer, id)
	if err != nil {
		return fmt.Errorf("revoke API key: %w", err)
	}
	if n == 0 {
		return account.ErrNoKey
	}
	return nil
}

func words(scopes []account.Scope) []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return out
}

func scopes(words []string) []account.Scope {
	out := make([]account.Scope, len(words))
	for i, w := range words {
		out[i] = account.Scope(w)
	}
	return out
}
