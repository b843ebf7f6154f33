package hub

import (
	"context"
	"errors"
	"fmt"

	"portaria/hub/internal/bolt"
)

// prove returns nil when this hub can still rule: the arbiter's loop answers, and the store takes a durable write. A
// full disk is told to people and is no reason to start anew: that would not make room.
func (h *Hub) prove(ctx context.Context) error {
	if err := h.floor.Answers(ctx); err != nil {
		return err
	}
	if err := h.store.Commit(ctx, nil); err != nil && !errors.Is(err, bolt.ErrFull) {
		return fmt.Errorf("the store takes no write: %w", err)
	}
	return nil
}
