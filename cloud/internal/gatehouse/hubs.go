package gatehouse

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/identity"
)

// Refusals to hubs.
var (
	ErrNoHub  = fault.New(fault.NotFound, "unknown_hub", "There is no such hub.")
	ErrNoBlob = fault.New(fault.NotFound, "unknown_blob", "There is nothing of that name for this hub.")
)

// Hub is a venue's hub in service.
type Hub struct {
	ID        string
	Organizer ticket.EventID
	Venue     ticket.EventID
	TokenHash []byte         // SHA-256
	Key       identity.Print // it has joined with; zero = it has not
}

// HubStore reads what hubs may know.
type HubStore interface {
	// Hub finds a hub in service. ErrNoHub.
	Hub(ctx context.Context, id string) (Hub, error)
	// BlobFor reads a blob of a venue or of one of its events. ErrNoBlob.
	BlobFor(ctx context.Context, venue ticket.EventID, name whitelist.Hash) ([]byte, error)
	// EventAt says whose an event of a venue is. ErrNoEvent.
	EventAt(ctx context.Context, venue, event ticket.EventID) (ticket.EventID, error)
}

// Hubs serves hubs what is theirs.
type Hubs struct {
	Store HubStore
	Keys  *vault.Keyring
	Now   func() time.Time // nil = the real time
}

// NewToken makes a hub's token, and the hash that is kept of it: 256 random bits need no salt.
func NewToken() (token string, hash []byte) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // ends the program rather than fail
	token = base64.RawURLEncoding.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(token))
	return token, sum[:]
}

// Hub finds a hub in service. ErrNoHub.
func (h *Hubs) Hub(ctx context.Context, id string) (Hub, error) { return h.Store.Hub(ctx, id) }

// Knock finds a hub by id and token. ErrNoHub whichever of the two is wrong; the token is compared in constant time.
func (h *Hubs) Knock(ctx context.Context, id, token string) (Hub, error) {
	hub, err := h.Store.Hub(ctx, id)
	if err != nil && !errors.Is(err, ErrNoHub) {
		return Hub{}, fmt.Errorf("look up hub %s: %w", id, err)
	}
	sum := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(sum[:], hub.TokenHash) != 1 {
		return Hub{}, ErrNoHub
	}
	return hub, nil
}

// Blob reads a blob for a hub. ErrNoBlob.
func (h *Hubs) Blob(ctx context.Context, hub Hub, name whitelist.Hash) ([]byte, error) {
	return h.Store.BlobFor(ctx, hub.Venue, name)
}

// overlap is how long after a change gates are given the list secret before it too: for those that have the old list on
// their disk, and secrets in memory only, and start in between.
const overlap = 24 * time.Hour

// Secrets opens the list secrets of the hub's venue, or of one of its events. ErrNoEvent.
func (h *Hubs) Secrets(ctx context.Context, hub Hub, scope ticket.EventID) (whitelist.Secrets, error) {
	owner := hub.Organizer
	if scope != hub.Venue {
		var err error
		if owner, err = h.Store.EventAt(ctx, hub.Venue, scope); err != nil {
			return whitelist.Secrets{}, err
		}
	}
	s, err := h.Keys.Secrets(ctx, scope, owner)
	if changed := time.UnixMilli(int64(s.Since)); h.now().After(changed.Add(overlap)) { //nolint:gosec // 53 bits
		s.Before = [32]byte{}
	}
	return s, err
}

func (h *Hubs) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}
