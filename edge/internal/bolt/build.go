package bolt

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/whitelist"
)

// Build is a list being brought to what a manifest states: in place where the depth is the same (every bucket put is
// as good as or newer than the one before), beside the list in use where it is not, or where the keys are new.
type Build struct {
	l     *List
	s     shape
	aside bool
}

// Build starts or resumes one for a list of these buckets. Fold everything first.
//
// Where not one bucket is as it was, the keys may be made under another secret: then each ticket is in another bucket, and
// changing them in place would lose most tickets until the last bucket has come. So such a list is built beside.
func (l *List) Build(ctx context.Context, depth uint8, want []whitelist.Hash) (*Build, error) {
	l.mu.RLock()
	s := l.shape
	l.mu.RUnlock()
	if s.full && s.depth == depth {
		have, err := l.Names()
		if err != nil {
			return nil, err
		}
		if !whitelist.AllNew(have, want) {
			return &Build{l: l, s: s}, nil
		}
	}
	b := &Build{l: l, s: shape{gen: 1 - s.gen, depth: depth}, aside: true}
	if err := l.db.Commit(ctx, b.stage); err != nil {
		return nil, fmt.Errorf("begin the list of event %s at depth %d: %w", l.event, depth, err)
	}
	return b, nil
}

// stage keeps what an interrupted build of the same depth had stored, and clears anything else.
func (b *Build) stage(tx *bbolt.Tx) error {
	event, err := tx.Bucket(inLists).CreateBucketIfNotExists(b.l.event[:])
	if err != nil {
		return err
	}
	name := genKeys[b.s.gen]
	was, _ := bolt.Get(event, stagingKey)
	if len(was) == 1 && was[0] == b.s.depth && event.Bucket(name) != nil {
		return nil
	}
	if err := event.DeleteBucket(name); err != nil && event.Bucket(name) != nil {
		return err
	}
	if _, err := event.CreateBucket(name); err != nil {
		return err
	}
	return bolt.Put(event, stagingKey, []byte{b.s.depth})
}

// Names returns the names of the buckets that are there; the zero name stands for one that is not.
func (b *Build) Names() ([]whitelist.Hash, error) {
	if !b.aside {
		return b.l.Names()
	}
	return b.l.hashBuckets(b.s)
}

// Put stores buckets. The caller has checked each against its name in the index.
func (b *Build) Put(ctx context.Context, buckets map[int][]byte) error {
	names := make(map[int]whitelist.Hash, len(buckets))
	for index, raw := range buckets {
		if err := whitelist.CheckBucket(raw, b.s.depth, index); err != nil {
			return err
		}
		names[index] = whitelist.HashOf(raw)
	}
	err := b.l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		for index, raw := range buckets {
			if err := b.l.putBucket(tx, b.s, index, raw); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d buckets of event %s: %w", len(buckets), b.l.event, err)
	}
	if !b.aside {
		b.l.mu.Lock()
		defer b.l.mu.Unlock()
		b.l.rename(names)
	}
	return nil
}

// Half returns the bucket of the new list as the list in use splits into it, nil when it does not: a list that
// outgrew its depth need not be fetched again.
func (b *Build) Half(index int) []byte {
	b.l.mu.RLock()
	in := b.l.shape
	b.l.mu.RUnlock()
	if !b.aside || !in.full || in.depth+1 != b.s.depth {
		return nil
	}
	var half []byte
	_ = b.l.db.View(func(tx *bbolt.Tx) error {
		raw, err := b.l.bucket(tx, in, index/2)
		if err != nil {
			return err
		}
		left, right := whitelist.Split(raw, in.depth, index/2)
		if index%2 == 1 {
			left = right
		}
		half = append([]byte{}, left...)
		return nil
	})
	return half
}

// Finish says that the build is all that m states. Rules is the blob that m names; nil keeps the rules in force,
// which must then be the same.
func (b *Build) Finish(ctx context.Context, m whitelist.SignedManifest, rules []byte) error {
	if err := b.l.settle(ctx, m, rules, b.s, b.aside); err != nil {
		return err
	}
	if !b.aside {
		return nil
	}
	old := genKeys[1-b.s.gen]
	return b.l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		event := tx.Bucket(inLists).Bucket(b.l.event[:])
		if event == nil || event.Bucket(old) == nil {
			return nil
		}
		return event.DeleteBucket(old)
	})
}

// Settle says that buckets and patches add up to the target m. Rules is as in Finish.
func (l *List) Settle(ctx context.Context, m whitelist.SignedManifest, rules []byte) error {
	l.mu.RLock()
	s := l.shape
	l.mu.RUnlock()
	return l.settle(ctx, m, rules, s, false)
}

func (l *List) settle(ctx context.Context, m whitelist.SignedManifest, raw []byte, s shape, swap bool) error {
	rules, err := l.rulesFor(m, raw)
	if err != nil {
		return err
	}
	err = l.db.Commit(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(inLists).Bucket(l.event[:])
		if b == nil {
			return fmt.Errorf("nothing is stored of event %s", l.event)
		}
		if raw != nil {
			if err := bolt.Put(b, rulesKey, raw); err != nil {
				return err
			}
		}
		if swap {
			if err := swapped(b, m.Epoch); err != nil {
				return err
			}
		}
		reach, _ := getUint64(b, reachKey) // a patch may have come meanwhile
		if swap {
			reach = 0
		}
		return errors.Join(bolt.Put(b, heldKey, m.Raw()), putUint64(b, reachKey, max(reach, m.Epoch)),
			bolt.Put(b, shapeKey, []byte{s.gen, s.depth}))
	})
	if err != nil {
		return fmt.Errorf("settle the list of event %s at epoch %d: %w", l.event, m.Epoch, err)
	}
	return l.settled(m, rules, s, swap)
}

// swapped forgets what the new buckets hold already: older patches must not lie over them.
func swapped(b *bbolt.Bucket, epoch uint64) error {
	if patches := b.Bucket(patchesKey); patches != nil {
		if err := deleteUpTo(patches, epoch); err != nil {
			return err
		}
	}
	return b.Delete(stagingKey)
}

func (l *List) settled(m whitelist.SignedManifest, rules *whitelist.Rules, s shape, swap bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held, l.rules, l.reach = m, rules, max(l.reach, m.Epoch)
	if !swap {
		return nil
	}
	l.use(shape{gen: s.gen, depth: s.depth, full: true})
	l.reach = m.Epoch
	l.overlay = whitelist.NewOverlay()
	return l.db.View(func(tx *bbolt.Tx) error {
		return l.loadPatches(tx.Bucket(inLists).Bucket(l.event[:]).Bucket(patchesKey))
	})
}

func (l *List) rulesFor(m whitelist.SignedManifest, raw []byte) (*whitelist.Rules, error) {
	if raw != nil {
		return m.OpenRules(raw)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.held.Raw() == nil || l.held.Manifest.Rules != m.Rules {
		return nil, fmt.Errorf("the rules of event %s that its manifest names are missing", l.event)
	}
	return l.rules, nil
}
