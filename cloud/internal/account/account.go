// Package account is who may act by key: organizers and their API keys, and the platform that makes organizers.
//
// It knows no page, no route and no table. People are in package person, who works for whom in staff, what they may
// in role, who did what in audit.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"portaria/cloud/internal/fault"
)

// Refusals of this package.
var (
	ErrNoOrganizer = fault.New(fault.NotFound, "not_found", "There is no such organizer.")
	ErrNoKey       = fault.New(fault.NotFound, "not_found", "There is no such API key.")
	ErrBadKey      = fault.New(fault.Denied, "bad_credentials", "The key is unknown or was revoked.")
)

// Organizer is a tenant.
type Organizer struct {
	ID        uuid.UUID
	Name      string
	Language  string // BCP 47, of its pages and documents
	CreatedAt time.Time
}

// Scope is one thing that a key may do.
type Scope string

// Scopes of an API key.
const (
	CatalogRead  Scope = "catalog:read"
	CatalogWrite Scope = "catalog:write"
	SalesRead    Scope = "sales:read"
	SalesWrite   Scope = "sales:write"
	GatesRead    Scope = "gates:read"
	GatesWrite   Scope = "gates:write"
	KeysWrite    Scope = "keys:write"

	ScansWrite    Scope = "scans:write"    // scan at the doors
	ScansOverride Scope = "scans:override" // let in what was refused
)

// Scopes are all there are.
func Scopes() []Scope {
	return []Scope{CatalogRead, CatalogWrite, SalesRead, SalesWrite, GatesRead, GatesWrite, KeysWrite, ScansWrite, ScansOverride}
}

// Key is an API key as it is kept: its text is not.
type Key struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Name      string
	Scopes    []Scope
	CreatedAt time.Time
	RevokedAt *time.Time
}

// May says whether the key's scopes hold one.
func (k Key) May(scope Scope) bool { return slices.Contains(k.Scopes, scope) }

// Store keeps organizers.
type Store interface {
	CreateOrganizer(ctx context.Context, o Organizer) error
	Organizer(ctx context.Context, id uuid.UUID) (Organizer, error) // ErrNoOrganizer
	Organizers(ctx context.Context, after uuid.UUID, limit int) ([]Organizer, error)
}

// KeyStore keeps API keys by the SHA-256 of their text.
type KeyStore interface {
	CreateKey(ctx context.Context, key Key, hash [32]byte) error
	KeyByHash(ctx context.Context, hash [32]byte) (Key, error) // ErrBadKey
	Keys(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Key, error)
	RevokeKey(ctx context.Context, organizer, id uuid.UUID) error // ErrNoKey
}

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Service is what the rim calls.
type Service struct {
	Store  Store
	Keys   KeyStore
	Atomic Atomic
}

// CreateOrganizer makes a tenant and its first key, which may do everything. The key's text is told once, here.
func (s *Service) CreateOrganizer(ctx context.Context, name, lang string) (Organizer, string, error) {
	var o Organizer
	var secret string
	err := s.Atomic.InTx(ctx, func(ctx context.Context) (err error) {
		if o, err = s.NewOrganizer(ctx, name, lang); err != nil {
			return err
		}
		_, secret, err = s.CreateKey(ctx, o.ID, "first key", Scopes())
		return err
	})
	if err != nil {
		return Organizer{}, "", err
	}
	return o, secret, nil
}

// NewOrganizer makes a tenant without a key. Call it in a transaction.
func (s *Service) NewOrganizer(ctx context.Context, name, lang string) (Organizer, error) {
	o := Organizer{ID: uuid.Must(uuid.NewV7()), Name: strings.TrimSpace(name), Language: lang}
	if err := o.check(); err != nil {
		return Organizer{}, err
	}
	if err := s.Store.CreateOrganizer(ctx, o); err != nil {
		return Organizer{}, err
	}
	return s.Store.Organizer(ctx, o.ID)
}

func (o Organizer) check() error {
	if err := fault.Text("name", o.Name, true, 200); err != nil {
		return err
	}
	if _, err := language.Parse(o.Language); err != nil {
		return fault.On("language", "Give a language as BCP 47, such as pt-BR or en.")
	}
	return nil
}

// CreateKey makes a key of an organizer and tells its text once.
func (s *Service) CreateKey(ctx context.Context, organizer uuid.UUID, name string, scopes []Scope) (Key, string, error) {
	if err := fault.Text("name", name, true, 100); err != nil {
		return Key{}, "", err
	}
	for _, scope := range scopes {
		if !slices.Contains(Scopes(), scope) {
			return Key{}, "", fault.On("scopes", fmt.Sprintf("There is no scope %q.", scope))
		}
	}
	secret := newSecret()
	key := Key{ID: uuid.Must(uuid.NewV7()), Organizer: organizer, Name: name, Scopes: scopes}
	if err := s.Keys.CreateKey(ctx, key, sha256.Sum256([]byte(secret))); err != nil {
		return Key{}, "", err
	}
	return key, secret, nil
}

// Authenticate finds who holds a key. ErrBadKey when nobody does.
func (s *Service) Authenticate(ctx context.Context, secret string) (Key, error) {
	if len(secret) > 200 {
		return Key{}, ErrBadKey
	}
	return s.Keys.KeyByHash(ctx, sha256.Sum256([]byte(secret)))
}

// secretPrefix makes a leaked key easy to find and to tell from others.
const secretPrefix = "ptk_"

func newSecret() string {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails: crypto/rand
	return secretPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

// PlatformToken is the credential of the platform's operator.
type PlatformToken struct{ hash [32]byte }

// NewPlatformToken refuses a token that could be guessed.
func NewPlatformToken(text string) (PlatformToken, error) {
	if len(text) < 32 {
		return PlatformToken{}, fmt.Errorf("the platform token has %d characters; give at least 32", len(text))
	}
	return PlatformToken{hash: sha256.Sum256([]byte(text))}, nil
}

// Is compares in constant time. The zero token matches nothing that can be sent.
func (t PlatformToken) Is(text string) bool {
	given := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(given[:], t.hash[:]) == 1
}
