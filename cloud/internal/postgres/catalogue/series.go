package catalogue

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/postgres/catalogdb"
)

// CreateSeries writes a new series.
func (s Store) CreateSeries(ctx context.Context, x catalog.Series) error {
	err := s.on(ctx).CreateSeries(ctx, catalogdb.CreateSeriesParams{
		ID: x.ID, OrganizerID: x.Organizer, Name: x.Name, Kind: string(x.Kind), Description: x.Description,
	})
	if err != nil {
		return fmt.Errorf("create series: %w", err)
	}
	return nil
}

// EditSeries writes a series anew that is still at its version. catalog.ErrChanged.
func (s Store) EditSeries(ctx context.Context, x catalog.Series) error {
	n, err := s.on(ctx).EditSeries(ctx, catalogdb.EditSeriesParams{
		ID: x.ID, OrganizerID: x.Organizer, Name: x.Name, Kind: string(x.Kind), Description: x.Description,
		Version: int32(x.Version),
	})
	return oneRow("edit series", n, err, catalog.ErrChanged)
}

// Series reads one. catalog.ErrNoSeries.
func (s Store) Series(ctx context.Context, organizer, id uuid.UUID) (catalog.Series, error) {
	row, err := s.on(ctx).OneSeries(ctx, organizer, id)
	if err != nil {
		return catalog.Series{}, oneRow("read series", 0, err, catalog.ErrNoSeries)
	}
	return series(row), nil
}

// LockSeries reads one and keeps it until the transaction ends. catalog.ErrNoSeries.
func (s Store) LockSeries(ctx context.Context, organizer, id uuid.UUID) (catalog.Series, error) {
	row, err := s.on(ctx).LockSeries(ctx, organizer, id)
	if err != nil {
		return catalog.Series{}, oneRow("lock series", 0, err, catalog.ErrNoSeries)
	}
	return series(row), nil
}

// AllSeries lists an organizer's series in the order they were made.
func (s Store) AllSeries(ctx context.Context, organizer, after uuid.UUID, limit int) ([]catalog.Series, error) {
	rows, err := s.on(ctx).AllSeries(ctx, organizer, after, int32(limit))
	if err != nil {
		return nil, fmt.Errorf("list series: %w", err)
	}
	out := make([]catalog.Series, len(rows))
	for i, row := range rows {
		out[i] = series(row)
	}
	return out, nil
}

func series(row catalogdb.Series) catalog.Series {
	return catalog.Series{
		ID: row.ID, Organizer: row.OrganizerID, Name: row.Name, Kind: catalog.Kind(row.Kind),
		Description: row.Description, Version: int(row.Version), CreatedAt: row.CreatedAt,
	}
}

// AddChange keeps what was done to many dates.
func (s Store) AddChange(ctx context.Context, c catalog.Change) error {
	if err := s.on(ctx).AddChange(ctx, c.ID, c.Organizer, c.By, c.Lines); err != nil {
		return fmt.Errorf("keep a change of many dates: %w", err)
	}
	return nil
}

// LockChange reads one and keeps it until the transaction ends. catalog.ErrNoChange.
func (s Store) LockChange(ctx context.Context, organizer, id uuid.UUID) (catalog.Change, error) {
	row, err := s.on(ctx).LockChange(ctx, organizer, id)
	if err != nil {
		return catalog.Change{}, oneRow("read a change of many dates", 0, err, catalog.ErrNoChange)
	}
	return catalog.Change{
		ID: row.ID, Organizer: row.OrganizerID, By: row.MadeBy, At: row.MadeAt, Lines: row.Lines, UndoneAt: row.UndoneAt,
	}, nil
}

// ChangeUndone remembers that a change was undone.
func (s Store) ChangeUndone(ctx context.Context, organizer, id uuid.UUID) error {
	if err := s.on(ctx).ChangeUndone(ctx, organizer, id); err != nil {
		return fmt.Errorf("remember that a change is undone: %w", err)
	}
	return nil
}
