// Package keepertest stands in for a cloud and a hub as far as lists go: it signs real lists, patches and venue
// manifests, and serves their blobs, rightly or with faults.
package keepertest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Key makes a key from a name: the same name, the same key.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// Public is the public half of Key.
func Public(name string) ed25519.PublicKey { return Key(name).Public().(ed25519.PublicKey) }

// ID makes an id from a name.
func ID(name string) (id ticket.EventID) {
	sum := sha256.Sum256([]byte(name))
	copy(id[:], sum[:])
	return id
}

// Source is one organizer with its lists.
type Source struct {
	Venue     ticket.EventID
	Organizer ticket.EventID
	Platform  ed25519.PublicKey

	t     testing.TB
	list  ed25519.PrivateKey
	chain whitelist.Chain

	mu      sync.Mutex
	down    bool
	mute    bool // no secrets
	spoil   func(name whitelist.Hash, raw []byte) []byte
	blobs   map[whitelist.Hash][]byte
	secrets map[ticket.EventID]whitelist.Secrets
	newest  map[ticket.EventID]uint64 // epochs of lists
	asked   int
}

// New returns an organizer with keys of its own, under the platform key "platform".
func New(t testing.TB, name string) *Source {
	organizer := ID("organizer " + name)
	until := time.Now().Add(1000 * 24 * time.Hour)
	root := whitelist.Delegate(Key("platform"), whitelist.RoleRoot, Public("root "+name), organizer, until)
	list := whitelist.Delegate(Key("root "+name), whitelist.RoleList, Public("list "+name), organizer, until)
	return &Source{Venue: ID("venue"), Organizer: organizer, Platform: Public("platform"), t: t,
		list: Key("list " + name), chain: whitelist.Chain{Root: root, List: list},
		blobs: map[whitelist.Hash][]byte{}, secrets: map[ticket.EventID]whitelist.Secrets{}, newest: map[ticket.EventID]uint64{}}
}

// ErrDown is what a Source answers while it is down.
var ErrDown = errors.New("the hub does not answer")

// Down takes the blobs away, or gives them back.
func (s *Source) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Spoil changes what is served, as a lying hub would; nil ends it.
func (s *Source) Spoil(change func(name whitelist.Hash, raw []byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoil = change
}

// Asked is how many blobs were served.
func (s *Source) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Blob serves one blob.
func (s *Source) Blob(_ context.Context, name whitelist.Hash, limit int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, ok := s.blobs[name]
	if s.down || !ok {
		return nil, ErrDown
	}
	s.asked++
	if s.spoil != nil {
		raw = s.spoil(name, append([]byte(nil), raw...))
	}
	if int64(len(raw)) > limit {
		return nil, errors.New("over the limit")
	}
	return raw, nil
}

// Secrets serves the secrets of a scope as they are: of an event as of its newest list, of a venue as of any manifest.
func (s *Source) Secrets(_ context.Context, scope ticket.EventID, epoch uint64) (whitelist.Secrets, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secrets, ok := s.secrets[scope]
	if s.down || !ok || s.mute {
		return whitelist.Secrets{}, ErrDown
	}
	if secrets.Newest = s.newest[scope]; secrets.Newest == 0 {
		secrets.Newest = epoch
	}
	return secrets, nil
}

// Mute has secrets not given out, while blobs still are.
func (s *Source) Mute(mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = mute
}

// Keep gives a scope secrets of its own, as a venue has them for its badges.
func (s *Source) Keep(scope ticket.EventID, secrets whitelist.Secrets) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[scope] = secrets
}

// Put makes bytes a blob.
func (s *Source) Put(raw []byte) whitelist.Hash {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[whitelist.HashOf(raw)] = raw
	return whitelist.HashOf(raw)
}

// Sign signs a venue manifest: venue, epoch and times are filled in when they are zero.
func (s *Source) Sign(v whitelist.Venue) whitelist.SignedVenue {
	s.t.Helper()
	now := time.Now()
	if v.Venue == (ticket.EventID{}) {
		v.Venue = s.Venue
	}
	if v.Epoch == 0 {
		v.Epoch = uint64(now.UnixMilli())
	}
	if v.Name == "" {
		v.Name = "Theatro São Pedro"
	}
	if v.TimeZone == "" {
		v.TimeZone = "America/Sao_Paulo"
	}
	v.IssuedAt, v.GoodUntil = now.Unix(), now.Add(9*24*time.Hour).Unix()
	signed, err := whitelist.SignVenue(v, s.list, s.chain)
	require.NoError(s.t, err)
	return signed
}

// VenueNotice is the message that carries a venue manifest.
func VenueNotice(v whitelist.SignedVenue) wire.VenueNotice {
	return wire.VenueNotice{V: wire.Version, Venue: v.Raw()}
}

// Event is one event's list as the cloud has it.
type Event struct {
	ID      ticket.EventID
	Secrets whitelist.Secrets
	Rules   whitelist.Rules
	Entries map[whitelist.Key]whitelist.Entry
	Epoch   uint64 // of the newest manifest

	s *Source
}

// Event makes an event with one kind, "Inteira", and one ticket key, "ticket <name>".
func (s *Source) Event(name string) *Event {
	e := &Event{ID: ID("event " + name), Entries: map[whitelist.Key]whitelist.Entry{}, s: s}
	e.Secrets = whitelist.Secrets{List: sha256.Sum256([]byte("list " + name)), Ref: sha256.Sum256([]byte("ref " + name))}
	e.Rules = whitelist.Rules{Event: e.ID, Name: name,
		Kinds:      []whitelist.Kind{{Name: "Inteira", Use: whitelist.UseSingle}},
		TicketKeys: []whitelist.CodeKey{{ID: 0, Key: Public("ticket " + name)}}}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[e.ID] = e.Secrets
	return e
}

// Named is how a venue manifest names the event, on today.
func (e *Event) Named() whitelist.VenueEvent {
	now := time.Now()
	return whitelist.VenueEvent{Event: e.ID, Organizer: e.s.Organizer, Name: e.Rules.Name,
		Doors: now.Add(-time.Hour).Unix(), Start: now.Unix(), End: now.Add(4 * time.Hour).Unix()}
}

// Ticket is the entry of a ticket in a state.
func (e *Event) Ticket(id ticket.ID, state whitelist.State) whitelist.Entry {
	return whitelist.Entry{Key: whitelist.TicketKey(e.Secrets.List, id), Ref: whitelist.TicketRef(e.Secrets.Ref, id), State: state}
}

// Tickets makes good tickets number 1 to n.
func (e *Event) Tickets(n int) (entries []whitelist.Entry) {
	for id := range n {
		entries = append(entries, e.Ticket(ticket.ID(id+1), whitelist.Good))
	}
	return entries
}

// Code mints the signed code of a ticket.
func (e *Event) Code(f ticket.Fields) string {
	e.s.t.Helper()
	code, err := ticket.Mint(ticket.Signer{Event: e.ID, Key: Key("ticket " + e.Rules.Name)}, f)
	require.NoError(e.s.t, err)
	return code.Text()
}

// Rotate changes the list secret and publishes the whole list under the new one, without a patch.
func (e *Event) Rotate(ids []ticket.ID, states map[ticket.ID]whitelist.State) wire.ListNotice {
	e.s.t.Helper()
	next := whitelist.NextEpoch(e.Epoch, time.Now())
	e.Secrets = e.Secrets.Changed(sha256.Sum256(e.Secrets.List[:]), next)
	e.s.Keep(e.ID, e.Secrets)
	e.Entries = map[whitelist.Key]whitelist.Entry{}
	all := make([]whitelist.Entry, len(ids))
	for i, id := range ids {
		all[i] = e.Ticket(id, max(states[id], whitelist.Good))
	}
	list, _ := e.Publish(all...)
	return list
}

// Publish changes entries and returns the notices of the new epoch.
func (e *Event) Publish(changes ...whitelist.Entry) (wire.ListNotice, wire.PatchNotice) {
	e.s.t.Helper()
	for _, change := range changes {
		e.Entries[change.Key] = change
	}
	all := make([]whitelist.Entry, 0, len(e.Entries))
	for _, entry := range e.Entries {
		all = append(all, entry)
	}
	list, err := whitelist.Build(all)
	require.NoError(e.s.t, err)
	names := make([]whitelist.Hash, len(list.Buckets))
	for i, bucket := range list.Buckets {
		names[i] = e.s.Put(bucket)
	}
	rules, err := whitelist.EncodeRules(e.Rules)
	require.NoError(e.s.t, err)
	from, now := e.Epoch, time.Now()
	e.Epoch = whitelist.NextEpoch(from, now)
	e.s.mu.Lock()
	e.s.newest[e.ID] = e.Epoch
	e.s.mu.Unlock()
	m, err := whitelist.SignManifest(whitelist.Manifest{Event: e.ID, Epoch: e.Epoch, IssuedAt: now,
		GoodUntil: now.Add(9 * 24 * time.Hour), Depth: list.Depth, Count: uint32(len(all)),
		Index: e.s.Put(whitelist.EncodeIndex(names)), Rules: e.s.Put(rules)}, e.s.list, e.s.chain)
	require.NoError(e.s.t, err)
	return wire.ListNotice{V: wire.Version, Manifest: m.Raw()}, e.patch(m, from, changes)
}

func (e *Event) patch(m whitelist.SignedManifest, from uint64, changes []whitelist.Entry) wire.PatchNotice {
	raw, err := whitelist.EncodePatch(whitelist.Patch{Manifest: m, From: from, Entries: changes}, e.s.list)
	require.NoError(e.s.t, err)
	if len(raw) > wire.MaxInline {
		return wire.PatchNotice{V: wire.Version, Blob: e.s.Put(raw)}
	}
	return wire.PatchNotice{V: wire.Version, Patch: raw}
}
