package catalogue

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres/catalogdb"
)

// OnSale lists events on sale by start, with their open offers.
func (s Store) OnSale(ctx context.Context, now time.Time, shelf catalog.Shelf, limit int) ([]catalog.Listing, error) {
	rows, err := s.on(ctx).EventsOnSale(ctx, catalogdb.EventsOnSaleParams{
		Now: now, FromStart: shelf.From.Start, FromEvent: shelf.From.Event, Since: shelf.Since, Place: shelf.Place,
		Series: optional(shelf.Series), Count: int32(limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list events on sale: %w", err)
	}
	listings := make([]catalog.Listing, len(rows))
	for i, row := range rows {
		if listings[i], err = listing(catalogdb.PublicEventRow(row)); err != nil {
			return nil, err
		}
	}
	return listings, s.addOffers(ctx, listings)
}

// Listing is one event as the shop shows it. catalog.ErrNoEvent.
func (s Store) Listing(ctx context.Context, event uuid.UUID) (catalog.Listing, error) {
	row, err := s.on(ctx).PublicEvent(ctx, event)
	if err != nil {
		return catalog.Listing{}, oneRow("read event", 0, err, catalog.ErrNoEvent)
	}
	found, err := listing(row)
	if err != nil {
		return found, err
	}
	one := []catalog.Listing{found}
	err = s.addOffers(ctx, one)
	return one[0], err
}

func listing(row catalogdb.PublicEventRow) (catalog.Listing, error) {
	e, err := event(row.Event, row.Capacity, row.Held, row.Sold)
	return catalog.Listing{
		Event: e, Venue: venue(row.Venue), OrganizerName: row.OrganizerName, SeriesName: row.SeriesName,
	}, err
}

// addOffers reads the offers of all listings at once.
func (s Store) addOffers(ctx context.Context, listings []catalog.Listing) error {
	at := map[uuid.UUID]int{}
	events := make([]uuid.UUID, len(listings))
	for i, l := range listings {
		at[l.Event.ID], events[i] = i, l.Event.ID
	}
	rows, err := s.on(ctx).OpenOffers(ctx, events)
	if err != nil {
		return fmt.Errorf("list open offers: %w", err)
	}
	for _, row := range rows {
		l := &listings[at[row.Offer.EventID]]
		l.Offers = append(l.Offers, offer(catalogdb.OffersRow(row)))
	}
	return nil
}
