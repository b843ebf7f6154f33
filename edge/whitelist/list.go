package whitelist

import (
	"fmt"
	"slices"
)

// List is one event's whole list in memory, as the signer builds it. A gate never holds one.
type List struct {
	Depth   uint8
	Buckets [][]byte // 1<<Depth of them, in order; never written to once they are here

	names []Hash // of the buckets
}

// Build makes the list of these entries, in any order. Entries of sold, refunded and replaced tickets all belong in
// it: a list without its tombstones would let a refunded ticket count as merely unknown, and unlisted signed codes
// may be admitted. Keys that stand twice are a *DuplicateError.
func Build(entries []Entry) (*List, error) {
	depth := DepthFor(len(entries))
	order, starts := byBucket(entries, depth)
	flat := make([]byte, 0, len(entries)*EntryLen)
	list := &List{Depth: depth, Buckets: make([][]byte, 1<<depth)}
	var doubled []Key
	for i := range list.Buckets {
		from := len(flat)
		mine := order[starts[i]:starts[i+1]]
		slices.SortFunc(mine, func(a, b uint32) int { return byKey(entries[a], entries[b]) })
		for j, at := range mine {
			if j > 0 && entries[at].Key == entries[mine[j-1]].Key {
				doubled = append(doubled, entries[at].Key)
			}
			flat = entries[at].Append(flat)
		}
		list.Buckets[i] = flat[from:len(flat):len(flat)]
	}
	if doubled != nil {
		return nil, &DuplicateError{Keys: slices.Compact(doubled)}
	}
	list.names = hashAll(list.Buckets)
	if err := list.check(list.all()); err != nil {
		return nil, fmt.Errorf("build a list of %d entries: %w", len(entries), err)
	}
	return list, nil
}

// byBucket sorts the entries' positions by bucket: bucket i's are order[starts[i]:starts[i+1]].
func byBucket(entries []Entry, depth uint8) (order []uint32, starts []int) {
	starts = make([]int, 1<<depth+1)
	for i := range entries {
		starts[BucketOf(entries[i].Key, depth)+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	order = make([]uint32, len(entries))
	next := slices.Clone(starts)
	for i := range entries {
		bucket := BucketOf(entries[i].Key, depth)
		order[next[bucket]] = uint32(i)
		next[bucket]++
	}
	return order, starts
}

// With is the list after these changes, and which of its buckets are new. The old list stays as it was, and the two
// share the buckets that did not change. When the list has outgrown its depth, all are new.
func (l *List) With(changes []Entry) (next *List, touched []int, err error) {
	next = &List{Depth: l.Depth, Buckets: slices.Clone(l.Buckets), names: slices.Clone(l.hashes())}
	for index, mine := range Portions(changes, l.Depth) {
		next.Buckets[index] = Merge(l.Buckets[index], mine)
		next.names[index] = HashOf(next.Buckets[index])
		touched = append(touched, index)
	}
	if next.Depth < DepthFor(next.Count()) {
		touched = next.deepen()
	}
	if err := next.check(touched); err != nil {
		return nil, nil, fmt.Errorf("change %d entries of a list: %w", len(changes), err)
	}
	return next, touched, nil
}

// deepen splits every bucket until the depth fits the count.
func (l *List) deepen() []int {
	for l.Depth < DepthFor(l.Count()) {
		halves := make([][]byte, 0, 2*len(l.Buckets))
		for i, bucket := range l.Buckets {
			left, right := Split(bucket, l.Depth, i)
			halves = append(halves, left, right)
		}
		l.Depth, l.Buckets = l.Depth+1, halves
	}
	l.names = hashAll(l.Buckets)
	return l.all()
}

// all is the index of every bucket.
func (l *List) all() []int {
	indexes := make([]int, len(l.Buckets))
	for i := range indexes {
		indexes[i] = i
	}
	return indexes
}

// check finds in these buckets what no gate would take.
func (l *List) check(indexes []int) error {
	for _, i := range indexes {
		if err := CheckBucket(l.Buckets[i], l.Depth, i); err != nil {
			return err
		}
	}
	return nil
}

// Count is the number of entries.
func (l *List) Count() int {
	bytes := 0
	for _, bucket := range l.Buckets {
		bytes += len(bucket)
	}
	return bytes / EntryLen
}

// Find looks k up.
func (l *List) Find(k Key) (Entry, bool) {
	return Find(l.Buckets[BucketOf(k, l.Depth)], k)
}

// Index is the buckets' names in order. The caller may keep and change it.
func (l *List) Index() []Hash { return slices.Clone(l.hashes()) }

// IndexBytes is the index blob.
func (l *List) IndexBytes() []byte { return EncodeIndex(l.hashes()) }

// Root is the name of the index blob, which the manifest signs.
func (l *List) Root() Hash { return HashOf(l.IndexBytes()) }

// hashes are the buckets' names, computed when the list was not made by Build or With.
func (l *List) hashes() []Hash {
	if len(l.names) != len(l.Buckets) {
		l.names = hashAll(l.Buckets)
	}
	return l.names
}

func hashAll(buckets [][]byte) []Hash {
	names := make([]Hash, len(buckets))
	for i, bucket := range buckets {
		names[i] = HashOf(bucket)
	}
	return names
}
