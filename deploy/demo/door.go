package main

import (
	"context"
	"fmt"
	"time"

	"portaria/deploy/rig"
)

// answerLimit is how long a person waits at a lane before the demo calls it broken. A gate answers in milliseconds.
const answerLimit = 15 * time.Second

// door is a lane of a real gate, as the crowd finds it.
type door struct{ *rig.Door }

// show has the virtual scanner type a code.
func (d *door) show(ctx context.Context, code string) (answer, error) {
	return d.scan(ctx, func(ctx context.Context) error { return d.Scanner.Scan(ctx, code) })
}

// scan holds something under the scanner and waits until the screen shows a scan that it did not show before.
func (d *door) scan(ctx context.Context, hold func(context.Context) error) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	before, err := d.Newest(ctx)
	if err != nil {
		return answer{}, err
	}
	if err := hold(ctx); err != nil {
		return answer{}, err
	}
	var got rig.Shown
	err = rig.Until(ctx, "an answer of "+d.Gate, func() (err error) {
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
