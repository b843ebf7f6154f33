package venues

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/locale"
	frame "portaria/cloud/internal/web/desk"
)

// zonesPart is the tree of a venue's zones.
type zonesPart struct {
	Some bool
	Top  []*branch
	New  newZone // at the outermost level
	Typed
}

// branch is a zone with the zones inside it.
type branch struct {
	locale.Locale
	ID, Name, Capacity string // Capacity empty = not limited
	Told               string // the capacity as people read it
	Above              string // what to say where it holds more than what is around it
	Version            int
	Base               string
	May, Open          bool
	Parents            []frame.Option
	Parent             string
	Inside             []*branch
	New                newZone
	Typed
}

// Typed is what to mend, at the zone where it was typed.
type Typed struct{ Fault string }

// newZone is the form that adds a zone.
type newZone struct {
	locale.Locale
	Base, Parent, Name, Capacity, Fault string
	Open                                bool
}

// typedZone is a form about a zone that could not be carried out.
type typedZone struct {
	Zone, Parent, Name, Capacity, Fault string // Zone empty = a new one under Parent
}

func tree(v *frame.Visit, p *onePage, zones []desk.Zone, typed typedZone) zonesPart {
	t := trunk{v, p, zones, desk.Above(zones), typed}
	part := zonesPart{Some: len(zones) > 0, Top: t.under(""), New: t.adder("")}
	return part
}

type trunk struct {
	v     *frame.Visit
	p     *onePage
	zones []desk.Zone
	above map[uuid.UUID]desk.Zone
	typed typedZone
}

func parentOf(z desk.Zone) string {
	if z.Parent == nil {
		return ""
	}
	return z.Parent.String()
}

func (t trunk) under(parent string) (out []*branch) {
	for _, z := range t.zones {
		if parentOf(z) == parent {
			out = append(out, t.branch(z))
		}
	}
	return out
}

func (t trunk) branch(z desk.Zone) *branch {
	id := z.ID.String()
	b := &branch{
		Locale: t.v.L, ID: id, Name: z.Name, Version: z.Version, Base: t.p.Base, May: t.p.May, Parents: t.parents(z), Parent: parentOf(z),
		Told: t.v.Text("venues.unlimited"), Inside: t.under(id), New: t.adder(id),
	}
	if z.Capacity > 0 {
		b.Capacity, b.Told = strconv.Itoa(z.Capacity), t.v.L.Plural("venues.people", z.Capacity)
	}
	if around, ok := t.above[z.ID]; ok {
		b.Above = t.v.Text("venues.above", "Name", around.Name, "People", t.v.L.Number(int64(around.Capacity)))
	}
	if t.typed.Zone == id {
		b.Open, b.Fault = true, t.typed.Fault
		if t.typed.Name != "" {
			b.Name, b.Capacity, b.Parent = t.typed.Name, t.typed.Capacity, t.typed.Parent
		}
	}
	return b
}

func (t trunk) adder(parent string) newZone {
	n := newZone{Locale: t.v.L, Base: t.p.Base, Parent: parent}
	if t.typed.Fault != "" && t.typed.Zone == "" && t.typed.Parent == parent {
		n.Name, n.Capacity, n.Fault, n.Open = t.typed.Name, t.typed.Capacity, t.typed.Fault, true
	}
	return n
}

// parents are the zones that one can be put into: all but itself and what is inside it.
func (t trunk) parents(z desk.Zone) []frame.Option {
	out := []frame.Option{{Value: "", Text: t.v.Text("venues.outermost")}}
	for _, o := range t.zones {
		if !t.within(o, z.ID) {
			out = append(out, frame.Option{Value: o.ID.String(), Text: o.Name})
		}
	}
	return out
}

func (t trunk) within(o desk.Zone, id uuid.UUID) bool {
	for range t.zones {
		if o.ID == id {
			return true
		}
		if o.Parent == nil {
			return false
		}
		for _, up := range t.zones {
			if up.ID == *o.Parent {
				o = up
				break
			}
		}
	}
	return false
}

// typedOf reads a form about a zone.
func typedOf(v *frame.Visit) (typedZone, desk.Zone, error) {
	clip := func(name string) string {
		text := strings.TrimSpace(v.PostForm(name))
		return text[:min(len(text), 400)]
	}
	t := typedZone{Name: clip("name"), Capacity: clip("capacity"), Parent: clip("parent")}
	z := desk.Zone{Name: t.Name}
	if t.Parent != "" {
		id, err := uuid.Parse(t.Parent)
		if err != nil {
			return t, z, fault.On("parent", "Name a zone of this venue by its id.")
		}
		z.Parent = &id
	}
	if t.Capacity != "" {
		n, err := strconv.Atoi(t.Capacity)
		if err != nil || n < 0 {
			return t, z, fault.On("capacity", "Give a capacity between 1 and 1,000,000 people; 0 means not limited.")
		}
		z.Capacity = n
	}
	return t, z, nil
}

func (s *section) addZone(v *frame.Visit) error {
	x, err := s.venue(v, role.VenuesEdit)
	if err != nil {
		return err
	}
	typed, z, err := typedOf(v)
	if err == nil {
		z.Scope = desk.Scope{Organizer: v.Organizer(), Venue: x.ID}
		err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
			if z, err = s.Desk.AddZone(ctx, z); err != nil {
				return err
			}
			return v.Note(ctx, "zone.made", z.ID.String(), x.Name+" · "+z.Name)
		})
	}
	if err == nil {
		return v.Go(base(x.ID)+"#zones", frame.Flash{Text: v.Text("venues.zone_made", "Name", z.Name)})
	}
	if typed.Fault, err = said(v, err); err != nil {
		return err
	}
	return s.page(v, http.StatusUnprocessableEntity, x, &onePage{Form: form(v, x)}, typed)
}

// changeZone saves or removes a zone.
func (s *section) changeZone(v *frame.Visit) error {
	x, err := s.venue(v, role.VenuesEdit)
	if err != nil {
		return err
	}
	id, err := v.ID("zone")
	if err != nil {
		return err
	}
	scope := desk.Scope{Organizer: v.Organizer(), Venue: x.ID}
	old, err := s.Desk.OneZone(v.Ctx(), scope, id)
	if err != nil {
		return err
	}
	if v.PostForm("do") == "remove" {
		err = s.remove(v, x.Name, old)
	} else {
		err = s.saveZone(v, x.Name, old)
	}
	if err == nil {
		return nil
	}
	typed, _, _ := typedOf(v) // its fault was told already
	typed.Zone = id.String()
	if typed.Fault, err = said(v, err); err != nil {
		return err
	}
	return s.page(v, http.StatusUnprocessableEntity, x, &onePage{Form: form(v, x)}, typed)
}

func (s *section) saveZone(v *frame.Visit, venue string, old desk.Zone) error {
	_, want, err := typedOf(v)
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(v.PostForm("version")) // nonsense is an old version
	var z desk.Zone
	err = s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		z, err = s.Desk.EditZone(ctx, old.Scope, old.ID, max(1, version), func(z *desk.Zone) {
			z.Name, z.Capacity, z.Parent = want.Name, want.Capacity, want.Parent
		})
		if err != nil {
			return err
		}
		return v.Note(ctx, "zone.changed", z.ID.String(), venue+" · "+z.Name)
	})
	if err != nil {
		return err
	}
	undo := url.Values{
		"name": {old.Name}, "capacity": {strconv.Itoa(old.Capacity)}, "parent": {parentOf(old)}, "version": {strconv.Itoa(z.Version)},
	}
	return v.Go(base(old.Venue)+"#zones", frame.Flash{Text: v.Text("venues.zone_saved", "Name", z.Name),
		Undo: &frame.Undo{Action: base(old.Venue) + "/zones/" + z.ID.String(), Values: undo}})
}

func (s *section) remove(v *frame.Visit, venue string, old desk.Zone) error {
	err := s.Atomic.InTx(v.Ctx(), func(ctx context.Context) error {
		if _, err := s.Desk.RemoveZone(ctx, old.Scope, old.ID); err != nil {
			return err
		}
		return v.Note(ctx, "zone.removed", old.ID.String(), venue+" · "+old.Name)
	})
	if err != nil {
		return err
	}
	undo := url.Values{"name": {old.Name}, "capacity": {strconv.Itoa(old.Capacity)}, "parent": {parentOf(old)}}
	return v.Go(base(old.Venue)+"#zones", frame.Flash{Text: v.Text("venues.zone_removed", "Name", old.Name),
		Undo: &frame.Undo{Action: base(old.Venue) + "/zones", Values: undo}})
}

// said is a refusal in the reader's language; what is none is returned.
func said(v *frame.Visit, err error) (string, error) {
	var used *desk.ZoneInUse
	if errors.As(err, &used) {
		return inUse(v, used.ZoneUses), nil
	}
	var no *fault.Fault
	if errors.As(err, &no) && no.Kind != fault.NotFound {
		return frame.Sentence(v.L, no), nil
	}
	return "", err
}

func inUse(v *frame.Visit, u desk.ZoneUses) string {
	names := func(all []string) string { return strings.Join(all, ", ") }
	switch {
	case u.People > 0:
		return v.L.Plural("venues.used_people", u.People)
	case len(u.Inside) > 0:
		return v.Text("venues.used_zones", "Names", names(u.Inside))
	case len(u.Doors) > 0:
		return v.Text("venues.used_doors", "Names", names(u.Doors))
	}
	return v.Text("venues.used_offers", "Names", names(u.Offers))
}
