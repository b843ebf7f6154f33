package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/staff"
	"portaria/cloud/internal/postgres/peopledb"
)

// SaveView writes a view; one of the same page and name is replaced.
func (s Store) SaveView(ctx context.Context, organizer, who uuid.UUID, v staff.View) error {
	err := s.on(ctx).SaveView(ctx, peopledb.SaveViewParams{
		ID: v.ID, OrganizerID: organizer, PersonID: who, Page: v.Page, Name: v.Name, Query: v.Query,
	})
	if err != nil {
		return fmt.Errorf("save a view: %w", err)
	}
	return nil
}

// Views lists a person's views of one page.
func (s Store) Views(ctx context.Context, organizer, who uuid.UUID, page string) ([]staff.View, error) {
	rows, err := s.on(ctx).Views(ctx, organizer, who, page)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	out := make([]staff.View, len(rows))
	for i, row := range rows {
		out[i] = staff.View{ID: row.ID, Page: page, Name: row.Name, Query: row.Query}
	}
	return out, nil
}

// DropView forgets one.
func (s Store) DropView(ctx context.Context, organizer, who, id uuid.UUID) error {
	if err := s.on(ctx).DropView(ctx, organizer, who, id); err != nil {
		return fmt.Errorf("drop a view: %w", err)
	}
	return nil
}
