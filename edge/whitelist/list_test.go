package whitelist_test

import (
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/edge/whitelist"
)

func TestARefundedTicketStaysListedAsRevoked(t *testing.T) {
	list := build(t, []whitelist.Entry{ticketEntry(1), ticketEntry(2)})
	refunded := ticketEntry(2)
	refunded.State = whitelist.Revoked
	after, _, err := list.With([]whitelist.Entry{refunded})
	require.NoError(t, err)

	found, listed := after.Find(refunded.Key)
	assert.True(t, listed, "forgotten, it would be merely unknown, and an unlisted signed code may be admitted")
	assert.Equal(t, whitelist.Revoked, found.State)
	assert.Equal(t, 2, after.Count())

	before, _ := list.Find(refunded.Key)
	assert.Equal(t, whitelist.Good, before.State, "the old list stays as it was")
}

func TestAReprintListsTheNewCodeAndKeepsTheOldAsReplaced(t *testing.T) {
	old, reprint := ticketEntry(1), ticketEntry(8)
	reprint.Ref = old.Ref
	list := build(t, []whitelist.Entry{old})
	old.State = whitelist.Replaced
	after, _, err := list.With([]whitelist.Entry{old, reprint})
	require.NoError(t, err)
	found, _ := after.Find(old.Key)
	assert.Equal(t, whitelist.Replaced, found.State)
	found, _ = after.Find(reprint.Key)
	assert.Equal(t, whitelist.Entry{Key: reprint.Key, Ref: old.Ref, State: whitelist.Good}, found)
}

func TestAPatchTouchesOnlyTheBucketsOfItsEntries(t *testing.T) {
	list := build(t, crowdOf(5000, 10))
	require.EqualValues(t, 4, list.Depth)
	added := crowdOf(2, 11)
	after, touched, err := list.With(added)
	require.NoError(t, err)
	want := []int{whitelist.BucketOf(added[0].Key, 4), whitelist.BucketOf(added[1].Key, 4)}
	slices.Sort(want)
	assert.Equal(t, want, touched)
	assert.Equal(t, want, whitelist.DiffIndex(list.Index(), after.Index()))
}

func TestAListThatOutgrowsItsDepthIsCutAnew(t *testing.T) {
	entries := crowdOf(5000, 12)
	list := build(t, entries[:500])
	require.Zero(t, list.Depth)
	after, touched, err := list.With(entries[500:])
	require.NoError(t, err)
	assert.EqualValues(t, 4, after.Depth)
	assert.Len(t, touched, 16)
	assert.Equal(t, build(t, entries).Root(), after.Root())
	assert.Equal(t, touched, whitelist.DiffIndex(list.Index(), after.Index()))
}

func TestWithRefusesAnEntryWithoutAState(t *testing.T) {
	_, _, err := build(t, crowdOf(10, 13)).With([]whitelist.Entry{{Key: whitelist.Key{1}}})
	assert.ErrorIs(t, err, whitelist.ErrMalformed)
}

func TestAListPutTogetherFromStoredBucketsHasTheSameRoot(t *testing.T) {
	list := build(t, crowdOf(3000, 14))
	loaded := &whitelist.List{Depth: list.Depth, Buckets: list.Buckets}
	assert.Equal(t, list.Root(), loaded.Root())
}

// The whole promise of patches: however a list came to be, the same entries are the same bytes.
func TestBuiltPatchedAndMergedIsTheListBuiltAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := map[whitelist.Key]whitelist.Entry{}
		start := someEntries(t, 1500)
		note(truth, start)
		list, err := whitelist.Build(slices.Collect(maps.Values(truth)))
		require.NoError(t, err)
		for range rapid.IntRange(1, 4).Draw(t, "patches") {
			changes := someEntries(t, 400)
			note(truth, changes)
			list, _, err = list.With(changes)
			require.NoError(t, err)
		}
		anew, err := whitelist.Build(slices.Collect(maps.Values(truth)))
		require.NoError(t, err)
		require.Equal(t, anew.Depth, list.Depth)
		require.Equal(t, anew.Root(), list.Root())
		require.Equal(t, anew.Buckets, list.Buckets)
		require.Equal(t, len(truth), list.Count())
	})
}

func note(truth map[whitelist.Key]whitelist.Entry, entries []whitelist.Entry) {
	for _, entry := range entries {
		truth[entry.Key] = entry
	}
}

// someEntries are fewer than most, with keys out of few, so that changes meet what is there. Rapid alone would draw
// slices too short to fill two buckets.
func someEntries(t *rapid.T, most int) []whitelist.Entry {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	entries := make([]whitelist.Entry, random.IntN(most))
	for i := range entries {
		number := random.Uint64N(3000)
		binary.BigEndian.PutUint64(entries[i].Key[:], number*0x9e3779b97f4a7c15) // spread over the whole space
		entries[i].State = whitelist.State(1 + random.IntN(4))
	}
	return entries
}

func TestPortionsGoThroughTheBucketsInOrder(t *testing.T) {
	changes := crowdOf(1000, 15)
	last, total := -1, 0
	for index, mine := range whitelist.Portions(changes, 5) {
		assert.Greater(t, index, last)
		for _, entry := range mine {
			assert.Equal(t, index, whitelist.BucketOf(entry.Key, 5))
		}
		last, total = index, total+len(mine)
	}
	assert.Equal(t, len(changes), total)
	for range whitelist.Portions(changes, 5) {
		break
	}
}
