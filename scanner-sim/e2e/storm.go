package e2e

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/deploy/rig"
)

// storm carries strikes out and takes each back when its time is over.
type storm struct {
	*house
	say func(format string, args ...any)

	mu     sync.Mutex
	done   map[Kind]int
	faults []error
}

// blow carries a plan out. When it returns everything is whole again, as far as a strike broke it.
func (s *storm) blow(ctx context.Context, plan []Strike) error {
	started := time.Now()
	var strikes sync.WaitGroup
	for _, strike := range plan {
		strikes.Go(func() {
			if rig.Pause(ctx, time.Until(started.Add(strike.At))) != nil {
				return
			}
			s.say("%s", strike)
			s.note(strike, s.strike(ctx, strike))
		})
	}
	strikes.Wait()
	return errors.Join(s.faults...)
}

func (s *storm) note(strike Strike, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.faults = append(s.faults, fmt.Errorf("%s: %w", strike, err))
		return
	}
	s.done[strike.Kind]++
}

func (s *storm) strike(ctx context.Context, strike Strike) error {
	switch strike.Kind {
	case Kill:
		s.programs[strike.Target].kill(strike.For)
		return nil
	case Stall:
		k := s.programs[strike.Target]
		k.stall()
		_ = rig.Pause(ctx, strike.For)
		k.goOn()
		return nil
	case Full:
		return s.full(ctx, strike)
	case Cut:
		c := s.cables[strike.Target]
		c.cut()
		_ = rig.Pause(ctx, strike.For)
		return c.join()
	}
	c := s.cables[strike.Target]
	toxic, err := c.poison(strike)
	if err != nil {
		return err
	}
	_ = rig.Pause(ctx, strike.For)
	return c.cure(toxic)
}

// full fills a program's disk. Half way through the power fails as well: a full disk must not keep a gate from starting
// for ever.
func (s *storm) full(ctx context.Context, strike Strike) error {
	k := s.programs[strike.Target]
	k.excuse(true)
	defer k.forgive()
	defer func() { _ = rig.Pause(context.WithoutCancel(ctx), settleIn) }() // also when the storm is over
	defer k.excuse(false)
	d := s.disks[strike.Target]
	if d == nil {
		return limit(k.Program)
	}
	err := d.fill()
	_ = rig.Pause(ctx, strike.For/2)
	k.kill(0)
	_ = rig.Pause(ctx, strike.For/2)
	return errors.Join(err, d.empty())
}

// settleIn is how long after there is room again an end may still be the full disk's fault.
const settleIn = 2 * time.Second
