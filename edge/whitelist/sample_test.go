package whitelist_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Everything below is fixed: the vectors and the document rest on it.
var (
	organizer = [16]byte(bytes.Repeat([]byte{0x11}, 16))
	rival     = [16]byte(bytes.Repeat([]byte{0x99}, 16))
	concert   = ticket.EventID{0x01, 0x92, 0xf0, 0xc4, 0x5e, 0x1a, 0x7b, 0x3c, 0x8d, 0x2e, 0x4f, 0x60, 0x71, 0x82, 0x93, 0xa4}
	matinee   = ticket.EventID{0x01, 0x92, 0xf0, 0xc4, 0x5e, 0x1a, 0x7b, 0x3c, 0x8d, 0x2e, 0x4f, 0x60, 0x71, 0x82, 0x93, 0xa5}
	theatre   = ticket.EventID{0x01, 0x92, 0xf0, 0xc4, 0x00, 0x00, 0x70, 0x00, 0x80, 0x00, 0, 0, 0, 0, 0, 0x01}

	secrets = whitelist.Secrets{
		List: [32]byte(bytes.Repeat([]byte{0xaa}, 32)),
		Ref:  [32]byte(bytes.Repeat([]byte{0xbb}, 32)),
	}

	platformKey = keyOf(1)
	rootKey     = keyOf(2)
	listKey     = keyOf(3)
	strangerKey = keyOf(9)

	issued    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	goodUntil = issued.Add(14 * 24 * time.Hour)
	keysEnd   = time.Date(2027, 11, 22, 0, 0, 0, 0, time.UTC)
)

const epoch = 1795348800000 // issued, in unix milliseconds

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// chainTo leads from the platform to the list key.
func chainTo(owner [16]byte, rootEnd, listEnd time.Time) whitelist.Chain {
	return whitelist.Chain{
		Root: whitelist.Delegate(platformKey, whitelist.RoleRoot, public(rootKey), owner, rootEnd),
		List: whitelist.Delegate(rootKey, whitelist.RoleList, public(listKey), owner, listEnd),
	}
}

var chain = chainTo(organizer, keysEnd, keysEnd)

func ticketEntry(id ticket.ID) whitelist.Entry {
	return whitelist.Entry{
		Key:   whitelist.TicketKey(secrets.List, id),
		Ref:   whitelist.TicketRef(secrets.Ref, id),
		State: whitelist.Good,
	}
}

// fullEntry fills every field with something else.
func fullEntry() whitelist.Entry {
	entry := ticketEntry(0x3cc744dfaf1696ce)
	entry.Kind, entry.State, entry.Uses, entry.Group = 7, whitelist.Replaced, 3, 4
	entry.Flags = whitelist.CheckDocument | whitelist.UpgradeOwed
	entry.Seat, entry.ValidFrom, entry.ValidUntil = 1001, 29922480, 29922960
	return entry
}

// fourEntries is a list small enough to print: two tickets, one refunded ticket, one barcode of another seller.
func fourEntries() []whitelist.Entry {
	refunded := ticketEntry(3)
	refunded.State = whitelist.Revoked
	foreign := whitelist.Entry{
		Key:   whitelist.ForeignKey(secrets.List, "bilheteria", "7891234567895"),
		Ref:   whitelist.ForeignRef(secrets.Ref, "bilheteria", "7891234567895"),
		Kind:  1,
		State: whitelist.Good,
	}
	return []whitelist.Entry{ticketEntry(1), ticketEntry(2), refunded, foreign}
}

func someRules() whitelist.Rules {
	return whitelist.Rules{
		Event: concert,
		Name:  "Concerto de Natal",
		Kinds: []whitelist.Kind{
			{Name: "Inteira", Use: whitelist.UseSingle},
			{Name: "Meia", Use: whitelist.UseSingle, Flags: whitelist.CheckDocument, Zones: []string{"plateia"}},
		},
		Seats:      []string{"Plateia B, fila 12, lugar 7"},
		TicketKeys: []whitelist.CodeKey{{ID: 3, Key: public(keyOf(4))}},
		Issuers:    []whitelist.Issuer{{Name: "bilheteria", Normalise: whitelist.Normalise{DropZeros: true}}},
	}
}

func someVenue() whitelist.Venue {
	return whitelist.Venue{
		Venue: theatre, Epoch: epoch, IssuedAt: issued.Unix(), GoodUntil: goodUntil.Unix(),
		Name: "Theatro São Pedro", TimeZone: "America/Sao_Paulo",
		Zones: []whitelist.Zone{{ID: "casa", Name: "Casa", Capacity: 700}, {ID: "plateia", Name: "Plateia", Parent: "casa"}},
		Checkpoints: []whitelist.Checkpoint{{
			ID: "porta", Name: "Porta principal", Direction: whitelist.In, To: "casa",
			Events: []ticket.EventID{concert}, Kinds: []whitelist.KindRef{{Event: concert, Kind: 1}},
			Hours: []whitelist.Window{{From: issued.Unix(), Until: issued.Add(time.Hour).Unix()}},
			Mode:  whitelist.Open, Policy: whitelist.Free, Unlisted: whitelist.UnlistedAsk,
		}},
		Controllers: []whitelist.Controller{{ID: "ana", Badge: whitelist.TicketKey(secrets.List, 77), Supervisor: true}},
		Events: []whitelist.VenueEvent{{Event: concert, Organizer: ticket.EventID(organizer), Name: "Concerto de Natal",
			Doors: issued.Unix(), Start: issued.Unix() + 3600, End: issued.Unix() + 7200}},
		BadgeKeys: []whitelist.CodeKey{{ID: 0, Key: public(keyOf(5))}},
	}
}

// homelyVenue is the same with homes, by sector and by ref.
func homelyVenue() whitelist.Venue {
	v := someVenue()
	v.Checkpoints[0].Policy = whitelist.Home
	v.Homes = &whitelist.Homes{Epoch: epoch, Rules: []whitelist.HomeRule{
		{Event: concert, Gates: []string{"porta-1", "porta-2"},
			Sectors: []whitelist.HomeSector{{From: 1, To: 80, Gates: []string{"frisas"}}, {From: 81, To: 90, Gates: []string{"porta-2"}}}},
		{Event: concert, Inner: "plateia", Gates: []string{"plateia-1"}},
	}}
	return v
}

func build(t testing.TB, entries []whitelist.Entry) *whitelist.List {
	list, err := whitelist.Build(entries)
	require.NoError(t, err)
	return list
}

func someManifest(t testing.TB) whitelist.Manifest {
	rules, err := whitelist.EncodeRules(someRules())
	require.NoError(t, err)
	return manifestOf(build(t, fourEntries()), whitelist.HashOf(rules))
}

func manifestOf(list *whitelist.List, rules whitelist.Hash) whitelist.Manifest {
	return whitelist.Manifest{
		Event: concert, Epoch: epoch, IssuedAt: issued, GoodUntil: goodUntil,
		Depth: list.Depth, Count: uint32(list.Count()), Index: list.Root(), Rules: rules,
	}
}

func signManifest(t testing.TB, m whitelist.Manifest) whitelist.SignedManifest {
	signed, err := whitelist.SignManifest(m, listKey, chain)
	require.NoError(t, err)
	return signed
}

// somePatch refunds ticket 2 and adds ticket 4 to the list of four.
func somePatch(t testing.TB) whitelist.Patch {
	refunded := ticketEntry(2)
	refunded.State = whitelist.Revoked
	changes := []whitelist.Entry{refunded, ticketEntry(4)}
	next, _, err := build(t, fourEntries()).With(changes)
	require.NoError(t, err)
	m := manifestOf(next, someManifest(t).Rules)
	m.Epoch++
	return whitelist.Patch{Manifest: signManifest(t, m), From: epoch, Entries: changes}
}

func encodePatch(t testing.TB, p whitelist.Patch) []byte {
	raw, err := whitelist.EncodePatch(p, listKey)
	require.NoError(t, err)
	return raw
}

func signVenue(t testing.TB, v whitelist.Venue) []byte {
	signed, err := whitelist.SignVenue(v, listKey, chain)
	require.NoError(t, err)
	return signed.Raw()
}

// crowdOf is n tickets with random numbers; seeded, so a failure comes again.
func crowdOf(n int, seed uint64) []whitelist.Entry {
	random := rand.New(rand.NewPCG(seed, 1))
	entries := make([]whitelist.Entry, n)
	for i := range entries {
		entries[i] = randomEntry(random)
	}
	return entries
}

// randomEntry draws keys directly: an HMAC each would only slow the tests down.
func randomEntry(random *rand.Rand) whitelist.Entry {
	entry := whitelist.Entry{Kind: uint16(random.UintN(8)), State: whitelist.Good, Seat: random.Uint32N(1000)}
	binary.BigEndian.PutUint64(entry.Key[:], random.Uint64())
	binary.BigEndian.PutUint64(entry.Key[8:], random.Uint64())
	binary.BigEndian.PutUint64(entry.Ref[:], random.Uint64())
	return entry
}
