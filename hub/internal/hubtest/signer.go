// Package hubtest stands in for what a hub talks to: a cloud that signs real lists and takes records, and a gate that
// speaks the real protocol. Each can be made to misbehave.
package hubtest

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Patience is how long a test waits for what must come.
const Patience = 15 * time.Second

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

// Signer is an organizer's list key under a platform key.
type Signer struct {
	Organizer   ticket.EventID
	Controllers []whitelist.Controller // of every venue manifest
	Mode        whitelist.Mode         // of every door of a venue manifest, empty = open
	Homes       *whitelist.Homes       // of every venue manifest; with some its doors have the policy home
	list        ed25519.PrivateKey
	chain       whitelist.Chain
}

// NewSigner makes an organizer under the named platform key; "platform" is the one that hubs of tests trust.
func NewSigner(platform, organizer string) Signer {
	id, until := ID("organizer "+organizer), time.Now().Add(1000*24*time.Hour)
	root := whitelist.Delegate(Key(platform), whitelist.RoleRoot, Public("root "+organizer), id, until)
	list := whitelist.Delegate(Key("root "+organizer), whitelist.RoleList, Public("list "+organizer), id, until)
	return Signer{Organizer: id, list: Key("list " + organizer), chain: whitelist.Chain{Root: root, List: list}}
}

// Venue signs a venue manifest for events of these organizers' (nil = the signer's own).
func (s Signer) Venue(t testing.TB, venue ticket.EventID, epoch uint64, events ...ticket.EventID) whitelist.SignedVenue {
	t.Helper()
	now := time.Now()
	v := whitelist.Venue{Venue: venue, Epoch: epoch, Controllers: s.Controllers, IssuedAt: now.Unix(), GoodUntil: now.Add(10 * 24 * time.Hour).Unix(),
		Name: "Theatro São Pedro", TimeZone: "America/Sao_Paulo", Zones: []whitelist.Zone{{ID: "hall", Name: "Hall"}},
		Checkpoints: []whitelist.Checkpoint{{ID: "door", Name: "Door", Direction: whitelist.In, To: "hall", Events: events,
			Mode: cmp.Or(s.Mode, whitelist.Open), Policy: whitelist.Free, Unlisted: whitelist.UnlistedRefuse}}}
	if s.Homes != nil {
		v.Homes, v.Checkpoints[0].Policy = s.Homes, whitelist.Home
	}
	for _, e := range events {
		v.Events = append(v.Events, whitelist.VenueEvent{Event: e, Organizer: s.Organizer, Name: "Evening", Doors: now.Unix(),
			Start: now.Unix(), End: now.Add(5 * time.Hour).Unix()})
	}
	signed, err := whitelist.SignVenue(v, s.list, s.chain)
	require.NoError(t, err)
	return signed
}

// List is a signed list with its blobs.
type List struct {
	Manifest whitelist.SignedManifest
	Blobs    map[whitelist.Hash][]byte
}

// List signs a list of n entries at an epoch.
func (s Signer) List(t testing.TB, event ticket.EventID, epoch uint64, n int) List {
	t.Helper()
	var entries []whitelist.Entry
	for i := range n {
		key := sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)})
		entries = append(entries, whitelist.Entry{Key: whitelist.Key(key[:16]), Ref: whitelist.Ref(key[16:]), State: whitelist.Good})
	}
	built, err := whitelist.Build(entries)
	require.NoError(t, err)
	rules, err := json.Marshal(whitelist.Rules{Event: event, Name: "Evening",
		Kinds: []whitelist.Kind{{Name: "Full", Use: whitelist.UseSingle}}, TicketKeys: []whitelist.CodeKey{}})
	require.NoError(t, err)
	out := List{Blobs: map[whitelist.Hash][]byte{whitelist.HashOf(rules): rules, built.Root(): built.IndexBytes()}}
	for _, bucket := range built.Buckets {
		out.Blobs[whitelist.HashOf(bucket)] = bucket
	}
	now := time.Now()
	out.Manifest, err = whitelist.SignManifest(whitelist.Manifest{Event: event, Epoch: epoch, IssuedAt: now,
		GoodUntil: now.Add(10 * 24 * time.Hour), Depth: built.Depth, Count: uint32(n), Index: built.Root(), //nolint:gosec // small
		Rules: whitelist.HashOf(rules)}, s.list, s.chain)
	require.NoError(t, err)
	return out
}

// Patch signs a patch from an epoch to a list's.
func (s Signer) Patch(t testing.TB, from uint64, to List, entries ...whitelist.Entry) []byte {
	t.Helper()
	raw, err := whitelist.EncodePatch(whitelist.Patch{Manifest: to.Manifest, From: from, Entries: entries}, s.list)
	require.NoError(t, err)
	return raw
}
