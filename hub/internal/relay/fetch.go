package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

const (
	lastRetry = time.Minute
	settle    = 500 * time.Millisecond // lists change in bursts; wait for the end of one
	parallel  = 4                      // fetches at a time
)

// again tries a notice once more after a pause: its blob could not be fetched.
func (r *Relay) again(ctx context.Context, what string, err error, do func()) {
	r.cfg.Log.Warn(what+" could not be fetched; trying again", "why", err)
	time.AfterFunc(r.cfg.Retry, func() {
		if ctx.Err() == nil {
			do()
		}
	})
}

// fetch brings every blob that a list needs to this hub, again whenever it is woken.
func (r *Relay) fetch(ctx context.Context) {
	pause := r.cfg.Retry
	for ctx.Err() == nil {
		var again <-chan time.Time
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			r.cfg.Log.Warn("not everything that gates may need is here yet; trying again", "why", err)
			again = time.After(pause)
			pause = min(2*pause, lastRetry)
		} else {
			pause = r.cfg.Retry
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
		case <-r.kick:
			wait(ctx, settle)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// round completes every list, and then deletes the blobs that none of them needs. A list that fails holds up no other.
func (r *Relay) round(ctx context.Context) error {
	var faults []error
	needed := map[whitelist.Hash]bool{}
	if blob := r.venueBlob(); blob != (whitelist.Hash{}) {
		needed[blob] = true
	}
	for scope, epoch := range r.scopes() {
		if _, err := r.cfg.Blobs.Secrets(ctx, scope, epoch); err != nil {
			faults = append(faults, fmt.Errorf("the secrets of %s: %w", scope, err))
		}
	}
	for _, m := range r.manifests() {
		names, err := r.complete(ctx, m)
		if err != nil {
			faults = append(faults, fmt.Errorf("the list of event %s at epoch %d: %w", m.Event, m.Epoch, err))
			continue
		}
		maps.Copy(needed, names)
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	return r.cfg.Blobs.Keep(needed)
}

func (r *Relay) venueBlob() whitelist.Hash {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blob
}

// scopes are the event ids and the venue id whose secrets gates ask for; the venue's must be as new as its manifest.
func (r *Relay) scopes() map[ticket.EventID]uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.venue == nil {
		return nil
	}
	scopes := map[ticket.EventID]uint64{}
	for _, e := range r.venue.Events {
		scopes[e.Event] = 0
	}
	if len(r.venue.BadgeKeys) > 0 {
		scopes[r.cfg.Venue] = r.venue.Epoch
	}
	return scopes
}

func (r *Relay) manifests() (out []whitelist.SignedManifest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lists {
		if l.manifest.Raw() != nil {
			out = append(out, l.manifest)
		}
	}
	slices.SortFunc(out, func(a, b whitelist.SignedManifest) int { return strings.Compare(a.Event.String(), b.Event.String()) })
	return out
}

// complete fetches what a list needs that is not here, and names all of it.
func (r *Relay) complete(ctx context.Context, m whitelist.SignedManifest) (map[whitelist.Hash]bool, error) {
	names := map[whitelist.Hash]bool{m.Index: true, m.Rules: true}
	raw, err := r.cfg.Blobs.Get(ctx, m.Index, int64(whitelist.HashLen)<<m.Depth)
	if err != nil {
		return nil, fmt.Errorf("fetch the index: %w", err)
	}
	buckets, err := m.OpenIndex(raw)
	if err != nil {
		return nil, err
	}
	for _, name := range buckets {
		names[name] = true
	}
	if err := r.getAll(ctx, slices.Collect(maps.Keys(names))); err != nil {
		return nil, err
	}
	if err := r.canBeRead(ctx, m, buckets); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.lists[m.Event]; l != nil && l.complete <= m.Epoch {
		l.complete, l.buckets = m.Epoch, buckets
	}
	return names, nil
}

// canBeRead makes sure that the secrets of a list that is new throughout are here too: it may be under another secret, and
// gates ask for it at once.
func (r *Relay) canBeRead(ctx context.Context, m whitelist.SignedManifest, buckets []whitelist.Hash) error {
	r.mu.Lock()
	var before []whitelist.Hash
	if l := r.lists[m.Event]; l != nil {
		before = l.buckets
	}
	r.mu.Unlock()
	if !whitelist.AllNew(before, buckets) {
		return nil
	}
	if _, err := r.cfg.Blobs.Secrets(ctx, m.Event, m.Epoch); err != nil {
		return fmt.Errorf("the secrets it is under: %w", err)
	}
	return nil
}

func (r *Relay) getAll(ctx context.Context, names []whitelist.Hash) error {
	var wg sync.WaitGroup
	faults := make([]error, parallel)
	for i := range parallel {
		wg.Go(func() {
			for n := i; n < len(names) && faults[i] == nil; n += parallel {
				faults[i] = r.cfg.Blobs.Ensure(ctx, names[n], max(whitelist.MaxBucket, whitelist.MaxRules))
			}
		})
	}
	wg.Wait()
	return errors.Join(faults...)
}

// ListView is a list as the status page shows it.
type ListView struct {
	Event     ticket.EventID `json:"event"`
	Name      string         `json:"name"`
	Epoch     uint64         `json:"epoch"` // 0 = none yet
	Count     uint32         `json:"count"`
	IssuedAt  int64          `json:"issued_at"`  // unix seconds
	GoodUntil int64          `json:"good_until"` // unix seconds
	Complete  bool           `json:"complete"`   // every blob of it is on this hub
}

// View is what the relay holds: one line for each event that the venue manifest names.
func (r *Relay) View() (venue *whitelist.Venue, lists []ListView, refused []Refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	refused = slices.Clone(r.refuse)
	if r.venue == nil {
		return nil, nil, refused
	}
	for _, e := range r.venue.Events {
		view := ListView{Event: e.Event, Name: e.Name}
		if l := r.lists[e.Event]; l != nil && l.manifest.Raw() != nil {
			m := l.manifest
			view.Epoch, view.Count, view.Complete = m.Epoch, m.Count, l.complete == m.Epoch
			view.IssuedAt, view.GoodUntil = m.IssuedAt.Unix(), m.GoodUntil.Unix()
		}
		lists = append(lists, view)
	}
	return &r.venue.Venue, lists, refused
}

// Obeys is the epoch of the venue manifest in force, 0 = none yet.
func (r *Relay) Obeys() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.venue == nil {
		return 0
	}
	return r.venue.Venue.Epoch
}
