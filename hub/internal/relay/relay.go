// Package relay passes signed lists, patches and the venue manifest from the cloud to the gates, and keeps them for
// gates that come later.
//
// A hub is only a carrier: gates check every signature themselves. It checks them too, so that what is wrong is found
// where somebody looks, and it keeps the highest epoch of each before it sends it, so that a cloud which turns back
// time is refused and reported. It fetches all blobs that a list needs, so that a gate can be set up while the
// internet is away. It decides nothing about tickets.
package relay

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Store keeps what was accepted, durably.
type Store interface {
	Venue() ([]byte, error)
	SetVenue(ctx context.Context, raw []byte) error
	List(event ticket.EventID) ([]byte, error)
	SetList(ctx context.Context, event ticket.EventID, raw []byte) error
	DropList(ctx context.Context, event ticket.EventID) error
}

// Blobs gets what is named by its hash, from the disk or from the cloud.
type Blobs interface {
	Get(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error)
	// Ensure brings it here without reading it.
	Ensure(ctx context.Context, name whitelist.Hash, limit int64) error
	// Keep deletes every blob that is not named.
	Keep(names map[whitelist.Hash]bool) error
	// Secrets makes sure that the list secrets of an event or a venue are at hand, as they were when the list had come to
	// this epoch; 0 = whenever.
	Secrets(ctx context.Context, scope ticket.EventID, epoch uint64) ([]byte, error)
}

// Config is what a relay needs.
type Config struct {
	Venue    ticket.EventID
	Owner    ticket.EventID // organizer that owns the venue
	Platform ed25519.PublicKey
	Store    Store
	Blobs    Blobs
	// Send publishes to gates.
	Send func(topic string, payload []byte, retained bool) error
	// Changed hears of the venue manifest in force.
	Changed func(*whitelist.Venue)
	Now     func() time.Time
	Log     *slog.Logger
	Retry   time.Duration // first pause after a failed fetch; 2 s
}

// Relay is a carrier of lists.
type Relay struct {
	cfg   Config
	inbox chan func(context.Context)
	kick  chan struct{}

	mu     sync.Mutex
	venue  *whitelist.SignedVenue
	blob   whitelist.Hash // that the venue manifest travels as; zero = inline
	lists  map[ticket.EventID]*list
	early  map[ticket.EventID]wire.ListNotice // came before the venue manifest that names their event
	refuse []Refusal
	said   map[string]time.Time
}

type list struct {
	manifest whitelist.SignedManifest
	patched  uint64           // newest epoch that a patch was passed on for
	complete uint64           // newest epoch whose blobs are all here
	buckets  []whitelist.Hash // of that
}

// Refusal is something the cloud sent that was not passed on.
type Refusal struct {
	At   int64  `json:"at"` // unix ms
	What string `json:"what"`
	Why  string `json:"why"`
}

const (
	maxEarly    = 256
	maxRefusals = 50
	maxPatch    = 8 << 20 // bytes: whitelist.MaxPatchEntries and what stands around them
)

// New reads what was accepted before and sends it to the gates; nothing else moves until Run.
func New(cfg Config) (*Relay, error) {
	if cfg.Retry == 0 {
		cfg.Retry = 2 * time.Second
	}
	r := &Relay{cfg: cfg, inbox: make(chan func(context.Context), 1024), kick: make(chan struct{}, 1),
		lists: map[ticket.EventID]*list{}, early: map[ticket.EventID]wire.ListNotice{}, said: map[string]time.Time{}}
	if err := r.load(); err != nil {
		return nil, fmt.Errorf("load the lists: %w", err)
	}
	return r, nil
}

// load checks what was kept against the platform key of today; dates were judged when it came.
func (r *Relay) load() error {
	raw, err := r.cfg.Store.Venue()
	if err != nil || raw == nil {
		return err
	}
	venue, err := whitelist.OpenVenue(raw, r.cfg.Platform, time.Time{})
	if err == nil {
		err = venue.For(r.cfg.Venue, r.cfg.Owner)
	}
	if err != nil {
		r.refused("the venue manifest on disk", err)
		return nil
	}
	r.adopt(venue)
	for _, e := range venue.Events {
		if err := r.loadList(e); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) loadList(e whitelist.VenueEvent) error {
	raw, err := r.cfg.Store.List(e.Event)
	if err != nil || raw == nil {
		return err
	}
	m, err := whitelist.OpenManifest(raw, r.cfg.Platform, time.Time{})
	if err == nil {
		err = m.For(e.Event, e.Organizer)
	}
	if err != nil {
		r.refused("the list of event "+e.Event.String()+" on disk", err)
		return nil
	}
	r.mu.Lock()
	r.lists[e.Event] = &list{manifest: m}
	r.mu.Unlock()
	r.sendList(m)
	return nil
}

// Run takes notices and fetches blobs until ctx ends.
func (r *Relay) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { r.takeNotices(ctx) })
	both.Go(func() { r.fetch(ctx) })
	both.Wait()
}

// Wake makes the relay fetch at once what is missing, as when the cloud is back.
func (r *Relay) Wake() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

func (r *Relay) takeNotices(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case do := <-r.inbox:
			do(ctx)
		}
	}
}

// post keeps notices in order. One that finds the inbox full is dropped: the cloud sends manifests again at every
// connection, and gates heal what a missed patch leaves behind.
func (r *Relay) post(do func(context.Context)) {
	select {
	case r.inbox <- do:
	default:
		r.cfg.Log.Warn("list notices come faster than they are taken; one was dropped")
	}
}

// refused reports what was not passed on; the same thing once a minute at most.
func (r *Relay) refused(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	text := what + err.Error()
	if len(r.said) > 1000 {
		clear(r.said)
	}
	if last, ok := r.said[text]; ok && now.Sub(last) < time.Minute {
		return
	}
	r.said[text] = now
	r.cfg.Log.Warn("refused "+what, "why", err)
	r.refuse = append(r.refuse, Refusal{At: now.UnixMilli(), What: what, Why: err.Error()})
	if len(r.refuse) > maxRefusals {
		r.refuse = r.refuse[1:]
	}
}

// news tells whether there is something to accept: nothing to say of what is held already, a report for all else.
func (r *Relay) news(what string, err error) bool {
	if err != nil && !errors.Is(err, whitelist.ErrSameEpoch) {
		r.refused(what, err)
	}
	return err == nil
}
