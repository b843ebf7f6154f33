package scan

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/edge/whitelist"
)

// VenueDoors is where somebody may scan at a venue.
type VenueDoors struct {
	ID             uuid.UUID
	Name, TimeZone string
	Arbiter        string // ByCloud or ByHub
	Events         []whitelist.VenueEvent
	Checkpoints    []whitelist.Checkpoint
}

// Venues lists an organizer's.
type Venues interface {
	Venues(ctx context.Context, organizer uuid.UUID) ([]uuid.UUID, error)
	// Hub is the venue's in service; "" = none.
	Hub(ctx context.Context, venue uuid.UUID) (string, error)
}

// Doors are the checkpoints where a caller may scan.
func (s *Service) Doors(ctx context.Context, who Caller) ([]VenueDoors, error) {
	venues, err := s.Venues.Venues(ctx, who.Organizer)
	if err != nil {
		return nil, err
	}
	out := []VenueDoors{}
	for _, id := range venues {
		v, err := s.doorsAt(ctx, who, id)
		if errors.Is(err, ErrNoDoor) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (s *Service) doorsAt(ctx context.Context, who Caller, venue uuid.UUID) (VenueDoors, error) {
	book, err := s.Books.Venue(ctx, who.Organizer, venue)
	if err != nil {
		return VenueDoors{}, err
	}
	v := VenueDoors{ID: venue, Name: book.Signed.Name, TimeZone: book.Signed.TimeZone, Arbiter: ByCloud}
	for _, c := range book.Signed.Checkpoints {
		if who.mayAt(venue, &c) {
			v.Checkpoints = append(v.Checkpoints, c)
		}
	}
	for _, e := range book.Signed.Events {
		if who.Reach.Holds(role.Place{Venue: venue, Event: uuid.UUID(e.Event)}) {
			v.Events = append(v.Events, e)
		}
	}
	if len(v.Checkpoints) == 0 {
		return v, ErrNoDoor
	}
	hub, err := s.Venues.Hub(ctx, venue)
	if hub != "" {
		v.Arbiter = ByHub
	}
	return v, err
}
