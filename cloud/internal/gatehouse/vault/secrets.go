package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// SecretStore keeps the sealed secrets of events and venues.
type SecretStore interface {
	// Secrets reads a scope's, with the newest epoch of its list or venue manifest, in one look. ErrNone.
	Secrets(ctx context.Context, scope, organizer ticket.EventID) (sealed []byte, newest uint64, err error)
	KeepSecrets(ctx context.Context, scope, organizer ticket.EventID, sealed []byte) ([]byte, error)
	// ChangeSecrets puts others in their place, in the caller's transaction. ErrNone.
	ChangeSecrets(ctx context.Context, scope, organizer ticket.EventID, sealed []byte) error
}

// maxRefs bounds the ref secrets kept in memory; the rest are opened again.
const maxRefs = 10_000

// Ref gives the ref secret of a scope, made when first asked for. It never changes, so it is kept in memory.
func (k *Keyring) Ref(ctx context.Context, scope, organizer ticket.EventID) ([32]byte, error) {
	k.mu.Lock()
	ref, ok := k.refs[scope]
	k.mu.Unlock()
	if ok {
		return ref, nil
	}
	s, err := k.firstSecrets(ctx, scope, organizer)
	if err != nil {
		return ref, fmt.Errorf("secrets of %s: %w", scope, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.refs) >= maxRefs {
		clear(k.refs)
	}
	k.refs[scope] = s.Ref
	return s.Ref, nil
}

// Secrets gives the secrets of a scope as they are now, made when first asked for. They are read each time: another
// replica may have changed the list secret. Who is to agree with a list must read them under that list's lock.
func (k *Keyring) Secrets(ctx context.Context, scope, organizer ticket.EventID) (s whitelist.Secrets, err error) {
	sealed, newest, err := k.store.Secrets(ctx, scope, organizer)
	if errors.Is(err, ErrNone) {
		if _, err = k.firstSecrets(ctx, scope, organizer); err == nil {
			sealed, newest, err = k.store.Secrets(ctx, scope, organizer)
		}
	}
	if err == nil {
		s, err = k.openSecrets(scope, sealed)
	}
	if err != nil {
		return s, fmt.Errorf("secrets of %s: %w", scope, err)
	}
	s.Newest = newest
	return s, nil
}

// ChangeList makes a new list secret for what is signed from the epoch since on, in the caller's transaction, which holds
// the lock of the scope's list or venue manifest. The ref secret stays.
func (k *Keyring) ChangeList(ctx context.Context, scope, organizer ticket.EventID, since uint64) (whitelist.Secrets, error) {
	s, err := k.Secrets(ctx, scope, organizer)
	if err != nil {
		return s, err
	}
	s = s.Changed([32]byte(random(32)), since)
	raw, err := json.Marshal(s)
	if err == nil {
		err = k.store.ChangeSecrets(ctx, scope, organizer, k.seal.Seal(secretsPlace(scope), raw))
	}
	if err != nil {
		return s, fmt.Errorf("change the list secret of %s: %w", scope, err)
	}
	return s, nil
}

// firstSecrets makes secrets unless there are some, and gives back what is kept.
func (k *Keyring) firstSecrets(ctx context.Context, scope, organizer ticket.EventID) (whitelist.Secrets, error) {
	s := whitelist.Secrets{List: [32]byte(random(32)), Ref: [32]byte(random(32))}
	fresh, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	kept, err := k.store.KeepSecrets(ctx, scope, organizer, k.seal.Seal(secretsPlace(scope), fresh))
	if err != nil {
		return s, err
	}
	return k.openSecrets(scope, kept)
}

func (k *Keyring) openSecrets(scope ticket.EventID, sealed []byte) (s whitelist.Secrets, err error) {
	plain, err := k.seal.Open(secretsPlace(scope), sealed)
	if err != nil {
		return s, err
	}
	err = json.Unmarshal(plain, &s)
	return s, err
}

func secretsPlace(scope ticket.EventID) string { return "secrets/" + scope.String() }
