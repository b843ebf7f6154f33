package whitelist

import "slices"

// Overlay holds the entries of patches that are live but not yet folded into buckets. A lookup asks it first.
//
// Folding goes in portions: Take some entries, merge them into their buckets and store those in one transaction,
// then Done. An entry leaves the overlay only in Done, so a lookup between finds it at every moment. An Overlay is
// not safe for concurrent use: the store that owns it locks.
type Overlay struct {
	entries map[Key]Entry
	queue   []Entry // sorted by key, what Take has yet to give; stale entries are skipped
	dirty   bool    // Put has run since queue was made
}

// NewOverlay is empty.
func NewOverlay() *Overlay { return &Overlay{entries: map[Key]Entry{}} }

// Put makes entries live. A later entry of the same key takes the place of the earlier.
func (o *Overlay) Put(entries []Entry) {
	for _, entry := range entries {
		o.entries[entry.Key] = entry
	}
	o.dirty = true
}

// Find looks k up.
func (o *Overlay) Find(k Key) (Entry, bool) {
	entry, found := o.entries[k]
	return entry, found
}

// Len is how many entries wait to be folded.
func (o *Overlay) Len() int { return len(o.entries) }

// Take gives about limit entries to fold, sorted by key: at least one while there are any, and a bucket's all
// together, so that no bucket is written twice. They stay live until Done.
func (o *Overlay) Take(depth uint8, limit int) []Entry {
	o.refill()
	end := 0
	for end < len(o.queue) && (end < max(limit, 1) || sameBucket(o.queue[end-1], o.queue[end], depth)) {
		end++
	}
	taken := o.queue[:end:end]
	o.queue = o.queue[end:]
	return taken
}

func sameBucket(a, b Entry, depth uint8) bool {
	return BucketOf(a.Key, depth) == BucketOf(b.Key, depth)
}

// refill sorts what waits, when Put has brought more or the last round has ended.
func (o *Overlay) refill() {
	if !o.dirty && len(o.queue) > 0 {
		return
	}
	o.queue = o.queue[:0:0]
	for _, entry := range o.entries {
		o.queue = append(o.queue, entry)
	}
	slices.SortFunc(o.queue, byKey)
	o.dirty = false
}

// Done says that these entries are stored in their buckets. One that a newer patch has changed meanwhile stays.
func (o *Overlay) Done(folded []Entry) {
	for _, entry := range folded {
		if o.entries[entry.Key] == entry {
			delete(o.entries, entry.Key)
		}
	}
}
