package catalogue

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogdb"
)

// CreateEvent writes a new event and its places.
func (s Store) CreateEvent(ctx context.Context, e catalog.Event) error {
	texts, err := json.Marshal(texts(e.Descriptions))
	if err != nil {
		return fmt.Errorf("create event: %w", err)
	}
	err = s.on(ctx).CreateEvent(ctx, catalogdb.CreateEventParams{
		ID: e.ID, OrganizerID: e.Organizer, VenueID: e.Venue, SeriesID: optional(e.Series), Name: e.Name,
		Description: e.Description, Descriptions: texts, Languages: list(e.Languages), AgeRating: e.AgeRating,
		Documents: e.Documents, DoorsAt: e.Doors, StartsAt: e.Start, EndsAt: e.End, Currency: e.Currency,
		State: string(e.State), SaleFrom: e.SaleFrom, SaleUntil: e.SaleUntil,
	})
	if err == nil {
		err = s.on(ctx).CreateEventStock(ctx, e.ID, int32(e.Capacity))
	}
	if err != nil {
		return fmt.Errorf("create event: %w", err)
	}
	return nil
}

// optional is nil for the zero id.
func optional(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func texts(by map[string]string) map[string]string {
	if by == nil {
		return map[string]string{}
	}
	return by
}

// EditEvent writes an event anew that is still at its version; its currency and venue stay. catalog.ErrChanged,
// catalog.ErrSoldAbove.
func (s Store) EditEvent(ctx context.Context, e catalog.Event) error {
	texts, err := json.Marshal(texts(e.Descriptions))
	if err != nil {
		return fmt.Errorf("edit event: %w", err)
	}
	n, err := s.on(ctx).EditEvent(ctx, catalogdb.EditEventParams{
		ID: e.ID, OrganizerID: e.Organizer, Version: int32(e.Version), SeriesID: optional(e.Series), Name: e.Name,
		Description: e.Description, Descriptions: texts, Languages: list(e.Languages), AgeRating: e.AgeRating,
		Documents: e.Documents, DoorsAt: e.Doors, StartsAt: e.Start, EndsAt: e.End, State: string(e.State),
		SaleFrom: e.SaleFrom, SaleUntil: e.SaleUntil,
	})
	if err := oneRow("edit event", n, err, catalog.ErrChanged); err != nil {
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
	return event(row.Event, row.Capacity, row.Held, row.Sold)
}

// Events lists an organizer's events in the order they were made.
func (s Store) Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Event, error) {
	rows, err := s.on(ctx).Events(ctx, organizer, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return events(rows)
}

// counted is a row of an event with its places.
type counted interface {
	catalogdb.EventsRow | catalogdb.RepertoireRow | catalogdb.EventsByIDRow
}

func events[R counted](rows []R) ([]catalog.Event, error) {
	out := make([]catalog.Event, len(rows))
	for i, row := range rows {
		x := catalogdb.EventsRow(row)
		e, err := event(x.Event, x.Capacity, x.Held, x.Sold)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

func event(row catalogdb.Event, capacity, held, sold int32) (catalog.Event, error) {
	e := catalog.Event{
		ID: row.ID, Organizer: row.OrganizerID, Venue: row.VenueID, Name: row.Name, Description: row.Description,
		Languages: row.Languages, AgeRating: row.AgeRating, Documents: row.Documents,
		Doors: row.DoorsAt, Start: row.StartsAt, End: row.EndsAt, Currency: row.Currency,
		State: catalog.State(row.State), SaleFrom: row.SaleFrom, SaleUntil: row.SaleUntil,
		Capacity: int(capacity), Held: int(held), Sold: int(sold), Version: int(row.Version), CreatedAt: row.CreatedAt,
	}
	if row.SeriesID != nil {
		e.Series = *row.SeriesID
	}
	if err := json.Unmarshal(row.Descriptions, &e.Descriptions); err != nil {
		return e, fmt.Errorf("read the descriptions of event %s: %w", row.ID, err)
	}
	return e, nil
}
