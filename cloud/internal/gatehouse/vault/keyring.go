package vault

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Store keeps what the vault has sealed. Every Keep is "insert unless there": of two replicas that make the same
// key at once, both get back the one that was stored.
type Store interface {
	SecretStore
	OrganizerKeys(ctx context.Context, organizer ticket.EventID) (OrganizerKeys, error) // ErrNone
	KeepOrganizerKeys(ctx context.Context, keys OrganizerKeys, renew bool) (OrganizerKeys, error)
	SigningKeys(ctx context.Context, scope ticket.EventID) ([]SigningKey, error)
	KeepSigningKey(ctx context.Context, key SigningKey) error
}

// Keyring opens and makes keys. Safe for concurrent use.
type Keyring struct {
	platform ed25519.PrivateKey
	seal     *Sealer
	store    Store

	mu   sync.Mutex
	refs map[ticket.EventID][32]byte
}

// NewKeyring joins the platform key, the sealing key and the store.
func NewKeyring(platform ed25519.PrivateKey, seal *Sealer, store Store) *Keyring {
	return &Keyring{platform: platform, seal: seal, store: store, refs: map[ticket.EventID][32]byte{}}
}

// PlatformKey is the public key that every gate is given.
func (k *Keyring) PlatformKey() ed25519.PublicKey { return k.platform.Public().(ed25519.PublicKey) }

// CodeSigner gives the newest usable key for a scope's printed codes, making the first. When every key id was
// withdrawn it says so: codes are then good only when listed, and a short code is what to print.
func (k *Keyring) CodeSigner(ctx context.Context, scope, organizer ticket.EventID) (ticket.Signer, error) {
	keys, err := k.store.SigningKeys(ctx, scope)
	if err == nil && len(keys) == 0 {
		keys, err = k.firstSigningKey(ctx, scope, organizer)
	}
	if err != nil {
		return ticket.Signer{}, fmt.Errorf("signing keys of %s: %w", scope, err)
	}
	for i := len(keys) - 1; i >= 0; i-- {
		if !keys[i].ListedOnly {
			return k.openSigner(keys[i])
		}
	}
	return ticket.Signer{}, fmt.Errorf("every signing key of %s is withdrawn: %w", scope, ErrNone)
}

func (k *Keyring) firstSigningKey(ctx context.Context, scope, organizer ticket.EventID) ([]SigningKey, error) {
	seed := random(ed25519.SeedSize)
	key := SigningKey{
		Scope: scope, Organizer: organizer,
		Public: ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey),
		Sealed: k.seal.Seal(codePlace(scope, 0), seed),
	}
	if err := k.store.KeepSigningKey(ctx, key); err != nil {
		return nil, err
	}
	return k.store.SigningKeys(ctx, scope)
}

func (k *Keyring) openSigner(key SigningKey) (ticket.Signer, error) {
	seed, err := k.seal.Open(codePlace(key.Scope, key.ID), key.Sealed)
	if err != nil {
		return ticket.Signer{}, err
	}
	return ticket.Signer{Event: key.Scope, KeyID: key.ID, Key: ed25519.NewKeyFromSeed(seed)}, nil
}

func codePlace(scope ticket.EventID, id uint8) string { return fmt.Sprintf("code/%s/%d", scope, id) }

// PublicKeys lists a scope's keys as gates need them.
func (k *Keyring) PublicKeys(ctx context.Context, scope, organizer ticket.EventID) ([]whitelist.CodeKey, error) {
	if _, err := k.CodeSigner(ctx, scope, organizer); err != nil && !errors.Is(err, ErrNone) {
		return nil, err
	}
	keys, err := k.store.SigningKeys(ctx, scope)
	if err != nil {
		return nil, fmt.Errorf("signing keys of %s: %w", scope, err)
	}
	out := make([]whitelist.CodeKey, len(keys))
	for i, key := range keys {
		out[i] = whitelist.CodeKey{ID: key.ID, Key: key.Public, ListedOnly: key.ListedOnly}
	}
	return out, nil
}

// ListSigner gives an organizer's list key with the chain that vouches for it, good for at least listRenew from now.
func (k *Keyring) ListSigner(ctx context.Context, organizer ticket.EventID, now time.Time) (ListSigner, error) {
	keys, err := k.store.OrganizerKeys(ctx, organizer)
	if err != nil && !errors.Is(err, ErrNone) {
		return ListSigner{}, fmt.Errorf("keys of organizer %s: %w", organizer, err)
	}
	if errors.Is(err, ErrNone) || k.due(keys, now) {
		if keys, err = k.renew(ctx, organizer, keys, now); err != nil {
			return ListSigner{}, fmt.Errorf("renew the keys of organizer %s: %w", organizer, err)
		}
	}
	seed, err := k.seal.Open(listPlace(organizer), keys.List.Sealed)
	if err != nil {
		return ListSigner{}, err
	}
	return ListSigner{Key: ed25519.NewKeyFromSeed(seed), Chain: keys.chain()}, nil
}
