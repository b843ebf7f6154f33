// Package bulk changes many dates at once: it says first what would become of each, changes all of them or none, and
// puts them back as long as nobody changed them again.
package bulk

import (
	"context"
	"encoding/json"
	"fmt"
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

// Refused is a change of many dates that could not be made, with what stands against it.
type Refused struct{ Rows []Row }

func (r *Refused) Error() string {
	return fmt.Sprintf("%d dates cannot be changed so", len(r.Rows))
}

// Unwrap is the first of the refusals.
func (r *Refused) Unwrap() error { return r.Rows[0].Fault }

// Done is a change that was made.
type Done struct {
	ID      uuid.UUID // to undo it by
	Changed []Row     // those of which something changed
}

// Apply carries steps out in one transaction: all, or none and a *Refused. note is run in the same transaction.
func (o *Office) Apply(ctx context.Context, organizer uuid.UUID, by string, steps []Step, note func(context.Context, Done) error) (done Done, err error) {
	done.ID = uuid.Must(uuid.NewV7())
	err = o.Atomic.InTx(ctx, func(ctx context.Context) error {
		events, offers, err := o.read(ctx, organizer, steps, true)
		if err != nil {
			return err
		}
		var refused []Row
		for _, s := range steps {
			e, ok := events[s.Event]
			if !ok {
				return catalog.ErrNoEvent
			}
			switch r := s.row(e, offers[s.Event]); {
			case r.Fault != nil:
				refused = append(refused, r)
			case !r.Same():
				done.Changed = append(done.Changed, r)
			}
		}
		if len(refused) > 0 {
			return &Refused{refused}
		}
		lines, err := o.write(ctx, done.Changed)
		if err != nil {
			return err
		}
		if err := o.keep(ctx, done.ID, organizer, by, lines); err != nil {
			return err
		}
		return note(ctx, done)
	})
	return done, err
}

func (o *Office) keep(ctx context.Context, id, organizer uuid.UUID, by string, lines []line) error {
	raw, err := json.Marshal(lines)
	if err != nil {
		return fmt.Errorf("keep what was changed: %w", err)
	}
	return o.Catalog.Changes.AddChange(ctx, catalog.Change{ID: id, Organizer: organizer, By: by, Lines: raw})
}

// line is what is kept of one date, to put it back.
type line struct {
	Event  catalog.Event // before; its version is the one after
	Touch  bool          // the event itself was changed
	Offers []offerLine
}

type offerLine struct {
	Offer catalog.Offer // before, or as made; its version is the one after
	Made  bool
}

// write writes what steps changed, and gives what is needed to put it back.
func (o *Office) write(ctx context.Context, rows []Row) ([]line, error) {
	out := make([]line, 0, len(rows))
	for _, r := range rows {
		l := line{Event: r.Before}
		if !same(r.Before, r.After) {
			after := r.After
			saved, err := o.Catalog.EditLocked(ctx, r.Before, func(e *catalog.Event) { *e = after })
			if err != nil {
				return nil, err
			}
			l.Touch, l.Event.Version = true, saved.Version
		}
		for _, x := range r.Offers {
			if sameOffer(x.Before, x.After) {
				continue
			}
			kept, err := o.writeOffer(ctx, r.Before, x)
			if err != nil {
				return nil, err
			}
			l.Offers = append(l.Offers, kept)
		}
		out = append(out, l)
	}
	return out, nil
}

func (o *Office) writeOffer(ctx context.Context, e catalog.Event, x OfferRow) (offerLine, error) {
	if x.Before.ID == uuid.Nil {
		x.After.Organizer, x.After.Event = e.Organizer, e.ID
		made, err := o.Catalog.CreateOffer(ctx, x.After)
		return offerLine{made, true}, err
	}
	saved, err := o.Catalog.EditLockedOffer(ctx, x.Before, func(o *catalog.Offer) { *o = x.After })
	kept := x.Before
	kept.Version = saved.Version
	return offerLine{kept, false}, err
}

// Undone is what an undoing did.
type Undone struct {
	Back int // dates that are as they were
	Left int // dates that somebody has changed since, and that stay as they are
}

// Undo puts back what a change did, but for dates that somebody has changed since. A price is put back by a new price
// in its turn; an offer that was made is closed, for tickets of it may be sold. ErrNoChange, ErrUndone. may says whether
// the person may change a date.
func (o *Office) Undo(ctx context.Context, organizer, change uuid.UUID, may func(catalog.Event) bool, note func(context.Context, Undone) error) (u Undone, err error) {
	err = o.Atomic.InTx(ctx, func(ctx context.Context) error {
		kept, err := o.Catalog.Changes.LockChange(ctx, organizer, change)
		if err != nil {
			return err
		}
		if kept.UndoneAt != nil {
			return ErrUndone
		}
		var lines []line
		if err := json.Unmarshal(kept.Lines, &lines); err != nil {
			return fmt.Errorf("read what was changed: %w", err)
		}
		if u, err = o.back(ctx, organizer, lines, may); err != nil {
			return err
		}
		if err := o.Catalog.Changes.ChangeUndone(ctx, organizer, change); err != nil {
			return err
		}
		return note(ctx, u)
	})
	return u, err
}

func (o *Office) back(ctx context.Context, organizer uuid.UUID, lines []line, may func(catalog.Event) bool) (u Undone, err error) {
	steps := make([]Step, len(lines))
	for i, l := range lines {
		steps[i] = l.step()
	}
	if len(steps) == 0 {
		return u, nil
	}
	events, offers, err := o.read(ctx, organizer, steps, true)
	if err != nil {
		return u, err
	}
	for i, l := range lines {
		now, ok := events[l.Event.ID]
		r := steps[i].row(now, offers[l.Event.ID])
		if !ok || !may(now) || r.Fault != nil || !l.untouched(now, offers[l.Event.ID]) {
			u.Left++
			continue
		}
		if _, err := o.write(ctx, []Row{r}); err != nil {
			return u, err
		}
		u.Back++
	}
	return u, nil
}

// step puts a line back.
func (l line) step() Step {
	s := Step{Event: l.Event.ID}
	if l.Touch {
		s.Change = func(e *catalog.Event) { restore(e, l.Event) }
	}
	for _, x := range l.Offers {
		s.Offers = append(s.Offers, OfferStep{x.Offer.ID, 0, func(o *catalog.Offer) {
			if x.Made {
				o.Closed = true
				return
			}
			restoreOffer(o, x.Offer)
		}})
	}
	return s
}

// untouched says whether nobody has changed since what the line changed.
func (l line) untouched(e catalog.Event, offers []catalog.Offer) bool {
	if l.Touch && e.Version != l.Event.Version {
		return false
	}
	for _, x := range l.Offers {
		if !slices.ContainsFunc(offers, func(o catalog.Offer) bool { return o.ID == x.Offer.ID && o.Version == x.Offer.Version }) {
			return false
		}
	}
	return true
}

func restore(e *catalog.Event, old catalog.Event) {
	old.Version, old.Held, old.Sold = e.Version, e.Held, e.Sold
	*e = old
}

func restoreOffer(o *catalog.Offer, old catalog.Offer) {
	old.Version, old.Held, old.Sold = o.Version, o.Held, o.Sold
	*o = old
}

func same(a, b catalog.Event) bool {
	a.Doors, a.Start, a.End, b.Doors, b.Start, b.End = a.Doors.UTC(), a.Start.UTC(), a.End.UTC(), b.Doors.UTC(), b.Start.UTC(), b.End.UTC()
	return equal(a, b)
}

func sameOffer(a, b catalog.Offer) bool { return equal(a, b) }

// equal compares what would be kept.
func equal[T any](a, b T) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
