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
	raw    []byte
	newest uint64 // the newest epoch of the list when the cloud said them
	at     time.Time
}

// Secrets gives the list secrets of an event or a venue as the cloud gave them when its list had come to this epoch: from
// the cloud, or what it said last when it can't be reached. What it said earlier than that is an error then: the list may
// be under another secret since. Epoch 0 takes whatever there is.
func (s *Shelf) Secrets(ctx context.Context, scope ticket.EventID, epoch uint64) ([]byte, error) {
	held, err := s.heldSecrets(scope)
	if err != nil {
		return nil, err
	}
	good := held.raw != nil && held.newest >= epoch
	if good && time.Since(held.at) < secretsFresh {
		return held.raw, nil
	}
	if good {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, secretsAnswer)
		defer stop()
	}
	fresh, err := s.fetchSecrets(ctx, scope)
	switch {
	case err != nil && good:
		return held.raw, nil
	case err == nil && fresh.newest < epoch:
		err = fmt.Errorf("the cloud knows the list of %s as of epoch %d, asked for was %d", scope, fresh.newest, epoch)
	}
	return fresh.raw, err
}

func (s *Shelf) heldSecrets(scope ticket.EventID) (secret, error) {
	s.mu.Lock()
	held, ok := s.secrets[scope]
	s.mu.Unlock()
	if ok || s.cfg.Secrets == nil {
		return held, nil
	}
	raw, err := s.cfg.Secrets.Secrets(scope)
	if raw == nil || err != nil {
		return secret{}, err
	}
	var kept whitelist.Secrets
	if err := json.Unmarshal(raw, &kept); err != nil {
		return secret{}, nil //nolint:nilerr // as if there were none: the cloud is asked
	}
	return secret{raw: raw, newest: kept.Newest}, nil
}

func (s *Shelf) fetchSecrets(ctx context.Context, scope ticket.EventID) (got secret, err error) {
	raw, err := s.ask(ctx, "/secrets/"+scope.String(), maxSecrets)
	if err != nil {
		return got, fmt.Errorf("fetch the secrets of %s: %w", scope, err)
	}
	var check whitelist.Secrets
	if err := json.Unmarshal(raw, &check); err != nil || check.List == [32]byte{} {
		return got, fmt.Errorf("fetch the secrets of %s: the cloud's answer can't be read", scope)
	}
	if s.cfg.Secrets != nil {
		if err := s.cfg.Secrets.SetSecrets(ctx, scope, raw); err != nil {
			return got, err
		}
	}
	got = secret{raw: raw, newest: check.Newest, at: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[scope] = got
	return got, nil
}
