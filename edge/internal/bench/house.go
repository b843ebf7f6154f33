package bench

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"portaria/edge/internal/bolt"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// house is a stored list of many tickets, signed by keys made for it, and a door that serves it.
type house struct {
	dir      string
	lists    *bolt.Lists
	resolver lookup.Resolver
	venue    *whitelist.Venue
	event    ticket.EventID
	tickets  []ticket.ID
	key      ed25519.PrivateKey // of signed codes
	public   ed25519.PublicKey
	signer   *signer // of lists
}

const (
	door         = "door"
	platformFile = "platform.pub" // for the process that measures memory
)

type listed struct{ *bolt.Lists }

func (l listed) List(event ticket.EventID) lookup.List { return l.Lists.List(event) }

// buildHouse signs and stores a list of n tickets in dir, as a gate does that fetches it.
func buildHouse(ctx context.Context, dir string, n int) (*house, error) {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	h := &house{dir: dir, event: ticket.EventID{15: byte(1)}}
	h.public, h.key, _ = ed25519.GenerateKey(nil)
	var err error
	if h.signer, err = newSigner(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, platformFile), h.signer.platform, 0o600); err != nil {
		return nil, err
	}
	if h.lists, err = bolt.OpenLists(dir, h.signer.platform, bolt.Plain{}); err != nil {
		return nil, err
	}
	h.resolver = lookup.Resolver{Lists: listed{h.lists}}
	for range n {
		h.tickets = append(h.tickets, ticket.ID(random.Uint64()))
	}
	if err := h.setVenue(ctx, h.signer); err != nil {
		return nil, err
	}
	if err := h.lists.SetSecrets(ctx, h.event, h.secrets()); err != nil {
		return nil, err
	}
	made, err := h.made(0)
	if err != nil {
		return nil, err
	}
	return h, h.load(ctx, made)
}

// entry is what the list says of a ticket.
func (h *house) entry(id ticket.ID) whitelist.Entry {
	secrets := h.secrets()
	return whitelist.Entry{Key: whitelist.TicketKey(secrets.List, id), Ref: whitelist.TicketRef(secrets.Ref, id), State: whitelist.Good}
}

func (*house) secrets() whitelist.Secrets {
	return whitelist.Secrets{List: [32]byte{1}, Ref: [32]byte{2}}
}

// signer is a platform, an organizer and a list key.
type signer struct {
	platform ed25519.PublicKey
	list     ed25519.PrivateKey
	chain    whitelist.Chain
}

var owner = ticket.EventID{15: 7}

func newSigner() (*signer, error) {
	platform, platformKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	root, rootKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	list, listKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(30 * 24 * time.Hour)
	return &signer{platform: platform, list: listKey, chain: whitelist.Chain{
		Root: whitelist.Delegate(platformKey, whitelist.RoleRoot, root, owner, until),
		List: whitelist.Delegate(rootKey, whitelist.RoleList, list, owner, until),
	}}, nil
}

func (h *house) setVenue(ctx context.Context, s *signer) error {
	now := time.Now()
	v, err := whitelist.SignVenue(whitelist.Venue{
		Venue: ticket.EventID{15: 9}, Epoch: whitelist.NextEpoch(0, now), IssuedAt: now.Unix(), GoodUntil: now.Add(whitelist.MinGood).Unix(),
		Name: "bench", TimeZone: "UTC",
		Events: []whitelist.VenueEvent{{Event: h.event, Organizer: owner, Name: "bench", Doors: now.Add(-time.Hour).Unix(),
			Start: now.Unix(), End: now.Add(24 * time.Hour).Unix()}},
		Checkpoints: []whitelist.Checkpoint{{ID: door, Name: door, Direction: whitelist.In, Mode: whitelist.Open, Policy: whitelist.Free,
			Unlisted: whitelist.UnlistedAdmit, NoContact: true, Events: []ticket.EventID{h.event}}},
	}, s.list, s.chain)
	if err != nil {
		return err
	}
	h.venue = &v.Venue
	return h.lists.SetVenue(ctx, v)
}

// made is a whole list, signed.
type made struct {
	manifest whitelist.SignedManifest
	rules    []byte
	list     *whitelist.List
}

// made makes the list of all tickets, of an epoch above another.
func (h *house) made(above uint64) (m made, err error) {
	entries := make([]whitelist.Entry, len(h.tickets))
	for i, id := range h.tickets {
		entries[i] = h.entry(id)
	}
	if m.list, err = whitelist.Build(entries); err != nil {
		return m, err
	}
	names := make([]whitelist.Hash, len(m.list.Buckets))
	for i, bucket := range m.list.Buckets {
		names[i] = whitelist.HashOf(bucket)
	}
	m.rules, err = whitelist.EncodeRules(whitelist.Rules{Event: h.event, Name: "bench",
		Kinds: []whitelist.Kind{{Name: "full", Use: whitelist.UseSingle}}, TicketKeys: []whitelist.CodeKey{{Key: h.public}}})
	if err != nil {
		return m, err
	}
	now := time.Now()
	m.manifest, err = whitelist.SignManifest(whitelist.Manifest{Event: h.event, Epoch: whitelist.NextEpoch(above, now), IssuedAt: now,
		GoodUntil: now.Add(whitelist.MinGood + time.Hour), Depth: m.list.Depth, Count: uint32(len(entries)),
		Index: whitelist.HashOf(whitelist.EncodeIndex(names)), Rules: whitelist.HashOf(m.rules)}, h.signer.list, h.signer.chain)
	return m, err
}

// load stores a list as a gate does that has fetched it.
func (h *house) load(ctx context.Context, m made) error {
	held := h.lists.List(h.event)
	if err := held.Accept(ctx, m.manifest); err != nil {
		return err
	}
	build, err := held.Build(ctx, m.list.Depth, m.list.Index())
	if err != nil {
		return err
	}
	const portion = 256
	for at := 0; at < len(m.list.Buckets); at += portion {
		part := map[int][]byte{}
		for i := at; i < min(at+portion, len(m.list.Buckets)); i++ {
			part[i] = m.list.Buckets[i]
		}
		if err := build.Put(ctx, part); err != nil {
			return err
		}
	}
	if err := build.Finish(ctx, m.manifest, m.rules); err != nil {
		return fmt.Errorf("load the list: %w", err)
	}
	return nil
}

// unlisted mints the signed code of a ticket that was sold after the list was made.
func (h *house) unlisted(id ticket.ID) (ticket.Code, error) {
	return ticket.Mint(ticket.Signer{Event: h.event, Key: h.key}, ticket.Fields{ID: id})
}

// code mints the signed code of one of the listed tickets.
func (h *house) code(i int) (ticket.Code, error) { return h.unlisted(h.tickets[i%len(h.tickets)]) }
