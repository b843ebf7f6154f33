package bulk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/fault"
)

// Edit is a change that is the same for many dates; what is nil stays as it is.
type Edit struct {
	Name, Description    *string
	AgeRating, Documents *string
	Languages            *[]string
	Series               *uuid.UUID   // zero = a date by itself
	Start                *dates.Clock // the time of day, in the venue's zone; doors and end go along
	DoorsBefore, Length  *int         // minutes
	Capacity             *int
	SaleFrom, SaleUntil  *time.Time // zero = none
	Sale                 Sale
	Offers               []OfferEdit
}

// Sale is what is to become of the sale.
type Sale string

// Sales.
const (
	Keep  Sale = ""
	Start Sale = "start"
	Stop  Sale = "stop"
)

// OfferEdit changes the offers of one name, in every date that has one.
type OfferEdit struct {
	Name                string
	Add                 bool // where a date has none of that name, it gets one
	Price               *int64
	Closed              *bool
	MaxPerOrder         *int
	Capacity            *int // negative = only the event's own
	SoldFrom, SoldUntil *time.Time
}

// Empty says whether nothing is to be changed.
func (x Edit) Empty() bool {
	return x.Name == nil && x.Description == nil && x.AgeRating == nil && x.Documents == nil && x.Languages == nil && x.Series == nil &&
		x.Start == nil && x.DoorsBefore == nil && x.Length == nil && x.Capacity == nil && x.SaleFrom == nil && x.SaleUntil == nil &&
		x.Sale == Keep && len(x.Offers) == 0
}

// Steps are what the edit does to each of some dates. ErrTooMany.
func (o *Office) Steps(ctx context.Context, organizer uuid.UUID, x Edit, ids []uuid.UUID) ([]Step, error) {
	if len(ids) > Most {
		return nil, ErrTooMany
	}
	if x.Series != nil && *x.Series != uuid.Nil {
		if _, err := o.Catalog.Series(ctx, organizer, *x.Series); err != nil {
			return nil, err
		}
	}
	events, err := o.Catalog.Repertoire(ctx, organizer, catalog.Filter{IDs: ids, Limit: Most})
	if err != nil {
		return nil, err
	}
	offers, err := o.offersOf(ctx, organizer, x, ids)
	if err != nil {
		return nil, err
	}
	venues := map[uuid.UUID]catalog.Venue{}
	steps := make([]Step, len(events))
	for i, e := range events {
		if _, known := venues[e.Venue]; !known {
			if venues[e.Venue], err = o.Catalog.Venue(ctx, organizer, e.Venue); err != nil {
				return nil, err
			}
		}
		steps[i] = x.step(e, venues[e.Venue], offers[e.ID])
	}
	return steps, nil
}

func (o *Office) offersOf(ctx context.Context, organizer uuid.UUID, x Edit, ids []uuid.UUID) (map[uuid.UUID][]catalog.Offer, error) {
	by := map[uuid.UUID][]catalog.Offer{}
	if len(x.Offers) == 0 {
		return by, nil
	}
	all, err := o.Catalog.OffersOf(ctx, organizer, ids)
	for _, offer := range all {
		by[offer.Event] = append(by[offer.Event], offer)
	}
	return by, err
}

// ErrNeverThen is a time of day that clocks go forward over.
var ErrNeverThen = fault.New(fault.Invalid, "time_never",
	"That time of day does not exist there on that day: clocks go forward over it. Choose another.")

func (x Edit) step(e catalog.Event, v catalog.Venue, offers []catalog.Offer) Step {
	s := Step{Event: e.ID, Version: e.Version}
	var start time.Time
	if x.Start != nil {
		var fate dates.Fate
		if start, fate = dates.In(v.Zone(), dates.DayOf(e.Start.In(v.Zone())), *x.Start); fate == dates.Never {
			s.Fault = ErrNeverThen
		}
	}
	s.Change = func(e *catalog.Event) { x.change(e, start) }
	for _, edit := range x.Offers {
		s.Offers = append(s.Offers, edit.steps(offers)...)
	}
	return s
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func setTime(field **time.Time, value *time.Time) {
	switch {
	case value == nil:
	case value.IsZero():
		*field = nil
	default:
		at := value.UTC()
		*field = &at
	}
}

func (x Edit) change(e *catalog.Event, start time.Time) {
	set(&e.Name, x.Name)
	set(&e.Description, x.Description)
	set(&e.AgeRating, x.AgeRating)
	set(&e.Documents, x.Documents)
	set(&e.Languages, x.Languages)
	set(&e.Series, x.Series)
	set(&e.Capacity, x.Capacity)
	setTime(&e.SaleFrom, x.SaleFrom)
	setTime(&e.SaleUntil, x.SaleUntil)
	x.times(e, start)
	switch x.Sale {
	case Start:
		e.State = catalog.OnSale
	case Stop:
		if e.State == catalog.OnSale {
			e.State = catalog.Stopped
		}
	}
}

func (x Edit) times(e *catalog.Event, start time.Time) {
	before, length := e.Start.Sub(e.Doors), e.End.Sub(e.Start)
	if x.DoorsBefore != nil {
		before = time.Duration(*x.DoorsBefore) * time.Minute
	}
	if x.Length != nil {
		length = time.Duration(*x.Length) * time.Minute
	}
	if !start.IsZero() {
		e.Start = start
	}
	e.Doors, e.End = e.Start.Add(-before), e.Start.Add(length)
}

func (x OfferEdit) steps(offers []catalog.Offer) (out []OfferStep) {
	for _, o := range offers {
		if strings.EqualFold(o.Name, x.Name) {
			out = append(out, OfferStep{o.ID, o.Version, x.change})
		}
	}
	if len(out) == 0 && x.Add {
		out = append(out, OfferStep{uuid.Nil, 0, func(o *catalog.Offer) {
			o.Name, o.MaxPerOrder = x.Name, 10
			x.change(o)
		}})
	}
	return out
}

func (x OfferEdit) change(o *catalog.Offer) {
	set(&o.Price, x.Price)
	set(&o.Closed, x.Closed)
	set(&o.MaxPerOrder, x.MaxPerOrder)
	if x.Capacity != nil {
		o.Capacity = x.Capacity
		if *x.Capacity < 0 {
			o.Capacity = nil
		}
	}
	setTime(&o.SoldFrom, x.SoldFrom)
	setTime(&o.SoldUntil, x.SoldUntil)
}
