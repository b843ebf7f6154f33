package blobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

const (
	maxSecrets    = 4 << 10         // bytes
	secretsFresh  = 5 * time.Minute // how long they are passed on without asking the cloud again: they can be rotated
	secretsAnswer = 3 * time.Second // how long a gate waits for the cloud while older ones are at hand
)

type secret struct {
	raw []byte
	at  time.Time
}

// Secrets gives the list secrets of an event or a venue as the cloud gave them: from the cloud, or what it said last
// when it can't be reached.
func (s *Shelf) Secrets(ctx context.Context, scope ticket.EventID) ([]byte, error) {
	held, err := s.heldSecrets(scope)
	if err != nil {
		return nil, err
	}
	if held.raw != nil && time.Since(held.at) < secretsFresh {
		return held.raw, nil
	}
	if held.raw != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, secretsAnswer)
		defer stop()
	}
	raw, err := s.fetchSecrets(ctx, scope)
	if err != nil && held.raw != nil {
		return held.raw, nil
	}
	return raw, err
}

func (s *Shelf) heldSecrets(scope ticket.EventID) (secret, error) {
	s.mu.Lock()
	held, ok := s.secrets[scope]
	s.mu.Unlock()
	if ok || s.cfg.Secrets == nil {
		return held, nil
	}
	raw, err := s.cfg.Secrets.Secrets(scope)
	return secret{raw: raw}, err
}

func (s *Shelf) fetchSecrets(ctx context.Context, scope ticket.EventID) ([]byte, error) {
	raw, err := s.ask(ctx, "/secrets/"+scope.String(), maxSecrets)
	if err != nil {
		return nil, fmt.Errorf("fetch the secrets of %s: %w", scope, err)
	}
	var check whitelist.Secrets
	if err := json.Unmarshal(raw, &check); err != nil || check.List == [32]byte{} {
		return nil, fmt.Errorf("fetch the secrets of %s: the cloud's answer can't be read", scope)
	}
	if s.cfg.Secrets != nil {
		if err := s.cfg.Secrets.SetSecrets(ctx, scope, raw); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[scope] = secret{raw: raw, at: time.Now()}
	return raw, nil
}
