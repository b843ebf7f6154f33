package bulk

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/catalog"
)

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
