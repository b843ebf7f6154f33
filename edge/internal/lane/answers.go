package lane

import (
	"context"
	"errors"
)

// ErrSilent from whoever asks the loop: it is stuck, or it has ended.
var ErrSilent = errors.New("the gate's loop does not answer")

// Answers returns nil once the loop has taken this question between two inputs.
func (d *Driver) Answers(ctx context.Context) error {
	return d.between(ctx, func(context.Context) {})
}

// between has the loop do something between two inputs, and waits until it is done. The loop gives do a context that
// ends with it.
func (d *Driver) between(ctx context.Context, do func(ctx context.Context)) error {
	done := make(chan struct{})
	select {
	case d.turns <- func(loop context.Context) { defer close(done); do(loop) }:
	case <-ctx.Done():
		return ErrSilent
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ErrSilent
	}
}
