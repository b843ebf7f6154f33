package gatehouse

import (
	"context"
	"maps"
	"slices"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// shape is a list's next form before it is signed: what its manifest will state, and which blobs come and go.
type shape struct {
	depth  uint8
	count  int
	root   whitelist.Hash
	rules  whitelist.Hash
	last   *whitelist.Manifest
	put    map[whitelist.Hash][]byte
	retire []whitelist.Hash
	all    bool // everything that is not put is retired
}

// whole builds the list from every row.
func (s *signing) whole(ctx context.Context) (*shape, error) {
	rows, err := s.Store.ListedRows(ctx, s.event)
	if err != nil {
		return nil, err
	}
	all, err := entries(rows, s.secrets.List)
	if err != nil {
		return nil, err
	}
	list, err := whitelist.Build(all)
	if err != nil {
		return nil, err
	}
	made := &shape{depth: list.Depth, count: list.Count(), root: list.Root(), put: map[whitelist.Hash][]byte{}, all: true}
	made.put[made.root] = list.IndexBytes()
	for i, name := range list.Index() {
		made.put[name] = list.Buckets[i]
	}
	return made, nil
}

// change merges changes into the buckets they touch, and splits buckets where the list has outgrown its depth; nil when the list
// must be built whole: a blob is missing, or a bucket is too big.
func (s *signing) change(ctx context.Context, last *whitelist.Manifest, changes []whitelist.Entry) (*shape, error) {
	index, err := s.index(ctx, last)
	if err != nil || index == nil {
		return nil, err
	}
	made := &shape{depth: last.Depth, count: int(last.Count), root: last.Index, put: map[whitelist.Hash][]byte{}}
	if len(changes) == 0 {
		return made, nil
	}
	whole, err := s.merge(ctx, made, index, changes)
	if err != nil || !whole {
		return nil, err
	}
	if whitelist.DepthFor(made.count) > made.depth {
		if index, err = s.grow(ctx, made, index); err != nil || index == nil {
			return nil, err
		}
	}
	raw := whitelist.EncodeIndex(index)
	made.root = whitelist.HashOf(raw)
	made.put[made.root] = raw
	if made.root != last.Index {
		made.retire = append(made.retire, last.Index)
	}
	return made, nil
}

// index reads the last list's bucket names; nil when the blob is gone.
func (s *signing) index(ctx context.Context, last *whitelist.Manifest) ([]whitelist.Hash, error) {
	blobs, err := s.Store.Blobs(ctx, s.event, []whitelist.Hash{last.Index})
	if err != nil || blobs[last.Index] == nil {
		return nil, err
	}
	return last.OpenIndex(blobs[last.Index])
}

// merge changes index and made bucket by bucket; false when a bucket is missing, or would be too big.
func (s *signing) merge(ctx context.Context, made *shape, index []whitelist.Hash, changes []whitelist.Entry) (bool, error) {
	var names []whitelist.Hash
	for i := range whitelist.Portions(changes, made.depth) {
		names = append(names, index[i])
	}
	old, err := s.Store.Blobs(ctx, s.event, names)
	if err != nil {
		return false, err
	}
	for i, mine := range whitelist.Portions(changes, made.depth) {
		bucket, ok := old[index[i]]
		if !ok {
			return false, nil
		}
		merged := whitelist.Merge(bucket, mine)
		if len(merged) > whitelist.MaxBucket {
			return false, nil // a big import into a small list: only a greater depth can hold it
		}
		if err := whitelist.CheckBucket(merged, made.depth, i); err != nil {
			return false, err
		}
		name := whitelist.HashOf(merged)
		if name == index[i] {
			continue // a row written again as it was
		}
		made.count += (len(merged) - len(bucket)) / whitelist.EntryLen
		made.retire = append(made.retire, index[i])
		made.put[name] = merged
		index[i] = name
	}
	// Empty buckets all have one name, which another bucket may still need.
	if slices.Contains(index, whitelist.HashOf(nil)) {
		made.retire = slices.DeleteFunc(made.retire, func(h whitelist.Hash) bool { return h == whitelist.HashOf(nil) })
	}
	return true, nil
}

// grow splits every bucket until the list has the depth that it needs, and gives the new index; nil when a bucket is missing. To read
// every row again takes several times as long, and a refund would wait for it.
func (s *signing) grow(ctx context.Context, made *shape, index []whitelist.Hash) ([]whitelist.Hash, error) {
	buckets, err := s.buckets(ctx, made, index)
	if err != nil || buckets == nil {
		return nil, err
	}
	for ; made.depth < whitelist.DepthFor(made.count); made.depth++ {
		halves := make([][]byte, 0, 2*len(buckets))
		for i, bucket := range buckets {
			left, right := whitelist.Split(bucket, made.depth, i)
			halves = append(halves, left, right)
		}
		buckets = halves
	}
	made.put, made.all = make(map[whitelist.Hash][]byte, len(buckets)), true
	index = make([]whitelist.Hash, len(buckets))
	for i, bucket := range buckets {
		index[i] = whitelist.HashOf(bucket)
		made.put[index[i]] = bucket
	}
	return index, nil
}

// buckets are all buckets of an index, those that were just made among them; nil when one is missing.
func (s *signing) buckets(ctx context.Context, made *shape, index []whitelist.Hash) ([][]byte, error) {
	var names []whitelist.Hash
	for _, name := range index {
		if _, made := made.put[name]; !made {
			names = append(names, name)
		}
	}
	old, err := s.Store.Blobs(ctx, s.event, names)
	if err != nil {
		return nil, err
	}
	maps.Copy(old, made.put)
	out := make([][]byte, len(index))
	for i, name := range index {
		bucket, ok := old[name]
		if !ok {
			return nil, nil
		}
		out[i] = bucket
	}
	return out, nil
}

// seal signs a shape, and the patch that leads to it from the last list.
func (s *signing) seal(made shape, epoch uint64, changes []whitelist.Entry) (MadeList, error) {
	signed, err := whitelist.SignManifest(whitelist.Manifest{
		Event: s.event, Epoch: epoch, IssuedAt: s.now, GoodUntil: s.now.Add(goodFor),
		Depth: made.depth, Count: uint32(made.count), Index: made.root, Rules: made.rules,
	}, s.signer.Key, s.signer.Chain)
	if err != nil {
		return MadeList{}, err
	}
	kept := MadeList{Manifest: signed, Put: made.put, Retire: made.retire, RetireAll: made.all}
	if made.last == nil || len(changes) > whitelist.MaxPatchEntries {
		return kept, nil
	}
	patch := whitelist.Patch{Manifest: signed, From: made.last.Epoch, Entries: changes}
	if kept.Patch, err = whitelist.EncodePatch(patch, s.signer.Key); err != nil {
		return MadeList{}, err
	}
	if len(kept.Patch) > wire.MaxInline {
		kept.PatchBlob = whitelist.HashOf(kept.Patch)
	}
	return kept, nil
}
