package lane

import (
	"context"
	"errors"
)

// ErrSilent from Answers: the loop is stuck.
var ErrSilent = errors.New("the gate's loop does not answer")

// Answers returns nil once the loop has taken this question between two inputs.
func (d *Driver) Answers(ctx context.Context) error {
	select {
	case d.probes <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrSilent
	}
}
