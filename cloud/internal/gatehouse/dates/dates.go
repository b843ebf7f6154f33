// Package dates keeps what venue managers set by hand of single dates: that a door stays shut that night, opens at other
// times or takes other kinds, or that a date has nothing to do with the venue's template.
package dates

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
)

// Store keeps what is set of single dates.
type Store interface {
	Dates(ctx context.Context, s desk.Scope, endsAfter, startsBefore time.Time) ([]season.Date, error)
	Exceptions(ctx context.Context, s desk.Scope) (map[uuid.UUID][]season.Exception, error)
	PutException(ctx context.Context, s desk.Scope, checkpoint uuid.UUID, x season.Exception) error
	DropException(ctx context.Context, s desk.Scope, checkpoint, event uuid.UUID) error
	SetByHand(ctx context.Context, s desk.Scope, event uuid.UUID, byHand bool) error
}

// Book keeps them.
type Book struct {
	Store  Store
	Desk   *desk.Desk
	Atomic desk.Atomic
}

// far is how far ahead dates are shown.
const far = 5 * 366 * 24 * time.Hour

// Next are a venue's dates that are not over, the nearest first.
func (b *Book) Next(ctx context.Context, s desk.Scope, now time.Time) ([]season.Date, error) {
	return b.Store.Dates(ctx, s, now, now.Add(far))
}

// Date is one date of a venue. desk.ErrNone.
func (b *Book) Date(ctx context.Context, s desk.Scope, event uuid.UUID) (season.Date, error) {
	all, err := b.Store.Dates(ctx, s, time.Unix(0, 0), time.Now().Add(2*far))
	if err != nil {
		return season.Date{}, err
	}
	if i := slices.IndexFunc(all, func(d season.Date) bool { return d.ID == event }); i >= 0 {
		return all[i], nil
	}
	return season.Date{}, desk.ErrNone
}

// Door is a door on a date.
type Door struct {
	Checkpoint desk.Checkpoint
	Day        season.Day
	Exception  *season.Exception // nil = as on all dates
}

// Doors is what each door of a venue does on a date.
func (b *Book) Doors(ctx context.Context, s desk.Scope, d season.Date) ([]Door, error) {
	doors, err := b.Desk.Checkpoints(ctx, s)
	if err != nil {
		return nil, err
	}
	exceptions, err := b.Store.Exceptions(ctx, s)
	out := make([]Door, len(doors))
	for i, c := range doors {
		door := c.Season()
		out[i] = Door{Checkpoint: c, Day: door.On(d, exceptions[c.ID])}
		if at := slices.IndexFunc(exceptions[c.ID], func(x season.Exception) bool { return x.Event == d.ID }); at >= 0 {
			out[i].Exception = &exceptions[c.ID][at]
		}
	}
	return out, err
}

// Set says what a door does on a date; nil = what it does on all. desk.ErrNone.
func (b *Book) Set(ctx context.Context, s desk.Scope, checkpoint, event uuid.UUID, x *season.Exception) error {
	return b.Atomic.InTx(ctx, func(ctx context.Context) error {
		c, err := b.Desk.Door.Checkpoint(ctx, s.Organizer, checkpoint, true)
		if err == nil && c.Venue != s.Venue {
			err = desk.ErrNone
		}
		if err != nil {
			return err
		}
		d, err := b.Date(ctx, s, event)
		if err != nil {
			return err
		}
		if x == nil {
			return b.Store.DropException(ctx, s, checkpoint, event)
		}
		x.Event = event
		if err := check(*x, d); err != nil {
			return err
		}
		return b.Store.PutException(ctx, s, checkpoint, *x)
	})
}

func check(x season.Exception, d season.Date) error {
	switch {
	case x.Rule != nil && x.Hours != nil:
		return fault.On("hours", "Give hours that move with the date, or fixed ones: not both.")
	case x.Names != nil && len(*x.Names) > season.MaxNames:
		return fault.On("kind_names", "Choose at most 16 kinds by name.")
	case x.Rule != nil:
		if err := x.Rule.Check(); err != nil {
			return err
		}
		if _, some := x.Rule.At(d.Moments); !some {
			return hours.ErrBackwards
		}
	case x.Hours != nil:
		if err := hours.Check([]hours.Window{*x.Hours}); err != nil {
			return err
		}
		if x.Hours.Until.Sub(x.Hours.From) > longest || x.Hours.From.Before(d.Doors.Add(-longest)) || x.Hours.Until.After(d.End.Add(longest)) {
			return fault.On("hours", "Stay within two days of the date.")
		}
	}
	return nil
}

const longest = hours.MaxMinutes * time.Minute

// ByHand takes a date out of the template's doors, or puts it back. desk.ErrNone.
func (b *Book) ByHand(ctx context.Context, s desk.Scope, event uuid.UUID, byHand bool) error {
	if _, err := b.Date(ctx, s, event); err != nil {
		return err
	}
	return b.Store.SetByHand(ctx, s, event, byHand)
}
