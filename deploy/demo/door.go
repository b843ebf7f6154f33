package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/deploy/rig"
)

// Limits of a lane, on a computer that has time: a gate answers in milliseconds, and hears of an admission elsewhere in as
// many.
const (
	answerLimit = 15 * time.Second
	hearLimit   = 30 * time.Second
)

// door is a lane of a real gate, as the crowd finds it.
type door struct{ *rig.Door }

// show has the virtual scanner type a code.
func (d *door) show(ctx context.Context, code string) (answer, error) {
	return d.scan(ctx, func(ctx context.Context) error { return d.Scanner.Scan(ctx, code) })
}

// scan holds something under the scanner and waits until the screen shows a scan that it did not show before.
func (d *door) scan(ctx context.Context, hold func(context.Context) error) (answer, error) {
	before, err := d.Newest(ctx)
	if err != nil {
		return answer{}, err
	}
	if err := hold(ctx); err != nil {
		return answer{}, err
	}
	var got rig.Shown
	err = rig.Within(ctx, answerLimit, "an answer of "+d.Gate, func(ctx context.Context) (err error) {
		if got, err = d.Newest(ctx); err == nil && got.Scan == before.Scan {
			err = fmt.Errorf("its screen still shows the person before")
		}
		return err
	})
	if err != nil {
		return answer{}, err
	}
	return answer{Scan: got.Scan, Gate: d.Gate, Admitted: got.Admit, Reason: got.Reason, Offline: got.Offline}, nil
}

// hears waits until the gate knows that a code was used, wherever that was. A free gate that has not heard of it, and whose
// hub takes longer than a moment to answer, would let it in, and be right.
func (d *door) hears(ctx context.Context, code string) error {
	return rig.Within(ctx, hearLimit, d.Gate+" to hear that a ticket was used", func(ctx context.Context) error {
		refused, err := d.Look(ctx, code)
		if err == nil && !refused {
			err = errors.New("it would still let it in")
		}
		return err
	})
}

// signOn puts a controller on duty, by their badge.
func (d *door) signOn(ctx context.Context, badge string) error {
	before, err := d.Newest(ctx)
	if err != nil {
		return err
	}
	if err := d.Scanner.Scan(ctx, badge); err != nil {
		return err
	}
	return rig.Within(ctx, answerLimit, "somebody on duty at "+d.Gate, func(ctx context.Context) error {
		s, err := d.Status(ctx)
		switch {
		case err != nil:
			return err
		case s.Lanes[0].Controller != "":
			return nil
		case len(s.Lanes[0].Last) > 0 && s.Lanes[0].Last[0].Scan != before.Scan:
			return rig.Final(fmt.Errorf("%s took a badge for a ticket: %s", d.Gate, s.Lanes[0].Last[0].Reason))
		}
		return errors.New("the badge is not known yet")
	})
}

// epoch is the number of a gate's list of an event.
func (d *door) epoch(ctx context.Context, event string) (uint64, error) {
	s, err := d.Status(ctx)
	if err != nil {
		return 0, err
	}
	for _, list := range s.Lists {
		if list.Event == event {
			return list.Epoch, nil
		}
	}
	return 0, fmt.Errorf("%s has no list of event %s", d.Gate, event)
}
