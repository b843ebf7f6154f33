package catalogue

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres/catalogdb"
)

// Repertoire lists an organizer's dates by start.
func (s Store) Repertoire(ctx context.Context, organizer uuid.UUID, f catalog.Filter) ([]catalog.Event, error) {
	rows, err := s.on(ctx).Repertoire(ctx, catalogdb.RepertoireParams{
		OrganizerID: organizer, Venue: optional(f.Venue), Series: optional(f.Series), State: string(f.State),
		EndsAfter: moment(f.EndsAfter), StartsFrom: moment(f.StartsFrom), StartsBefore: moment(f.StartsTill), Name: f.Name,
		AfterStart: moment(f.After.Start), AfterEvent: f.After.Event,
		Ids: f.IDs, Everywhere: !f.Reach.Some, Venues: ids(f.Reach.Venues), Events: ids(f.Reach.Events), Down: f.Down,
		Skip: int32(f.Offset), Count: int32(f.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list the repertoire: %w", err)
	}
	return events(rows)
}

func ids(some []uuid.UUID) []uuid.UUID {
	if some == nil {
		return []uuid.UUID{}
	}
	return some
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// LockEvents reads events in order of id and keeps them until the transaction ends.
func (s Store) LockEvents(ctx context.Context, organizer uuid.UUID, which []uuid.UUID) ([]catalog.Event, error) {
	locked, err := s.on(ctx).LockEvents(ctx, organizer, ids(which))
	if err != nil {
		return nil, fmt.Errorf("lock events: %w", err)
	}
	rows, err := s.on(ctx).EventsByID(ctx, organizer, locked)
	if err != nil {
		return nil, fmt.Errorf("read locked events: %w", err)
	}
	return events(rows)
}

// OffersOf lists the offers of many events, closed ones too, by event and kind.
func (s Store) OffersOf(ctx context.Context, organizer uuid.UUID, of []uuid.UUID) ([]catalog.Offer, error) {
	rows, err := s.on(ctx).OffersOf(ctx, organizer, ids(of))
	if err != nil {
		return nil, fmt.Errorf("list offers of events: %w", err)
	}
	out := make([]catalog.Offer, len(rows))
	for i, row := range rows {
		out[i] = offer(catalogdb.OffersRow(row))
	}
	return out, nil
}

// Prices lists the newest prices of an offer.
func (s Store) Prices(ctx context.Context, organizer, offer uuid.UUID) ([]catalog.Price, error) {
	rows, err := s.on(ctx).PricesOf(ctx, organizer, offer)
	if err != nil {
		return nil, fmt.Errorf("list the prices of an offer: %w", err)
	}
	out := make([]catalog.Price, len(rows))
	for i, row := range rows {
		out[i] = catalog.Price{Minor: row.Price, Since: row.Since}
	}
	return out, nil
}
