package desk

import (
	"context"
	"fmt"

	"github.com/google/uuid"

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
