package bulk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
)

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
