package catalog

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// VenueStore keeps venues.
type VenueStore interface {
	CreateVenue(ctx context.Context, v Venue) error
	EditVenue(ctx context.Context, v Venue) error                      // ErrNoVenue
	Venue(ctx context.Context, organizer, id uuid.UUID) (Venue, error) // ErrNoVenue
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Venue, error)
}

// EventStore keeps events with their places. A change that gates must learn of is marked for the lists in the same
// transaction.
type EventStore interface {
	CreateEvent(ctx context.Context, e Event) error
	EditEvent(ctx context.Context, e Event) error                      // ErrNoEvent, ErrSoldAbove
	Event(ctx context.Context, organizer, id uuid.UUID) (Event, error) // ErrNoEvent
	Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Event, error)
}

// OfferStore keeps offers with their prices and limits.
type OfferStore interface {
	CreateOffer(ctx context.Context, o Offer) error                    // chooses the kind; ErrNoEvent, ErrKindsSpent
	EditOffer(ctx context.Context, o Offer) error                      // ErrNoOffer, ErrSoldAbove
	Offer(ctx context.Context, organizer, id uuid.UUID) (Offer, error) // ErrNoOffer
	Offers(ctx context.Context, organizer, event uuid.UUID) ([]Offer, error)
}

// ShopStore reads what is public.
type ShopStore interface {
	// OnSale lists events on sale that end after now, by start and id, from just after a cursor.
	OnSale(ctx context.Context, now time.Time, from Cursor, limit int) ([]Listing, error)
	// Listing is one event with its open offers, whatever its state but draft. ErrNoEvent.
	Listing(ctx context.Context, event uuid.UUID) (Listing, error)
}

// Cursor is a place in the repertoire. The zero one is its beginning.
type Cursor struct {
	Start time.Time
	Event uuid.UUID
}

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Service is what the rim calls. Reading goes straight to the stores; writing is checked first.
type Service struct {
	VenueStore
	EventStore
	OfferStore
	ShopStore
	Atomic Atomic
}

// CreateVenue makes a venue of an organizer.
func (s *Service) CreateVenue(ctx context.Context, v Venue) (Venue, error) {
	v.ID = uuid.Must(uuid.NewV7())
	if err := v.check(); err != nil {
		return Venue{}, err
	}
	if err := s.VenueStore.CreateVenue(ctx, v); err != nil {
		return Venue{}, err
	}
	return s.Venue(ctx, v.Organizer, v.ID)
}

// EditVenue changes a venue as change does.
func (s *Service) EditVenue(ctx context.Context, organizer, id uuid.UUID, change func(*Venue)) (v Venue, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if v, err = s.Venue(ctx, organizer, id); err != nil {
			return err
		}
		change(&v)
		if err := v.check(); err != nil {
			return err
		}
		return s.VenueStore.EditVenue(ctx, v)
	})
	return v, err
}

// CreateEvent makes a draft event. ErrNoVenue when the venue is not the organizer's.
func (s *Service) CreateEvent(ctx context.Context, e Event) (Event, error) {
	e.ID, e.State = uuid.Must(uuid.NewV7()), Draft
	if err := e.check(); err != nil {
		return Event{}, err
	}
	if _, err := s.Venue(ctx, e.Organizer, e.Venue); err != nil {
		return Event{}, err
	}
	err := s.Atomic.InTx(ctx, func(ctx context.Context) error { return s.EventStore.CreateEvent(ctx, e) })
	if err != nil {
		return Event{}, err
	}
	return s.Event(ctx, e.Organizer, e.ID)
}

// EditEvent changes an event as change does.
func (s *Service) EditEvent(ctx context.Context, organizer, id uuid.UUID, change func(*Event)) (e Event, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if e, err = s.Event(ctx, organizer, id); err != nil {
			return err
		}
		change(&e)
		if err := e.check(); err != nil {
			return err
		}
		return s.EventStore.EditEvent(ctx, e)
	})
	return e, err
}

// StartSale puts an event on sale. ErrNothingSold while it has no open offer.
func (s *Service) StartSale(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	if _, err := s.Event(ctx, organizer, id); err != nil {
		return Event{}, err
	}
	offers, err := s.Offers(ctx, organizer, id)
	if err != nil {
		return Event{}, err
	}
	open := 0
	for _, o := range offers {
		if !o.Closed {
			open++
		}
	}
	if open == 0 {
		return Event{}, ErrNothingSold
	}
	return s.moveSale(ctx, organizer, id, OnSale)
}

// StopSale takes an event off sale; sold tickets stay good.
func (s *Service) StopSale(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	return s.moveSale(ctx, organizer, id, Stopped)
}

func (s *Service) moveSale(ctx context.Context, organizer, id uuid.UUID, to State) (Event, error) {
	return s.EditEvent(ctx, organizer, id, func(e *Event) {
		if e.State != Cancelled {
			e.State = to
		}
	})
}

// CreateOffer adds an offer to an event. Its kind is chosen here and never used again.
func (s *Service) CreateOffer(ctx context.Context, o Offer) (Offer, error) {
	o.ID = uuid.Must(uuid.NewV7())
	o.defaults()
	if err := o.check(); err != nil {
		return Offer{}, err
	}
	err := s.Atomic.InTx(ctx, func(ctx context.Context) error { return s.OfferStore.CreateOffer(ctx, o) })
	if err != nil {
		return Offer{}, err
	}
	return s.Offer(ctx, o.Organizer, o.ID)
}

// EditOffer changes an offer as change does. A new price is kept beside the old ones; orders already placed keep
// theirs.
func (s *Service) EditOffer(ctx context.Context, organizer, id uuid.UUID, change func(*Offer)) (o Offer, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if o, err = s.Offer(ctx, organizer, id); err != nil {
			return err
		}
		change(&o)
		if err := o.check(); err != nil {
			return err
		}
		return s.OfferStore.EditOffer(ctx, o)
	})
	return o, err
}
