package whitelist_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

func TestAnEntryIs56BytesAndComesBackAsItWas(t *testing.T) {
	raw := fullEntry().Marshal()
	require.Len(t, raw, whitelist.EntryLen)
	back, err := whitelist.DecodeEntry(raw)
	require.NoError(t, err)
	assert.Equal(t, fullEntry(), back)
	assert.Equal(t, append([]byte("before"), raw...), fullEntry().Append([]byte("before")))
}

func TestBucketOf(t *testing.T) {
	key := whitelist.Key{0b10110011, 0b01010101, 0b11110000, 0xff}
	for _, row := range []struct {
		name  string
		depth uint8
		want  int
	}{
		{"no bits: there is one bucket", 0, 0},
		{"one bit", 1, 1},
		{"three bits", 3, 0b101},
		{"twelve bits cross a byte", 12, 0b101100110101},
		{"the deepest", 20, 0b10110011010101011111},
		{"deeper than the deepest is the deepest, not a panic", 40, 0b10110011010101011111},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, whitelist.BucketOf(key, row.depth)) })
	}
}

func TestDepthFor(t *testing.T) {
	for _, row := range []struct {
		name  string
		count int
		want  uint8
	}{
		{"an empty list is one bucket", 0, 0},
		{"512 tickets still are", 512, 0},
		{"one more, and they are two", 513, 1},
		{"a million are about two thousand", 1_000_000, 11},
		{"more than there is room for stays at the deepest", 1 << 30, 20},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, whitelist.DepthFor(row.count)) })
	}
}

func TestFindMeetsEveryEntryAndNothingElse(t *testing.T) {
	entries := crowdOf(777, 1)
	list := build(t, entries)
	for _, entry := range entries {
		found, ok := list.Find(entry.Key)
		require.True(t, ok)
		require.Equal(t, entry, found)
	}
	for _, stranger := range crowdOf(777, 2) {
		_, ok := list.Find(stranger.Key)
		require.False(t, ok)
	}
}

func TestFindInNothing(t *testing.T) {
	_, ok := whitelist.Find(nil, whitelist.Key{1})
	assert.False(t, ok)
	_, ok = whitelist.Find(make([]byte, whitelist.EntryLen-1), whitelist.Key{})
	assert.False(t, ok, "half an entry is none")
}

func TestFindAllocatesNothing(t *testing.T) {
	entries := crowdOf(512, 3)
	bucket := build(t, entries).Buckets[0]
	allocations := testing.AllocsPerRun(100, func() {
		if _, ok := whitelist.Find(bucket, entries[7].Key); !ok {
			t.Fatal("the entry is there")
		}
	})
	assert.Zero(t, allocations)
}

func TestMergeChangesAddsAndKeepsTheRest(t *testing.T) {
	entries := crowdOf(100, 4)
	bucket := build(t, entries).Buckets[0]
	before := slices.Clone(bucket)
	changed, added := entries[50], crowdOf(1, 5)[0]
	changed.State = whitelist.Revoked
	merged := whitelist.Merge(bucket, []whitelist.Entry{added, changed})

	require.NoError(t, whitelist.CheckBucket(merged, 0, 0))
	assert.Equal(t, before, bucket, "the old bucket is not written to")
	assert.Equal(t, build(t, append(append(slices.Clone(entries[:50]), entries[51:]...), changed, added)).Buckets[0], merged)
}

func TestMergeOfTwoChangesOfOneKeyKeepsTheLater(t *testing.T) {
	first, second := ticketEntry(1), ticketEntry(1)
	first.State, second.State = whitelist.Blocked, whitelist.Good
	assert.Equal(t, second.Marshal(), whitelist.Merge(nil, []whitelist.Entry{first, second}))
	assert.Equal(t, first.Marshal(), whitelist.Merge(second.Marshal(), []whitelist.Entry{second, first}))
}

func TestSplitGivesTheTwoBucketsOfTheNextDepth(t *testing.T) {
	list := build(t, crowdOf(1500, 6))
	require.EqualValues(t, 2, list.Depth)
	for i, bucket := range list.Buckets {
		left, right := whitelist.Split(bucket, list.Depth, i)
		assert.NoError(t, whitelist.CheckBucket(left, list.Depth+1, 2*i))
		assert.NoError(t, whitelist.CheckBucket(right, list.Depth+1, 2*i+1))
		assert.Equal(t, bucket, slices.Concat(left, right))
		assert.NotEmpty(t, left)
		assert.NotEmpty(t, right)
	}
}

func TestCheckBucketRefusesAPlaceThatIsNone(t *testing.T) {
	for _, row := range []struct {
		name  string
		depth uint8
		index int
	}{
		{"deeper than the deepest", 21, 0},
		{"before the first", 2, -1},
		{"after the last", 2, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.ErrorIs(t, whitelist.CheckBucket(nil, row.depth, row.index), whitelist.ErrMalformed)
		})
	}
	assert.NoError(t, whitelist.CheckBucket(nil, 2, 3), "an empty bucket is a bucket")
	tooBig := make([]byte, whitelist.MaxBucket+whitelist.EntryLen)
	assert.ErrorIs(t, whitelist.CheckBucket(tooBig, 0, 0), whitelist.ErrMalformed)
}

func TestBuildTellsEveryDoubledKeyOnce(t *testing.T) {
	entries := crowdOf(2000, 7)
	entries = append(entries, entries[3], entries[3], entries[9])
	_, err := whitelist.Build(entries)
	var doubled *whitelist.DuplicateError
	require.True(t, errors.As(err, &doubled))
	assert.ElementsMatch(t, []whitelist.Key{entries[3].Key, entries[9].Key}, doubled.Keys)
	assert.ErrorIs(t, err, whitelist.ErrMalformed)
	assert.ErrorContains(t, err, "2 keys are listed more than once")
}

func TestBuildRefusesAnEntryWithoutAState(t *testing.T) {
	_, err := whitelist.Build([]whitelist.Entry{{Key: whitelist.Key{1}}})
	assert.ErrorIs(t, err, whitelist.ErrMalformed)
}

func TestBuildLeavesItsInputAlone(t *testing.T) {
	entries := crowdOf(600, 8)
	before := slices.Clone(entries)
	build(t, entries)
	assert.Equal(t, before, entries)
}
