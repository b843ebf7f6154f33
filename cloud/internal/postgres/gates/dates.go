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
	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/postgres/gatedb"
)

// maxDates is how many dates of a venue doors are worked out for: as many as a manifest may name.
const maxDates = 1024

// Dates are the events at a venue that end after and start before these times, the nearest first, with the names of what
// they sell.
func (s *Store) Dates(ctx context.Context, scope desk.Scope, endsAfter, startsBefore time.Time) ([]season.Date, error) {
	if err := s.OwnVenue(ctx, scope); err != nil {
		return nil, err
	}
	return s.dates(ctx, scope.Venue, endsAfter, startsBefore)
}

func (s *Store) dates(ctx context.Context, venue uuid.UUID, endsAfter, startsBefore time.Time) ([]season.Date, error) {
	rows, err := s.on(ctx).DoorDates(ctx, venue, endsAfter, startsBefore, maxDates)
	if err != nil {
		return nil, fmt.Errorf("read the dates of venue %s: %w", venue, err)
	}
	out, ids, place := make([]season.Date, len(rows)), make([]uuid.UUID, len(rows)), map[uuid.UUID]int{}
	for i, r := range rows {
		out[i] = season.Date{ID: r.ID, Name: r.Name, ByHand: r.ByHand, Cancelled: r.Cancelled, Kinds: map[string][]uint16{},
			Moments: hours.Moments{Doors: r.DoorsAt, Start: r.StartsAt, End: r.EndsAt}}
		ids[i], place[r.ID] = r.ID, i
	}
	kinds, err := s.on(ctx).DoorKinds(ctx, ids)
	for _, k := range kinds {
		of := out[place[k.EventID]].Kinds
		of[k.Name] = append(of[k.Name], uint16(k.Kind)) //nolint:gosec // the table bounds it
	}
	return out, err
}

// Exceptions are what is set by hand of a venue's doors on single dates, by door.
func (s *Store) Exceptions(ctx context.Context, scope desk.Scope) (map[uuid.UUID][]season.Exception, error) {
	rows, err := s.on(ctx).Exceptions(ctx, scope.Venue)
	if err != nil {
		return nil, fmt.Errorf("read what is set by hand of dates: %w", err)
	}
	out := map[uuid.UUID][]season.Exception{}
	for _, r := range rows {
		var x season.Exception
		if err := json.Unmarshal(r.Exception, &x); err != nil {
			return nil, fmt.Errorf("read what is set of checkpoint %s on a date: %w", r.CheckpointID, err)
		}
		x.Event = r.EventID
		out[r.CheckpointID] = append(out[r.CheckpointID], x)
	}
	return out, nil
}

// PutException sets what a door does on one date.
func (s *Store) PutException(ctx context.Context, scope desk.Scope, checkpoint uuid.UUID, x season.Exception) error {
	body, err := json.Marshal(x)
	if err != nil {
		return err
	}
	return s.on(ctx).PutException(ctx, gatedb.PutExceptionParams{
		CheckpointID: checkpoint, EventID: x.Event, OrganizerID: scope.Organizer, VenueID: scope.Venue, Exception: body,
	})
}

// DropException has a door do on a date what it does on all.
func (s *Store) DropException(ctx context.Context, scope desk.Scope, checkpoint, event uuid.UUID) error {
	return s.on(ctx).DropException(ctx, scope.Organizer, checkpoint, event)
}

// SetByHand takes a date out of the template's doors, or puts it back.
func (s *Store) SetByHand(ctx context.Context, scope desk.Scope, event uuid.UUID, byHand bool) error {
	if byHand {
		return s.on(ctx).DoByHand(ctx, event, scope.Organizer, scope.Venue)
	}
	return s.on(ctx).DoByTemplate(ctx, scope.Organizer, event)
}

// seasons reads what doors do by date: of those only that say more than their row of hours.
func (s *Store) seasons(ctx context.Context, venue uuid.UUID, endsAfter, startsBefore time.Time, facts *gatehouse.VenueFacts) error {
	exceptions, err := s.Exceptions(ctx, desk.Scope{Venue: venue})
	if err != nil {
		return err
	}
	rows, err := s.on(ctx).VenueCheckpoints(ctx, venue)
	if err != nil {
		return err
	}
	facts.Seasons = map[string]gatehouse.Season{}
	for i, row := range rows {
		if row.Rule == nil && len(row.KindNames) == 0 && row.TemplateID == nil && len(exceptions[row.ID]) == 0 {
			continue
		}
		door, err := deskCheckpoint(row)
		if err != nil {
			return err
		}
		for _, w := range facts.Checkpoints[i].Hours {
			door.Hours = append(door.Hours, desk.Window{From: time.Unix(w.From, 0), Until: time.Unix(w.Until, 0)})
		}
		facts.Seasons[row.ID.String()] = gatehouse.Season{Door: door.Season(), Exceptions: exceptions[row.ID]}
	}
	if len(facts.Seasons) > 0 {
		if facts.Dates, err = s.dates(ctx, venue, endsAfter, startsBefore); err != nil {
			return err
		}
	}
	return s.posts(ctx, venue, endsAfter, startsBefore, facts)
}
