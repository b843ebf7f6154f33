package shift

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/season"
)

// maxShifts bounds the shifts of one date.
const maxShifts = 2000

// maxCopies is to how many dates a plan is copied at once.
const maxCopies = 400

// near is how far around a date's moments its shifts, and those that they may clash with, are looked for.
const near = 4 * 24 * time.Hour

// Store keeps shifts. ErrNone of desk.
type Store interface {
	// LockShifts makes this transaction the only one that plans at the venue until it ends.
	LockShifts(ctx context.Context, venue uuid.UUID) error
	// Shifts are those of a venue's dates that end after and start before these times.
	Shifts(ctx context.Context, s desk.Scope, endsAfter, startsBefore time.Time) ([]Shift, error)
	Shift(ctx context.Context, organizer, id uuid.UUID) (desk.Scope, Shift, error)
	AddShift(ctx context.Context, s desk.Scope, x Shift) error
	DropShift(ctx context.Context, organizer, id uuid.UUID) error
}

// Binding keeps whether shifts bind at a venue.
type Binding interface {
	ByShift(ctx context.Context, venue uuid.UUID) (bool, error)
	SetByShift(ctx context.Context, s desk.Scope, bound bool) error
}

// Dates tells of a venue's dates.
type Dates interface {
	Dates(ctx context.Context, s desk.Scope, endsAfter, startsBefore time.Time) ([]season.Date, error)
	Exceptions(ctx context.Context, s desk.Scope) (map[uuid.UUID][]season.Exception, error)
}

// Book plans shifts.
type Book struct {
	Store   Store
	Binding Binding
	Dates   Dates
	Desk    *desk.Desk
	Atomic  desk.Atomic
}

// ErrMany refuses more shifts than a date takes.
var ErrMany = fault.New(fault.Conflict, "too_many_shifts", "A date takes at most 2,000 shifts.")

// Date is one of a venue's dates. desk.ErrNone.
func (b *Book) Date(ctx context.Context, s desk.Scope, event uuid.UUID) (season.Date, error) {
	all, err := b.Dates.Dates(ctx, s, time.Time{}, time.Now().AddDate(100, 0, 0))
	if err != nil {
		return season.Date{}, err
	}
	i := slices.IndexFunc(all, func(d season.Date) bool { return d.ID == event })
	if i < 0 {
		return season.Date{}, desk.ErrNone
	}
	return all[i], nil
}

// Around are the shifts of a date, and those of others that they could clash with.
func (b *Book) around(ctx context.Context, s desk.Scope, d season.Date) ([]Shift, error) {
	return b.Store.Shifts(ctx, s, d.Doors.Add(-near), d.End.Add(near))
}

// Plan is the shifts of a date with what does not fit.
func (b *Book) Plan(ctx context.Context, s desk.Scope, d season.Date) (plan []Shift, conflicts []Conflict, err error) {
	all, err := b.around(ctx, s, d)
	if err != nil {
		return nil, nil, fmt.Errorf("read the shifts of a date: %w", err)
	}
	facts, err := b.facts(ctx, s, d)
	if err != nil {
		return nil, nil, err
	}
	mine := map[uuid.UUID]bool{}
	for _, x := range all {
		if x.Event == d.ID {
			plan, mine[x.ID] = append(plan, x), true
		}
	}
	conflicts = slices.DeleteFunc(Conflicts(all, facts), func(c Conflict) bool { return !mine[c.Shift] })
	return plan, conflicts, nil
}

func (b *Book) facts(ctx context.Context, s desk.Scope, d season.Date) (f Facts, err error) {
	doors, err := b.Desk.Checkpoints(ctx, s)
	if err != nil {
		return f, err
	}
	exceptions, err := b.Dates.Exceptions(ctx, s)
	if err != nil {
		return f, err
	}
	f.Days = map[uuid.UUID]map[uuid.UUID]season.Day{}
	for _, c := range doors {
		door := c.Season()
		f.Days[c.ID] = map[uuid.UUID]season.Day{d.ID: door.On(d, exceptions[c.ID])}
	}
	people, err := b.Desk.Controllers(ctx, s)
	if err != nil {
		return f, err
	}
	f.People = map[uuid.UUID]Person{}
	for _, p := range people {
		f.People[p.ID] = Person{ID: p.ID, CanSignOn: p.HasPIN || p.PrintedAt != nil, Checkpoints: p.Checkpoints}
	}
	f.Bound, err = b.Binding.ByShift(ctx, s.Venue)
	return f, err
}

// Add puts somebody at a door. A *ClashError where they are at another one then.
func (b *Book) Add(ctx context.Context, s desk.Scope, x Shift) (Shift, error) {
	if x.ID == uuid.Nil {
		x.ID = uuid.Must(uuid.NewV7())
	}
	err := b.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := b.Store.LockShifts(ctx, s.Venue); err != nil {
			return err
		}
		d, err := b.Date(ctx, s, x.Event)
		if err != nil {
			return err
		}
		x, err = b.put(ctx, s, d, x)
		return err
	})
	return x, err
}

// put adds a shift, if it fits, inside a transaction that plans alone.
func (b *Book) put(ctx context.Context, s desk.Scope, d season.Date, x Shift) (Shift, error) {
	if err := x.Rule.Check(); err != nil {
		return x, err
	}
	var some bool
	if x.Window, some = x.Rule.At(d.Moments); !some {
		return x, fault.On("until", "Let the shift end after it begins.")
	}
	if err := b.known(ctx, s, x); err != nil {
		return x, err
	}
	all, err := b.around(ctx, s, d)
	if err != nil {
		return x, err
	}
	n := 0
	for _, o := range all {
		if Clash(x, o) {
			return x, &ClashError{x, o}
		}
		if o.Event == d.ID {
			n++
		}
	}
	if n >= maxShifts {
		return x, ErrMany
	}
	return x, b.Store.AddShift(ctx, s, x)
}

// known refuses people and doors of elsewhere.
func (b *Book) known(ctx context.Context, s desk.Scope, x Shift) error {
	door, err := b.Desk.Checkpoint(ctx, s.Organizer, x.Checkpoint)
	if err != nil && !errors.Is(err, desk.ErrNone) {
		return err
	}
	if err != nil || door.Venue != s.Venue {
		return fault.On("checkpoint", "Choose a checkpoint of this venue.")
	}
	people, err := b.Desk.Controllers(ctx, s)
	if err == nil && !slices.ContainsFunc(people, func(p desk.Controller) bool { return p.ID == x.Controller }) {
		err = fault.On("controller", "Choose a controller of this venue.")
	}
	return err
}

// Move puts a shift at another door, or gives it to somebody else, as change does. A *ClashError; desk.ErrNone.
func (b *Book) Move(ctx context.Context, organizer, id uuid.UUID, change func(*Shift)) (x Shift, err error) {
	err = b.Atomic.InTx(ctx, func(ctx context.Context) error {
		s, old, err := b.Store.Shift(ctx, organizer, id)
		if err != nil {
			return err
		}
		if err := b.Store.LockShifts(ctx, s.Venue); err != nil {
			return err
		}
		d, err := b.Date(ctx, s, old.Event)
		if err != nil {
			return err
		}
		if err := b.Store.DropShift(ctx, organizer, id); err != nil {
			return err
		}
		x = old
		change(&x)
		x.ID, x.Event = old.ID, old.Event
		x, err = b.put(ctx, s, d, x)
		return err
	})
	return x, err
}

// Get is one shift with its venue. desk.ErrNone.
func (b *Book) Get(ctx context.Context, organizer, id uuid.UUID) (desk.Scope, Shift, error) {
	return b.Store.Shift(ctx, organizer, id)
}

// Drop takes a shift away. desk.ErrNone.
func (b *Book) Drop(ctx context.Context, organizer, id uuid.UUID) error {
	return b.Store.DropShift(ctx, organizer, id)
}

// Copied is what came of copying a plan to one date.
type Copied struct {
	Date    season.Date
	Added   int
	There   int     // were there already
	Refused []Shift // the person is at another door then
}

// Copy puts the shifts of a date on other dates as well. Who would be at two doors there is left out, and told of.
func (b *Book) Copy(ctx context.Context, s desk.Scope, from uuid.UUID, to []uuid.UUID) (out []Copied, err error) {
	if len(to) == 0 || len(to) > maxCopies {
		return nil, fault.On("to", "Choose between 1 and 400 dates.")
	}
	err = b.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := b.Store.LockShifts(ctx, s.Venue); err != nil {
			return err
		}
		source, err := b.Date(ctx, s, from)
		if err != nil {
			return err
		}
		plan, _, err := b.Plan(ctx, s, source)
		if err != nil {
			return err
		}
		for _, id := range to {
			d, err := b.Date(ctx, s, id)
			if err != nil {
				return err
			}
			done, err := b.copyTo(ctx, s, d, plan)
			if err != nil {
				return err
			}
			out = append(out, done)
		}
		return nil
	})
	return out, err
}

func (b *Book) copyTo(ctx context.Context, s desk.Scope, d season.Date, plan []Shift) (Copied, error) {
	done := Copied{Date: d}
	there, err := b.around(ctx, s, d)
	if err != nil {
		return done, err
	}
	for _, x := range plan {
		x.ID, x.Event = uuid.Must(uuid.NewV7()), d.ID
		var some bool
		if x.Window, some = x.Rule.At(d.Moments); !some {
			done.Refused = append(done.Refused, x)
			continue
		}
		same := func(o Shift) bool {
			return o.Event == x.Event && o.Controller == x.Controller && o.Checkpoint == x.Checkpoint && o.Rule == x.Rule
		}
		switch {
		case slices.ContainsFunc(there, same):
			done.There++
		case slices.ContainsFunc(there, func(o Shift) bool { return Clash(x, o) }):
			done.Refused = append(done.Refused, x)
		default:
			if err := b.Store.AddShift(ctx, s, x); err != nil {
				return done, err
			}
			there, done.Added = append(there, x), done.Added+1
		}
	}
	return done, nil
}

// Of are a person's shifts from a time on.
func (b *Book) Of(ctx context.Context, s desk.Scope, controller uuid.UUID, from, until time.Time) ([]Shift, error) {
	all, err := b.Store.Shifts(ctx, s, from, until)
	return slices.DeleteFunc(all, func(x Shift) bool { return x.Controller != controller }), err
}
