package gates

import (
	"context"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/whitelist"
)

type listPage struct {
	frame.Frame
	Head  place.Head
	Doors []shownDoor
	Empty frame.Empty
	Zones bool // there are none: say so
}

type shownDoor struct {
	Href, Name, Way, Hours, Kinds, Policy string
	Lanes                                 int
	Mode                                  frame.Pill
	Do, DoText                            string // the other mode
	Templated                             bool
	Standing                              string // why nobody comes in though it is open
}

func (s *section) list(v *frame.Visit) error {
	x, err := s.At(v, role.GatesSee)
	if err != nil {
		return err
	}
	doors, err := s.Desk.Checkpoints(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	zones, err := s.Desk.Zones(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	gates, err := s.Desk.Gates(v.Ctx(), x.Scope)
	if err != nil {
		return err
	}
	p := &listPage{Empty: frame.Empty{Title: v.Text("gates.no_doors"), Text: v.Text("gates.no_doors_why")}, Zones: len(zones) == 0}
	if p.Head, err = s.Head(v, x, ""); err != nil {
		return err
	}
	if p.Head.May {
		p.Empty.Href, p.Empty.Do = x.Base+"/doors/new", v.Text("gates.new_door")
	}
	for _, c := range doors {
		p.Doors = append(p.Doors, shown(v, x, c, zoneNames(zones), lanesAt(gates, c.ID)))
	}
	return v.Show("list", x.Name, p)
}

func lanesAt(gates []desk.Gate, door uuid.UUID) (n int) {
	for _, g := range gates {
		for _, l := range g.Lanes {
			if l.Checkpoint == door {
				n++
			}
		}
	}
	return n
}

func shown(v *frame.Visit, x place.Venue, c desk.Checkpoint, zones map[uuid.UUID]string, lanes int) shownDoor {
	d := shownDoor{
		Href: x.Base + "/doors/" + c.ID.String(), Name: c.Name, Way: way(v, c, zones), Hours: shownHours(v, x, c), Kinds: kinds(v, c),
		Policy: v.Text("gates.policy_" + string(c.Policy)), Lanes: lanes, Mode: modePill(v, c.Mode), Templated: c.Template != nil,
		Do: string(whitelist.Closed), DoText: v.Text("gates.close"),
	}
	if c.Mode != whitelist.Open {
		d.Do, d.DoText = string(whitelist.Open), v.Text("gates.open")
	}
	if lanes == 0 {
		d.Standing = v.Text("gates.no_lane_here")
	}
	return d
}

// door is the checkpoint of the address at the venue of the address.
func (s *section) door(v *frame.Visit, x place.Venue) (desk.Checkpoint, error) {
	id, err := v.ID("checkpoint")
	if err != nil {
		return desk.Checkpoint{}, err
	}
	c, err := s.Desk.Checkpoint(v.Ctx(), v.Organizer(), id)
	if err == nil && c.Venue != x.ID {
		err = desk.ErrNone
	}
	return c, err
}

// mode opens or closes a door. Undo gives it the mode back that it had.
func (s *section) mode(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	old, err := s.door(v, x)
	if err != nil {
		return err
	}
	to := whitelist.Mode(v.PostForm("mode"))
	if !slices.Contains([]whitelist.Mode{whitelist.Open, whitelist.Closed, whitelist.Drill, whitelist.Evacuation}, to) {
		return fault.On("mode", "Choose open, closed, drill or evacuation.")
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if _, err := s.Desk.EditCheckpoint(ctx, v.Organizer(), old.ID, func(c *desk.Checkpoint) error { c.Mode = to; return nil }); err != nil {
			return err
		}
		return v.Note(ctx, "checkpoint."+string(to), old.ID.String(), x.Name+" · "+old.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base, frame.Flash{Text: v.Text("gates.now_"+string(to), "Name", old.Name),
		Undo: &frame.Undo{Action: x.Base + "/doors/" + old.ID.String() + "/mode", Values: url.Values{"mode": {string(old.Mode)}}}})
}

// remove takes a door away at which no lane stands.
func (s *section) remove(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	old, err := s.door(v, x)
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Desk.RetireCheckpoint(ctx, v.Organizer(), old.ID); err != nil {
			return err
		}
		return v.Note(ctx, "checkpoint.removed", old.ID.String(), x.Name+" · "+old.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base, frame.Flash{Text: v.Text("gates.removed", "Name", old.Name),
		Undo: &frame.Undo{Action: x.Base + "/doors/" + old.ID.String() + "/restore", Values: url.Values{"name": {old.Name}}}})
}

// restore gives a door back that was taken away.
func (s *section) restore(v *frame.Visit) error {
	x, err := s.At(v, role.GatesEdit)
	if err != nil {
		return err
	}
	id, err := v.ID("checkpoint")
	if err != nil {
		return err
	}
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if err := s.Desk.RestoreCheckpoint(ctx, v.Organizer(), id); err != nil {
			return err
		}
		c, err := s.Desk.Checkpoint(ctx, v.Organizer(), id)
		if err == nil && c.Venue != x.ID {
			err = desk.ErrNone // the transaction is undone
		}
		if err != nil {
			return err
		}
		return v.Note(ctx, "checkpoint.restored", id.String(), x.Name+" · "+c.Name)
	})
	if err != nil {
		return err
	}
	return v.Go(x.Base, frame.Flash{Text: v.Text("gates.restored")})
}
