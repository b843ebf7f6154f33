package gates

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/vault"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/ticket"
)

var _ vault.Store = (*Store)(nil)

// OrganizerKeys reads an organizer's keys. vault.ErrNone.
func (s *Store) OrganizerKeys(ctx context.Context, organizer ticket.EventID) (vault.OrganizerKeys, error) {
	row, err := s.on(ctx).OrganizerKeys(ctx, uuid.UUID(organizer))
	if postgres.NoRow(err) {
		return vault.OrganizerKeys{}, vault.ErrNone
	}
	return vault.OrganizerKeys{
		Organizer: organizer,
		Root: vault.Delegated{
			Public: row.RootPublic, Sealed: row.RootSealed, NotAfter: row.RootNotAfter, Signature: row.RootSignature,
		},
		List: vault.Delegated{
			Public: row.ListPublic, Sealed: row.ListSealed, NotAfter: row.ListNotAfter, Signature: row.ListSignature,
		},
	}, err
}

// KeepOrganizerKeys adds an organizer's keys unless there are some, or renews who vouches for them; it gives back
// what is kept. Like every key it is kept whatever becomes of the caller's transaction: something may already be
// signed with it.
func (s *Store) KeepOrganizerKeys(ctx context.Context, k vault.OrganizerKeys, renew bool) (vault.OrganizerKeys, error) {
	var err error
	if renew {
		err = s.apart().RenewOrganizerKeys(ctx, gatedb.RenewOrganizerKeysParams{
			OrganizerID:  uuid.UUID(k.Organizer),
			RootNotAfter: k.Root.NotAfter, RootSignature: k.Root.Signature,
			ListNotAfter: k.List.NotAfter, ListSignature: k.List.Signature,
		})
	} else {
		err = s.apart().AddOrganizerKeys(ctx, gatedb.AddOrganizerKeysParams{
			OrganizerID: uuid.UUID(k.Organizer),
			RootPublic:  k.Root.Public, RootSealed: k.Root.Sealed,
			RootNotAfter: k.Root.NotAfter, RootSignature: k.Root.Signature,
			ListPublic: k.List.Public, ListSealed: k.List.Sealed,
			ListNotAfter: k.List.NotAfter, ListSignature: k.List.Signature,
		})
	}
	if err != nil {
		return vault.OrganizerKeys{}, err
	}
	return s.OrganizerKeys(ctx, k.Organizer)
}

// KeepSecrets adds a scope's sealed secrets unless there are some, and gives back what is kept. Another organizer's
// scope is vault.ErrNone.
func (s *Store) KeepSecrets(ctx context.Context, scope, organizer ticket.EventID, sealed []byte) ([]byte, error) {
	kept, err := s.on(ctx).Secrets(ctx, uuid.UUID(scope), uuid.UUID(organizer))
	if !postgres.NoRow(err) {
		return kept, err
	}
	if err := s.apart().AddSecrets(ctx, uuid.UUID(scope), uuid.UUID(organizer), sealed); err != nil {
		return nil, err
	}
	kept, err = s.on(ctx).Secrets(ctx, uuid.UUID(scope), uuid.UUID(organizer))
	if postgres.NoRow(err) {
		return nil, vault.ErrNone
	}
	return kept, err
}

// Secrets reads a scope's sealed secrets, with the newest epoch of what is signed under them. vault.ErrNone.
func (s *Store) Secrets(ctx context.Context, scope, organizer ticket.EventID) (sealed []byte, newest uint64, err error) {
	row, err := s.on(ctx).SecretsNow(ctx, uuid.UUID(scope), uuid.UUID(organizer))
	if postgres.NoRow(err) {
		err = vault.ErrNone
	}
	return row.Sealed, uint64(row.Newest), err //nolint:gosec // never negative
}

// ChangeSecrets puts others in their place, in the transaction of ctx. vault.ErrNone.
func (s *Store) ChangeSecrets(ctx context.Context, scope, organizer ticket.EventID, sealed []byte) error {
	n, err := s.on(ctx).ChangeSecrets(ctx, sealed, uuid.UUID(scope), uuid.UUID(organizer))
	if err == nil && n == 0 {
		err = vault.ErrNone
	}
	return err
}

// SigningKeys reads a scope's keys for printed codes, oldest first.
func (s *Store) SigningKeys(ctx context.Context, scope ticket.EventID) ([]vault.SigningKey, error) {
	rows, err := s.on(ctx).SigningKeys(ctx, uuid.UUID(scope))
	out := make([]vault.SigningKey, len(rows))
	for i, row := range rows {
		out[i] = vault.SigningKey{
			Scope: scope, ID: uint8(row.KeyID), Organizer: ticket.EventID(row.OrganizerID), //nolint:gosec // CHECKed 0..15
			Public: row.Public, Sealed: row.Sealed, ListedOnly: row.ListedOnly,
		}
	}
	return out, err
}

// KeepSigningKey adds a key unless its number is taken.
func (s *Store) KeepSigningKey(ctx context.Context, k vault.SigningKey) error {
	return s.apart().AddSigningKey(ctx, gatedb.AddSigningKeyParams{
		ScopeID: uuid.UUID(k.Scope), KeyID: int16(k.ID), OrganizerID: uuid.UUID(k.Organizer),
		Public: k.Public, Sealed: k.Sealed,
	})
}

// sealCheck is what cloud_identity holds sealed.
const sealCheck = "identity/portaria"

// Bind joins this database to the cloud's keys: the first start writes them down, and every later one must come with
// the same, or nothing that is sealed would open and gates would refuse every list.
func (s *Store) Bind(ctx context.Context, platform []byte, seal *vault.Sealer) error {
	row, err := s.apart().Identity(ctx)
	if err != nil {
		return fmt.Errorf("read the database's identity: %w", err)
	}
	if row.SealCheck == nil {
		n, err := s.apart().BindIdentity(ctx, platform, seal.Seal(sealCheck, []byte(sealCheck)))
		if err != nil {
			return fmt.Errorf("write the database's identity: %w", err)
		}
		if n == 1 {
			return nil
		}
		if row, err = s.apart().Identity(ctx); err != nil {
			return fmt.Errorf("read the database's identity: %w", err)
		}
	}
	if _, err := seal.Open(sealCheck, row.SealCheck); err != nil {
		return fmt.Errorf("this database's keys: %w", err)
	}
	if !bytes.Equal(row.PlatformKey, platform) {
		return errors.New("this database belongs to another platform key: put back the platform.key that was used with it")
	}
	return nil
}

// Restored says whether this database has had another incarnation than this one: then it may have forgotten what it gave away, such
// as the term of a hub.
func (s *Store) Restored(ctx context.Context, incarnation string) (bool, error) {
	born, err := s.apart().KeepBirth(ctx, incarnation)
	if err != nil {
		return false, fmt.Errorf("read in which incarnation the database began: %w", err)
	}
	return born != incarnation, nil
}

// Incarnation names this database's life. It changes when the database is restored from a dump (another system or
// database), or from a backup or a standby (another timeline), so that hubs send again what it may have lost.
func (s *Store) Incarnation(ctx context.Context) (string, error) {
	row, err := s.apart().Identity(ctx)
	if err != nil {
		return "", fmt.Errorf("read the database's incarnation: %w", err)
	}
	var database uint32 // its catalog table is not known to sqlc
	sql := "SELECT oid FROM pg_database WHERE datname = current_database()"
	if err := s.pool.QueryRow(ctx, sql).Scan(&database); err != nil {
		return "", fmt.Errorf("read the database's number: %w", err)
	}
	return fmt.Sprintf("%s-%x-%x-%x", row.Incarnation, uint64(row.System), database, row.Timeline), nil //nolint:gosec // bits
}
