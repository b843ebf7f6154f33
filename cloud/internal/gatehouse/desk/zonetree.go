package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// Refusals of changing zones.
var (
	ErrChanged = fault.New(fault.Conflict, "changed_meanwhile",
		"This was changed after you read it. Read it again, and make your change to what is there now.")
	ErrZoneInUse  = fault.New(fault.Conflict, "zone_in_use", "This zone is in use. Move or change what uses it first.")
	ErrZoneInside = fault.New(fault.Invalid, "zone_inside_itself", "A zone cannot be inside itself. Choose another zone around it.")
)

// ZoneTreeStore changes the zones of a venue.
type ZoneTreeStore interface {
	// LockZones lists a venue's zones, and lets nobody else change them until the transaction ends.
	LockZones(ctx context.Context, s Scope) ([]Zone, error)
	ChangeZone(ctx context.Context, z Zone) error // one that is still at its version; ErrChanged, ErrTaken
	RemoveZone(ctx context.Context, z Zone) error // ErrChanged
	// ZoneUses tells what uses a zone by its doors and offers, and who is inside it.
	ZoneUses(ctx context.Context, s Scope, zone uuid.UUID) (ZoneUses, error)
}

// ZoneUses is what uses a zone, by name.
type ZoneUses struct {
	Inside []string // zones inside it
	Doors  []string // checkpoints that lead to or from it
	Offers []string // of events that are not over: "Pista · Rock night"
	People int      // who came in and has not left, of events that are not over
}

// ZoneInUse is ErrZoneInUse with what uses the zone.
type ZoneInUse struct{ ZoneUses }

func (z *ZoneInUse) Error() string { return z.fault().Text }

// Unwrap makes it a refusal.
func (z *ZoneInUse) Unwrap() error { return z.fault() }

// fault says the first thing that must be done.
func (z *ZoneInUse) fault() *fault.Fault {
	switch {
	case z.People > 0:
		return ErrZoneInUse.Say(fmt.Sprintf("%d people are inside this zone. Wait until they have left, then remove it.", z.People))
	case len(z.Inside) > 0:
		return ErrZoneInUse.Say("Zones are inside this one: " + strings.Join(z.Inside, ", ") + ". Move or remove them first.")
	case len(z.Doors) > 0:
		return ErrZoneInUse.Say("Checkpoints lead to or from this zone: " + strings.Join(z.Doors, ", ") + ". Change them first.")
	}
	return ErrZoneInUse.Say("Offers are for this zone: " + strings.Join(z.Offers, ", ") + ". Change them first.")
}

func (u ZoneUses) some() bool { return u.People > 0 || len(u.Inside)+len(u.Doors)+len(u.Offers) > 0 }

// OneZone reads one. ErrNone.
func (d *Desk) OneZone(ctx context.Context, s Scope, id uuid.UUID) (Zone, error) {
	zones, err := d.Zones(ctx, s)
	if err != nil {
		return Zone{}, err
	}
	return find(zones, id)
}

func find(zones []Zone, id uuid.UUID) (Zone, error) {
	i := slices.IndexFunc(zones, func(z Zone) bool { return z.ID == id })
	if i < 0 {
		return Zone{}, ErrNone
	}
	return zones[i], nil
}

// EditZone renames a zone, gives it another capacity, or puts it inside another. ErrChanged where it is not at the
// version any more (0 is any), ErrZoneInside, ErrTaken.
func (d *Desk) EditZone(ctx context.Context, s Scope, id uuid.UUID, version int, change func(*Zone)) (z Zone, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		zones, err := d.Tree.LockZones(ctx, s)
		if err != nil {
			return err
		}
		if z, err = find(zones, id); err != nil {
			return err
		}
		if version != 0 && version != z.Version {
			return ErrChanged
		}
		change(&z)
		if err := z.check(); err != nil {
			return err
		}
		if err := z.fitsUnder(zones); err != nil {
			return err
		}
		if err := d.Tree.ChangeZone(ctx, z); err != nil {
			return err
		}
		z.Version++
		return nil
	})
	return z, err
}

func (z Zone) check() error {
	if err := fault.Text("name", z.Name, true, maxName); err != nil {
		return err
	}
	if z.Capacity < 0 || z.Capacity > maxCapacity {
		return fault.On("capacity", "Give a capacity between 1 and 1,000,000 people; 0 means not limited.")
	}
	return nil
}

// fitsUnder climbs from the zone around it to the outermost, and must not meet itself.
func (z Zone) fitsUnder(zones []Zone) error {
	for up := z.Parent; up != nil; {
		if *up == z.ID {
			return ErrZoneInside
		}
		around, err := find(zones, *up)
		if err != nil {
			return fault.On("parent", "Name a zone of this venue by its id.")
		}
		up = around.Parent
	}
	return nil
}

// RemoveZone takes a zone that nothing uses away. *ZoneInUse, ErrNone.
func (d *Desk) RemoveZone(ctx context.Context, s Scope, id uuid.UUID) (z Zone, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		zones, err := d.Tree.LockZones(ctx, s)
		if err != nil {
			return err
		}
		if z, err = find(zones, id); err != nil {
			return err
		}
		uses, err := d.Tree.ZoneUses(ctx, s, id)
		if err != nil {
			return err
		}
		for _, other := range zones {
			if other.Parent != nil && *other.Parent == id {
				uses.Inside = append(uses.Inside, other.Name)
			}
		}
		if uses.some() {
			return &ZoneInUse{uses}
		}
		return d.Tree.RemoveZone(ctx, z)
	})
	return z, err
}

// Above is the zones that hold more people than a zone around them, by id, with that zone: nobody is turned away by
// the smaller number, so it is told where zones are shown.
func Above(zones []Zone) map[uuid.UUID]Zone {
	out := map[uuid.UUID]Zone{}
	for _, z := range zones {
		for up := z.Parent; up != nil; {
			around, err := find(zones, *up)
			if err != nil {
				break
			}
			if around.Capacity > 0 && z.Capacity > around.Capacity {
				out[z.ID] = around
			}
			up = around.Parent
		}
	}
	return out
}
