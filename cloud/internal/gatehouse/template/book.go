package template

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
)

// maxDoors bounds a template.
const maxDoors = 100

// Door is one door of a venue's template.
type Door struct {
	desk.Scope
	ID       uuid.UUID
	Settings Settings
	Version  int
}

// Store keeps templates. ErrTaken, ErrNone, ErrChanged of desk.
type Store interface {
	// LockTemplate keeps the template as it is until the transaction ends.
	LockTemplate(ctx context.Context, s desk.Scope) error
	Template(ctx context.Context, s desk.Scope) ([]Door, error)
	AddTemplateDoor(ctx context.Context, d Door) error
	// ChangeTemplateDoor writes the settings of the version that was read.
	ChangeTemplateDoor(ctx context.Context, d Door) error
	DropTemplateDoor(ctx context.Context, s desk.Scope, id uuid.UUID) error
}

// Book keeps and applies templates.
type Book struct {
	Store  Store
	Desk   *desk.Desk
	Atomic desk.Atomic
}

// ErrSeen refuses to apply what was not shown: somebody changed the template or a door meanwhile.
var ErrSeen = fault.New(fault.Conflict, "plan_changed", "Something was changed after you looked at this. Look at what would change now, and apply that.")

// Doors is a venue's template.
func (b *Book) Doors(ctx context.Context, s desk.Scope) ([]Door, error) {
	if err := b.Desk.Venue.OwnVenue(ctx, s); err != nil {
		return nil, err
	}
	return b.Store.Template(ctx, s)
}

// Door is one door of a template. desk.ErrNone.
func (b *Book) Door(ctx context.Context, s desk.Scope, id uuid.UUID) (Door, error) {
	all, err := b.Doors(ctx, s)
	if err != nil {
		return Door{}, err
	}
	if i := slices.IndexFunc(all, func(d Door) bool { return d.ID == id }); i >= 0 {
		return all[i], nil
	}
	return Door{}, desk.ErrNone
}

// Put adds a door to a template, where its id is nil, or changes one. Nothing happens at the gates until it is applied.
func (b *Book) Put(ctx context.Context, d Door) (Door, error) {
	c := desk.Checkpoint{Scope: d.Scope}
	d.Settings.Onto(&c)
	if err := b.Desk.Check(ctx, &c); err != nil {
		return d, err
	}
	d.Settings = Of(c)
	err := b.Atomic.InTx(ctx, func(ctx context.Context) error {
		all, err := b.Doors(ctx, d.Scope)
		switch {
		case err != nil:
			return err
		case d.ID != uuid.Nil:
			return b.Store.ChangeTemplateDoor(ctx, d)
		case len(all) >= maxDoors:
			return fault.On("name", "A template has at most 100 doors.")
		}
		d.ID = uuid.Must(uuid.NewV7())
		return b.Store.AddTemplateDoor(ctx, d)
	})
	return d, err
}

// Drop takes a door out of a template; the checkpoint made from it stays until the template is applied. desk.ErrNone.
func (b *Book) Drop(ctx context.Context, s desk.Scope, id uuid.UUID) error {
	return b.Store.DropTemplateDoor(ctx, s, id)
}

// Learn makes a template door of each checkpoint that was made by hand, and the checkpoint one that follows it: what is
// there is what the template says.
func (b *Book) Learn(ctx context.Context, s desk.Scope) (n int, err error) {
	err = b.Atomic.InTx(ctx, func(ctx context.Context) error {
		doors, err := b.Desk.Checkpoints(ctx, s)
		if err != nil {
			return err
		}
		for _, c := range doors {
			if c.Template != nil || len(c.Hours) > 0 || len(c.Events) > 0 || len(c.Kinds) > 0 {
				continue // it is about single dates
			}
			d := Door{Scope: s, Settings: Of(c)}
			if d, err = b.Put(ctx, d); err != nil {
				return err
			}
			if err := b.adopt(ctx, s, c.ID, d); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func (b *Book) adopt(ctx context.Context, s desk.Scope, checkpoint uuid.UUID, d Door) error {
	_, err := b.Desk.EditCheckpoint(ctx, s.Organizer, checkpoint, func(c *desk.Checkpoint) (err error) {
		c.Template = &d.ID
		c.Applied, err = json.Marshal(d.Settings)
		return err
	})
	return err
}

// Change is a checkpoint that the template changes.
type Change struct {
	Checkpoint desk.Checkpoint
	Door       Door
	Merged
}

// Plan is what applying a template would do.
type Plan struct {
	Make   []Door
	Change []Change
	Drop   []desk.Checkpoint // whose door is no longer in the template
	Same   []Change          // of which nothing changes, with what was kept by hand
	Seen   string            // names this plan
}

// Empty says whether applying would change nothing.
func (p Plan) Empty() bool { return len(p.Make)+len(p.Change)+len(p.Drop) == 0 }

// Compare says what applying a template to a venue's checkpoints would do.
func Compare(doors []Door, checkpoints []desk.Checkpoint) (p Plan, err error) {
	byDoor := map[uuid.UUID]desk.Checkpoint{}
	for _, c := range checkpoints {
		switch {
		case c.Template == nil:
		case slices.ContainsFunc(doors, func(d Door) bool { return d.ID == *c.Template }):
			byDoor[*c.Template] = c
		default:
			p.Drop = append(p.Drop, c)
		}
	}
	for _, d := range doors {
		c, made := byDoor[d.ID]
		if !made {
			p.Make = append(p.Make, d)
			continue
		}
		var applied Settings
		if err := json.Unmarshal(c.Applied, &applied); err != nil {
			return p, fmt.Errorf("read what was applied to checkpoint %s: %w", c.ID, err)
		}
		m, err := Merge(Of(c), applied, d.Settings)
		if err != nil {
			return p, err
		}
		if x := (Change{c, d, m}); len(m.Changed) == 0 {
			p.Same = append(p.Same, x)
		} else {
			p.Change = append(p.Change, x)
		}
	}
	raw, err := json.Marshal([]any{p.Make, p.Change, p.Drop})
	sum := sha256.Sum256(raw)
	p.Seen = hex.EncodeToString(sum[:8])
	return p, err
}

// Plan says what applying the template would do.
func (b *Book) Plan(ctx context.Context, s desk.Scope) (Plan, error) {
	doors, err := b.Doors(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	checkpoints, err := b.Desk.Checkpoints(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	return Compare(doors, checkpoints)
}

// Apply makes the template the truth, if what it does is still what was seen. ErrSeen; desk.ErrLanes where lanes stand at a
// door that would go.
func (b *Book) Apply(ctx context.Context, s desk.Scope, seen string) (p Plan, err error) {
	err = b.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := b.Store.LockTemplate(ctx, s); err != nil {
			return err
		}
		if p, err = b.Plan(ctx, s); err != nil {
			return err
		}
		if p.Seen != seen {
			return ErrSeen
		}
		return b.execute(ctx, s, p)
	})
	return p, err
}

// execute takes away first: a new door may have the name of one that goes.
func (b *Book) execute(ctx context.Context, s desk.Scope, p Plan) error {
	for _, c := range p.Drop {
		if err := b.Desk.RetireCheckpoint(ctx, s.Organizer, c.ID); err != nil {
			return err
		}
	}
	for _, x := range slices.Concat(p.Change, p.Same) {
		if err := b.update(ctx, s, x); err != nil {
			return err
		}
	}
	for _, d := range p.Make {
		applied, err := json.Marshal(d.Settings)
		if err != nil {
			return err
		}
		c := desk.Checkpoint{Scope: s, Template: &d.ID, Applied: applied}
		d.Settings.Onto(&c)
		if _, err := b.Desk.AddCheckpoint(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// update writes what follows the template, and remembers what it said. A door of which nothing changes, and that knows what
// the template says, is left alone.
func (b *Book) update(ctx context.Context, s desk.Scope, x Change) error {
	applied, err := json.Marshal(x.Door.Settings)
	if err != nil {
		return err
	}
	if len(x.Changed) == 0 && sameJSON(applied, x.Checkpoint.Applied) {
		return nil
	}
	_, err = b.Desk.EditCheckpoint(ctx, s.Organizer, x.Checkpoint.ID, func(c *desk.Checkpoint) error {
		if c.Version != x.Checkpoint.Version {
			return ErrSeen
		}
		x.Settings.Onto(c)
		c.Applied = applied
		return nil
	})
	return err
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}
