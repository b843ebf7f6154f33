package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/deploy/rig"
	"portaria/scanner-sim/crowd"
)

// The hub's absence. Claims are on their way when it goes, people keep coming meanwhile, and while it returns; so it is
// counted in fifths of the wave who have been answered, for a slow computer would have nobody there in some seconds. It is
// away for a while at least.
const (
	plugPulled = 1
	plugBackIn = 3
	away       = 3500 * time.Millisecond
	waveLimit  = time.Minute
)

// admitWithoutHub lets people in while the hub is killed and comes back. Who comes again after somebody of an earlier wave
// is known before: nobody could tell the gates meanwhile.
func (f *festival) admitWithoutHub(ctx context.Context, people []crowd.Person) error {
	if err := f.heardBefore(ctx, people); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	before := f.answered.Load()
	var outage sync.WaitGroup
	outage.Go(func() {
		if err := f.outage(ctx, before, int64(len(people))); err != nil {
			cancel(err) // nobody need wait at a venue that is broken
		}
	})
	if err := f.admit(ctx, people); err != nil {
		cancel(err) // nobody waits for people who do not come
	}
	outage.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return f.heardOut(ctx)
}

// heardBefore waits until lanes know of everybody of earlier waves after whom somebody comes again there.
func (f *festival) heardBefore(ctx context.Context, people []crowd.Person) error {
	for _, p := range people {
		if p.After == 0 || p.After >= people[0].Number {
			continue
		}
		if err := f.doors[p.Lane].hears(ctx, p.Code); err != nil {
			return err
		}
	}
	return nil
}

// outage pulls the hub's plug and puts it back; people is how many the wave has, before how many were answered before it.
func (f *festival) outage(ctx context.Context, before, people int64) error {
	if err := f.waitFor(ctx, before+people*plugPulled/5); err != nil {
		return err
	}
	f.hub.Kill()
	f.say("the hub's plug is pulled (kill -9) while people come; the gates go on alone")
	if err := pause(ctx, away); err != nil {
		return err
	}
	if err := f.waitFor(ctx, before+people*plugBackIn/5); err != nil {
		return err
	}
	if err := f.replug(ctx); err != nil {
		return err
	}
	f.say("the hub starts again on what its disk holds")
	return nil
}

// waitFor waits until so many people have been answered.
func (f *festival) waitFor(ctx context.Context, people int64) error {
	return rig.Within(ctx, waveLimit, "the crowd", func(context.Context) error {
		if n := f.answered.Load(); n < people {
			return fmt.Errorf("%d people were answered", n)
		}
		return nil
	})
}

// heardOut waits until the hub has every gate's records and grants again, and the cloud has them all.
func (f *festival) heardOut(ctx context.Context) error {
	started := time.Now()
	err := f.everyGate(ctx, "the hub's return", func(ctx context.Context, d *door) error {
		s, err := d.Status(ctx)
		switch {
		case err != nil:
			return err
		case !s.Hub.Up || !s.Hub.Ready || !s.Hub.Cloud:
			return errors.New("the hub does not grant yet")
		case s.Journal > 0:
			return fmt.Errorf("%d records are still on their way", s.Journal)
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.say("%.1f s later the hub has heard both gates out, grants again, and the cloud has every record", time.Since(started).Seconds())
	return nil
}
