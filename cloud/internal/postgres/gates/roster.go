package gates

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/shift"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
)

var (
	_ shift.Store   = (*Store)(nil)
	_ shift.Binding = (*Store)(nil)
	_ shift.Dates   = (*Store)(nil)
)

// LanesAt counts the lanes at a checkpoint.
func (s *Store) LanesAt(ctx context.Context, organizer, checkpoint uuid.UUID) (int, error) {
	n, err := s.on(ctx).LanesAt(ctx, organizer, checkpoint)
	return int(n), err
}

// RetireCheckpoint takes a checkpoint away. desk.ErrNone.
func (s *Store) RetireCheckpoint(ctx context.Context, organizer, id uuid.UUID) error {
	return changed(s.on(ctx).RetireCheckpoint(ctx, organizer, id))
}

// RestoreCheckpoint gives a checkpoint back. desk.ErrNone, desk.ErrTaken.
func (s *Store) RestoreCheckpoint(ctx context.Context, organizer, id uuid.UUID) error {
	return changed(s.on(ctx).RestoreCheckpoint(ctx, organizer, id))
}

// ChangeController writes name, rank and doors of the version that was read. desk.ErrChanged.
func (s *Store) ChangeController(ctx context.Context, c desk.Controller) error {
	if c.Checkpoints == nil {
		c.Checkpoints = []uuid.UUID{}
	}
	n, err := s.on(ctx).ChangeController(ctx, gatedb.ChangeControllerParams{
		Name: c.Name, Supervisor: c.Supervisor, Checkpoints: c.Checkpoints, OrganizerID: c.Organizer, ID: c.ID,
		Version: int32(c.Version), //nolint:gosec // read from there
	})
	if err == nil && n == 0 {
		return desk.ErrChanged
	}
	return taken(err)
}

// ReinstateController takes a controller back into service. desk.ErrNone.
func (s *Store) ReinstateController(ctx context.Context, organizer, id uuid.UUID) error {
	return changed(s.on(ctx).ReinstateController(ctx, organizer, id))
}

// Printed notes that badges were printed or shown.
func (s *Store) Printed(ctx context.Context, organizer uuid.UUID, ids []uuid.UUID, at time.Time) error {
	return s.on(ctx).Printed(ctx, &at, organizer, ids)
}

// posts reads who stands where when, where shifts bind.
func (s *Store) posts(ctx context.Context, venue uuid.UUID, endsAfter, startsBefore time.Time, facts *gatehouse.VenueFacts) error {
	bound, err := s.ByShift(ctx, venue)
	if facts.ByShift = bound; err != nil || !bound {
		return err
	}
	all, err := s.shifts(ctx, venue, endsAfter, startsBefore)
	for _, x := range all {
		facts.Posts = append(facts.Posts, gatehouse.Post{Controller: x.Controller.String(), Checkpoint: x.Checkpoint.String(), Window: x.Window})
	}
	return err
}

// ByShift says whether controllers of a venue sign on only at the doors of their shifts.
func (s *Store) ByShift(ctx context.Context, venue uuid.UUID) (bool, error) {
	bound, err := s.on(ctx).ByShift(ctx, venue)
	if postgres.NoRow(err) {
		return false, nil
	}
	return bound, err
}

// SetByShift says whether they do.
func (s *Store) SetByShift(ctx context.Context, scope desk.Scope, bound bool) error {
	return s.on(ctx).SetByShift(ctx, scope.Venue, scope.Organizer, bound)
}

// LockShifts makes this transaction the only one that plans at the venue until it ends.
func (s *Store) LockShifts(ctx context.Context, venue uuid.UUID) error {
	return s.on(ctx).LockVenueShifts(ctx, venue)
}

// Shifts are those of a venue's dates that end after and start before these times. desk.ErrNone.
func (s *Store) Shifts(ctx context.Context, scope desk.Scope, endsAfter, startsBefore time.Time) ([]shift.Shift, error) {
	if err := s.OwnVenue(ctx, scope); err != nil {
		return nil, err
	}
	return s.shifts(ctx, scope.Venue, endsAfter, startsBefore)
}

func (s *Store) shifts(ctx context.Context, venue uuid.UUID, endsAfter, startsBefore time.Time) ([]shift.Shift, error) {
	rows, err := s.on(ctx).VenueShifts(ctx, venue, endsAfter, startsBefore)
	out := make([]shift.Shift, len(rows))
	for i, r := range rows {
		x := shift.Shift{ID: r.ID, Event: r.EventID, Checkpoint: r.CheckpointID, Controller: r.ControllerID}
		if out[i], err = placed(x, r.Rule, hours.Moments{Doors: r.DoorsAt, Start: r.StartsAt, End: r.EndsAt}); err != nil {
			return nil, err
		}
	}
	return out, err
}

// placed reads when a shift is.
func placed(x shift.Shift, rule []byte, m hours.Moments) (shift.Shift, error) {
	if err := json.Unmarshal(rule, &x.Rule); err != nil {
		return x, fmt.Errorf("read shift %s: %w", x.ID, err)
	}
	x.Window, _ = x.Rule.At(m) // of an event that has become too short it is one that lasts no time
	return x, nil
}

// Shift reads one with its venue. desk.ErrNone.
func (s *Store) Shift(ctx context.Context, organizer, id uuid.UUID) (desk.Scope, shift.Shift, error) {
	r, err := s.on(ctx).OwnShift(ctx, organizer, id)
	if postgres.NoRow(err) {
		return desk.Scope{}, shift.Shift{}, desk.ErrNone
	}
	if err != nil {
		return desk.Scope{}, shift.Shift{}, err
	}
	x := shift.Shift{ID: r.ID, Event: r.EventID, Checkpoint: r.CheckpointID, Controller: r.ControllerID}
	x, err = placed(x, r.Rule, hours.Moments{Doors: r.DoorsAt, Start: r.StartsAt, End: r.EndsAt})
	return desk.Scope{Organizer: organizer, Venue: r.VenueID}, x, err
}

// AddShift keeps a shift.
func (s *Store) AddShift(ctx context.Context, scope desk.Scope, x shift.Shift) error {
	rule, err := json.Marshal(x.Rule)
	if err != nil {
		return err
	}
	return s.on(ctx).AddShift(ctx, gatedb.AddShiftParams{
		ID: x.ID, OrganizerID: scope.Organizer, VenueID: scope.Venue, EventID: x.Event, CheckpointID: x.Checkpoint,
		ControllerID: x.Controller, Rule: rule,
	})
}

// DropShift takes a shift away. desk.ErrNone.
func (s *Store) DropShift(ctx context.Context, organizer, id uuid.UUID) error {
	return changed(s.on(ctx).DropShift(ctx, organizer, id))
}
