package catalog

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Change is what was done to many dates at once, so that it can be undone.
type Change struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	By        string
	At        time.Time
	Lines     []byte // JSON, of whoever made the change
	UndoneAt  *time.Time
}

// ChangeStore keeps changes of many dates.
type ChangeStore interface {
	AddChange(ctx context.Context, c Change) error
	// LockChange reads one and keeps it until the transaction ends. ErrNoChange.
	LockChange(ctx context.Context, organizer, id uuid.UUID) (Change, error)
	ChangeUndone(ctx context.Context, organizer, id uuid.UUID) error
}
