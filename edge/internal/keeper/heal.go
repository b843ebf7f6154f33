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

// work brings every list to its target, again whenever it is woken, and after a pause when something failed.
func (k *Keeper) work(ctx context.Context) {
	pause := retryFirst
	for {
		var again <-chan time.Time
		if k.round(ctx) {
			pause = retryFirst
		} else {
			again = time.After(pause)
			pause = min(2*pause, retryLast)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.kick:
		case <-again:
		}
	}
}

// round goes over all events once; false means that something has to be tried again.
func (k *Keeper) round(ctx context.Context) bool {
	venue, _ := k.cfg.Lists.Venue()
	good := true
	if len(venue.BadgeKeys) > 0 { // who stands at the doors is known under the venue's own secret
		if err := k.fetchSecrets(ctx, venue.Venue.Venue); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("badges can't be read yet; trying again", "why", err)
			good = false
		}
	}
	for _, event := range venue.Events {
		if err := k.tend(ctx, event.Event); err != nil && ctx.Err() == nil {
			k.complain(event.Event, err)
			good = false
		}
	}
	return good
}

// complain reports a hub that sent something else than was signed; a hub that is away is no news.
func (k *Keeper) complain(event ticket.EventID, err error) {
	if errors.Is(err, whitelist.ErrMixed) || errors.Is(err, whitelist.ErrMalformed) {
		k.report(fmt.Sprintf("refused a part of the list of event %s: %v", event, err))
		return
	}
	k.cfg.Log.Warn("a list is not complete yet; trying again", "event", event, "why", err)
}

// tend brings one event's secrets and list up to date.
func (k *Keeper) tend(ctx context.Context, event ticket.EventID) error {
	list := k.cfg.Lists.List(event)
	errSecrets := k.fetchSecrets(ctx, event)
	for ctx.Err() == nil {
		if err := fold(ctx, list); err != nil {
			return errors.Join(errSecrets, err)
		}
		done, err := k.approach(ctx, list)
		if err != nil || done {
			return errors.Join(errSecrets, err)
		}
	}
	return ctx.Err()
}

func (k *Keeper) fetchSecrets(ctx context.Context, event ticket.EventID) error {
	if _, ok := k.cfg.Lists.Secrets(event); ok {
		return nil
	}
	secrets, err := k.cfg.Blobs.Secrets(ctx, event)
	if err != nil {
		return fmt.Errorf("fetch the secrets of event %s: %w", event, err)
	}
	if err := k.cfg.Lists.SetSecrets(ctx, event, secrets); err != nil {
		return err
	}
	k.cfg.Changed()
	return nil
}

func fold(ctx context.Context, list *bolt.List) error {
	for {
		if more, err := list.Fold(ctx); err != nil || !more {
			return err
		}
	}
}

// approach takes one step towards the target; done is true when the list is the target.
func (k *Keeper) approach(ctx context.Context, list *bolt.List) (done bool, err error) {
	target, ok := list.Target()
	if !ok {
		return true, nil
	}
	held, _ := list.Held()
	if list.Reach() == target.Epoch && held.Epoch != target.Epoch {
		if err := k.settle(ctx, list, target); err != nil {
			return false, err
		}
		return false, nil
	}
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
	build, err := list.Build(ctx, target.Depth)
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
