package whitelist

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"math/bits"
	"slices"
)

// HashLen is the size of a Hash in bytes.
const HashLen = len(Hash{})

// HashOf names a blob.
func HashOf(blob []byte) Hash { return sha256.Sum256(blob) }

// Check says whether blob is the one of this name; ErrMixed otherwise.
func (h Hash) Check(blob []byte) error {
	if got := HashOf(blob); got != h {
		return fmt.Errorf("%w: wanted the blob %s, got %s", ErrMixed, h, got)
	}
	return nil
}

// EncodeIndex is the index blob: the buckets' names, one after the other. Its name is the root of the list.
func EncodeIndex(buckets []Hash) []byte {
	raw := make([]byte, 0, len(buckets)*HashLen)
	for _, name := range buckets {
		raw = append(raw, name[:]...)
	}
	return raw
}

// ParseIndex reads an index blob: a power of two of names, at most 2^MaxDepth. It does not say that the index is the
// signed one: Manifest.OpenIndex does.
func ParseIndex(raw []byte) ([]Hash, error) {
	count := len(raw) / HashLen
	if len(raw)%HashLen != 0 || bits.OnesCount(uint(count)) != 1 || count > 1<<MaxDepth {
		return nil, malformed("an index of %d bytes is not a power of two of hashes, at most %d", len(raw), 1<<MaxDepth)
	}
	names := make([]Hash, count)
	for i := range names {
		names[i] = Hash(raw[i*HashLen:])
	}
	return names, nil
}

// DiffIndex is which buckets of want have to be fetched by one who has the buckets of have. Where the depths differ,
// that is all of them.
func DiffIndex(have, want []Hash) []int {
	var differing []int
	for i, name := range want {
		if len(have) != len(want) || have[i] != name {
			differing = append(differing, i)
		}
	}
	return differing
}

// AllNew says that not one bucket of want is among those of have, empty ones aside: the list was changed throughout, as when
// its keys are made under another secret, or have is nothing.
func AllNew(have, want []Hash) bool {
	some, empty := false, HashOf(nil)
	for i, name := range want {
		if name == empty {
			continue
		}
		if len(have) == len(want) && have[i] == name {
			return false
		}
		some = true
	}
	return some
}

// Portions goes through changes bucket by bucket, in order of the buckets: the bucket's index at that depth, and the
// entries that belong in it, in the order they had.
func Portions(changes []Entry, depth uint8) iter.Seq2[int, []Entry] {
	return func(yield func(int, []Entry) bool) {
		sorted := sortedByBucket(changes, depth)
		for len(sorted) > 0 {
			index, end := BucketOf(sorted[0].Key, depth), 1
			for end < len(sorted) && BucketOf(sorted[end].Key, depth) == index {
				end++
			}
			if !yield(index, sorted[:end:end]) {
				return
			}
			sorted = sorted[end:]
		}
	}
}

func sortedByBucket(changes []Entry, depth uint8) []Entry {
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b Entry) int { return BucketOf(a.Key, depth) - BucketOf(b.Key, depth) })
	return sorted
}
