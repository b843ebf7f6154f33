package arbiter

import (
	"context"
	"errors"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/floor"
)

// Lease is the right of one process to decide for one venue.
type Lease struct {
	Venue     ticket.EventID
	Organizer ticket.EventID
	Fence     int64
	Term      uint64 // above every hub's that the venue had
}

// Leases keeps who decides where.
type Leases interface {
	// Take takes a venue for a process, if nobody holds it. HubError, ElsewhereError, ErrNoVenue.
	Take(ctx context.Context, venue ticket.EventID, holder string, life time.Duration) (Lease, error)
	// Renew holds it longer. ErrLost.
	Renew(ctx context.Context, l Lease, life time.Duration) error
	// Leave gives it up, so that another need not wait.
	Leave(ctx context.Context, l Lease) error
	// Store is the arbiter's under a lease. Its methods fail with ErrLost once the lease is another's, or a hub has come.
	Store(l Lease) Store
}

// Store is floor's store of one lease.
type Store interface {
	floor.Store
	// Loaded is the events whose records Boot has read.
	Loaded() map[ticket.EventID]bool
	// HasRecords says whether there are any of an event.
	HasRecords(ctx context.Context, event ticket.EventID) (bool, error)
}

var _ interface{ Boot() (venue.Boot, error) } = Store(nil)

// Refusals.
var (
	ErrLost    = errors.New("another process has this venue now, or a hub")
	ErrNoVenue = errors.New("no such venue")
)

// HubError says that a venue has a hub, which decides.
type HubError struct{ Hub string }

func (e *HubError) Error() string { return "the venue has the hub " + e.Hub }

// ElsewhereError says that another process decides.
type ElsewhereError struct{ Holder string }

func (e *ElsewhereError) Error() string { return "the process " + e.Holder + " has this venue" }
