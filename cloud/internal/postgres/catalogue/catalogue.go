// Package catalogue keeps venues, events and offers in PostgreSQL. Marks for the gates' lists are left by triggers.
package catalogue

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/catalogdb"
)

// Store is every store of the catalogue.
type Store struct{ Pool *pgxpool.Pool }

var (
	_ catalog.VenueStore      = Store{}
	_ catalog.EventStore      = Store{}
	_ catalog.OfferStore      = Store{}
	_ catalog.ShopStore       = Store{}
	_ catalog.SeriesStore     = Store{}
	_ catalog.RepertoireStore = Store{}
	_ catalog.ChangeStore     = Store{}
)

// Service is the catalogue over this database.
func Service(pool *pgxpool.Pool, atomic catalog.Atomic) *catalog.Service {
	s := Store{Pool: pool}
	return &catalog.Service{
		VenueStore: s, EventStore: s, OfferStore: s, ShopStore: s, SeriesStore: s, RepertoireStore: s, Changes: s, Atomic: atomic,
	}
}

func (s Store) on(ctx context.Context) *catalogdb.Queries {
	return catalogdb.New(postgres.On(ctx, s.Pool))
}

// CreateVenue writes a new venue.
func (s Store) CreateVenue(ctx context.Context, v catalog.Venue) error {
	err := s.on(ctx).CreateVenue(ctx, catalogdb.CreateVenueParams{
		ID: v.ID, OrganizerID: v.Organizer, Name: v.Name, Address: v.Address, TimeZone: v.TimeZone,
		Languages: list(v.Languages),
	})
	if err != nil {
		return fmt.Errorf("create venue: %w", err)
	}
	return nil
}

// EditVenue writes a venue anew that is still at its version. catalog.ErrChanged.
func (s Store) EditVenue(ctx context.Context, v catalog.Venue) error {
	n, err := s.on(ctx).EditVenue(ctx, catalogdb.EditVenueParams{
		ID: v.ID, OrganizerID: v.Organizer, Name: v.Name, Address: v.Address, TimeZone: v.TimeZone,
		Languages: list(v.Languages), Version: int32(v.Version),
	})
	return oneRow("edit venue", n, err, catalog.ErrChanged)
}

// Venue reads one. catalog.ErrNoVenue.
func (s Store) Venue(ctx context.Context, organizer, id uuid.UUID) (catalog.Venue, error) {
	row, err := s.on(ctx).Venue(ctx, organizer, id)
	if err != nil {
		return catalog.Venue{}, oneRow("read venue", 0, err, catalog.ErrNoVenue)
	}
	return venue(row), nil
}

// LockVenue reads one and keeps it until the transaction ends. catalog.ErrNoVenue.
func (s Store) LockVenue(ctx context.Context, organizer, id uuid.UUID) (catalog.Venue, error) {
	row, err := s.on(ctx).LockVenue(ctx, organizer, id)
	if err != nil {
		return catalog.Venue{}, oneRow("lock venue", 0, err, catalog.ErrNoVenue)
	}
	return venue(row), nil
}

// Venues lists an organizer's venues in the order they were made.
func (s Store) Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Venue, error) {
	rows, err := s.on(ctx).Venues(ctx, organizer, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list venues: %w", err)
	}
	venues := make([]catalog.Venue, len(rows))
	for i, row := range rows {
		venues[i] = venue(row)
	}
	return venues, nil
}

func venue(row catalogdb.Venue) catalog.Venue {
	return catalog.Venue{
		ID: row.ID, Organizer: row.OrganizerID, Name: row.Name, Address: row.Address, TimeZone: row.TimeZone,
		Languages: row.Languages, Version: int(row.Version), CreatedAt: row.CreatedAt,
	}
}

// list is a list for a column that is never NULL.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

// oneRow is the error of a statement that should have met one row.
func oneRow(what string, n int64, err, none error) error {
	switch {
	case postgres.NoRow(err):
		return none
	case err == nil && n == 0:
		return none
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
