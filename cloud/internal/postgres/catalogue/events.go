package catalogue

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogdb"
)

// CreateEvent writes a new event and its places.
func (s Store) CreateEvent(ctx context.Context, e catalog.Event) error {
	err := s.on(ctx).CreateEvent(ctx, catalogdb.CreateEventParams{
		ID: e.ID, OrganizerID: e.Organizer, VenueID: e.Venue, Name: e.Name, Description: e.Description,
		DoorsAt: e.Doors, StartsAt: e.Start, EndsAt: e.End, Currency: e.Currency, State: string(e.State),
	})
	if err == nil {
		err = s.on(ctx).CreateEventStock(ctx, e.ID, int32(e.Capacity))
	}
	if err != nil {
		return fmt.Errorf("create event: %w", err)
	}
	return nil
}

// EditEvent writes an event anew; its currency and venue stay. catalog.ErrNoEvent, catalog.ErrSoldAbove.
func (s Store) EditEvent(ctx context.Context, e catalog.Event) error {
	n, err := s.on(ctx).EditEvent(ctx, catalogdb.EditEventParams{
		ID: e.ID, OrganizerID: e.Organizer, Name: e.Name, Description: e.Description,
		DoorsAt: e.Doors, StartsAt: e.Start, EndsAt: e.End, State: string(e.State),
	})
	if err := oneRow("edit event", n, err, catalog.ErrNoEvent); err != nil {
		return err
	}
	err = s.on(ctx).SetEventCapacity(ctx, int32(e.Capacity), e.ID)
	if postgres.Broke(err) == "event_never_oversold" {
		return catalog.ErrSoldAbove
	}
	if err != nil {
		return fmt.Errorf("set event capacity: %w", err)
	}
	return nil
}

// Event reads one with its places. catalog.ErrNoEvent.
func (s Store) Event(ctx context.Context, organizer, id uuid.UUID) (catalog.Event, error) {
	row, err := s.on(ctx).Event(ctx, organizer, id)
	if err != nil {
		return catalog.Event{}, oneRow("read event", 0, err, catalog.ErrNoEvent)
	}
	return event(row.Event, row.Capacity, row.Held, row.Sold), nil
}

// Events lists an organizer's events in the order they were made.
func (s Store) Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Event, error) {
	rows, err := s.on(ctx).Events(ctx, organizer, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	events := make([]catalog.Event, len(rows))
	for i, row := range rows {
		events[i] = event(row.Event, row.Capacity, row.Held, row.Sold)
	}
	return events, nil
}

func event(row catalogdb.Event, capacity, held, sold int32) catalog.Event {
	return catalog.Event{
		ID: row.ID, Organizer: row.OrganizerID, Venue: row.VenueID, Name: row.Name, Description: row.Description,
		Doors: row.DoorsAt, Start: row.StartsAt, End: row.EndsAt, Currency: row.Currency,
		State: catalog.State(row.State), CreatedAt: row.CreatedAt,
		Capacity: int(capacity), Held: int(held), Sold: int(sold),
	}
}
