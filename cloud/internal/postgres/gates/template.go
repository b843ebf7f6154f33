package gates

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/dates"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/template"
	"portaria/cloud/internal/postgres/gatedb"
)

var (
	_ template.Store = (*Store)(nil)
	_ dates.Store    = (*Store)(nil)
)

// LockTemplate keeps a venue's template as it is until the transaction ends.
func (s *Store) LockTemplate(ctx context.Context, scope desk.Scope) error {
	_, err := s.on(ctx).LockTemplate(ctx, scope.Organizer, scope.Venue)
	return err
}

// Template is a venue's, by name.
func (s *Store) Template(ctx context.Context, scope desk.Scope) ([]template.Door, error) {
	rows, err := s.on(ctx).TemplateDoors(ctx, scope.Organizer, scope.Venue)
	out := make([]template.Door, len(rows))
	for i, r := range rows {
		out[i] = template.Door{Scope: scope, ID: r.ID, Version: int(r.Version)}
		if err := json.Unmarshal(r.Settings, &out[i].Settings); err != nil {
			return nil, fmt.Errorf("read door %s of a template: %w", r.ID, err)
		}
	}
	return out, err
}

// AddTemplateDoor keeps a door of a template. desk.ErrTaken.
func (s *Store) AddTemplateDoor(ctx context.Context, d template.Door) error {
	body, err := json.Marshal(d.Settings)
	if err != nil {
		return err
	}
	return taken(s.on(ctx).AddTemplateDoor(ctx, gatedb.AddTemplateDoorParams{
		ID: d.ID, OrganizerID: d.Organizer, VenueID: d.Venue, Name: d.Settings.Name, Settings: body,
	}))
}

// ChangeTemplateDoor writes the settings of the version that was read. desk.ErrChanged, desk.ErrTaken.
func (s *Store) ChangeTemplateDoor(ctx context.Context, d template.Door) error {
	body, err := json.Marshal(d.Settings)
	if err != nil {
		return err
	}
	n, err := s.on(ctx).ChangeTemplateDoor(ctx, gatedb.ChangeTemplateDoorParams{
		Name: d.Settings.Name, Settings: body, OrganizerID: d.Organizer, ID: d.ID, Version: int32(d.Version), //nolint:gosec // read from there
	})
	if err == nil && n == 0 {
		return desk.ErrChanged
	}
	return taken(err)
}

// DropTemplateDoor takes a door out of a template. desk.ErrNone.
func (s *Store) DropTemplateDoor(ctx context.Context, scope desk.Scope, id uuid.UUID) error {
	return changed(s.on(ctx).DropTemplateDoor(ctx, scope.Organizer, scope.Venue, id))
}

// Applied is the epoch of a venue's manifest in force, and whether a change is still to be signed.
func (s *Store) Applied(ctx context.Context, venue uuid.UUID) (epoch uint64, pending bool, err error) {
	row, err := s.on(ctx).Applied(ctx, venue)
	return uint64(row.Epoch), row.Pending, err //nolint:gosec // never negative
}
