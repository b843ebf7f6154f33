package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// NewBadge makes a controller another badge, and takes the old one away: for one that was lost. The code is shown once.
func (d *Desk) NewBadge(ctx context.Context, organizer, id uuid.UUID) (c Controller, code ticket.Code, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if c, err = d.Staff.Controller(ctx, organizer, id); err != nil {
			return err
		}
		if code, err = d.Badges.MintBadge(ctx, ticket.EventID(organizer), ticket.EventID(c.Scope.Venue)); err != nil {
			return err
		}
		c.Badge = code.ID()
		return d.Staff.SetBadge(ctx, c)
	})
	return c, code, err
}

// NewPIN makes a controller a PIN, at random so that nobody chooses 1234, and a number to type before it where they have
// none. An old PIN stops working. The digits are shown once: what is kept is their hash.
func (d *Desk) NewPIN(ctx context.Context, organizer, id uuid.UUID) (c Controller, digits string, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if c, err = d.Staff.Controller(ctx, organizer, id); err != nil {
			return err
		}
		if c.Number == 0 {
			if c.Number, err = d.Staff.FreeNumber(ctx, c.Scope); err != nil {
				return err
			}
		}
		var pin whitelist.PIN
		digits, pin, err = d.Badges.MakePIN(ctx, ticket.EventID(organizer), ticket.EventID(c.Scope.Venue), c.ID.String(), c.Number)
		if err != nil {
			return fmt.Errorf("make a PIN: %w", err)
		}
		return d.Staff.SetPIN(ctx, c, pin)
	})
	return c, digits, err
}

// EditController changes a person's name, rank and doors as change does. ErrNone, ErrChanged.
func (d *Desk) EditController(ctx context.Context, organizer, id uuid.UUID, change func(*Controller) error) (c Controller, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if c, err = d.Staff.Controller(ctx, organizer, id); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		if err := fault.Text("name", c.Name, true, maxName); err != nil {
			return err
		}
		if err := d.knownDoors(ctx, c.Scope, c.Checkpoints, "checkpoints"); err != nil {
			return err
		}
		return d.Roster.ChangeController(ctx, c)
	})
	return c, err
}

// ReinstateController takes a person back who was retired: the old badge works again. ErrNone.
func (d *Desk) ReinstateController(ctx context.Context, organizer, id uuid.UUID) error {
	return d.Roster.ReinstateController(ctx, organizer, id)
}

// Badge is a controller with the code on the badge.
type Badge struct {
	Controller
	Code ticket.Code
}

// PrintBadges is the codes of controllers' badges in force, for printing. It notes that they were printed. ErrNone.
func (d *Desk) PrintBadges(ctx context.Context, organizer uuid.UUID, ids []uuid.UUID, at time.Time) (out []Badge, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		for _, id := range ids {
			c, err := d.Staff.Controller(ctx, organizer, id)
			if err != nil {
				return err
			}
			code, err := d.Badges.BadgeOf(ctx, ticket.EventID(organizer), ticket.EventID(c.Scope.Venue), c.Badge)
			if err != nil {
				return fmt.Errorf("print the badge of controller %s: %w", id, err)
			}
			out = append(out, Badge{c, code})
		}
		return d.Roster.Printed(ctx, organizer, ids, at)
	})
	return out, err
}
