// Package people keeps people, their sessions and second factors, staff and invitations, the audit log, mails to
// send, and saved views, in PostgreSQL.
package people

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/peopledb"
)

// Store is what the account packages ask for.
type Store struct{ Pool *pgxpool.Pool }

var (
	_ person.People   = Store{}
	_ person.Recovery = Store{}
	_ person.Devices  = Store{}
	_ person.Passkeys = Store{}
)

func (s Store) on(ctx context.Context) *peopledb.Queries {
	return peopledb.New(postgres.On(ctx, s.Pool))
}

// CreatePerson writes a new person. person.ErrTaken.
func (s Store) CreatePerson(ctx context.Context, p person.Person) error {
	n, err := s.on(ctx).CreatePerson(ctx, peopledb.CreatePersonParams{
		ID: p.ID, Email: p.Email, Name: p.Name, Language: p.Language, Password: p.Password, CreatedAt: p.CreatedAt,
	})
	if err != nil {
		return fmt.Errorf("create a person: %w", err)
	}
	if n == 0 {
		return person.ErrTaken
	}
	return nil
}

func personOf(row peopledb.PersonRow, err error) (person.Person, error) {
	if postgres.NoRow(err) {
		return person.Person{}, person.ErrNoPerson
	}
	if err != nil {
		return person.Person{}, fmt.Errorf("read a person: %w", err)
	}
	return person.Person{
		ID: row.ID, Email: row.Email, Name: row.Name, Language: row.Language, Password: row.Password, TOTP: row.Totp,
		TOTPStep: row.TotpStep, CreatedAt: row.CreatedAt, Operator: row.Operator,
	}, nil
}

// Person reads one. person.ErrNoPerson.
func (s Store) Person(ctx context.Context, id uuid.UUID) (person.Person, error) {
	return personOf(s.on(ctx).Person(ctx, id))
}

// PersonBy reads one by mail address. person.ErrNoPerson.
func (s Store) PersonBy(ctx context.Context, email string) (person.Person, error) {
	row, err := s.on(ctx).PersonBy(ctx, email)
	return personOf(peopledb.PersonRow(row), err)
}

// UpdatePerson writes all but id and mail address. person.ErrNoPerson.
func (s Store) UpdatePerson(ctx context.Context, p person.Person) error {
	n, err := s.on(ctx).UpdatePerson(ctx, peopledb.UpdatePersonParams{
		Name: p.Name, Language: p.Language, Password: p.Password, Totp: p.TOTP, TotpStep: p.TOTPStep, ID: p.ID,
	})
	if err != nil {
		return fmt.Errorf("change person %s: %w", p.ID, err)
	}
	if n == 0 {
		return person.ErrNoPerson
	}
	return nil
}

// TakeTOTP uses a step up; false when it, or a later one, was used.
func (s Store) TakeTOTP(ctx context.Context, id uuid.UUID, step int64) (bool, error) {
	n, err := s.on(ctx).TakeTOTP(ctx, step, id)
	if err != nil {
		return false, fmt.Errorf("use a code of person %s: %w", id, err)
	}
	return n > 0, nil
}

// ReplaceCodes drops a person's recovery codes and writes others.
func (s Store) ReplaceCodes(ctx context.Context, id uuid.UUID, hashes [][32]byte) error {
	on := s.on(ctx)
	err := on.DropCodes(ctx, id)
	if err == nil && len(hashes) > 0 {
		raw := make([][]byte, len(hashes))
		for i := range hashes {
			raw[i] = hashes[i][:]
		}
		err = on.AddCodes(ctx, id, raw)
	}
	if err != nil {
		return fmt.Errorf("replace the recovery codes of person %s: %w", id, err)
	}
	return nil
}

// UseCode uses a recovery code up; false when there is none such.
func (s Store) UseCode(ctx context.Context, id uuid.UUID, hash [32]byte, now time.Time) (bool, error) {
	n, err := s.on(ctx).UseCode(ctx, &now, id, hash[:])
	if err != nil {
		return false, fmt.Errorf("use a recovery code of person %s: %w", id, err)
	}
	return n > 0, nil
}

// CodesLeft counts the recovery codes not yet used.
func (s Store) CodesLeft(ctx context.Context, id uuid.UUID) (int, error) {
	n, err := s.on(ctx).CodesLeft(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("count the recovery codes of person %s: %w", id, err)
	}
	return int(n), nil
}

// KnowDevice remembers a browser.
func (s Store) KnowDevice(ctx context.Context, id uuid.UUID, hash [32]byte, now time.Time) error {
	if err := s.on(ctx).KnowDevice(ctx, id, hash[:], now); err != nil {
		return fmt.Errorf("remember a device of person %s: %w", id, err)
	}
	return nil
}

// KnowsDevice says whether a browser has signed in to an account before.
func (s Store) KnowsDevice(ctx context.Context, email string, hash [32]byte) (bool, error) {
	known, err := s.on(ctx).KnowsDevice(ctx, email, hash[:])
	if err != nil {
		return false, fmt.Errorf("look up a device: %w", err)
	}
	return known, nil
}

// AddPasskey writes a new one.
func (s Store) AddPasskey(ctx context.Context, k person.Passkey) error {
	record, err := json.Marshal(k.Record)
	if err == nil {
		err = s.on(ctx).AddPasskey(ctx, peopledb.AddPasskeyParams{
			ID: k.ID, PersonID: k.Person, Name: k.Name, Credential: k.Record.ID, Record: record, CreatedAt: k.CreatedAt,
		})
	}
	if err != nil {
		return fmt.Errorf("keep a passkey of person %s: %w", k.Person, err)
	}
	return nil
}

// PasskeysOf lists a person's passkeys.
func (s Store) PasskeysOf(ctx context.Context, id uuid.UUID) ([]person.Passkey, error) {
	rows, err := s.on(ctx).PasskeysOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("list the passkeys of person %s: %w", id, err)
	}
	keys := make([]person.Passkey, len(rows))
	for i, row := range rows {
		keys[i] = person.Passkey{ID: row.ID, Person: row.PersonID, Name: row.Name, CreatedAt: row.CreatedAt, UsedAt: row.UsedAt}
		if err := json.Unmarshal(row.Record, &keys[i].Record); err != nil {
			return nil, fmt.Errorf("read passkey %s: %w", row.ID, err)
		}
	}
	return keys, nil
}

// UsedPasskey keeps a passkey's new counter.
func (s Store) UsedPasskey(ctx context.Context, id uuid.UUID, record webauthn.Credential, now time.Time) error {
	raw, err := json.Marshal(record)
	if err == nil {
		err = s.on(ctx).UsedPasskey(ctx, raw, &now, id, record.ID)
	}
	if err != nil {
		return fmt.Errorf("note the use of a passkey of person %s: %w", id, err)
	}
	return nil
}

// DropPasskey forgets one; false when there is none such.
func (s Store) DropPasskey(ctx context.Context, owner, id uuid.UUID) (bool, error) {
	n, err := s.on(ctx).DropPasskey(ctx, owner, id)
	if err != nil {
		return false, fmt.Errorf("drop passkey %s: %w", id, err)
	}
	return n > 0, nil
}
