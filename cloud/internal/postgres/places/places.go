// Package places is the stock in PostgreSQL: one conditional UPDATE a claim, under CHECKs that nothing gets past.
//
// It is made for ordinary sales; a batching writer for large ones will take over behind the same interface.
package places

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/saledb"
	"portaria/cloud/internal/stock"
)

// Stock is stock.Stock.
type Stock struct{ Pool *pgxpool.Pool }

var _ stock.Stock = Stock{}

func (s Stock) on(ctx context.Context) *saledb.Queries { return saledb.New(postgres.On(ctx, s.Pool)) }

// all runs fn so that a refusal half way leaves nothing taken, whatever transaction it stands in.
func (s Stock) all(ctx context.Context, fn func(ctx context.Context) error) error {
	return postgres.Atomic{Pool: s.Pool}.Savepoint(ctx, fn)
}

// Hold sets places aside. stock.ErrSoldOut.
func (s Stock) Hold(ctx context.Context, order uuid.UUID, wants []stock.Want, now, until time.Time) error {
	return s.all(ctx, func(ctx context.Context) error {
		q := s.on(ctx)
		for _, group := range stock.ByEvent(wants) {
			if err := s.take(ctx, group, now, q.HoldEvent, q.HoldOffer); err != nil {
				return err
			}
			for _, w := range group.Wants {
				err := q.PutHold(ctx, saledb.PutHoldParams{
					OrderID: order, OfferID: w.Offer, EventID: w.Event,
					Quantity: int32(w.Quantity), Places: int32(w.Places), ExpiresAt: until,
				})
				if err != nil {
					return fmt.Errorf("write a hold: %w", err)
				}
			}
		}
		return nil
	})
}

// claim is one conditional UPDATE: it changes a row where there is room, else none.
type claim func(ctx context.Context, n int32, id uuid.UUID) (int64, error)

// take claims a group's places of the event and of each offer. Where there seems to be no room it frees what others
// held too long, and asks once more.
func (s Stock) take(ctx context.Context, g stock.EventWants, now time.Time, event, offer claim) error {
	err := s.claimOnce(ctx, event, g.Places, g.Event, func() error { return s.reclaim(ctx, g.Event, now) })
	if err != nil {
		return err
	}
	for _, w := range g.Wants {
		err := s.claimOnce(ctx, offer, w.Quantity, w.Offer, func() error { return s.reclaim(ctx, g.Event, now) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s Stock) claimOnce(ctx context.Context, c claim, n int, id uuid.UUID, makeRoom func() error) error {
	for try := 0; ; try++ {
		rows, err := c(ctx, int32(n), id)
		if err != nil {
			return fmt.Errorf("claim %d places: %w", n, err)
		}
		if rows > 0 {
			return nil
		}
		if try > 0 {
			return stock.ErrSoldOut
		}
		if err := makeRoom(); err != nil {
			return err
		}
	}
}

// reclaim frees the holds of an event that have run out.
func (s Stock) reclaim(ctx context.Context, event uuid.UUID, now time.Time) error {
	q := s.on(ctx)
	if err := q.LockEvent(ctx, event); err != nil {
		return fmt.Errorf("lock the event's stock: %w", err)
	}
	rows, err := q.TakeOverdueHolds(ctx, event, now)
	if err != nil {
		return fmt.Errorf("take overdue holds: %w", err)
	}
	freed := make([]saledb.TakeHoldsRow, len(rows))
	for i, row := range rows {
		freed[i] = saledb.TakeHoldsRow(row)
	}
	return s.unhold(ctx, event, freed)
}

// unhold counts holds that were deleted out of the stock.
func (s Stock) unhold(ctx context.Context, event uuid.UUID, rows []saledb.TakeHoldsRow) error {
	var wants []stock.Want
	for _, row := range rows {
		wants = append(wants, stock.Want{
			Event: event, Offer: row.OfferID, Quantity: int(row.Quantity), Places: int(row.Places),
		})
	}
	q := s.on(ctx)
	return free(ctx, wants, q.FreeHeldEvent, q.FreeHeldOffer)
}

// Capture makes a hold a sale, and takes the places again where the hold has gone. stock.ErrSoldOut.
func (s Stock) Capture(ctx context.Context, order uuid.UUID, wants []stock.Want, now time.Time) error {
	return s.all(ctx, func(ctx context.Context) error {
		q := s.on(ctx)
		for _, group := range stock.ByEvent(wants) {
			if err := s.letGo(ctx, order, group.Event); err != nil {
				return err
			}
			// The event's row is locked, so what was just let go can't be taken by another before this claim.
			if err := s.take(ctx, group, now, q.SellEvent, q.SellOffer); err != nil {
				return err
			}
		}
		return nil
	})
}

// Release gives back what an order holds.
func (s Stock) Release(ctx context.Context, order uuid.UUID, wants []stock.Want) error {
	return s.all(ctx, func(ctx context.Context) error {
		for _, group := range stock.ByEvent(wants) {
			if err := s.letGo(ctx, order, group.Event); err != nil {
				return err
			}
		}
		return nil
	})
}

// letGo gives back what an order holds of one event, if anything, and leaves the event's stock locked.
func (s Stock) letGo(ctx context.Context, order, event uuid.UUID) error {
	q := s.on(ctx)
	if err := q.LockEvent(ctx, event); err != nil {
		return fmt.Errorf("lock the event's stock: %w", err)
	}
	rows, err := q.TakeHolds(ctx, order, event)
	if err != nil {
		return fmt.Errorf("take the order's holds: %w", err)
	}
	return s.unhold(ctx, event, rows)
}

// Return gives back sold places.
func (s Stock) Return(ctx context.Context, wants []stock.Want) error {
	return s.all(ctx, func(ctx context.Context) error {
		q := s.on(ctx)
		return free(ctx, wants, q.FreeSoldEvent, q.FreeSoldOffer)
	})
}

func free(ctx context.Context, wants []stock.Want, event, offer func(context.Context, int32, uuid.UUID) error) error {
	for _, group := range stock.ByEvent(wants) {
		if err := event(ctx, int32(group.Places), group.Event); err != nil {
			return fmt.Errorf("free %d places: %w", group.Places, err)
		}
		for _, w := range group.Wants {
			if err := offer(ctx, int32(w.Quantity), w.Offer); err != nil {
				return fmt.Errorf("free %d of an offer: %w", w.Quantity, err)
			}
		}
	}
	return nil
}
