// Package bulk changes many dates at once: it says first what would become of each, changes all of them or none, and
// puts them back as long as nobody changed them again.
package bulk

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
)

// Most is how many dates are changed at once.
const Most = 1000

// Refusals.
var (
	ErrTooMany = fault.New(fault.Invalid, "too_many_dates", "At most 1,000 dates are changed at once. Choose fewer.")
	ErrNone    = fault.New(fault.Invalid, "nothing_chosen", "Choose at least one date.")
	ErrUndone  = fault.New(fault.Conflict, "already_undone", "This was undone already.")
)

// Step is what is to become of one date. Change and each offer's Change must do the same to the same input: they are
// run once to show, and once to write.
type Step struct {
	Event   uuid.UUID
	Version int // that was seen; 0 = whatever it is at
	Change  func(*catalog.Event)
	Offers  []OfferStep
	Fault   error // it cannot be: a refusal
}

// OfferStep is what is to become of one offer of the date.
type OfferStep struct {
	Offer   uuid.UUID // zero = a new one, which Change fills in
	Version int       // that was seen; 0 = whatever it is at
	Change  func(*catalog.Offer)
}

// Row is one date as it is and as it would be.
type Row struct {
	Before, After catalog.Event
	Offers        []OfferRow
	Fault         error // why it cannot be: a refusal
}

// OfferRow is an offer as it is and as it would be. A new one has the zero id before.
type OfferRow struct{ Before, After catalog.Offer }

// Same says whether nothing of the date would change.
func (r Row) Same() bool {
	a, b := r.Before, r.After
	return same(a, b) && !slices.ContainsFunc(r.Offers, func(o OfferRow) bool { return !sameOffer(o.Before, o.After) })
}

// Office changes many dates.
type Office struct {
	Catalog *catalog.Service
	Atomic  catalog.Atomic
}

// Preview says what steps would do. Dates that are not the organizer's are left out.
func (o *Office) Preview(ctx context.Context, organizer uuid.UUID, steps []Step) ([]Row, error) {
	events, offers, err := o.read(ctx, organizer, steps, false)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, s := range steps {
		if e, ok := events[s.Event]; ok {
			rows = append(rows, s.row(e, offers[s.Event]))
		}
	}
	return rows, nil
}

// row is what a step does to an event.
func (s Step) row(e catalog.Event, offers []catalog.Offer) Row {
	r := Row{Before: e, After: e, Fault: s.Fault}
	if r.Fault != nil {
		return r
	}
	if s.Version != 0 && s.Version != e.Version {
		r.Fault = catalog.ErrChanged
		return r
	}
	if s.Change != nil {
		s.Change(&r.After)
		if r.Fault = r.After.Check(); r.Fault == nil && r.After.Capacity < e.Held+e.Sold {
			r.Fault = catalog.ErrSoldAbove
		}
	}
	for _, step := range s.Offers {
		var before catalog.Offer
		if i := slices.IndexFunc(offers, func(o catalog.Offer) bool { return o.ID == step.Offer }); i >= 0 {
			before = offers[i]
		}
		after := before
		step.Change(&after)
		if step.met(before, after, offers) && r.Fault == nil {
			r.Fault = catalog.ErrChanged
		}
		r.Offers = append(r.Offers, OfferRow{before, after})
		if err := after.Check(); err != nil && r.Fault == nil {
			r.Fault = err
		}
	}
	if r.Fault == nil && r.After.State == catalog.OnSale && e.State != catalog.OnSale && !r.sells(offers) {
		r.Fault = catalog.ErrNothingSold
	}
	if r.Fault == nil && e.State == catalog.Cancelled && r.After.State == catalog.OnSale {
		r.Fault = catalog.ErrCancelled
	}
	return r
}

// met says that somebody else was faster: with this offer, or with a new one of the same name.
func (s OfferStep) met(before, after catalog.Offer, offers []catalog.Offer) bool {
	if s.Offer != uuid.Nil {
		return before.ID == uuid.Nil || s.Version != 0 && s.Version != before.Version
	}
	return slices.ContainsFunc(offers, func(o catalog.Offer) bool { return !o.Closed && strings.EqualFold(o.Name, after.Name) })
}

// sells says whether an offer is open when the step is done.
func (r Row) sells(offers []catalog.Offer) bool {
	open := map[uuid.UUID]bool{}
	for _, o := range offers {
		open[o.ID] = !o.Closed
	}
	for _, o := range r.Offers {
		open[o.Before.ID] = !o.After.Closed
	}
	for _, is := range open {
		if is {
			return true
		}
	}
	return false
}

// read reads the events of steps with the offers that they name, and locks them where they are to be written.
func (o *Office) read(ctx context.Context, organizer uuid.UUID, steps []Step, lock bool) (map[uuid.UUID]catalog.Event, map[uuid.UUID][]catalog.Offer, error) {
	switch {
	case len(steps) == 0:
		return nil, nil, ErrNone
	case len(steps) > Most:
		return nil, nil, ErrTooMany
	}
	ids := make([]uuid.UUID, len(steps))
	var offerIDs []uuid.UUID
	for i, s := range steps {
		ids[i] = s.Event
		for _, x := range s.Offers {
			if x.Offer != uuid.Nil {
				offerIDs = append(offerIDs, x.Offer)
			}
		}
	}
	find := func() ([]catalog.Event, error) {
		if lock {
			return o.Catalog.LockEvents(ctx, organizer, ids)
		}
		return o.Catalog.Repertoire(ctx, organizer, catalog.Filter{IDs: ids, Limit: Most})
	}
	found, err := find()
	if err != nil {
		return nil, nil, err
	}
	if lock && len(offerIDs) > 0 {
		if err := o.Catalog.LockOffers(ctx, organizer, offerIDs); err != nil {
			return nil, nil, err
		}
	}
	all, err := o.Catalog.OffersOf(ctx, organizer, ids)
	if err != nil {
		return nil, nil, err
	}
	events, offers := map[uuid.UUID]catalog.Event{}, map[uuid.UUID][]catalog.Offer{}
	for _, e := range found {
		events[e.ID] = e
	}
	for _, x := range all {
		offers[x.Event] = append(offers[x.Event], x)
	}
	return events, offers, nil
}
