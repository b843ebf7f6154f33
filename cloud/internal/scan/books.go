package scan

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Shelf reads what gates are told, as it was signed. ErrNoDoor where there is nothing.
type Shelf interface {
	// VenueManifest is the signed manifest in force, if its epoch is not the one that is held.
	VenueManifest(ctx context.Context, organizer, venue uuid.UUID, held uint64) (raw []byte, epoch uint64, err error)
	// Lists is the newest epoch of each event's list.
	Lists(ctx context.Context, organizer uuid.UUID, events []uuid.UUID) (map[uuid.UUID]uint64, error)
	Manifest(ctx context.Context, event uuid.UUID) ([]byte, error)
	Blob(ctx context.Context, scope uuid.UUID, name whitelist.Hash) ([]byte, error)
}

// Secrets opens the secrets of an event's list.
type Secrets interface {
	Secrets(ctx context.Context, scope, organizer ticket.EventID) (whitelist.Secrets, error)
	PlatformKey() ed25519.PublicKey
}

// Books are the manifests and lists of the venues that are scanned at, held as long as they are used.
type Books struct {
	Shelf   Shelf
	Secrets Secrets

	mu   sync.Mutex
	open map[uuid.UUID]*shelfmark
}

const (
	fresh   = 700 * time.Millisecond // a book that was looked at so lately is not looked at again
	mostOf  = 200                    // books at hand
	readFor = 5 * time.Second
)

// shelfmark is a venue's place. Its lock is held while its book is read.
type shelfmark struct {
	mu   sync.Mutex
	at   time.Time
	used time.Time
	book *Book
}

// Book is what a venue's gates obey at a moment. It does not change.
type Book struct {
	Organizer uuid.UUID
	Signed    whitelist.SignedVenue
	Zone      *time.Location
	lists     map[ticket.EventID]*list
}

var _ lookup.Lists = (*Book)(nil)

// Venue gives a venue's book. ErrNoDoor.
func (b *Books) Venue(ctx context.Context, organizer, venue uuid.UUID) (*Book, error) {
	mark := b.mark(venue)
	mark.mu.Lock()
	defer mark.mu.Unlock()
	mark.used = time.Now()
	if mark.book != nil && mark.book.Organizer != organizer {
		return nil, ErrNoDoor
	}
	if mark.book != nil && time.Since(mark.at) < fresh {
		return mark.book, nil
	}
	next, err := b.read(ctx, organizer, venue, mark.book)
	if err != nil {
		return nil, err
	}
	mark.book, mark.at = next, time.Now()
	return next, nil
}

func (b *Books) mark(venue uuid.UUID) *shelfmark {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open == nil {
		b.open = map[uuid.UUID]*shelfmark{}
	}
	if b.open[venue] == nil {
		if len(b.open) >= mostOf {
			b.putBack()
		}
		b.open[venue] = &shelfmark{used: time.Now()}
	}
	return b.open[venue]
}

// putBack makes room: the book that was not used for longest goes.
func (b *Books) putBack() {
	oldest, when := uuid.Nil, time.Now()
	for id, mark := range b.open {
		if mark.mu.TryLock() { // one that is being read is in use
			if mark.used.Before(when) {
				oldest, when = id, mark.used
			}
			mark.mu.Unlock()
		}
	}
	delete(b.open, oldest)
}

func (b *Books) read(ctx context.Context, organizer, venue uuid.UUID, old *Book) (*Book, error) {
	ctx, cancel := context.WithTimeout(ctx, readFor)
	defer cancel()
	next := &Book{Organizer: organizer, lists: map[ticket.EventID]*list{}}
	if err := b.readVenue(ctx, venue, old, next); err != nil {
		return nil, err
	}
	events := make([]uuid.UUID, len(next.Signed.Events))
	for i, e := range next.Signed.Events {
		events[i] = uuid.UUID(e.Event)
	}
	epochs, err := b.Shelf.Lists(ctx, organizer, events)
	if err != nil {
		return nil, fmt.Errorf("look for newer lists: %w", err)
	}
	for event, epoch := range epochs {
		id := ticket.EventID(event)
		if old != nil && old.lists[id] != nil && old.lists[id].manifest.Epoch == epoch {
			next.lists[id] = old.lists[id]
			continue
		}
		var before *list
		if old != nil {
			before = old.lists[id]
		}
		if next.lists[id], err = b.readList(ctx, organizer, event, before); err != nil {
			return nil, fmt.Errorf("read the list of event %s: %w", event, err)
		}
	}
	return next, nil
}

func (b *Books) readVenue(ctx context.Context, venue uuid.UUID, old, next *Book) error {
	held := uint64(0)
	if old != nil {
		held = old.Signed.Epoch
	}
	raw, epoch, err := b.Shelf.VenueManifest(ctx, next.Organizer, venue, held)
	if err != nil {
		return err
	}
	if epoch == held {
		next.Signed, next.Zone = old.Signed, old.Zone
		return nil
	}
	if next.Signed, err = whitelist.OpenVenue(raw, b.Secrets.PlatformKey(), time.Time{}); err != nil {
		return fmt.Errorf("read the manifest of venue %s: %w", venue, err)
	}
	if next.Zone, err = time.LoadLocation(next.Signed.TimeZone); err != nil {
		next.Zone = time.UTC
	}
	return nil
}

func (b *Books) readList(ctx context.Context, organizer, event uuid.UUID, before *list) (*list, error) {
	raw, err := b.Shelf.Manifest(ctx, event)
	if err != nil {
		return nil, err
	}
	l := &list{shelf: b.Shelf, event: event, buckets: map[whitelist.Hash][]byte{}}
	if l.manifest, err = whitelist.OpenManifest(raw, b.Secrets.PlatformKey(), time.Time{}); err != nil {
		return nil, err
	}
	if raw, err = b.Shelf.Blob(ctx, event, l.manifest.Rules); err != nil {
		return nil, fmt.Errorf("read its rules: %w", err)
	}
	if l.rules, err = l.manifest.OpenRules(raw); err != nil {
		return nil, err
	}
	if raw, err = b.Shelf.Blob(ctx, event, l.manifest.Index); err != nil {
		return nil, fmt.Errorf("read its index: %w", err)
	}
	if l.index, err = l.manifest.OpenIndex(raw); err != nil {
		return nil, err
	}
	if l.secrets, err = b.Secrets.Secrets(ctx, ticket.EventID(event), ticket.EventID(organizer)); err != nil {
		return nil, err
	}
	l.inherit(before)
	return l, nil
}

// Venue is the manifest in force.
func (b *Book) Venue() (whitelist.SignedVenue, bool) { return b.Signed, true }

// Secrets are an event's.
func (b *Book) Secrets(event ticket.EventID) (whitelist.Secrets, bool) {
	l := b.lists[event]
	if l == nil {
		return whitelist.Secrets{}, false
	}
	return l.secrets, true
}

// List is an event's; one that is not there has nothing in it.
func (b *Book) List(event ticket.EventID) lookup.List {
	if l := b.lists[event]; l != nil {
		return l
	}
	return (*list)(nil)
}

// list is one event's signed list, whose buckets are read when they are needed.
type list struct {
	shelf    Shelf
	event    uuid.UUID
	manifest whitelist.SignedManifest
	rules    *whitelist.Rules
	index    []whitelist.Hash
	secrets  whitelist.Secrets

	mu      sync.Mutex
	buckets map[whitelist.Hash][]byte
}

// inherit takes over the buckets that have not changed.
func (l *list) inherit(before *list) {
	if before == nil {
		return
	}
	before.mu.Lock()
	defer before.mu.Unlock()
	for _, name := range l.index {
		if raw, held := before.buckets[name]; held {
			l.buckets[name] = raw
		}
	}
}

// Find looks a key up.
func (l *list) Find(key whitelist.Key) (whitelist.Entry, bool, error) {
	if l == nil {
		return whitelist.Entry{}, false, nil
	}
	at := whitelist.BucketOf(key, l.manifest.Depth)
	if at >= len(l.index) {
		return whitelist.Entry{}, false, errors.New("the index is too short")
	}
	raw, err := l.bucket(l.index[at])
	if err != nil {
		return whitelist.Entry{}, false, err
	}
	entry, found := whitelist.Find(raw, key)
	return entry, found, nil
}

func (l *list) bucket(name whitelist.Hash) ([]byte, error) {
	l.mu.Lock()
	raw, held := l.buckets[name]
	l.mu.Unlock()
	if held {
		return raw, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), readFor)
	defer cancel()
	raw, err := l.shelf.Blob(ctx, l.event, name)
	if err == nil {
		err = name.Check(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("read a bucket of the list: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buckets[name] = raw
	return raw, nil
}

// Held is the list's manifest.
func (l *list) Held() (whitelist.SignedManifest, bool) {
	if l == nil {
		return whitelist.SignedManifest{}, false
	}
	return l.manifest, true
}

// Rules are the list's.
func (l *list) Rules() *whitelist.Rules {
	if l == nil {
		return nil
	}
	return l.rules
}
