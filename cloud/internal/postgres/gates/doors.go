package gates

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/wire"
)

var _ desk.GateStore = (*Store)(nil)

// AddHub keeps a hub. desk.ErrTaken.
func (s *Store) AddHub(ctx context.Context, h desk.Hub) error {
	return taken(s.on(ctx).AddHub(ctx, gatedb.AddHubParams{
		ID: h.ID, OrganizerID: h.Organizer, VenueID: h.Venue, Name: h.Name, TokenHash: h.TokenHash,
	}))
}

// Hubs lists a venue's hubs with what each last told of its gates, those out of service too.
func (s *Store) Hubs(ctx context.Context, scope desk.Scope) ([]desk.Hub, error) {
	rows, err := s.on(ctx).OwnHubs(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	told, err := s.told(ctx, scope)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Hub, len(rows))
	for i, r := range rows {
		out[i] = desk.Hub{Scope: scope, ID: r.ID, Name: r.Name, SeenAt: r.SeenAt, MadeAt: r.MadeAt, RetiredAt: r.RetiredAt}
		if r.State != nil {
			if err := json.Unmarshal(r.State, &out[i].State); err != nil {
				return nil, fmt.Errorf("read the state of hub %s: %w", r.ID, err)
			}
		}
		out[i].State.Gates = told[r.ID]
	}
	return out, nil
}

func (s *Store) told(ctx context.Context, scope desk.Scope) (map[string][]wire.GateState, error) {
	rows, err := s.on(ctx).GatesAsTold(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	out := map[string][]wire.GateState{}
	for _, r := range rows {
		var g wire.GateState
		if err := json.Unmarshal(r.State, &g); err != nil {
			return nil, fmt.Errorf("read a gate's state from hub %s: %w", r.HubID, err)
		}
		out[r.HubID] = append(out[r.HubID], g)
	}
	return out, nil
}

// OwnHub is nil for an organizer's hub that is in service. desk.ErrNone.
func (s *Store) OwnHub(ctx context.Context, organizer uuid.UUID, id string) error {
	_, err := s.on(ctx).OwnHub(ctx, organizer, id)
	if postgres.NoRow(err) {
		return desk.ErrNone
	}
	if err != nil {
		return fmt.Errorf("look for hub %s: %w", id, err)
	}
	return nil
}

// RetireHub takes a hub out of service. desk.ErrNone.
func (s *Store) RetireHub(ctx context.Context, organizer uuid.UUID, id string) error {
	return changed(s.on(ctx).RetireHub(ctx, organizer, id))
}

// PutGate adds a gate, or changes its name and lanes. desk.ErrTaken, desk.ErrNone.
func (s *Store) PutGate(ctx context.Context, g desk.Gate, add bool) error {
	q := s.on(ctx)
	if add {
		if err := q.AddGate(ctx, g.Venue, g.ID, g.Organizer, g.Name); err != nil {
			return taken(err)
		}
	} else {
		if err := changed(q.RenameGate(ctx, g.Name, g.Organizer, g.Venue, g.ID)); err != nil {
			return err
		}
		if err := q.ForgetLanes(ctx, g.Venue, g.ID); err != nil {
			return err
		}
	}
	numbers, doors := make([]int32, len(g.Lanes)), make([]uuid.UUID, len(g.Lanes))
	for i, l := range g.Lanes {
		numbers[i], doors[i] = int32(l.Number), l.Checkpoint //nolint:gosec // the desk bounds it
	}
	return q.AddLanes(ctx, g.Venue, g.ID, numbers, doors)
}

// Gates lists a venue's gates with their lanes.
func (s *Store) Gates(ctx context.Context, scope desk.Scope) ([]desk.Gate, error) {
	rows, err := s.on(ctx).OwnGates(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	lanes, err := s.on(ctx).Lanes(ctx, scope.Venue)
	if err != nil {
		return nil, err
	}
	of := map[string][]desk.Lane{}
	for _, l := range lanes {
		of[l.GateID] = append(of[l.GateID], desk.Lane{Number: int(l.Lane), Checkpoint: l.CheckpointID})
	}
	out := make([]desk.Gate, len(rows))
	for i, r := range rows {
		out[i] = desk.Gate{Scope: scope, ID: r.ID, Name: r.Name, MadeAt: r.MadeAt, Lanes: of[r.ID]}
	}
	return out, nil
}
