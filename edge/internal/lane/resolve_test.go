package lane_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// shelf is the lists of a venue in memory: those of keepertest's events, without a store.
type shelf struct {
	venue  whitelist.SignedVenue
	events []*keepertest.Event
	src    *keepertest.Source
	fault  error
	bare   bool // no secrets yet
}

func (s *shelf) Venue() (whitelist.SignedVenue, bool) { return s.venue, true }

func (s *shelf) Secrets(event ticket.EventID) (whitelist.Secrets, bool) {
	for _, e := range s.events {
		if e.ID == event {
			return e.Secrets, !s.bare
		}
	}
	return whitelist.Secrets{}, false
}

func (s *shelf) List(event ticket.EventID) lookup.List {
	for _, e := range s.events {
		if e.ID == event {
			return rack{s, e}
		}
	}
	return rack{s, &keepertest.Event{}}
}

type rack struct {
	s *shelf
	e *keepertest.Event
}

func (r rack) Find(key whitelist.Key) (whitelist.Entry, bool, error) {
	entry, found := r.e.Entries[key]
	return entry, found, r.s.fault
}

func (r rack) Rules() *whitelist.Rules { return &r.e.Rules }

func (r rack) Held() (whitelist.SignedManifest, bool) {
	var m whitelist.SignedManifest
	m.GoodUntil = time.Unix(2_000_000_000, 0)
	return m, r.e.Epoch != 0
}

// newShelf is a venue with two events; the door serves the first.
func newShelf(t *testing.T) (s *shelf, today, tomorrow *keepertest.Event) {
	src := keepertest.New(t, "own")
	today, tomorrow = src.Event("hoje"), src.Event("amanhã")
	for _, e := range []*keepertest.Event{today, tomorrow} {
		e.Epoch = 1
		e.Rules.Kinds = append(e.Rules.Kinds, whitelist.Kind{Name: "Cortesia", Use: whitelist.UseSingle, ListedOnly: true, Flags: whitelist.VIP})
	}
	s = &shelf{src: src, events: []*keepertest.Event{today, tomorrow}}
	s.venue = src.Sign(whitelist.Venue{Events: []whitelist.VenueEvent{tomorrow.Named(), today.Named()},
		Checkpoints: []whitelist.Checkpoint{{ID: "door", Direction: whitelist.In, Mode: whitelist.Open, Policy: whitelist.Free,
			Unlisted: whitelist.UnlistedRefuse, Events: []ticket.EventID{today.ID}}}})
	return s, today, tomorrow
}

func put(e *keepertest.Event, entry whitelist.Entry) { e.Entries[entry.Key] = entry }

func foreign(e *keepertest.Event, issuer, code string) whitelist.Entry {
	return whitelist.Entry{Key: whitelist.ForeignKey(e.Secrets.List, issuer, code),
		Ref: whitelist.ForeignRef(e.Secrets.Ref, issuer, code), State: whitelist.Good}
}

func resolve(t *testing.T, s *shelf, text string) admit.Code {
	t.Helper()
	code, err := lookup.Resolver{Lists: s}.Resolve(text, "door")
	require.NoError(t, err)
	return code
}

func TestOneTicketHasOneEntryForBothItsCodes(t *testing.T) {
	s, today, _ := newShelf(t)
	entry := today.Ticket(7, whitelist.Good)
	entry.Seat, entry.Kind = 1, 1
	today.Rules.Seats = []string{"Plateia B 12"}
	put(today, entry)
	for _, text := range []string{today.Code(ticket.Fields{ID: 7}), ticket.ID(7).Short(), strings.ToLower(ticket.ID(7).ShortShown())} {
		code := resolve(t, s, text)
		assert.Equal(t, admit.Listed, code.Match, text)
		assert.Equal(t, entry, code.Entry)
		assert.Equal(t, "Cortesia", code.Kind.Name)
		assert.Equal(t, "Plateia B 12", code.Seat)
		assert.Equal(t, "hoje", code.Event.Name)
		assert.EqualValues(t, 2_000_000_000, code.GoodUntil)
	}
}

func TestWhatAnUnlistedSignedCodeIs(t *testing.T) {
	s, today, tomorrow := newShelf(t)
	today.Rules.TicketKeys = append(today.Rules.TicketKeys, whitelist.CodeKey{ID: 1, Key: keepertest.Public("withdrawn"), ListedOnly: true})
	mint := func(e *keepertest.Event, key string, f ticket.Fields) string {
		code, err := ticket.Mint(ticket.Signer{Event: e.ID, KeyID: f.KeyID, Key: keepertest.Key(key)}, f)
		require.NoError(t, err)
		return code.Text()
	}
	rows := []struct {
		name, text string
		want       admit.Match
		event      string
	}{
		{"sold after the last patch", mint(today, "ticket hoje", ticket.Fields{ID: 9, Reissue: 3}), admit.SignedOnly, "hoje"},
		{"for the other event", mint(tomorrow, "ticket amanhã", ticket.Fields{ID: 9}), admit.SignedOnly, "amanhã"},
		{"by a withdrawn key", mint(today, "withdrawn", ticket.Fields{ID: 9, KeyID: 1}), admit.NoMatch, ""},
		{"of a kind that must be listed", mint(today, "ticket hoje", ticket.Fields{ID: 9, Kind: 1}), admit.NoMatch, ""},
		{"of a kind nobody knows", mint(today, "ticket hoje", ticket.Fields{ID: 9, Kind: 44}), admit.NoMatch, ""},
		{"of the kind that is good only when listed", mint(today, "ticket hoje", ticket.Fields{ID: 9, Kind: ticket.KindListedOnly}), admit.NoMatch, ""},
		{"by somebody else's key under a known number", mint(today, "stranger", ticket.Fields{ID: 9}), admit.ForgedCode, ""},
		{"by a key number nobody has", mint(today, "stranger", ticket.Fields{ID: 9, KeyID: 5}), admit.NoMatch, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			code := resolve(t, s, row.text)
			assert.Equal(t, row.want, code.Match)
			assert.Equal(t, row.event, code.Event.Name)
		})
	}
	code := resolve(t, s, rows[0].text)
	assert.Equal(t, whitelist.TicketRef(today.Secrets.Ref, 9), code.Entry.Ref)
	assert.EqualValues(t, 3, code.Reissue)
}

func TestTheListWinsOverTheSignature(t *testing.T) {
	s, today, _ := newShelf(t)
	put(today, today.Ticket(7, whitelist.Revoked))
	code := resolve(t, s, today.Code(ticket.Fields{ID: 7}))
	assert.Equal(t, admit.Listed, code.Match)
	assert.Equal(t, whitelist.Revoked, code.Entry.State)
}

func TestForeignCodesAreFoundInEveryNamespace(t *testing.T) {
	s, today, tomorrow := newShelf(t)
	today.Rules.Issuers = []whitelist.Issuer{{Name: "north", Normalise: whitelist.Normalise{DropZeros: true}}, {Name: "south", Normalise: whitelist.Normalise{Upper: true}}}
	tomorrow.Rules.Issuers = today.Rules.Issuers
	for _, entry := range []whitelist.Entry{foreign(today, "north", "123"), foreign(today, "south", "ABC"), foreign(today, "north", "777"), foreign(today, "south", "777")} {
		put(today, entry)
	}
	put(tomorrow, foreign(tomorrow, "north", "555"))
	put(tomorrow, foreign(tomorrow, "north", "123"))
	rows := []struct {
		name, text string
		want       admit.Match
		event      string
	}{
		{"with zeros in front", "000123", admit.Listed, "hoje"},
		{"in small letters", "abc", admit.Listed, "hoje"},
		{"with two sellers", "777", admit.ManyMatches, "hoje"},
		{"listed today and tomorrow: today counts", "123", admit.Listed, "hoje"},
		{"listed only tomorrow", "555", admit.Listed, "amanhã"},
		{"with nobody", "999", admit.NoMatch, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			code := resolve(t, s, row.text)
			assert.Equal(t, row.want, code.Match)
			assert.Equal(t, row.event, code.Event.Name)
		})
	}
}

// pretix makes a pretix_sig1 code: base64 written backwards of version, lengths, payload, signature.
func pretix(key ed25519.PrivateKey, until int64) string {
	return pretixWith(key, until, "")
}

// pretixWith adds a field that nobody knows.
func pretixWith(key ed25519.PrivateKey, until int64, more string) string {
	payload := append([]byte{0x0a, 4}, "seed"...)
	payload = append(payload, 0x10, 1) // item 1
	if until != 0 {
		payload = binary.AppendUvarint(append(payload, 0x30), uint64(until))
	}
	if more != "" {
		payload = append(binary.AppendUvarint(append(payload, 0x7a), uint64(len(more))), more...)
	}
	raw := binary.BigEndian.AppendUint16([]byte{1}, uint16(len(payload)))
	raw = binary.BigEndian.AppendUint16(raw, ed25519.SignatureSize)
	raw = append(append(raw, payload...), ed25519.Sign(key, payload)...)
	text := []byte(base64.StdEncoding.EncodeToString(raw))
	slices.Reverse(text)
	return string(text)
}

func TestAnIssuersOwnSignatureIsBelieved(t *testing.T) {
	s, today, _ := newShelf(t)
	today.Rules.Issuers = []whitelist.Issuer{{Name: "pretix", Pretix: []ed25519.PublicKey{keepertest.Public("pretix")}}}
	text := pretix(keepertest.Key("pretix"), 1_900_000_001)
	if _, err := ticket.ParsePretix(text); err != nil {
		t.Fatalf("the test's own encoding is wrong: %v", err)
	}
	code := resolve(t, s, text)
	require.Equal(t, admit.SignedOnly, code.Match)
	assert.Equal(t, "Inteira", code.Kind.Name)
	assert.EqualValues(t, (1_900_000_001+59)/60, code.Entry.ValidUntil)
	assert.NotZero(t, code.Entry.Ref)
	assert.Equal(t, admit.NoMatch, resolve(t, s, pretix(keepertest.Key("stranger"), 0)).Match)

	revoked := foreign(today, "pretix", text)
	revoked.State = whitelist.Revoked
	put(today, revoked)
	assert.Equal(t, whitelist.Revoked, resolve(t, s, text).Entry.State, "the list wins here too")
}

func TestASignedCodeThatNoListCouldNameIsNotBelieved(t *testing.T) {
	s, today, _ := newShelf(t)
	today.Rules.Issuers = []whitelist.Issuer{{Name: "pretix", Pretix: []ed25519.PublicKey{keepertest.Public("pretix")}}}
	long := pretixWith(keepertest.Key("pretix"), 0, strings.Repeat("s", 330))
	if _, err := ticket.ParsePretix(long); err != nil {
		t.Fatalf("the test's own encoding is wrong: %v", err)
	}
	require.LessOrEqual(t, len(long), whitelist.MaxForeignText)
	assert.Equal(t, admit.NoMatch, resolve(t, s, long).Match)
}

func TestWhatIsNoCodeAtAll(t *testing.T) {
	s, _, _ := newShelf(t)
	assert.Equal(t, admit.Garbled, resolve(t, s, strings.Repeat("A", 1025)).Match)
	assert.Equal(t, admit.NoMatch, resolve(t, s, strings.Repeat("A", 1024)).Match)
	assert.Equal(t, admit.NoMatch, resolve(t, s, "").Match)
}

func TestAnEntryOfAKindNotYetKnownIsNotJudged(t *testing.T) {
	s, today, _ := newShelf(t)
	entry := today.Ticket(7, whitelist.Good)
	entry.Kind = 40
	put(today, entry)
	assert.Equal(t, admit.NoMatch, resolve(t, s, ticket.ID(7).Short()).Match)
}

func TestADamagedListIsReportedAndTheRestIsJudged(t *testing.T) {
	s, today, _ := newShelf(t)
	s.fault = errors.New("bucket 3 is damaged")
	code, err := lookup.Resolver{Lists: s}.Resolve(today.Code(ticket.Fields{ID: 9}), "door")
	require.ErrorContains(t, err, "bucket 3")
	assert.Equal(t, admit.SignedOnly, code.Match)
	door := whitelist.Checkpoint{Mode: whitelist.Open, Unlisted: whitelist.UnlistedAdmit, Events: []ticket.EventID{code.Event.Event}}
	verdict := admit.Decide(&admit.Facts{Now: 1, Clock: admit.Synced, Checkpoint: &door, Code: &code})
	assert.Equal(t, admit.Unknown, verdict.Reason, "what can't be read may say that it was refunded")
	assert.True(t, verdict.AskStaff)
}

func TestWithoutSecretsNothingIsKnown(t *testing.T) {
	s, today, _ := newShelf(t)
	put(today, today.Ticket(7, whitelist.Good))
	s.bare = true
	assert.Equal(t, admit.NoMatch, resolve(t, s, ticket.ID(7).Short()).Match)
}
