package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/edge/internal/bolt"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

const (
	retryFirst = time.Second
	retryLast  = 30 * time.Second
	portion    = 32 // buckets fetched, then stored in one transaction: about 1 MB
	parallel   = 4  // fetches at a time
)

// work brings every list to its target: when it is woken, and after a pause when something failed. Meanwhile it folds
// what has come, portion by portion.
func (k *Keeper) work(ctx context.Context) {
	pause, heal := retryFirst, true
	var retry <-chan time.Time
	again := time.NewTicker(k.cfg.AskAgain)
	defer again.Stop()
	for {
		folded, good := k.round(ctx, heal)
		switch {
		case heal && good:
			pause, retry = retryFirst, nil
		case heal:
			retry = time.After(pause)
			pause = min(2*pause, retryLast)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.kick:
			heal = true
		case <-again.C:
			heal = true
		case <-retry:
			heal = true
		case <-after(folded):
			heal = retry == nil // what was folded may be all that a target needs
		}
	}
}

// after is never for 0.
func after(pause time.Duration) <-chan time.Time {
	if pause == 0 {
		return nil
	}
	return time.After(pause)
}

// round goes over all events once; next is when to fold more, 0 = never. Good is false when something has to be tried
// again. Without heal, nothing is asked of the hub.
func (k *Keeper) round(ctx context.Context, heal bool) (next time.Duration, good bool) {
	venue, _ := k.cfg.Lists.Venue()
	good = true
	if heal && len(venue.BadgeKeys) > 0 { // who stands at the doors is known under the venue's own secret
		if err := k.fetchSecrets(ctx, venue.Venue.Venue, venue.Epoch); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("badges can't be read yet; trying again", "why", err)
			good = false
		}
	}
	for _, event := range venue.Events {
		pause, err := k.tend(ctx, event.Event, heal)
		if err != nil && ctx.Err() == nil {
			k.complain(event.Event, err)
			good = false
		}
		next = max(next, pause)
	}
	return next, good
}

// complain reports a hub that sent something else than was signed; a hub that is away is no news.
func (k *Keeper) complain(event ticket.EventID, err error) {
	if errors.Is(err, whitelist.ErrMixed) || errors.Is(err, whitelist.ErrMalformed) {
		k.report(fmt.Sprintf("refused a part of the list of event %s: %v", event, err))
		return
	}
	k.cfg.Log.Warn("a list is not complete yet; trying again", "event", event, "why", err)
}

// tend folds a portion of one event's patches, and brings its secrets and list up to date once nothing is left to fold.
func (k *Keeper) tend(ctx context.Context, event ticket.EventID, heal bool) (again time.Duration, err error) {
	list := k.cfg.Lists.List(event)
	if !heal {
		return k.fold(ctx, list)
	}
	errSecrets := k.fetchSecrets(ctx, event, 0)
	for ctx.Err() == nil {
		if err := k.settleReached(ctx, list); err != nil {
			return 0, errors.Join(errSecrets, err)
		}
		if again, err := k.fold(ctx, list); err != nil || again > 0 {
			return again, errors.Join(errSecrets, err)
		}
		if done, err := k.approach(ctx, list); err != nil || done {
			return 0, errors.Join(errSecrets, err)
		}
	}
	return 0, ctx.Err()
}

// Between two portions the disk belongs to the people at the turnstiles: folding takes a hundredth of the time, more
// only where the disk is so slow that ten thousand tickets would not be folded within a minute.
const (
	foldShare    = 100
	foldPauseMin = 10 * time.Millisecond
	foldPauseMax = 250 * time.Millisecond
)

// fold folds a portion and says when the next should follow; 0 = nothing is left.
func (k *Keeper) fold(ctx context.Context, list *bolt.List) (again time.Duration, err error) {
	started := time.Now()
	more, err := list.Fold(ctx)
	if err != nil || !more {
		return 0, err
	}
	return min(max(foldShare*time.Since(started), foldPauseMin), foldPauseMax), nil
}

// fetchSecrets asks again from time to time for what it has: secrets can be changed, and then a new list comes whose keys
// the old ones do not open. While the hub is away the old ones stay. What was said before the list, or the venue manifest,
// had come to this epoch may be out of date for it, and is asked for again at once.
func (k *Keeper) fetchSecrets(ctx context.Context, scope ticket.EventID, epoch uint64) error {
	held, known := k.cfg.Lists.Secrets(scope)
	if known && held.Newest >= epoch && time.Since(k.asked[scope]) < k.cfg.AskAgain {
		return nil
	}
	secrets, err := k.cfg.Blobs.Secrets(ctx, scope, epoch)
	if err != nil && known && held.Newest >= epoch {
		return nil
	}
	if err != nil {
		return fmt.Errorf("fetch the secrets of %s: %w", scope, err)
	}
	k.asked[scope] = time.Now()
	if known && secrets.Same(held) && secrets.Newest == held.Newest && held.Before == [32]byte{} {
		return nil
	}
	if err := k.cfg.Lists.SetSecrets(ctx, scope, secrets); err != nil {
		return err
	}
	if known && secrets.Same(held) {
		return nil
	}
	if known {
		k.report(fmt.Sprintf("the secrets of %s have changed", scope))
	}
	k.cfg.Changed()
	return nil
}

// approach takes one step towards the target; done is true when the list is the target.
func (k *Keeper) approach(ctx context.Context, list *bolt.List) (done bool, err error) {
	target, ok := list.Target()
	if !ok {
		return true, nil
	}
	held, _ := list.Held()
	whole, err := list.Whole()
	if err != nil {
		return false, err
	}
	if whole && held.Epoch == target.Epoch {
		return true, nil
	}
	if whole {
		return false, k.settle(ctx, list, target)
	}
	if list.Pending() > 0 && held.Raw() != nil {
		return false, nil // a patch came meanwhile: fold it first
	}
	return false, k.heal(ctx, list, target)
}

// settleReached puts a target in force to which the patches lead, folded or not: their kinds need its rules now.
func (k *Keeper) settleReached(ctx context.Context, list *bolt.List) error {
	target, ok := list.Target()
	held, _ := list.Held()
	if !ok || list.Reach() != target.Epoch || held.Epoch == target.Epoch {
		return nil
	}
	return k.settle(ctx, list, target)
}

// settle puts a target in force whose entries are all there already.
func (k *Keeper) settle(ctx context.Context, list *bolt.List, target whitelist.SignedManifest) error {
	rules, err := k.rules(ctx, list, target)
	if err == nil {
		err = list.Settle(ctx, target, rules)
	}
	if err == nil {
		k.cfg.Changed()
	}
	return err
}

// rules fetches the rules when they are others than those in force, nil otherwise.
func (k *Keeper) rules(ctx context.Context, list *bolt.List, target whitelist.SignedManifest) ([]byte, error) {
	if held, ok := list.Held(); ok && held.Manifest.Rules == target.Manifest.Rules {
		return nil, nil
	}
	raw, err := k.blob(ctx, target.Manifest.Rules, whitelist.MaxRules)
	if err != nil {
		return nil, fmt.Errorf("fetch the rules: %w", err)
	}
	return raw, nil
}

// heal fetches the index, and the buckets that differ from it.
func (k *Keeper) heal(ctx context.Context, list *bolt.List, target whitelist.SignedManifest) error {
	rules, err := k.rules(ctx, list, target)
	if err != nil {
		return err
	}
	raw, err := k.blob(ctx, target.Manifest.Index, int64(whitelist.HashLen)<<target.Depth)
	if err != nil {
		return fmt.Errorf("fetch the index: %w", err)
	}
	want, err := target.OpenIndex(raw)
	if err != nil {
		return err
	}
	if err := k.canRead(ctx, list, target, want); err != nil {
		return err
	}
	build, err := list.Build(ctx, target.Depth, want)
	if err != nil {
		return err
	}
	have, err := build.Names()
	if err != nil {
		return err
	}
	missing := whitelist.DiffIndex(have, want)
	k.cfg.Log.Info("healing a list", "event", target.Event, "epoch", target.Epoch, "buckets", len(missing), "of", len(want))
	for len(missing) > 0 {
		n := min(portion, len(missing))
		if err := k.fill(ctx, build, want, missing[:n]); err != nil {
			return err
		}
		missing = missing[n:]
	}
	if err := build.Finish(ctx, target, rules); err != nil {
		return err
	}
	k.cfg.Changed()
	return nil
}

// canRead makes sure of the secrets of a list that has nothing in common with the one in use: it may be under others, and in
// force without them it would know no ticket at all.
func (k *Keeper) canRead(ctx context.Context, list *bolt.List, target whitelist.SignedManifest, want []whitelist.Hash) error {
	have, err := list.Names()
	if err != nil || !whitelist.AllNew(have, want) {
		return err
	}
	return k.fetchSecrets(ctx, target.Event, target.Epoch)
}

// fill gets some buckets, from the list in use where a half of it is what is wanted, and stores them.
func (k *Keeper) fill(ctx context.Context, build *bolt.Build, want []whitelist.Hash, indexes []int) error {
	got := make([][]byte, len(indexes))
	faults := make([]error, len(indexes))
	var wait sync.WaitGroup
	limit := make(chan struct{}, parallel)
	for i, index := range indexes {
		if half := build.Half(index); half != nil && want[index] == whitelist.HashOf(half) {
			got[i] = half
			continue
		}
		wait.Go(func() {
			limit <- struct{}{}
			got[i], faults[i] = k.blob(ctx, want[index], whitelist.MaxBucket)
			<-limit
		})
	}
	wait.Wait()
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("fetch buckets: %w", err)
	}
	buckets := make(map[int][]byte, len(indexes))
	for i, index := range indexes {
		buckets[index] = got[i]
	}
	return build.Put(ctx, buckets)
}
