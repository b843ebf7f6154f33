// Package arbiters keeps the arbiters of venues without a hub: who decides where, what the core keeps beside records, and
// what was answered to telephones.
package arbiters

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/arbiterdb"
	"portaria/edge/ticket"
)

// Leases is the table of who decides where.
type Leases struct{ Pool *pgxpool.Pool }

var _ arbiter.Leases = Leases{}

// Take takes a venue, if nobody holds it and no hub is in service. A process that asks again starts anew.
func (s Leases) Take(ctx context.Context, venue ticket.EventID, holder string, life time.Duration) (lease arbiter.Lease, err error) {
	id := uuid.UUID(venue)
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		q := arbiterdb.New(tx)
		if err := q.MakeArbiter(ctx, id); err != nil {
			return fmt.Errorf("make the venue's row: %w", err)
		}
		row, err := q.LockArbiter(ctx, id)
		if postgres.NoRow(err) {
			return arbiter.ErrNoVenue
		}
		if err != nil {
			return fmt.Errorf("lock the venue's row: %w", err)
		}
		if err := free(ctx, q, id, row, holder); err != nil {
			return err
		}
		term, err := nextTerm(ctx, q, id, row.Term)
		if err != nil {
			return err
		}
		fence, err := q.TakeArbiter(ctx, holder, life.Seconds(), term, id)
		lease = arbiter.Lease{Venue: venue, Organizer: ticket.EventID(row.OrganizerID), Fence: fence, Term: uint64(term)} //nolint:gosec // never negative
		return err
	})
	if err != nil {
		return arbiter.Lease{}, fmt.Errorf("take venue %s: %w", venue, err)
	}
	return lease, nil
}

func free(ctx context.Context, q *arbiterdb.Queries, venue uuid.UUID, row arbiterdb.LockArbiterRow, holder string) error {
	hub, err := q.HubInService(ctx, venue)
	switch {
	case err == nil:
		return &arbiter.HubError{Hub: hub}
	case !postgres.NoRow(err):
		return fmt.Errorf("look for a hub: %w", err)
	case row.Held && row.Holder != "" && row.Holder != holder:
		return &arbiter.ElsewhereError{Holder: row.Holder}
	}
	return nil
}

// nextTerm is above every hub's; it stays where no hub has been since.
func nextTerm(ctx context.Context, q *arbiterdb.Queries, venue uuid.UUID, term int64) (int64, error) {
	hubs, err := q.NewestTerm(ctx, venue)
	if err != nil {
		return 0, fmt.Errorf("read the hubs' terms: %w", err)
	}
	if hubs >= math.MaxInt64-1 {
		return 0, fmt.Errorf("term %d is out of range", hubs)
	}
	return max(term, hubs+1), nil
}

// Renew holds a venue longer.
func (s Leases) Renew(ctx context.Context, l arbiter.Lease, life time.Duration) error {
	rows, err := arbiterdb.New(s.Pool).RenewArbiter(ctx, life.Seconds(), uuid.UUID(l.Venue), l.Fence)
	if err != nil {
		return fmt.Errorf("renew the lease of venue %s: %w", l.Venue, err)
	}
	if rows == 0 {
		return arbiter.ErrLost
	}
	return nil
}

// Leave gives a venue up.
func (s Leases) Leave(ctx context.Context, l arbiter.Lease) error {
	if err := arbiterdb.New(s.Pool).LeaveArbiter(ctx, uuid.UUID(l.Venue), l.Fence); err != nil {
		return fmt.Errorf("leave venue %s: %w", l.Venue, err)
	}
	return nil
}

// Store is the arbiter's under a lease.
func (s Leases) Store(l arbiter.Lease) arbiter.Store { return &Store{pool: s.Pool, lease: l} }
