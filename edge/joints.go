package edge

import (
	"context"
	"errors"
	"sync/atomic"

	"portaria/edge/internal/bolt"
	"portaria/edge/internal/fetch"
	"portaria/edge/internal/machine"
	"portaria/edge/internal/uplink"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// listed shows the stored lists to the lanes.
type listed struct{ *bolt.Lists }

func (l listed) List(event ticket.EventID) lookup.List { return l.Lists.List(event) }

// errNoHub: nobody to talk to, yet or at all.
var errNoHub = errors.New("no hub")

// lateBlobs fetches from a hub that is found after the start.
type lateBlobs struct{ up atomic.Pointer[fetch.Hub] }

func (b *lateBlobs) set(hub *fetch.Hub) { b.up.Store(hub) }

func (b *lateBlobs) close() {
	if hub := b.up.Load(); hub != nil {
		hub.Close()
	}
}

func (b *lateBlobs) Blob(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error) {
	if hub := b.up.Load(); hub != nil {
		return hub.Blob(ctx, name, limit)
	}
	return nil, errNoHub
}

func (b *lateBlobs) Secrets(ctx context.Context, event ticket.EventID, epoch uint64) (whitelist.Secrets, error) {
	if hub := b.up.Load(); hub != nil {
		return hub.Secrets(ctx, event, epoch)
	}
	return whitelist.Secrets{}, errNoHub
}

// lateLink is the link of a driver that starts before the session does.
type lateLink struct {
	up      atomic.Pointer[uplink.Uplink]
	machine *machine.Reader
}

func (l *lateLink) set(link *uplink.Uplink) { l.up.Store(link) }

func (l *lateLink) close() {
	if link := l.up.Load(); link != nil {
		_ = link.Close()
	}
}

func (l *lateLink) Claim(m wire.Claim) error {
	if link := l.up.Load(); link != nil {
		return link.Claim(m)
	}
	return errNoHub
}

func (l *lateLink) Events(m wire.Events) error {
	if link := l.up.Load(); link != nil {
		return link.Events(m)
	}
	return errNoHub
}

func (l *lateLink) State(m wire.State) error {
	if link := l.up.Load(); link != nil {
		m.Machine = l.machine.Read()
		return link.State(m)
	}
	return errNoHub
}
