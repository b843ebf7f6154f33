package rig

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits are those of a computer that has time for us. A small or busy one is given as much more as it is slower, measured
// when the time is up: a program that hangs is told soon where it may be, and one that crawls is let finish.

// ErrBusy says that something was not waited for to the end because this computer has no time: nothing is known to be
// wrong with what was waited for.
var ErrBusy = errors.New("this computer is too busy or too small")

const (
	quiet     = 40 * time.Millisecond // that the sum takes on a laptop that does nothing else
	mostSlow  = 20                    // beyond it, waiting longer helps nobody
	tellsBusy = 3
)

// Slowness is how many times longer than on a quiet laptop a sum takes on this computer just now; at least 1.
func Slowness() float64 {
	started := time.Now()
	x := uint64(started.UnixNano()) | 1
	for range 25_000_000 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	took := time.Since(started)
	if x == 0 { // never: an odd number stays one that is not zero; the sum must not be left out
		return 1
	}
	return max(1, float64(took)/float64(quiet))
}

// Patience is a limit that grows with the slowness of the computer.
type Patience struct {
	limit   time.Duration
	started time.Time
	slow    float64
}

// NewPatience begins to wait, for a limit on a computer that has time.
func NewPatience(limit time.Duration) *Patience {
	return &Patience{limit: limit, started: time.Now(), slow: 1}
}

// Left is for how long to go on waiting; 0 = no longer.
func (p *Patience) Left() time.Duration {
	if left := p.left(); left > 0 {
		return left
	}
	p.Measured(Slowness())
	return max(0, p.left())
}

// Measured takes what the computer's slowness was at some moment of the waiting; the worst counts.
func (p *Patience) Measured(slowness float64) { p.slow = max(p.slow, min(slowness, mostSlow)) }

func (p *Patience) left() time.Duration {
	return time.Duration(float64(p.limit)*p.slow) - time.Since(p.started)
}

// Over is the error of having waited in vain for what; last is what the last try said.
func (p *Patience) Over(what string, last error) error {
	waited := time.Since(p.started).Round(time.Second / 10)
	return blame(fmt.Errorf("waited %s for %s: %w", waited, what, last), p.slow)
}

// Blame says of an error that this computer is too busy, if it is just now: programs have limits of their own, and one that
// could not be asked in time is not broken.
func Blame(err error) error {
	if err == nil || errors.Is(err, ErrBusy) {
		return err
	}
	return blame(err, Slowness())
}

func blame(err error, slowness float64) error {
	if slowness < tellsBusy {
		return err
	}
	return fmt.Errorf("%w (about %.0f times slower than a quiet laptop): %w", ErrBusy, slowness, err)
}

// Within tries again and again until ok is nil, for a limit on a computer that has time. The context of a try ends after
// the limit: a question that is never answered is a try that failed.
func Within(ctx context.Context, limit time.Duration, what string, ok func(context.Context) error) error {
	patience := NewPatience(limit)
	for {
		err := try(ctx, limit, ok)
		if err == nil {
			return nil
		}
		if stop := (final{}); errors.As(err, &stop) {
			return stop.error
		}
		if ctx.Err() != nil {
			return fmt.Errorf("waited for %s: %w", what, err)
		}
		if patience.Left() == 0 {
			return patience.Over(what, err)
		}
		_ = Pause(ctx, between)
	}
}

func try(ctx context.Context, limit time.Duration, ok func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ok(ctx)
}
