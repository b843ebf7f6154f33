// Package keeper keeps a gate's lists right: it takes the signed notices that a hub sends, checks them from the
// platform's key down, makes patches live at once, folds them in the background, and heals by fetching exactly what
// differs from what was signed.
//
// The hub is not trusted: what it sends is either signed or named by a hash that was signed. What is refused changes
// nothing, and is reported.
package keeper

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"portaria/edge/internal/bolt"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Blobs fetches from the hub. What it returns is not trusted.
type Blobs interface {
	Blob(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error)
	// Secrets are those of an event's list or of the venue's people, as the cloud said them when these had come to this
	// epoch; 0 = whenever.
	Secrets(ctx context.Context, scope ticket.EventID, epoch uint64) (whitelist.Secrets, error)
}

// Config is what a keeper needs. Every field must be set but Log and AskAgain.
type Config struct {
	Lists    *bolt.Lists
	Blobs    Blobs
	Platform ed25519.PublicKey
	Venue    ticket.EventID
	Owner    ticket.EventID    // organizer that owns the venue
	Now      func() time.Time  // the zero time while the clock is not known
	Report   func(text string) // something an operator should know; must not block
	Changed  func()            // the venue manifest or a list has changed; must not block
	Log      *slog.Logger
	AskAgain time.Duration // after which secrets are asked for again; 10 minutes
}

// Keeper keeps the lists of one gate.
type Keeper struct {
	cfg   Config
	kick  chan struct{}
	inbox chan func(context.Context)

	mu    sync.Mutex
	early map[ticket.EventID]wire.ListNotice // came before the venue manifest that names their event
	said  map[string]time.Time

	asked map[ticket.EventID]time.Time // when secrets came; of the working goroutine alone
}

// maxEarly bounds the notices that wait for a venue manifest.
const maxEarly = 64

// New returns a keeper; nothing happens until Run.
func New(cfg Config) *Keeper {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.AskAgain == 0 {
		cfg.AskAgain = 10 * time.Minute
	}
	return &Keeper{cfg: cfg, kick: make(chan struct{}, 1), inbox: make(chan func(context.Context), 256),
		early: map[ticket.EventID]wire.ListNotice{}, said: map[string]time.Time{},
		asked: map[ticket.EventID]time.Time{}}
}

// Run works until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { k.takeNotices(ctx) })
	both.Go(func() { k.work(ctx) })
	both.Wait()
}

// Wake makes the keeper look again at once, as when the hub has come back.
func (k *Keeper) Wake() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// ListNotice hands a message over and returns at once, as PatchNotice and VenueNotice do. One that finds the inbox full is
// dropped: the hub sends manifests again at every connection, and a missed patch is healed.
func (k *Keeper) ListNotice(event ticket.EventID, n wire.ListNotice) {
	k.post(func(ctx context.Context) { k.takeList(ctx, event, n) })
}

// PatchNotice is like ListNotice.
func (k *Keeper) PatchNotice(event ticket.EventID, n wire.PatchNotice) {
	k.post(func(ctx context.Context) { k.takePatch(ctx, event, n) })
}

// VenueNotice is like ListNotice.
func (k *Keeper) VenueNotice(n wire.VenueNotice) {
	k.post(func(ctx context.Context) { k.takeVenue(ctx, n) })
}

func (k *Keeper) post(do func(context.Context)) {
	select {
	case k.inbox <- do:
	default:
		k.Wake()
	}
}

func (k *Keeper) takeNotices(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case do := <-k.inbox:
			do(ctx)
		}
	}
}

func (k *Keeper) takeVenue(ctx context.Context, n wire.VenueNotice) {
	raw, err := k.inlineOrBlob(ctx, n.Venue, n.Blob, whitelist.MaxVenue)
	if err != nil {
		k.cfg.Log.Warn("the venue manifest could not be fetched", "why", err)
		return
	}
	venue, err := whitelist.OpenVenue(raw, k.cfg.Platform, k.cfg.Now())
	if err == nil {
		err = venue.For(k.cfg.Venue, k.cfg.Owner)
	}
	if err == nil {
		err = k.cfg.Lists.SetVenue(ctx, venue)
	}
	if !k.taken("the venue manifest", err) {
		return
	}
	k.cfg.Log.Info("venue manifest in force", "epoch", venue.Epoch, "events", len(venue.Events))
	k.cfg.Changed()
	k.replayEarly(ctx)
	k.Wake()
}

func (k *Keeper) takeList(ctx context.Context, event ticket.EventID, n wire.ListNotice) {
	m, err := whitelist.OpenManifest(n.Manifest, k.cfg.Platform, k.cfg.Now())
	if err == nil {
		err = k.checkFor(event, m)
	}
	if errors.Is(err, errNotNamed) {
		k.keepEarly(event, n)
		return
	}
	if err == nil {
		err = k.cfg.Lists.List(event).Accept(ctx, m)
	}
	if k.taken("the list of event "+event.String(), err) {
		k.Wake()
	}
}

func (k *Keeper) takePatch(ctx context.Context, event ticket.EventID, n wire.PatchNotice) {
	raw, err := k.inlineOrBlob(ctx, n.Patch, n.Blob, maxPatch)
	if err != nil {
		k.cfg.Log.Warn("a patch could not be fetched; the list will be healed", "event", event, "why", err)
		k.Wake()
		return
	}
	p, err := whitelist.OpenPatch(raw, k.cfg.Platform, k.cfg.Now())
	if err == nil {
		err = k.checkFor(event, p.Manifest)
	}
	if errors.Is(err, errNotNamed) {
		k.keepEarly(event, wire.ListNotice{V: n.V, Manifest: p.Manifest.Raw()})
		return
	}
	if err == nil {
		err = k.cfg.Lists.List(event).Patch(ctx, p, raw)
	}
	if k.taken("a patch of event "+event.String(), err) {
		k.cfg.Changed()
		k.Wake()
	}
}

// errNotNamed: the venue manifest in force does not name the event, so nobody knows who may sign its list.
var errNotNamed = errors.New("the venue does not name this event")

func (k *Keeper) checkFor(event ticket.EventID, m whitelist.SignedManifest) error {
	venue, _ := k.cfg.Lists.Venue()
	named := venue.Venue.Event(event)
	if named == nil {
		return errNotNamed
	}
	return m.For(event, named.Organizer)
}

func (k *Keeper) keepEarly(event ticket.EventID, n wire.ListNotice) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.early) < maxEarly {
		k.early[event] = n
	}
}

func (k *Keeper) replayEarly(ctx context.Context) {
	k.mu.Lock()
	waiting := k.early
	k.early = map[ticket.EventID]wire.ListNotice{}
	k.mu.Unlock()
	for event, n := range waiting {
		k.takeList(ctx, event, n)
	}
}

// taken says whether something new was taken. What is already held is no incident; everything else is reported.
func (k *Keeper) taken(what string, err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, whitelist.ErrSameEpoch), errors.Is(err, context.Canceled):
	default:
		k.report(fmt.Sprintf("refused %s: %v", what, err))
	}
	return false
}

// report tells an operator, the same thing once a minute at most: a hub may send it every second.
func (k *Keeper) report(text string) {
	k.mu.Lock()
	last := k.said[text]
	if len(k.said) > 1000 {
		clear(k.said)
	}
	again := time.Since(last) < time.Minute
	if !again {
		k.said[text] = time.Now()
	}
	k.mu.Unlock()
	if !again {
		k.cfg.Log.Warn(text)
		k.cfg.Report(text)
	}
}

const maxPatch = 8 << 20 // bytes: whitelist.MaxPatchEntries and what stands around them

func (k *Keeper) inlineOrBlob(ctx context.Context, inline []byte, blob whitelist.Hash, limit int64) ([]byte, error) {
	if len(inline) > 0 {
		return inline, nil
	}
	return k.blob(ctx, blob, limit)
}

// blob fetches and checks one blob.
func (k *Keeper) blob(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error) {
	raw, err := k.cfg.Blobs.Blob(ctx, name, limit)
	if err != nil {
		return nil, err
	}
	return raw, name.Check(raw)
}
