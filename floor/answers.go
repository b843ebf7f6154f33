package floor

import (
	"context"
	"errors"
)

// ErrSilent from Answers: the loop is stuck.
var ErrSilent = errors.New("the arbiter's loop does not answer")

// Answers returns nil once the loop has taken this question between two inputs.
func (f *Floor) Answers(ctx context.Context) error {
	select {
	case f.queries <- func() {}:
		return nil
	case <-f.ended:
		return ErrStopped
	case <-ctx.Done():
		return ErrSilent
	}
}
