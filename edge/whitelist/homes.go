package whitelist

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"portaria/edge/ticket"
)

// Limits of the homes of a venue.
const (
	maxHomeRules   = 4096
	maxHomeSectors = 256
	maxHomeGates   = 256
	maxGateName    = 32
)

// Homes says at which gate each right is at home: the one gate that may admit it while the arbiter can't be asked.
// Gates and arbiters tell one assignment from the next by Epoch alone.
type Homes struct {
	Epoch uint64     `json:"epoch"` // of the manifest that changed the rules last; 0 = never any
	Rules []HomeRule `json:"rules,omitempty"`
}

// HomeRule is the homes of an event's rights at one kind of doors; of several that fit a right, the first one counts. A
// right whose seat is in no sector is at home at one of Gates, chosen by its ref.
type HomeRule struct {
	Event   ticket.EventID `json:"event,omitzero"`  // none = every event
	Inner   string         `json:"inner,omitempty"` // zone of doors inside the venue; empty = doors from outside
	Kinds   []uint16       `json:"kinds,omitempty"` // empty = every kind
	Gates   []string       `json:"gates"`
	Sectors []HomeSector   `json:"sectors,omitempty"`
}

// HomeSector is a run of seats, by their index in the event's rules, both ends in it. Its rights are at home at one of Gates.
type HomeSector struct {
	From  uint32   `json:"from"`
	To    uint32   `json:"to"`
	Gates []string `json:"gates"`
}

// Right is what the home of a right is found by. Where it is not Listed nobody knows its seat.
type Right struct {
	Event  ticket.EventID
	Inner  string
	Kind   uint16
	Ref    Ref
	Seat   uint32
	Listed bool
}

// Of are the gates that may be a right's home: one; none when no rule is about it; and all that are possible when its seat
// is not known and the seat decides.
func (h *Homes) Of(r Right) []string {
	at := slices.IndexFunc(h.Rules, func(rule HomeRule) bool { return rule.fits(r) })
	if at < 0 {
		return nil
	}
	rule := &h.Rules[at]
	if !r.Listed && len(rule.Sectors) > 0 {
		return rule.everywhere()
	}
	gates := rule.Gates
	for _, sector := range rule.Sectors {
		if r.Seat != 0 && r.Seat >= sector.From && r.Seat <= sector.To {
			gates = sector.Gates
		}
	}
	return []string{gates[pick(r.Ref, len(gates))]}
}

func (r *HomeRule) fits(x Right) bool {
	event := r.Event == x.Event || r.Event == ticket.EventID{}
	return event && r.Inner == x.Inner && (len(r.Kinds) == 0 || slices.Contains(r.Kinds, x.Kind))
}

// Names says whether a gate is the home of anything.
func (h *Homes) Names(gate string) bool {
	return slices.ContainsFunc(h.Rules, func(rule HomeRule) bool { return slices.Contains(rule.everywhere(), gate) })
}

// Same says whether two assignments say the same, whatever their epochs.
func (h *Homes) Same(other *Homes) bool { return slices.EqualFunc(h.Rules, other.Rules, HomeRule.same) }

func (r HomeRule) same(o HomeRule) bool {
	return r.Event == o.Event && r.Inner == o.Inner && slices.Equal(r.Kinds, o.Kinds) && slices.Equal(r.Gates, o.Gates) &&
		slices.EqualFunc(r.Sectors, o.Sectors, func(a, b HomeSector) bool {
			return a.From == b.From && a.To == b.To && slices.Equal(a.Gates, b.Gates)
		})
}

// everywhere is every gate of a rule once, in order of name.
func (r HomeRule) everywhere() []string {
	all := slices.Clone(r.Gates)
	for _, sector := range r.Sectors {
		all = append(all, sector.Gates...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// pick is the place of a ref among n gates: the first 8 bytes of SHA-256("portaria-home-1" ‖ ref), big-endian, modulo n.
func pick(ref Ref, n int) int {
	sum := sha256.Sum256(append([]byte("portaria-home-1"), ref[:]...))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
}

func (v *Venue) validateHomes() error {
	switch {
	case v.Homes == nil:
		return nil
	case v.Homes.Epoch == 0 || v.Homes.Epoch > MaxEpoch || len(v.Homes.Rules) > maxHomeRules:
		return malformed("homes of epoch %d with %d rules", v.Homes.Epoch, len(v.Homes.Rules))
	}
	for i := range v.Homes.Rules {
		rule := &v.Homes.Rules[i]
		if rule.Inner != "" && v.Zone(rule.Inner) == nil {
			return malformed("homes at doors into zone %q, which is not in the manifest", rule.Inner)
		}
		if err := rule.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (r *HomeRule) validate() error {
	if len(r.Sectors) > maxHomeSectors || len(r.Kinds) > maxKinds {
		return malformed("homes of %d kinds by %d sectors are over %d and %d", len(r.Kinds), len(r.Sectors), maxKinds, maxHomeSectors)
	}
	if err := checkHomeGates(r.Gates); err != nil {
		return err
	}
	last := uint32(0)
	for _, sector := range r.Sectors {
		if sector.From <= last || sector.To < sector.From {
			return malformed("homes of seats %d to %d, after seat %d", sector.From, sector.To, last)
		}
		last = sector.To
		if err := checkHomeGates(sector.Gates); err != nil {
			return err
		}
	}
	return nil
}

func checkHomeGates(gates []string) error {
	if len(gates) == 0 || len(gates) > maxHomeGates {
		return malformed("%d gates as homes, must be 1 to %d", len(gates), maxHomeGates)
	}
	for i, gate := range gates {
		if gate == "" || len(gate) > maxGateName || slices.Contains(gates[:i], gate) {
			return malformed("home gate %.40q is no name, or stands twice", gate)
		}
	}
	return nil
}
