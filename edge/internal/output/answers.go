package output

import (
	"context"
	"errors"
	"time"
)

// ErrStuck from Answers: a line has been asked to switch and never came back.
var ErrStuck = errors.New("a lane's outputs do not answer")

// Answers returns nil once every lane can be told to switch. One whose device is missing can: it says so itself.
func (b *Board) Answers(ctx context.Context) error {
	done := make(chan struct{}, len(b.lanes))
	for _, l := range b.lanes {
		go func() {
			_ = l.do(func(time.Duration) {}) // what fails is told as the state of the lane
			done <- struct{}{}
		}()
	}
	for range b.lanes {
		select {
		case <-done:
		case <-ctx.Done():
			return ErrStuck
		}
	}
	return nil
}
