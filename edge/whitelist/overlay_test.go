package whitelist_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/edge/whitelist"
)

func TestAnOverlayEntryIsLiveUntilItIsStored(t *testing.T) {
	overlay := whitelist.NewOverlay()
	entry := ticketEntry(1)
	overlay.Put([]whitelist.Entry{entry})
	taken := overlay.Take(0, 10)
	assert.Equal(t, []whitelist.Entry{entry}, taken)
	found, live := overlay.Find(entry.Key)
	assert.True(t, live, "taken, but not yet stored")
	assert.Equal(t, entry, found)
	overlay.Done(taken)
	_, live = overlay.Find(entry.Key)
	assert.False(t, live)
	assert.Zero(t, overlay.Len())
	assert.Empty(t, overlay.Take(0, 10))
}

func TestANewerPatchDuringAFoldIsNotLost(t *testing.T) {
	overlay := whitelist.NewOverlay()
	sold, refunded := ticketEntry(1), ticketEntry(1)
	refunded.State = whitelist.Revoked
	overlay.Put([]whitelist.Entry{sold})
	taken := overlay.Take(0, 10)
	overlay.Put([]whitelist.Entry{refunded})
	overlay.Done(taken)
	found, live := overlay.Find(sold.Key)
	require.True(t, live)
	assert.Equal(t, whitelist.Revoked, found.State)
	assert.Equal(t, []whitelist.Entry{refunded}, overlay.Take(0, 10))
}

func TestWhatCouldNotBeStoredIsTakenAgain(t *testing.T) {
	overlay := whitelist.NewOverlay()
	overlay.Put(crowdOf(5, 1))
	first := overlay.Take(0, 100)
	assert.Equal(t, first, overlay.Take(0, 100), "no Done in between: the transaction failed")
}

func TestTakeKeepsABucketTogether(t *testing.T) {
	overlay := whitelist.NewOverlay()
	overlay.Put(crowdOf(1000, 2))
	seen := map[int]bool{}
	rounds := 0
	for overlay.Len() > 0 {
		taken := overlay.Take(4, 100)
		assert.GreaterOrEqual(t, len(taken), min(100, overlay.Len()))
		mine := map[int]bool{}
		for _, entry := range taken {
			mine[whitelist.BucketOf(entry.Key, 4)] = true
		}
		for bucket := range mine {
			assert.False(t, seen[bucket], "bucket %d is written twice", bucket)
			seen[bucket] = true
		}
		overlay.Done(taken)
		rounds++
	}
	assert.LessOrEqual(t, rounds, 10)
}

func TestTakeOfNothingStillMovesOn(t *testing.T) {
	overlay := whitelist.NewOverlay()
	overlay.Put(crowdOf(3, 3))
	assert.NotEmpty(t, overlay.Take(0, 0), "a limit of 0 must not make a fold that never ends")
}

// A gate's life: patches come while earlier ones are folded. At every moment a lookup gives the newest entry, and in
// the end the buckets are those of a list built anew.
func TestFoldingInPortionsGivesTheSignedBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		truth := map[whitelist.Key]whitelist.Entry{}
		overlay, buckets := whitelist.NewOverlay(), make([][]byte, 8)
		lookup := func(k whitelist.Key) whitelist.Entry {
			if entry, live := overlay.Find(k); live {
				return entry
			}
			entry, _ := whitelist.Find(buckets[whitelist.BucketOf(k, 3)], k)
			return entry
		}
		fold := func() {
			taken := overlay.Take(3, 20)
			for index, mine := range whitelist.Portions(taken, 3) {
				buckets[index] = whitelist.Merge(buckets[index], mine)
			}
			if rapid.Bool().Draw(t, "a patch comes before the fold is done") {
				changes := someEntries(t, 30)
				note(truth, changes)
				overlay.Put(changes)
			}
			overlay.Done(taken)
		}
		changes := someEntries(t, 400)
		note(truth, changes)
		overlay.Put(changes)
		for range rapid.IntRange(0, 5).Draw(t, "folds") {
			fold()
			for key, entry := range truth {
				require.Equal(t, entry, lookup(key))
			}
		}
		for overlay.Len() > 0 {
			fold()
		}
		for key, entry := range truth {
			require.Equal(t, entry, lookup(key))
		}
		for i, bucket := range buckets {
			require.NoError(t, whitelist.CheckBucket(bucket, 3, i))
		}
	})
}
