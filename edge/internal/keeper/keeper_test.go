package keeper_test

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/bolt"
	"portaria/edge/internal/keeper"
	"portaria/edge/internal/keeper/keepertest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

type house struct {
	t     *testing.T
	dir   string
	src   *keepertest.Source
	lists *bolt.Lists
	k     *keeper.Keeper
	stop  func()

	mu      sync.Mutex
	reports []string
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, dir: t.TempDir(), src: keepertest.New(t, "own")}
	h.start()
	t.Cleanup(func() { h.stop() })
	return h
}

func (h *house) start() {
	lists, err := bolt.OpenLists(h.dir, h.src.Platform, bolt.Plain{})
	require.NoError(h.t, err)
	h.lists = lists
	h.k = keeper.New(keeper.Config{Lists: lists, Blobs: h.src, Platform: h.src.Platform, Venue: h.src.Venue,
		Owner: h.src.Organizer, Now: time.Now, AskAgain: 50 * time.Millisecond, Changed: func() {}, Report: func(text string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.reports = append(h.reports, text)
		}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); h.k.Run(ctx) }()
	h.stop = sync.OnceFunc(func() { cancel(); <-done; lists.Close() })
}

func (h *house) restart() {
	h.stop()
	h.start()
}

// reported waits for a report that says this, and forgets all reports.
func (h *house) reported(part string) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, r := range h.reports {
			if bytes.Contains([]byte(r), []byte(part)) {
				h.reports = nil
				return true
			}
		}
		return false
	}, 5*time.Second, 5*time.Millisecond, "no report says %q", part)
}

func (h *house) names(events ...*keepertest.Event) {
	h.t.Helper()
	var v whitelist.Venue
	for _, e := range events {
		v.Events = append(v.Events, e.Named())
	}
	h.k.VenueNotice(keepertest.VenueNotice(h.src.Sign(v)))
}

func (h *house) holds(e *keepertest.Event, epoch uint64) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		held, ok := h.lists.List(e.ID).Held()
		return ok && held.Epoch == epoch && h.lists.List(e.ID).Pending() == 0
	}, 10*time.Second, 5*time.Millisecond, "epoch %d is not held", epoch)
}

func (h *house) state(e *keepertest.Event, id ticket.ID) whitelist.State {
	h.t.Helper()
	entry, _, err := h.lists.List(e.ID).Find(whitelist.TicketKey(e.Secrets.List, id))
	require.NoError(h.t, err)
	return entry.State
}

func (h *house) turns(e *keepertest.Event, id ticket.ID, want whitelist.State) {
	h.t.Helper()
	require.Eventually(h.t, func() bool { return h.state(e, id) == want }, 5*time.Second, 2*time.Millisecond)
}

func loaded(t *testing.T, n int) (*house, *keepertest.Event) {
	h := newHouse(t)
	e := h.src.Event("gala")
	h.names(e)
	list, _ := e.Publish(e.Tickets(n)...)
	h.k.ListNotice(e.ID, list)
	h.holds(e, e.Epoch)
	return h, e
}

func TestAListIsFetchedAndLookedUp(t *testing.T) {
	h, e := loaded(t, 3000)
	for _, id := range []ticket.ID{1, 1500, 3000} {
		assert.Equal(t, whitelist.Good, h.state(e, id))
	}
	assert.Zero(t, h.state(e, 3001))
	secrets, ok := h.lists.Secrets(e.ID)
	assert.True(t, ok)
	assert.True(t, e.Secrets.Same(secrets))
	assert.Equal(t, "Inteira", h.lists.List(e.ID).Rules().Kinds[0].Name)
}

func TestAListThatComesBeforeItsVenueIsNotLost(t *testing.T) {
	h := newHouse(t)
	e := h.src.Event("gala")
	list, _ := e.Publish(e.Tickets(10)...)
	h.k.ListNotice(e.ID, list)
	h.names(e)
	h.holds(e, e.Epoch)
}

func TestAPatchIsLiveAtOnceAndFoldedLater(t *testing.T) {
	h, e := loaded(t, 3000)
	h.src.Down(true) // nothing but the patch itself is needed
	_, patch := e.Publish(e.Ticket(7, whitelist.Revoked), e.Ticket(5000, whitelist.Good))
	h.k.PatchNotice(e.ID, patch)
	h.turns(e, 7, whitelist.Revoked)
	h.turns(e, 5000, whitelist.Good)
	h.holds(e, e.Epoch)
	whole, err := h.lists.List(e.ID).Whole()
	require.NoError(t, err)
	assert.True(t, whole, "folded, the buckets are to the bit what was signed")
}

func TestABigPatchComesAsABlob(t *testing.T) {
	h, e := loaded(t, 3000)
	var changes []whitelist.Entry
	for id := ticket.ID(1); id <= 900; id++ {
		changes = append(changes, e.Ticket(id, whitelist.Revoked))
	}
	_, patch := e.Publish(changes...)
	require.NotZero(t, patch.Blob)
	h.k.PatchNotice(e.ID, patch)
	h.holds(e, e.Epoch)
	assert.Equal(t, whitelist.Revoked, h.state(e, 900))
	assert.Equal(t, whitelist.Good, h.state(e, 901))
}

func TestAMissedPatchIsHealedByFetchingOnlyWhatDiffers(t *testing.T) {
	h, e := loaded(t, 20000)
	e.Publish(e.Ticket(7, whitelist.Revoked)) // the notices of this epoch are lost
	before := h.src.Asked()
	list, _ := e.Publish(e.Ticket(8, whitelist.Revoked))
	h.k.ListNotice(e.ID, list)
	h.holds(e, e.Epoch)
	assert.Equal(t, whitelist.Revoked, h.state(e, 7))
	assert.Equal(t, whitelist.Revoked, h.state(e, 8))
	assert.LessOrEqual(t, h.src.Asked()-before, 3, "the index and two buckets")
}

func TestAPatchAfterAGapIsLiveAndTheGapIsHealed(t *testing.T) {
	h, e := loaded(t, 3000)
	e.Publish(e.Ticket(7, whitelist.Revoked)) // lost
	h.src.Down(true)
	_, patch := e.Publish(e.Ticket(8, whitelist.Revoked))
	h.k.PatchNotice(e.ID, patch)
	h.turns(e, 8, whitelist.Revoked)
	assert.Equal(t, whitelist.Good, h.state(e, 7), "not known yet")
	h.src.Down(false)
	h.k.Wake()
	h.holds(e, e.Epoch)
	assert.Equal(t, whitelist.Revoked, h.state(e, 7))
}

func TestAListThatOutgrowsItsDepthIsSplitHere(t *testing.T) {
	h, e := loaded(t, 4000) // depth 3
	before := h.src.Asked()
	var more []whitelist.Entry
	for id := ticket.ID(4001); id <= 4200; id++ {
		more = append(more, e.Ticket(id, whitelist.Good))
	}
	_, patch := e.Publish(more...) // depth 4
	h.k.PatchNotice(e.ID, patch)
	h.holds(e, e.Epoch)
	held, _ := h.lists.List(e.ID).Held()
	require.Equal(t, uint8(4), held.Depth)
	assert.Equal(t, whitelist.Good, h.state(e, 1))
	assert.Equal(t, whitelist.Good, h.state(e, 4100))
	require.Eventually(t, func() bool { whole, err := h.lists.List(e.ID).Whole(); return err == nil && whole },
		5*time.Second, 5*time.Millisecond)
	assert.LessOrEqual(t, h.src.Asked()-before, 1, "the index at most")
}

func TestEverythingIsThereAfterARestartWithNoHub(t *testing.T) {
	h, e := loaded(t, 3000)
	h.src.Down(true)
	_, patch := e.Publish(e.Ticket(7, whitelist.Revoked))
	h.k.PatchNotice(e.ID, patch)
	h.turns(e, 7, whitelist.Revoked)
	h.restart()
	assert.Equal(t, whitelist.Revoked, h.state(e, 7))
	assert.Equal(t, whitelist.Good, h.state(e, 8))
	_, ok := h.lists.Secrets(e.ID)
	assert.True(t, ok, "this venue keeps secrets on disk")
	venue, ok := h.lists.Venue()
	require.True(t, ok)
	assert.Len(t, venue.Events, 1)
	assert.Empty(t, h.lists.Faults())
}

func TestWrongSignaturesAreRefusedAndReported(t *testing.T) {
	h, e := loaded(t, 100)
	epoch := e.Epoch
	list, patch := e.Publish(e.Ticket(7, whitelist.Revoked))

	bad := bytes.Clone(list.Manifest)
	bad[60] ^= 1
	h.k.ListNotice(e.ID, wire.ListNotice{V: 1, Manifest: bad})
	h.reported("not signed by whom it should be")

	spoilt := bytes.Clone(patch.Patch)
	spoilt[len(spoilt)-80] ^= 1
	h.k.PatchNotice(e.ID, wire.PatchNotice{V: 1, Patch: spoilt})
	h.reported("refused a patch")

	stranger := keepertest.New(t, "stranger").Event("gala") // the same event id, another organizer's keys
	foreign, foreignPatch := stranger.Publish(stranger.Ticket(1, whitelist.Revoked))
	h.k.ListNotice(e.ID, foreign)
	h.reported("not signed by whom it should be")
	h.k.PatchNotice(e.ID, foreignPatch)
	h.reported("refused a patch")

	h.k.VenueNotice(keepertest.VenueNotice(keepertest.New(t, "stranger").Sign(whitelist.Venue{})))
	h.reported("refused the venue manifest")

	h.holds(e, epoch)
	assert.Equal(t, whitelist.Good, h.state(e, 7))
}

func TestAnOlderListIsRefusedAlsoAfterARestart(t *testing.T) {
	h, e := loaded(t, 100)
	old, oldPatch := e.Publish(e.Ticket(7, whitelist.Good))
	list, _ := e.Publish(e.Ticket(7, whitelist.Revoked))
	h.k.ListNotice(e.ID, list)
	h.holds(e, e.Epoch)
	h.restart()
	h.k.ListNotice(e.ID, old)
	h.reported("older than what is already held")
	h.k.PatchNotice(e.ID, oldPatch)
	h.reported("older than what is already held")
	assert.Equal(t, whitelist.Revoked, h.state(e, 7))

	h.names(e)
	require.Eventually(t, func() bool { v, _ := h.lists.Venue(); return v.Raw() != nil }, time.Second, time.Millisecond)
	h.k.VenueNotice(keepertest.VenueNotice(h.src.Sign(whitelist.Venue{Epoch: 5})))
	h.reported("refused the venue manifest")
}

func TestAListThatLeftTheVenueStillKeepsItsFloor(t *testing.T) {
	h, e := loaded(t, 100)
	old, _ := e.Publish()
	newer, _ := e.Publish(e.Ticket(7, whitelist.Revoked))
	h.k.ListNotice(e.ID, newer)
	h.holds(e, e.Epoch)
	h.names() // no events
	require.Eventually(t, func() bool { v, _ := h.lists.Venue(); return len(v.Events) == 0 }, 5*time.Second, time.Millisecond)
	assert.Zero(t, h.state(e, 7), "dropped")
	h.names(e)
	require.Eventually(t, func() bool { v, _ := h.lists.Venue(); return len(v.Events) == 1 }, 5*time.Second, time.Millisecond)
	h.k.ListNotice(e.ID, old)
	h.reported("older than what is already held")
	h.k.ListNotice(e.ID, newer)
	h.holds(e, e.Epoch)
}

func TestALyingHubIsFoundOut(t *testing.T) {
	h, e := loaded(t, 3000)
	epoch := e.Epoch
	list, _ := e.Publish(e.Ticket(7, whitelist.Revoked))
	other := e.Ticket(7, whitelist.Good).Marshal()
	h.src.Spoil(func(_ whitelist.Hash, raw []byte) []byte { // every blob is another one
		if len(raw)%whitelist.EntryLen == 0 {
			return append(raw, other...)
		}
		return raw[:len(raw)-32]
	})
	h.k.ListNotice(e.ID, list)
	h.reported("not the part the manifest states")
	h.holds(e, epoch)
	h.src.Spoil(nil)
	h.k.Wake()
	h.holds(e, e.Epoch)
	assert.Equal(t, whitelist.Revoked, h.state(e, 7))
}

func TestBucketsOfTwoEpochsDoNotPassForOne(t *testing.T) {
	h := newHouse(t)
	e := h.src.Event("gala")
	h.names(e)
	stale, _ := e.Publish(e.Tickets(3000)...)
	m, err := whitelist.OpenManifest(stale.Manifest, h.src.Platform, time.Time{})
	require.NoError(t, err)
	index, err := h.src.Blob(t.Context(), m.Manifest.Index, 1<<20)
	require.NoError(t, err)
	list, _ := e.Publish(e.Ticket(7, whitelist.Revoked))
	fresh, err := whitelist.OpenManifest(list.Manifest, h.src.Platform, time.Time{})
	require.NoError(t, err)
	h.src.Spoil(func(name whitelist.Hash, raw []byte) []byte {
		if name == fresh.Manifest.Index {
			return index // yesterday's index under today's manifest
		}
		return raw
	})
	h.k.ListNotice(e.ID, list)
	h.reported("not the part the manifest states")
	_, ok := h.lists.List(e.ID).Held()
	assert.False(t, ok)
}

func TestSecretsDoNotRestOnTheDiskUnlessChosen(t *testing.T) {
	h, e := loaded(t, 10)
	h.stop()
	lists, err := bolt.OpenLists(h.dir, h.src.Platform, nil)
	require.NoError(t, err)
	_, ok := lists.Secrets(e.ID)
	assert.False(t, ok, "what an earlier choice left behind is gone")
	require.NoError(t, lists.SetSecrets(t.Context(), e.ID, e.Secrets))
	require.NoError(t, lists.Close())
	lists, err = bolt.OpenLists(h.dir, h.src.Platform, bolt.Plain{})
	require.NoError(t, err)
	defer lists.Close()
	_, ok = lists.Secrets(e.ID)
	assert.False(t, ok, "memory only")
}

func TestAnotherPlatformKeyMakesEveryStoredListWorthless(t *testing.T) {
	h, e := loaded(t, 10)
	h.stop()
	lists, err := bolt.OpenLists(h.dir, keepertest.Public("another platform"), bolt.Plain{})
	require.NoError(t, err)
	defer lists.Close()
	assert.Len(t, lists.Faults(), 2, "the venue manifest and the list")
	_, ok := lists.List(e.ID).Held()
	assert.False(t, ok)
}
