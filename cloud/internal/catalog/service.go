package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
)

// VenueStore keeps venues.
type VenueStore interface {
	CreateVenue(ctx context.Context, v Venue) error
	// EditVenue writes one that is still at its version. ErrChanged.
	EditVenue(ctx context.Context, v Venue) error
	Venue(ctx context.Context, organizer, id uuid.UUID) (Venue, error)     // ErrNoVenue
	LockVenue(ctx context.Context, organizer, id uuid.UUID) (Venue, error) // until the transaction ends; ErrNoVenue
	Venues(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Venue, error)
}

// EventStore keeps events with their places. A change that gates must learn of is marked for the lists in the same
// transaction.
type EventStore interface {
	CreateEvent(ctx context.Context, e Event) error
	// EditEvent writes one that is still at its version. ErrChanged, ErrSoldAbove.
	EditEvent(ctx context.Context, e Event) error
	Event(ctx context.Context, organizer, id uuid.UUID) (Event, error) // ErrNoEvent
	Events(ctx context.Context, organizer, after uuid.UUID, limit int) ([]Event, error)
}

// OfferStore keeps offers with their prices and limits.
type OfferStore interface {
	CreateOffer(ctx context.Context, o Offer) error // chooses the kind; ErrNoEvent, ErrKindsSpent
	// EditOffer writes one that is still at its version. ErrChanged, ErrSoldAbove.
	EditOffer(ctx context.Context, o Offer) error
	Offer(ctx context.Context, organizer, id uuid.UUID) (Offer, error) // ErrNoOffer
	Offers(ctx context.Context, organizer, event uuid.UUID) ([]Offer, error)
	// LockOffers keeps offers as they are until the transaction ends.
	LockOffers(ctx context.Context, organizer uuid.UUID, ids []uuid.UUID) error
}

// ShopStore reads what is public.
type ShopStore interface {
	// OnSale lists events on sale that end after now, by start and id.
	OnSale(ctx context.Context, now time.Time, shelf Shelf, limit int) ([]Listing, error)
	// Listing is one event with its open offers, whatever its state but draft. ErrNoEvent.
	Listing(ctx context.Context, event uuid.UUID) (Listing, error)
}

// Cursor is a place in the repertoire. The zero one is its beginning.
type Cursor struct {
	Start time.Time
	Event uuid.UUID
}

// Shelf chooses of what is on sale; zero fields choose all.
type Shelf struct {
	From   Cursor    // just after it
	Since  time.Time // starts then or later
	Place  string    // a part of the venue's name or address, in any case
	Series uuid.UUID
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
	SeriesStore
	RepertoireStore
	Changes ChangeStore
	Atomic  Atomic
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
func (s *Service) EditVenue(ctx context.Context, organizer, id uuid.UUID, change func(*Venue)) (Venue, error) {
	return s.EditVenueAt(ctx, organizer, id, 0, change)
}

// EditVenueAt is EditVenue for whoever has read a version. ErrChanged where it is not the newest any more; 0 is any.
func (s *Service) EditVenueAt(ctx context.Context, organizer, id uuid.UUID, version int, change func(*Venue)) (v Venue, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if v, err = s.LockVenue(ctx, organizer, id); err != nil {
			return err
		}
		if version != 0 && version != v.Version {
			return ErrChanged
		}
		change(&v)
		if err := v.check(); err != nil {
			return err
		}
		if err := s.VenueStore.EditVenue(ctx, v); err != nil {
			return err
		}
		v.Version++
		return nil
	})
	return v, err
}

// CreateEvent makes a draft event. ErrNoVenue when the venue is not the organizer's.
func (s *Service) CreateEvent(ctx context.Context, e Event) (Event, error) {
	e.ID, e.State = uuid.Must(uuid.NewV7()), Draft
	if err := e.check(); err != nil {
		return Event{}, err
	}
	if err := s.belongs(ctx, e); err != nil {
		return Event{}, err
	}
	err := s.Atomic.InTx(ctx, func(ctx context.Context) error { return s.EventStore.CreateEvent(ctx, e) })
	if err != nil {
		return Event{}, err
	}
	return s.Event(ctx, e.Organizer, e.ID)
}

// belongs says whether the venue and the series that an event names are there.
func (s *Service) belongs(ctx context.Context, e Event) error {
	if _, err := s.Venue(ctx, e.Organizer, e.Venue); err != nil {
		return err
	}
	if e.Series == uuid.Nil {
		return nil
	}
	_, err := s.Series(ctx, e.Organizer, e.Series)
	return err
}

// EditEvent changes an event as change does.
func (s *Service) EditEvent(ctx context.Context, organizer, id uuid.UUID, change func(*Event)) (Event, error) {
	return s.EditEventAt(ctx, organizer, id, 0, change)
}

// EditEventAt is EditEvent for whoever has read a version. ErrChanged where it is not the newest any more; 0 is any.
func (s *Service) EditEventAt(ctx context.Context, organizer, id uuid.UUID, version int, change func(*Event)) (e Event, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		found, err := s.LockEvents(ctx, organizer, []uuid.UUID{id})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNoEvent
		}
		if version != 0 && version != found[0].Version {
			return ErrChanged
		}
		e, err = s.EditLocked(ctx, found[0], change)
		return err
	})
	return e, err
}

// EditLocked changes an event that LockEvents gave, as change does. ErrSoldAbove.
func (s *Service) EditLocked(ctx context.Context, e Event, change func(*Event)) (Event, error) {
	series := e.Series
	change(&e)
	if err := e.check(); err != nil {
		return e, err
	}
	if e.Series != series {
		if err := s.belongs(ctx, e); err != nil {
			return e, err
		}
	}
	if err := s.EventStore.EditEvent(ctx, e); err != nil {
		return e, err
	}
	e.Version++
	return e, nil
}

// StartSale puts an event on sale. ErrNothingSold while it has no open offer, ErrCancelled.
func (s *Service) StartSale(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	if _, err := s.Event(ctx, organizer, id); err != nil {
		return Event{}, err
	}
	offers, err := s.Offers(ctx, organizer, id)
	if err != nil {
		return Event{}, err
	}
	if !anyOpen(offers) {
		return Event{}, ErrNothingSold
	}
	return s.moveSale(ctx, organizer, id, OnSale)
}

func anyOpen(offers []Offer) bool {
	return slices.ContainsFunc(offers, func(o Offer) bool { return !o.Closed })
}

// StopSale takes an event off sale; sold tickets stay good. ErrCancelled.
func (s *Service) StopSale(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	return s.moveSale(ctx, organizer, id, Stopped)
}

func (s *Service) moveSale(ctx context.Context, organizer, id uuid.UUID, to State) (e Event, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		e, err = s.EditEvent(ctx, organizer, id, func(e *Event) {
			if e.State != Cancelled {
				e.State = to
			}
		})
		if err == nil && e.State == Cancelled {
			return ErrCancelled
		}
		return err
	})
	return e, err
}

// Cancel says that an event does not take place: it is off sale for good. Nobody is paid back by this alone.
func (s *Service) Cancel(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	return s.EditEvent(ctx, organizer, id, func(e *Event) { e.State = Cancelled })
}

// Reinstate takes a cancellation back: the event is off sale, and can be put on sale again.
func (s *Service) Reinstate(ctx context.Context, organizer, id uuid.UUID) (Event, error) {
	return s.EditEvent(ctx, organizer, id, func(e *Event) {
		if e.State == Cancelled {
			e.State = Stopped
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
func (s *Service) EditOffer(ctx context.Context, organizer, id uuid.UUID, change func(*Offer)) (Offer, error) {
	return s.EditOfferAt(ctx, organizer, id, 0, change)
}

// EditOfferAt is EditOffer for whoever has read a version. ErrChanged where it is not the newest any more; 0 is any.
func (s *Service) EditOfferAt(ctx context.Context, organizer, id uuid.UUID, version int, change func(*Offer)) (o Offer, err error) {
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := s.LockOffers(ctx, organizer, []uuid.UUID{id}); err != nil {
			return err
		}
		if o, err = s.Offer(ctx, organizer, id); err != nil {
			return err
		}
		if version != 0 && version != o.Version {
			return ErrChanged
		}
		o, err = s.EditLockedOffer(ctx, o, change)
		return err
	})
	return o, err
}

// EditLockedOffer changes an offer of an event that is locked, as change does. ErrSoldAbove.
func (s *Service) EditLockedOffer(ctx context.Context, o Offer, change func(*Offer)) (Offer, error) {
	change(&o)
	o.defaults()
	if err := o.check(); err != nil {
		return o, err
	}
	if err := s.OfferStore.EditOffer(ctx, o); err != nil {
		return o, err
	}
	o.Version++
	return o, nil
}
