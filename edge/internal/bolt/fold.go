package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/whitelist"
)

// foldPortion bounds the entries folded in one transaction, and so the buckets it writes: about 2 MB.
const foldPortion = 64

// Fold moves a portion of what waits in patches into buckets; more is true while some is left. Patches are forgotten
// once all that they brought is in buckets.
func (l *List) Fold(ctx context.Context) (more bool, err error) {
	l.mu.Lock()
	s := l.shape
	taken := l.overlay.Take(s.depth, foldPortion)
	l.mu.Unlock()
	if !s.full || len(taken) == 0 {
		return false, nil
	}
	names := map[int]whitelist.Hash{}
	err = l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		for index, changes := range whitelist.Portions(taken, s.depth) {
			old, err := l.bucket(tx, s, index)
			if err != nil {
				return err
			}
			merged := whitelist.Merge(old, changes)
			names[index] = whitelist.HashOf(merged)
			if err := l.putBucket(tx, s, index, merged); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("fold %d entries into the list of event %s: %w", len(taken), l.event, err)
	}
	return l.folded(ctx, taken, names)
}

func (l *List) folded(ctx context.Context, taken []whitelist.Entry, names map[int]whitelist.Hash) (more bool, err error) {
	l.mu.Lock()
	l.overlay.Done(taken)
	l.rename(names)
	left, upTo := l.overlay.Len(), l.patched
	l.mu.Unlock()
	if left > 0 {
		return true, nil
	}
	return false, l.forgetPatches(ctx, upTo)
}

// rename takes the new names of buckets, if the names are kept at all.
func (l *List) rename(names map[int]whitelist.Hash) {
	if l.names == nil {
		return
	}
	for index, name := range names {
		l.names[index] = name
	}
}

// forgetPatches deletes folded patches. One that came meanwhile has a higher epoch.
func (l *List) forgetPatches(ctx context.Context, upTo uint64) error {
	return l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(inLists).Bucket(l.event[:])
		if b == nil || b.Bucket(patchesKey) == nil {
			return nil
		}
		return deleteUpTo(b.Bucket(patchesKey), upTo)
	})
}

func deleteUpTo(patches *bbolt.Bucket, epoch uint64) error {
	var keys [][]byte
	c := patches.Cursor()
	for k, _ := c.First(); len(k) == 8 && binary.BigEndian.Uint64(k) <= epoch; k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := patches.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

func (l *List) putBucket(tx *bbolt.Tx, s shape, index int, raw []byte) error {
	b, err := tx.Bucket(inLists).CreateBucketIfNotExists(l.event[:])
	if err != nil {
		return err
	}
	gen, err := b.CreateBucketIfNotExists(genKeys[s.gen])
	if err != nil {
		return err
	}
	gen.FillPercent = 1 // buckets are loaded in order, and changed in place
	return bolt.Put(gen, bucketKey(index), raw)
}

// Names returns the names of the buckets as they are now, nil when the list is not whole. The first call reads all
// of the list.
func (l *List) Names() ([]whitelist.Hash, error) {
	l.mu.RLock()
	s, names := l.shape, l.names
	l.mu.RUnlock()
	if !s.full {
		return nil, nil
	}
	if names == nil || l.doubt.Swap(false) {
		var err error
		if names, err = l.hashBuckets(s); err != nil {
			return nil, err
		}
		l.mu.Lock()
		l.names = names
		l.mu.Unlock()
	}
	return append([]whitelist.Hash(nil), names...), nil
}

// hashBuckets reads the buckets one transaction each: a long one would keep old pages from being used again. A bucket
// that is damaged or missing gets no name, and so differs from what is wanted.
func (l *List) hashBuckets(s shape) ([]whitelist.Hash, error) {
	names := make([]whitelist.Hash, 1<<s.depth)
	for index := range names {
		err := l.db.View(func(tx *bbolt.Tx) error {
			raw, err := l.bucket(tx, s, index)
			if err == nil {
				names[index] = whitelist.HashOf(raw)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// Whole says whether buckets (with no patch waiting) are exactly what the target states, by its root.
func (l *List) Whole() (bool, error) {
	names, err := l.Names()
	if err != nil || names == nil {
		return false, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.overlay.Len() == 0 && l.target.Raw() != nil && l.shape.depth == l.target.Depth &&
		whitelist.HashOf(whitelist.EncodeIndex(names)) == l.target.Index, nil
}
