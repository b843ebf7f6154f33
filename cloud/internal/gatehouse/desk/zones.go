package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/edge/ticket"
)

// AddZone makes a zone of a venue.
func (d *Desk) AddZone(ctx context.Context, z Zone) (Zone, error) {
	z.ID = uuid.Must(uuid.NewV7())
	z.Version = 1
	if err := z.check(); err != nil {
		return Zone{}, err
	}
	err := d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := d.Venue.OwnVenue(ctx, z.Scope); err != nil {
			return err
		}
		others, err := d.Tree.LockZones(ctx, z.Scope)
		if err != nil {
			return err
		}
		if len(others) >= maxZones {
			return fault.On("name", "A venue has at most 256 zones.")
		}
		if z.Parent != nil && !slices.ContainsFunc(others, func(o Zone) bool { return o.ID == *z.Parent }) {
			return fault.On("parent", "Name a zone of this venue by its id.")
		}
		return d.Zone.AddZone(ctx, z)
	})
	return z, err
}

// Zones lists a venue's zones.
func (d *Desk) Zones(ctx context.Context, s Scope) ([]Zone, error) {
	if err := d.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return d.Zone.Zones(ctx, s)
}

// Checkpoints lists a venue's checkpoints.
func (d *Desk) Checkpoints(ctx context.Context, s Scope) ([]Checkpoint, error) {
	if err := d.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return d.Door.Checkpoints(ctx, s)
}

// Checkpoint reads one. ErrNone.
func (d *Desk) Checkpoint(ctx context.Context, organizer, id uuid.UUID) (Checkpoint, error) {
	return d.Door.Checkpoint(ctx, organizer, id, false)
}

// AddController puts a person at the doors, and makes the badge they sign on with. The code is shown once: what is
// kept is its number.
func (d *Desk) AddController(ctx context.Context, c Controller) (Controller, ticket.Code, error) {
	c.ID = uuid.Must(uuid.NewV7())
	if err := fault.Text("name", c.Name, true, maxName); err != nil {
		return Controller{}, ticket.Code{}, err
	}
	if err := d.Venue.OwnVenue(ctx, c.Scope); err != nil {
		return Controller{}, ticket.Code{}, err
	}
	code, err := d.Badges.MintBadge(ctx, ticket.EventID(c.Organizer), ticket.EventID(c.Scope.Venue))
	if err != nil {
		return Controller{}, ticket.Code{}, err
	}
	c.Badge = code.ID()
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := d.fitsController(ctx, c); err != nil {
			return err
		}
		return d.Zone.AddController(ctx, c)
	})
	return c, code, err
}

func (d *Desk) fitsController(ctx context.Context, c Controller) error {
	others, err := d.Zone.Controllers(ctx, c.Scope)
	if err != nil {
		return err
	}
	if len(others) >= maxControllers {
		return fault.On("name", "A venue has at most 4,096 controllers.")
	}
	return d.knownDoors(ctx, c.Scope, c.Checkpoints, "checkpoints")
}

// knownDoors says whether these are checkpoints of the venue.
func (d *Desk) knownDoors(ctx context.Context, s Scope, ids []uuid.UUID, field string) error {
	doors, err := d.Door.Checkpoints(ctx, s)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(doors, func(c Checkpoint) bool { return c.ID == id }) {
			return fault.On(field, "Name checkpoints of this venue by their ids.")
		}
	}
	return nil
}

// Controllers lists a venue's controllers.
func (d *Desk) Controllers(ctx context.Context, s Scope) ([]Controller, error) {
	if err := d.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return d.Zone.Controllers(ctx, s)
}

// RetireController takes a person from the doors; their badge stops working. ErrNone.
func (d *Desk) RetireController(ctx context.Context, organizer, id uuid.UUID) error {
	return d.Zone.RetireController(ctx, organizer, id)
}
