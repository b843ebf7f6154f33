package gates

import (
	"context"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/postgres"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var _ gatehouse.HubStore = (*Store)(nil)

// Hub finds a hub in service. gatehouse.ErrNoHub.
func (s *Store) Hub(ctx context.Context, id string) (gatehouse.Hub, error) {
	row, err := s.on(ctx).Hub(ctx, id)
	if postgres.NoRow(err) {
		return gatehouse.Hub{}, gatehouse.ErrNoHub
	}
	hub := gatehouse.Hub{
		ID: row.ID, Organizer: ticket.EventID(row.OrganizerID), Venue: ticket.EventID(row.VenueID), TokenHash: row.TokenHash,
	}
	copy(hub.Key[:], row.KeyPrint)
	return hub, err
}

// BlobFor reads a blob of a venue or of one of its events. gatehouse.ErrNoBlob.
func (s *Store) BlobFor(ctx context.Context, venue ticket.EventID, name whitelist.Hash) ([]byte, error) {
	raw, err := s.on(ctx).BlobForVenue(ctx, name[:], uuid.UUID(venue))
	if postgres.NoRow(err) {
		return nil, gatehouse.ErrNoBlob
	}
	return raw, err
}

// EventAt says whose an event of a venue is. gatehouse.ErrNoEvent.
func (s *Store) EventAt(ctx context.Context, venue, event ticket.EventID) (ticket.EventID, error) {
	owner, err := s.on(ctx).EventAtVenue(ctx, uuid.UUID(event), uuid.UUID(venue))
	if postgres.NoRow(err) {
		return ticket.EventID{}, gatehouse.ErrNoEvent
	}
	return ticket.EventID(owner), err
}
