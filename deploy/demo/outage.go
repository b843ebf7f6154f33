package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/scanner-sim/crowd"
)

// The hub's absence, counted from when people of the wave begin to come: claims are on their way when it goes, and
// people keep coming while it returns.
const (
	plugPulled  = 1500 * time.Millisecond
	plugBackIn  = 5 * time.Second
	returnLimit = time.Minute
)

// admitWithoutHub lets people in while the hub is killed and comes back.
func (f *festival) admitWithoutHub(ctx context.Context, people []crowd.Person) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	outage := make(chan error, 1)
	go func() {
		err := f.outage(ctx)
		if err != nil {
			cancel() // nobody need wait at a venue that is broken
		}
		outage <- err
	}()
	admitted := f.admit(ctx, people)
	if err := <-outage; err != nil {
		return err
	}
	if admitted != nil {
		return admitted
	}
	return f.heardOut(ctx)
}

func (f *festival) outage(ctx context.Context) error {
	if err := pause(ctx, plugPulled); err != nil {
		return err
	}
	f.hub.Kill()
	f.say("the hub's plug is pulled (kill -9) while people come; the gates go on alone")
	if err := pause(ctx, plugBackIn-plugPulled); err != nil {
		return err
	}
	if err := f.replug(ctx); err != nil {
		return err
	}
	f.say("the hub starts again on what its disk holds")
	return nil
}

// heardOut waits until the hub has every gate's records and grants again, and the cloud has them all.
func (f *festival) heardOut(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, returnLimit)
	defer cancel()
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
