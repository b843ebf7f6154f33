package bolt

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Keys in an event's bucket, beside floorKey. There are two generations of buckets: a list of another depth is built
// beside the one in use, and takes its place in one transaction.
var (
	targetKey  = []byte("target")  // newest signed manifest accepted
	heldKey    = []byte("held")    // signed manifest that buckets and patches add up to
	rulesKey   = []byte("rules")   // the rules of held
	reachKey   = []byte("reach")   // epoch that buckets and patches add up to
	shapeKey   = []byte("shape")   // generation, depth: 1 byte each
	stagingKey = []byte("staging") // depth of the generation not in use, while it is being built
	patchesKey = []byte("patches") // bucket: epoch -> signed patch not yet folded
	genKeys    = [2][]byte{[]byte("buckets-0"), []byte("buckets-1")}
)

// List is one event's list: buckets in the file, patches that are not folded yet in memory and in the file.
type List struct {
	db       *bolt.DB
	event    ticket.EventID
	platform ed25519.PublicKey

	mu      sync.RWMutex
	overlay *whitelist.Overlay
	target  whitelist.SignedManifest
	held    whitelist.SignedManifest
	rules   *whitelist.Rules
	floor   uint64
	reach   uint64 // epoch that buckets and patches add up to
	patched uint64 // newest epoch in overlay, now or before
	shape   shape
	names   []whitelist.Hash // of the buckets; nil until somebody asks
	doubt   atomic.Bool      // a bucket could not be read: names must be looked at again
	proven  []atomic.Bool    // buckets of shape whose checksum this process has seen to be right
}

type shape struct {
	gen, depth uint8
	full       bool // all buckets are there
}

func newList(db *bolt.DB, event ticket.EventID, platform ed25519.PublicKey) *List {
	return &List{db: db, event: event, platform: platform, overlay: whitelist.NewOverlay()}
}

// load reads what the file holds of the list. What cannot be read is left empty, and so will be fetched again.
func (l *List) load(tx *bbolt.Tx) error {
	b := tx.Bucket(inLists).Bucket(l.event[:])
	if b == nil {
		return nil
	}
	var faults []error
	floor, err := getUint64(b, floorKey)
	faults = append(faults, err)
	l.floor = floor
	l.target, err = l.loadManifest(b, targetKey)
	faults = append(faults, err)
	faults = append(faults, l.loadHeld(b), l.loadPatches(b.Bucket(patchesKey)))
	return errors.Join(faults...)
}

func (l *List) loadHeld(b *bbolt.Bucket) error {
	held, err := l.loadManifest(b, heldKey)
	if err != nil || held.Raw() == nil {
		return err
	}
	raw, err := bolt.Get(b, rulesKey)
	if err != nil {
		return err
	}
	rules, err := held.OpenRules(raw)
	if err != nil {
		return err
	}
	made, err := bolt.Get(b, shapeKey)
	if err != nil || len(made) != 2 || made[0] > 1 || made[1] > whitelist.MaxDepth {
		return errors.Join(err, errors.New("the shape of the buckets is not known"))
	}
	reach, err := getUint64(b, reachKey)
	if err != nil {
		return err
	}
	l.held, l.rules, l.reach = held, rules, reach
	l.use(shape{gen: made[0], depth: made[1], full: true})
	return nil
}

func (l *List) loadManifest(b *bbolt.Bucket, key []byte) (whitelist.SignedManifest, error) {
	raw, err := bolt.Get(b, key)
	if raw == nil || err != nil {
		return whitelist.SignedManifest{}, err
	}
	return whitelist.OpenManifest(raw, l.platform, time.Time{})
}

// loadPatches makes the patches that were not folded live again, oldest first. One that cannot be read keeps back none
// of the others: what they revoke stays revoked, and reach stops before the hole, so that the list is healed.
func (l *List) loadPatches(b *bbolt.Bucket) error {
	if b == nil {
		return nil
	}
	var faults []error
	err := b.ForEach(func(key, sealed []byte) error {
		faults = append(faults, l.loadPatch(key, sealed))
		return nil
	})
	return errors.Join(err, errors.Join(faults...))
}

func (l *List) loadPatch(key, sealed []byte) error {
	raw, err := bolt.Unseal(key, sealed)
	if err != nil {
		return err
	}
	patch, err := whitelist.OpenPatch(raw, l.platform, time.Time{})
	if err != nil {
		return err
	}
	l.overlay.Put(patch.Entries)
	l.patched = max(l.patched, patch.Manifest.Epoch)
	if patch.From == l.reach {
		l.reach = patch.Manifest.Epoch
	}
	return nil
}

// Reach is the epoch that buckets and patches add up to; Held follows it once the rules are there.
func (l *List) Reach() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.reach
}

// Find looks a key up: patches first, then its bucket. Found is false too while the list is not whole yet; ask Held.
func (l *List) Find(key whitelist.Key) (entry whitelist.Entry, found bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock() // held over the read: a new generation waits for who still reads the old one
	if entry, found = l.overlay.Find(key); found || !l.shape.full {
		return entry, found, nil
	}
	err = l.db.View(func(tx *bbolt.Tx) error {
		raw, err := l.prove(tx, whitelist.BucketOf(key, l.shape.depth))
		if err == nil {
			entry, found = whitelist.Find(raw, key)
		}
		return err
	})
	if err != nil {
		l.doubt.Store(true)
		return entry, false, fmt.Errorf("look a code up in the list of event %s: %w", l.event, err)
	}
	return entry, found, nil
}

// prove returns the bytes of a bucket in use, and checks them the first time: to sum up 28 kB for every scan would read
// 400 cache lines where the search needs ten.
func (l *List) prove(tx *bbolt.Tx, index int) ([]byte, error) {
	sealed, err := l.sealed(tx, l.shape, index)
	if err != nil {
		return nil, err
	}
	if l.proven[index].Load() {
		return bolt.Bare(sealed), nil
	}
	raw, err := bolt.Unseal(bucketKey(index), sealed)
	if err == nil {
		l.proven[index].Store(true)
	}
	return raw, err
}

// bucket returns the bytes of one bucket, valid within the transaction.
func (l *List) bucket(tx *bbolt.Tx, s shape, index int) ([]byte, error) {
	sealed, err := l.sealed(tx, s, index)
	if err != nil {
		return nil, err
	}
	return bolt.Unseal(bucketKey(index), sealed)
}

func (l *List) sealed(tx *bbolt.Tx, s shape, index int) ([]byte, error) {
	b := tx.Bucket(inLists).Bucket(l.event[:])
	if b != nil {
		b = b.Bucket(genKeys[s.gen])
	}
	if b == nil {
		return nil, fmt.Errorf("no buckets of generation %d", s.gen)
	}
	sealed := b.Get(bucketKey(index))
	if sealed == nil {
		return nil, fmt.Errorf("bucket %d is missing", index)
	}
	return sealed, nil
}

// use puts a shape in force.
func (l *List) use(s shape) {
	l.shape, l.names, l.proven = s, nil, make([]atomic.Bool, 1<<s.depth)
}

func bucketKey(index int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(index)) }

// Held is the manifest of the newest epoch that this gate holds all of; ok is false when it holds none.
func (l *List) Held() (manifest whitelist.SignedManifest, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.held, l.held.Raw() != nil
}

// Target is the newest manifest accepted; ok is false when there is none.
func (l *List) Target() (manifest whitelist.SignedManifest, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.target, l.target.Raw() != nil
}

// Rules are the rules in force, nil when there are none yet. Not to be written to.
func (l *List) Rules() *whitelist.Rules {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.rules
}

// Pending is how many entries of patches wait to be folded.
func (l *List) Pending() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.overlay.Len()
}

// Accept makes a manifest the target. Its epoch becomes the floor, durably, before anything of it is used. The error
// is whitelist.ErrSameEpoch or ErrLowerEpoch when it is not newer.
func (l *List) Accept(ctx context.Context, m whitelist.SignedManifest) error {
	if err := l.checkNewer(m); err != nil {
		return err
	}
	err := l.db.Commit(ctx, func(tx *bbolt.Tx) error { return l.putTarget(tx, m) })
	if err != nil {
		return fmt.Errorf("keep the manifest of event %s, epoch %d: %w", l.event, m.Epoch, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target, l.floor = m, m.Epoch
	return nil
}

// checkNewer asks the floor. A target of the floor's own epoch is taken again when damage lost it.
func (l *List) checkNewer(m whitelist.SignedManifest) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	err := whitelist.CheckNewer(l.floor, m.Epoch)
	if errors.Is(err, whitelist.ErrSameEpoch) && l.target.Raw() == nil {
		return nil
	}
	return err
}

func (l *List) putTarget(tx *bbolt.Tx, m whitelist.SignedManifest) error {
	b, err := tx.Bucket(inLists).CreateBucketIfNotExists(l.event[:])
	if err != nil {
		return err
	}
	return errors.Join(putUint64(b, floorKey, m.Epoch), bolt.Put(b, targetKey, m.Raw()))
}

// Patch makes a patch's entries live, durably first: raw is the signed patch that p was read from. A patch whose
// manifest is already the target is still taken while its entries are missing. The error is ErrSameEpoch or
// ErrLowerEpoch when it brings nothing.
func (l *List) Patch(ctx context.Context, p whitelist.Patch, raw []byte) error {
	l.mu.RLock()
	floor, reach := l.floor, l.reach
	l.mu.RUnlock()
	if p.Manifest.Epoch < floor {
		return whitelist.CheckNewer(floor, p.Manifest.Epoch)
	}
	if err := whitelist.CheckNewer(reach, p.Manifest.Epoch); err != nil {
		return err
	}
	follows := p.From == reach && reach != 0
	err := l.db.Commit(ctx, func(tx *bbolt.Tx) error { return l.putPatch(tx, p, raw, follows) })
	if err != nil {
		return fmt.Errorf("keep a patch of event %s to epoch %d: %w", l.event, p.Manifest.Epoch, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.overlay.Put(p.Entries)
	l.patched = max(l.patched, p.Manifest.Epoch)
	l.target, l.floor = p.Manifest, p.Manifest.Epoch
	if follows {
		l.reach = p.Manifest.Epoch
	}
	return nil
}

func (l *List) putPatch(tx *bbolt.Tx, p whitelist.Patch, raw []byte, follows bool) error {
	if err := l.putTarget(tx, p.Manifest); err != nil {
		return err
	}
	b := tx.Bucket(inLists).Bucket(l.event[:])
	patches, err := b.CreateBucketIfNotExists(patchesKey)
	if err != nil {
		return err
	}
	if err := bolt.Put(patches, binary.BigEndian.AppendUint64(nil, p.Manifest.Epoch), raw); err != nil || !follows {
		return err
	}
	return putUint64(b, reachKey, p.Manifest.Epoch)
}
