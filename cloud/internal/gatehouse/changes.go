package gatehouse

import (
	"context"
	"time"

	"portaria/cloud/internal/fault"
	"portaria/edge/ticket"
)

// ErrNoScope is for what is neither an event nor a venue of the organizer.
var ErrNoScope = fault.New(fault.NotFound, "not_found", "There is no such event or venue.")

// SecretChange is a list secret to be changed.
type SecretChange struct {
	ID        int64
	Scope     ticket.EventID // an event, or a venue
	Organizer ticket.EventID
	OfVenue   bool
	Gate      string // that was stolen; empty = somebody asked
}

// SecretScope is an event or a venue whose secrets can be changed, and when that was last done.
type SecretScope struct {
	Scope   ticket.EventID
	Venue   ticket.EventID
	Name    string
	OfVenue bool
	Starts  time.Time // of an event
	Asked   time.Time // zero = never
	Done    time.Time // zero = not yet
	Gate    string    // that was stolen; empty = somebody asked
}

// ChangeStore keeps what is asked for, so that a crash forgets nothing.
type ChangeStore interface {
	// AskChange asks for another secret of an event or a venue of an organizer; asking again before it is done is asking
	// once. ErrNoScope.
	AskChange(ctx context.Context, organizer, scope ticket.EventID) error
	// ReportStolen asks for other secrets of a venue, and of its events that end after a time, because a gate was stolen
	// with this key. Telling it again does nothing.
	ReportStolen(ctx context.Context, venue ticket.EventID, gate, key string, endsAfter time.Time) error
	DueChanges(ctx context.Context) ([]SecretChange, error)
	ChangeDone(ctx context.Context, id int64, epoch uint64) error
}

// changeSecrets carries out what is asked for. What fails is tried again at a later round.
func (o *Office) changeSecrets(ctx context.Context) {
	if o.Changes == nil {
		return
	}
	due, err := o.Changes.DueChanges(ctx)
	if o.fault(ctx, "find secrets to change", err) {
		return
	}
	for _, change := range due {
		if o.Now().Before(o.failed[change.Scope]) {
			continue
		}
		sign := o.Lists.ChangeSecret
		if change.OfVenue {
			sign = o.Venues.ChangeSecret
		}
		epoch, err := sign(ctx, change.Scope)
		if err == nil {
			err = o.Changes.ChangeDone(ctx, change.ID, epoch)
		}
		if o.fault(ctx, "change a secret", err) {
			o.holdOff(change.Scope)
			continue
		}
		delete(o.failed, change.Scope)
		o.Log.Warn("a list secret was changed; gates fetch their list anew", "scope", change.Scope, "epoch", epoch, "stolen", change.Gate)
	}
}
