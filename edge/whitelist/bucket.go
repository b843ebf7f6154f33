package whitelist

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Limits of buckets.
const (
	MaxDepth  = 20              // bits: a million buckets, five hundred million entries
	MaxBucket = 4096 * EntryLen // bytes: eight times what a bucket is sized for
)

// BucketOf is the index of the bucket that holds k where depth bits of the key choose it.
func BucketOf(k Key, depth uint8) int {
	return int(uint64(binary.BigEndian.Uint32(k[:4])) >> (32 - min(depth, MaxDepth)))
}

// DepthFor is the smallest depth at which the mean bucket has at most BucketAim entries.
func DepthFor(count int) uint8 {
	depth := uint8(0)
	for depth < MaxDepth && count>>depth > BucketAim {
		depth++
	}
	return depth
}

// Find looks k up in a bucket's bytes, in place and without allocating. The bucket has passed CheckBucket.
func Find(bucket []byte, k Key) (Entry, bool) {
	at, found := position(bucket, k)
	if !found {
		return Entry{}, false
	}
	return decode(bucket[at*EntryLen : (at+1)*EntryLen]), true
}

// position is where k stands among the entries, or would stand.
func position(bucket []byte, k Key) (int, bool) {
	low, high := 0, len(bucket)/EntryLen
	for low < high {
		middle := int(uint(low+high) / 2)
		switch order := bytes.Compare(keyAt(bucket, middle), k[:]); {
		case order == 0:
			return middle, true
		case order < 0:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

func keyAt(bucket []byte, i int) []byte {
	return bucket[i*EntryLen : i*EntryLen+KeyLen]
}

// CheckBucket says whether raw can be bucket number index of a list of that depth: whole entries with known states,
// strictly sorted, each in its place. It does not say that the bucket is the signed one: Hash.Check does.
func CheckBucket(raw []byte, depth uint8, index int) error {
	if depth > MaxDepth || index < 0 || index >= 1<<depth {
		return malformed("there is no bucket %d at depth %d", index, depth)
	}
	if len(raw)%EntryLen != 0 || len(raw) > MaxBucket {
		return malformed("bucket %d has %d bytes: not whole entries, or more than %d", index, len(raw), MaxBucket)
	}
	for i := range len(raw) / EntryLen {
		if err := checkPlace(raw, i, depth, index); err != nil {
			return err
		}
	}
	return nil
}

func checkPlace(raw []byte, i int, depth uint8, index int) error {
	key := keyAt(raw, i)
	if BucketOf(Key(key), depth) != index {
		return malformed("entry %x is not of bucket %d at depth %d", key, index, depth)
	}
	if i > 0 && bytes.Compare(keyAt(raw, i-1), key) >= 0 {
		return malformed("entry %x of bucket %d is doubled or out of order", key, index)
	}
	return checkEntry(raw[i*EntryLen : (i+1)*EntryLen])
}

// Merge folds changed entries into a bucket they belong to, and gives the new bucket's bytes; bucket stays as it was.
// Of two changes of one key the later in changes holds.
func Merge(bucket []byte, changes []Entry) []byte {
	sorted := latest(changes)
	merged := make([]byte, 0, len(bucket)+len(sorted)*EntryLen)
	for _, change := range sorted {
		at, found := position(bucket, change.Key)
		merged = append(merged, bucket[:at*EntryLen]...)
		merged = change.Append(merged)
		if found {
			at++
		}
		bucket = bucket[at*EntryLen:]
	}
	return append(merged, bucket...)
}

// latest is one entry per key, the last of each, in order of the keys.
func latest(changes []Entry) []Entry {
	sorted := slices.Clone(changes)
	slices.Reverse(sorted)
	slices.SortStableFunc(sorted, byKey)
	return slices.CompactFunc(sorted, func(a, b Entry) bool { return a.Key == b.Key })
}

func byKey(a, b Entry) int { return bytes.Compare(a.Key[:], b.Key[:]) }

// Split cuts a bucket of one depth, number index, into its two at the next depth: numbers 2·index and 2·index+1. They
// share the bucket's memory.
func Split(bucket []byte, depth uint8, index int) (left, right []byte) {
	var first Key // the lowest key of the right half
	binary.BigEndian.PutUint32(first[:], uint32(2*index+1)<<(31-depth))
	at, _ := position(bucket, first)
	return bucket[:at*EntryLen], bucket[at*EntryLen:]
}
