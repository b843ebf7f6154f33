package gatehouse_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// house is a world with one event.
type house struct {
	*gatestest.World
	organizer, venue, event ticket.EventID
}

func newHouse(t *testing.T) house {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	venue := w.Venue(organizer, "Sala")
	return house{w, organizer, venue, w.Event(organizer, venue, "Noite")}
}

func (h house) sign(t *testing.T) {
	t.Helper()
	signed, err := h.Lists.Sign(t.Context(), h.event)
	require.NoError(t, err)
	require.True(t, signed)
}

// newest is the newest manifest as a gate reads it, with the patch that leads to it.
func (h house) newest(t *testing.T) (whitelist.SignedManifest, *whitelist.Patch) {
	t.Helper()
	lists, err := h.Store.SignedSince(t.Context(), h.event, 0)
	require.NoError(t, err)
	require.NotEmpty(t, lists)
	last := lists[len(lists)-1]
	m, err := whitelist.OpenManifest(last.Manifest, h.Keys.PlatformKey(), h.Now())
	require.NoError(t, err)
	require.NoError(t, m.For(h.event, h.organizer))
	raw := last.Patch
	if last.Blob != (whitelist.Hash{}) {
		raw = h.blob(t, last.Blob)
	}
	if raw == nil {
		return m, nil
	}
	patch, err := whitelist.OpenPatch(raw, h.Keys.PlatformKey(), h.Now())
	require.NoError(t, err)
	return m, &patch
}

func (h house) blob(t *testing.T, name whitelist.Hash) []byte {
	t.Helper()
	blobs, err := h.Store.Blobs(t.Context(), h.event, []whitelist.Hash{name})
	require.NoError(t, err)
	require.Contains(t, blobs, name)
	require.NoError(t, name.Check(blobs[name]))
	return blobs[name]
}

// entries fetches every bucket that the newest manifest's index names.
func (h house) entries(t *testing.T) map[whitelist.Key]whitelist.Entry {
	t.Helper()
	m, _ := h.newest(t)
	index, err := m.OpenIndex(h.blob(t, m.Index))
	require.NoError(t, err)
	out := map[whitelist.Key]whitelist.Entry{}
	for i, name := range index {
		bucket := h.blob(t, name)
		require.NoError(t, whitelist.CheckBucket(bucket, m.Depth, i))
		for ; len(bucket) > 0; bucket = bucket[whitelist.EntryLen:] {
			e, err := whitelist.DecodeEntry(bucket[:whitelist.EntryLen])
			require.NoError(t, err)
			out[e.Key] = e
		}
	}
	require.Len(t, out, int(m.Count))
	return out
}

func (h house) key(t *testing.T, id ticket.ID) whitelist.Key {
	t.Helper()
	secrets, err := h.Keys.Secrets(t.Context(), h.event, h.organizer)
	require.NoError(t, err)
	return whitelist.TicketKey(secrets.List, id)
}

func TestANewEventHasAListBeforeItsFirstSale(t *testing.T) {
	h := newHouse(t)
	due, err := h.Store.DueLists(t.Context(), h.Now(), h.Now())
	require.NoError(t, err)
	require.Equal(t, []ticket.EventID{h.event}, due, "the event's creation left a mark")
	h.sign(t)
	m, _ := h.newest(t)
	assert.Zero(t, m.Count)
	rules, err := m.OpenRules(h.blob(t, m.Rules))
	require.NoError(t, err)
	require.Len(t, rules.Kinds, 1)
	assert.Equal(t, "Inteira", rules.Kinds[0].Name)
	assert.Len(t, rules.TicketKeys, 1)
	assert.GreaterOrEqual(t, m.GoodUntil.Sub(m.IssuedAt), whitelist.MinGood)
}

func TestASaleAndARefundArePatches(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	id := h.Sell(h.organizer, h.event)
	h.sign(t)
	before, patch := h.newest(t)
	require.NotNil(t, patch)
	require.Len(t, patch.Entries, 1)
	assert.Equal(t, h.key(t, id), patch.Entries[0].Key)
	assert.Equal(t, whitelist.Good, patch.Entries[0].State)

	h.SetState(h.event, id, whitelist.Revoked)
	h.sign(t)
	after, patch := h.newest(t)
	require.Len(t, patch.Entries, 1)
	assert.Equal(t, whitelist.Revoked, patch.Entries[0].State, "a refunded ticket stays listed as revoked")
	assert.Equal(t, before.Epoch, patch.From)
	assert.Greater(t, after.Epoch, before.Epoch)
	assert.Equal(t, patch.Entries[0], h.entries(t)[h.key(t, id)], "buckets and patch say the same")
}

func TestSigningTwiceChangesNothing(t *testing.T) {
	h := newHouse(t)
	h.Sell(h.organizer, h.event)
	h.sign(t)
	signed, err := h.Lists.Sign(t.Context(), h.event)
	require.NoError(t, err)
	assert.False(t, signed)
}

func TestARefundThatSomebodyElseHoldsIsInAListMadeWhole(t *testing.T) {
	h := newHouse(t)
	id := h.Sell(h.organizer, h.event)
	h.sign(t)
	h.SetState(h.event, id, whitelist.Revoked)
	other, err := h.Pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = other.Exec(t.Context(), "SELECT 1 FROM list_entries FOR UPDATE")
	require.NoError(t, err)
	h.Exec("DELETE FROM manifests") // so that the next list is made whole
	h.Sell(h.organizer, h.event)
	h.sign(t)
	require.NoError(t, other.Rollback(t.Context()))
	secrets, err := h.Keys.Secrets(t.Context(), h.event, h.organizer)
	require.NoError(t, err)
	assert.Equal(t, whitelist.Revoked, h.entries(t)[whitelist.TicketKey(secrets.List, id)].State)
}

func TestACommitThatComesLateIsInTheNextPatch(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	early, late := h.Sell(h.organizer, h.event), h.Sell(h.organizer, h.event)
	h.sign(t)
	tx, err := h.Pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "UPDATE list_entries SET state = 2, epoch = NULL WHERE event_id = $1 AND code = $2",
		uuid.UUID(h.event), late.String())
	require.NoError(t, err)

	h.SetState(h.event, early, whitelist.Revoked) // a second committer, done first
	h.sign(t)
	_, patch := h.newest(t)
	require.Len(t, patch.Entries, 1, "the open transaction neither blocks the signer nor is taken")
	assert.Equal(t, h.key(t, early), patch.Entries[0].Key)

	require.NoError(t, tx.Commit(t.Context()))
	h.sign(t)
	_, patch = h.newest(t)
	require.Len(t, patch.Entries, 1)
	assert.Equal(t, h.key(t, late), patch.Entries[0].Key)
	for _, e := range h.entries(t) {
		assert.Equal(t, whitelist.Revoked, e.State)
	}
}

func TestAnEditStillOpenNeitherHoldsUpThePatchNorIsForgotten(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	h.Exec("UPDATE offers SET flags = 1 WHERE event_id = $1", uuid.UUID(h.event)) // a mark that is there
	tx, err := h.Pool.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(t.Context(), "UPDATE offers SET name = 'Meia' WHERE event_id = $1", uuid.UUID(h.event))
	require.NoError(t, err)
	h.Sell(h.organizer, h.event)
	h.sign(t)
	_, patch := h.newest(t)
	require.Len(t, patch.Entries, 1)
	require.NoError(t, tx.Commit(t.Context()))
	due, err := h.Store.DueLists(t.Context(), h.Now(), h.Now())
	require.NoError(t, err)
	require.Equal(t, []ticket.EventID{h.event}, due, "the mark is still there")
	h.sign(t)
	m, _ := h.newest(t)
	rules, err := m.OpenRules(h.blob(t, m.Rules))
	require.NoError(t, err)
	assert.Equal(t, "Meia", rules.Kinds[0].Name)
	assert.Equal(t, whitelist.CheckDocument, rules.Kinds[0].Flags)
}

func TestAListThatOutgrowsItsDepthIsTheOneThatWouldBeBuiltWhole(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts []int // of each run
	}{
		{"its bucket grows beyond its aim", []int{1200}},
		{"its bucket would be bigger than any may be", []int{5000}},
		{"all its buckets are split, twice", []int{1200, 3000}},
		{"few of its buckets change", []int{1020, 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			h.sign(t)
			total := 0
			for _, count := range c.counts {
				h.list(total+1, total+count)
				h.sign(t)
				total += count
			}
			m, patch := h.newest(t)
			assert.Equal(t, whitelist.DepthFor(total), m.Depth)
			entries := h.entries(t)
			assert.Len(t, entries, total)
			list, err := whitelist.Build(slices.Collect(maps.Values(entries)))
			require.NoError(t, err)
			assert.Equal(t, list.Root(), m.Index)
			require.NotNil(t, patch, "gates that hold the old list learn of the tickets at once")
			assert.Len(t, patch.Entries, c.counts[len(c.counts)-1])
		})
	}
}

// list puts codes by number into the event's list, as an import does.
func (h house) list(from, to int) {
	h.Exec(`INSERT INTO list_entries (event_id, organizer_id, namespace, code, ref, kind, state)
		SELECT $1, $2, 'outro', lpad(to_hex(n), 16, '0'), decode(md5(n::text), 'hex'), 0, 1 FROM generate_series($3::int, $4) n`,
		uuid.UUID(h.event), uuid.UUID(h.organizer), from, to)
}

// A refund, and a sale, wait for a part of a big import at most.
func TestABigImportIsSignedInParts(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	h.list(1, 50_500)
	sold := h.Sell(h.organizer, h.event)
	h.sign(t)
	_, patch := h.newest(t)
	require.Len(t, patch.Entries, 50_000)
	assert.True(t, slices.ContainsFunc(patch.Entries, func(e whitelist.Entry) bool { return e.Key == h.key(t, sold) }), "own tickets first")
	due, err := h.Store.DueLists(t.Context(), h.Now(), h.Now())
	require.NoError(t, err)
	assert.Equal(t, []ticket.EventID{h.event}, due)
	h.sign(t)
	assert.Len(t, h.entries(t), 50_501)
	due, err = h.Store.DueLists(t.Context(), h.Now(), h.Now())
	require.NoError(t, err)
	assert.Empty(t, due)
}

func TestAnOfferEditedOrAddedIsInTheRules(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	h.Exec("UPDATE offers SET flags = 1 WHERE event_id = $1", uuid.UUID(h.event))
	h.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name, admits) VALUES ($1, $2, $3, 2, 'Passe', 'daily')",
		uuid.Must(uuid.NewV7()), uuid.UUID(h.organizer), uuid.UUID(h.event))
	h.sign(t)
	m, patch := h.newest(t)
	require.NotNil(t, patch)
	assert.Empty(t, patch.Entries)
	rules, err := m.OpenRules(h.blob(t, m.Rules))
	require.NoError(t, err)
	require.Len(t, rules.Kinds, 3)
	assert.Equal(t, whitelist.CheckDocument, rules.Kinds[0].Flags)
	assert.True(t, rules.Kinds[1].ListedOnly, "a number without an offer admits nobody unlisted")
	assert.Equal(t, whitelist.UseDaily, rules.Kinds[2].Use)
}

func TestAListIsRenewedBeforeItEndsAndItsEpochNeverFalls(t *testing.T) {
	h := newHouse(t)
	start := time.Now()
	h.At(start)
	h.sign(t)
	first, _ := h.newest(t)
	h.At(start.Add(2 * 24 * time.Hour))
	due, err := h.Lists.Sign(t.Context(), h.event)
	require.NoError(t, err)
	assert.False(t, due, "still good for long enough")
	h.At(start.Add(5 * 24 * time.Hour))
	h.sign(t)
	renewed, _ := h.newest(t)
	assert.True(t, renewed.GoodUntil.After(first.GoodUntil))

	h.At(start.Add(-24 * time.Hour)) // the server's clock went back
	h.Sell(h.organizer, h.event)
	h.sign(t)
	back, _ := h.newest(t)
	assert.Greater(t, back.Epoch, renewed.Epoch)
}

func TestTwoSignersAtOnceSignEachChangeOnce(t *testing.T) {
	h := newHouse(t)
	h.sign(t)
	for range 20 {
		h.Sell(h.organizer, h.event)
		results := make(chan bool, 2)
		for range 2 {
			go func() {
				signed, err := h.Lists.Sign(context.Background(), h.event)
				assert.NoError(t, err)
				results <- signed
			}()
		}
		assert.NotEqual(t, <-results, <-results, "one signs, the other finds nothing left")
	}
	assert.Len(t, h.entries(t), 20)
}

func TestARefundIsSignedBeforeWhateverElseWaits(t *testing.T) {
	h := newHouse(t)
	id := h.Sell(h.organizer, h.event)
	h.sign(t)
	sold := h.Sell(h.organizer, h.event)
	h.SetState(h.event, id, whitelist.Revoked)
	signed, err := h.Lists.SignWithdrawn(t.Context(), h.event)
	require.NoError(t, err)
	require.True(t, signed)
	_, patch := h.newest(t)
	require.Len(t, patch.Entries, 1)
	assert.Equal(t, h.key(t, id), patch.Entries[0].Key)

	signed, err = h.Lists.SignWithdrawn(t.Context(), h.event)
	require.NoError(t, err)
	assert.False(t, signed, "nothing else is withdrawn")
	h.sign(t)
	_, patch = h.newest(t)
	require.Len(t, patch.Entries, 1, "what was sold comes next")
	assert.Equal(t, h.key(t, sold), patch.Entries[0].Key)
}
