package gates

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/postgres/gatedb"
)

var _ desk.ZoneTreeStore = (*Store)(nil)

// afterwards is how long after its end an event's visitors still count as inside.
const afterwards = 6 * time.Hour

// LockZones lists a venue's zones and keeps them until the transaction ends.
func (s *Store) LockZones(ctx context.Context, scope desk.Scope) ([]desk.Zone, error) {
	if err := s.on(ctx).LockZones(ctx, scope.Organizer, scope.Venue); err != nil {
		return nil, fmt.Errorf("lock the zones of a venue: %w", err)
	}
	return s.Zones(ctx, scope)
}

// ChangeZone writes a zone anew that is still at its version. desk.ErrChanged, desk.ErrTaken.
func (s *Store) ChangeZone(ctx context.Context, z desk.Zone) error {
	n, err := s.on(ctx).ChangeZone(ctx, gatedb.ChangeZoneParams{
		ID: z.ID, OrganizerID: z.Organizer, VenueID: z.Venue, Name: z.Name, ParentID: z.Parent,
		Capacity: int32(z.Capacity), Version: int32(z.Version), //nolint:gosec // the desk bounds it
	})
	if err == nil && n == 0 {
		return desk.ErrChanged
	}
	return taken(err)
}

// RemoveZone deletes a zone that is still at its version. desk.ErrChanged.
func (s *Store) RemoveZone(ctx context.Context, z desk.Zone) error {
	if err := s.on(ctx).LeaveZone(ctx, z.ID, z.Organizer, z.Venue); err != nil {
		return fmt.Errorf("free a zone of checkpoints that were taken away: %w", err)
	}
	n, err := s.on(ctx).RemoveZone(ctx, z.Organizer, z.Venue, z.ID, int32(z.Version)) //nolint:gosec // a count of edits
	if err == nil && n == 0 {
		return desk.ErrChanged
	}
	return err
}

// ZoneUses tells of the doors and offers of a zone, and of the people in it.
func (s *Store) ZoneUses(ctx context.Context, scope desk.Scope, zone uuid.UUID) (u desk.ZoneUses, err error) {
	q, now := s.on(ctx), time.Now()
	if u.Doors, err = q.DoorsOfZone(ctx, scope.Organizer, scope.Venue, zone); err != nil {
		return u, fmt.Errorf("look for the doors of a zone: %w", err)
	}
	u.Offers, err = q.OffersOfZone(ctx, scope.Organizer, scope.Venue, now, zone.String())
	if err != nil {
		return u, fmt.Errorf("look for the offers of a zone: %w", err)
	}
	people, err := q.PeopleInZone(ctx, scope.Venue, zone, scope.Organizer, now.Add(-afterwards))
	if err != nil {
		return u, fmt.Errorf("count the people in a zone: %w", err)
	}
	u.People = int(people)
	return u, nil
}
