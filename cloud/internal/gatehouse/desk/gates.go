package desk

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/edge/wire"
)

// AddHub makes a hub of a venue and its token, which is shown once.
func (d *Desk) AddHub(ctx context.Context, h Hub) (Hub, string, error) {
	if wire.CheckName(h.ID) != nil {
		return Hub{}, "", fault.On("id", "Give an id of 1 to 32 letters a-z, digits and dashes.")
	}
	if err := fault.Text("name", h.Name, true, maxName); err != nil {
		return Hub{}, "", err
	}
	if err := d.Venue.OwnVenue(ctx, h.Scope); err != nil {
		return Hub{}, "", err
	}
	token, hash := gatehouse.NewToken()
	h.TokenHash = hash
	if err := d.Gate.AddHub(ctx, h); err != nil {
		return Hub{}, "", err
	}
	return h, token, nil
}

// Hubs lists a venue's hubs.
func (d *Desk) Hubs(ctx context.Context, s Scope) ([]Hub, error) {
	if err := d.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return d.Gate.Hubs(ctx, s)
}

// OwnHub is nil for a hub of this organizer that is in service. ErrNone.
func (d *Desk) OwnHub(ctx context.Context, organizer uuid.UUID, id string) error {
	return d.Gate.OwnHub(ctx, organizer, id)
}

// RetireHub takes a hub out of service for good; it is cut off within five seconds. ErrNone.
func (d *Desk) RetireHub(ctx context.Context, organizer uuid.UUID, id string) error {
	return d.Gate.RetireHub(ctx, organizer, id)
}

// AddGate makes a gate of a venue with its lanes.
func (d *Desk) AddGate(ctx context.Context, g Gate) (Gate, error) { return d.putGate(ctx, g, true) }

// EditGate changes a gate's name and lanes. ErrNone.
func (d *Desk) EditGate(ctx context.Context, g Gate) (Gate, error) { return d.putGate(ctx, g, false) }

func (d *Desk) putGate(ctx context.Context, g Gate, add bool) (Gate, error) {
	if err := g.check(); err != nil {
		return Gate{}, err
	}
	err := d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := d.Venue.OwnVenue(ctx, g.Scope); err != nil {
			return err
		}
		var doors []uuid.UUID
		for _, l := range g.Lanes {
			doors = append(doors, l.Checkpoint)
		}
		if err := d.knownDoors(ctx, g.Scope, doors, "lanes"); err != nil {
			return err
		}
		return d.Gate.PutGate(ctx, g, add)
	})
	return g, err
}

func (g *Gate) check() error {
	if wire.CheckName(g.ID) != nil {
		return fault.On("id", "Give an id of 1 to 32 letters a-z, digits and dashes.")
	}
	if strings.HasPrefix(g.ID, "phone-") {
		return fault.On("id", "Choose another id: those that begin with phone- are of telephones.")
	}
	if err := fault.Text("name", g.Name, true, maxName); err != nil {
		return err
	}
	if len(g.Lanes) == 0 || len(g.Lanes) > maxLanes {
		return fault.On("lanes", "Give a gate between 1 and 64 lanes.")
	}
	slices.SortFunc(g.Lanes, func(a, b Lane) int { return a.Number - b.Number })
	for i, l := range g.Lanes {
		if l.Number < 1 || l.Number > maxLanes || i > 0 && g.Lanes[i-1].Number == l.Number {
			return fault.On("lanes", "Number the lanes from 1 to 64, each once.")
		}
	}
	return nil
}

// Gates lists a venue's gates.
func (d *Desk) Gates(ctx context.Context, s Scope) ([]Gate, error) {
	if err := d.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return d.Gate.Gates(ctx, s)
}
