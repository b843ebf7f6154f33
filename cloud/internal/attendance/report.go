package attendance

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/edge/admit"
)

// Scope is what a report is about: events of one venue, and what its gates recorded of no event meanwhile.
type Scope struct {
	Organizer, Venue uuid.UUID
	Events           []uuid.UUID
	From, Until      time.Time // of what belongs to no event: codes that nobody knows, words of machines
	Door             string    // only this checkpoint; empty = all
}

// Before and After are how long before the doors and after the end of an event its gates' unknown codes are shown with it.
const (
	Before = 2 * time.Hour
	After  = 2 * time.Hour
)

// Sum is a number of a report, with what it is the sum of. Fields that the sum is over are empty.
type Sum struct {
	Of         Set
	Slot       int64
	Outer      bool // in and out: through a door between outside and inside
	Gate, Door string
	From, To   string
	What       What
	Which      string
	N          int
}

// Set is what a sum is by.
type Set int

// Sets. Outer is given in the first and the last.
const (
	BySlot  Set = iota // Slot, What
	ByDoor             // Gate, Door, What
	ByWay              // From, To, What
	ByWhich            // What, Which
)

// Reader reads the kept numbers.
type Reader interface {
	// Sums gives every sum of the scope, in no order.
	Sums(ctx context.Context, s Scope) ([]Sum, error)
	// Peaks gives the most that each gate and door let in within one slot.
	Peaks(ctx context.Context, s Scope) ([]Peak, error)
	// Expected is how many rights are good, by event and kind.
	Expected(ctx context.Context, s Scope) (map[uuid.UUID]map[uint16]int, error)
	// Arrived is how many rights were used, by event and kind.
	Arrived(ctx context.Context, s Scope) (map[uuid.UUID]map[uint16]int, error)
	// Told gives what machines told, oldest first.
	Told(ctx context.Context, s Scope) ([]Word, error)
}

// Peak is a busy slot of a gate.
type Peak struct {
	Gate, Door string
	Slot       int64
	In         int
}

// Word is what a machine told within a slot.
type Word struct {
	Gate  string
	Slot  int64
	Which string // tamper, fire, forced
	N     int
}

// Report is the numbers as pages show them.
type Report struct {
	In, Out  int // people, through doors between outside and inside
	Inside   int
	Back     int
	Refused  int
	Arrived  int // rights
	Offline  int // scans that gates decided alone
	Override int // scans that supervisors let in
	Aborted  int
	Late     int
	Doubtful int // people of whom nobody knows whether they came in
	Slots    []Slot
	Doors    []Door
	Zones    map[string]int // people, by zone; those in zones inside it are not in it
	Reasons  []Reason
	Staff    []Staff
}

// Slot is five minutes. Slots without anything are left out.
type Slot struct {
	At               time.Time
	In, Out, Refused int
}

// Door is a checkpoint at one gate. Someone who passes two doors is counted at both.
type Door struct {
	Gate, Door            string
	In, Out, Refused      int
	Aborted, Late, Doubts int
}

// Reason is why scans were refused.
type Reason struct {
	Reason admit.Reason
	N      int
}

// Staff is what was scanned while a controller was on duty.
type Staff struct {
	Controller            string
	In, Refused, Override int
}

// Build makes a report of sums.
func Build(sums []Sum) Report {
	r := Report{Zones: map[string]int{}}
	slots, doors, staff := map[int64]*Slot{}, map[[2]string]*Door{}, map[string]*Staff{}
	for _, s := range sums {
		switch s.Of {
		case BySlot:
			r.slot(slots, s)
		case ByDoor:
			door(doors, s)
		case ByWay:
			r.way(s)
		case ByWhich:
			r.which(staff, s)
		}
	}
	r.Slots = sorted(slots, func(a, b Slot) int { return a.At.Compare(b.At) })
	r.Doors = sorted(doors, func(a, b Door) int { return cmp.Or(cmp.Compare(a.Door, b.Door), cmp.Compare(a.Gate, b.Gate)) })
	r.Staff = sorted(staff, func(a, b Staff) int {
		return cmp.Or(cmp.Compare(b.In+b.Refused, a.In+a.Refused), cmp.Compare(a.Controller, b.Controller))
	})
	slices.SortFunc(r.Reasons, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason)) })
	return r
}

func sorted[K comparable, V any](all map[K]*V, order func(a, b V) int) []V {
	out := make([]V, 0, len(all))
	for _, v := range all {
		out = append(out, *v)
	}
	slices.SortFunc(out, order)
	return out
}

func at[K comparable, V any](all map[K]*V, key K) *V {
	if all[key] == nil {
		all[key] = new(V)
	}
	return all[key]
}

func (r *Report) slot(slots map[int64]*Slot, s Sum) {
	if !s.Outer || s.What != In && s.What != Out && s.What != Stray && s.What != Refused {
		return
	}
	x := at(slots, s.Slot)
	x.At = TimeOf(s.Slot)
	switch s.What {
	case In:
		x.In += s.N
	case Out, Stray:
		x.Out += s.N
	case Refused:
		x.Refused += s.N
	}
}

// TimeOf is when a slot begins.
func TimeOf(slot int64) time.Time { return time.UnixMilli(slot * Step.Milliseconds()) }

func door(doors map[[2]string]*Door, s Sum) {
	if s.Door == "" { // machines' words, arrivals
		return
	}
	x := at(doors, [2]string{s.Door, s.Gate})
	x.Gate, x.Door = s.Gate, s.Door
	switch s.What {
	case In:
		x.In += s.N
	case Out, Stray:
		x.Out += s.N
	case Refused:
		x.Refused += s.N
	case Aborted:
		x.Aborted += s.N
	case Late:
		x.Late += s.N
	case Unknown:
		x.Doubts += s.N
	case Settled:
		x.Doubts -= s.N
	}
}

// way moves people: whoever comes in leaves where they were. A stray leaves no place.
func (r *Report) way(s Sum) {
	switch s.What {
	case In:
		r.Zones[s.To] += s.N
		if s.From != "" {
			r.Zones[s.From] -= s.N
		} else {
			r.Inside += s.N
		}
	case Out:
		r.Zones[s.From] -= s.N
		if s.To != "" {
			r.Zones[s.To] += s.N
		} else {
			r.Inside -= s.N
		}
	}
}

func (r *Report) which(staff map[string]*Staff, s Sum) {
	switch s.What {
	case In:
		r.In += outer(s)
	case Out, Stray:
		r.Out += outer(s)
	case Back:
		r.Back += s.N
	case Refused:
		r.Refused += s.N
		r.Reasons = append(r.Reasons, Reason{admit.Reason(s.Which), s.N})
	case Arrived:
		r.Arrived += s.N
	case Aborted:
		r.Aborted += s.N
	case Late:
		r.Late += s.N
	case Unknown:
		r.Doubtful += s.N
	case Settled:
		r.Doubtful -= s.N
	case Admitted:
		switch admit.Reason(s.Which) {
		case admit.OKOffline:
			r.Offline += s.N
		case admit.OKOverride:
			r.Override += s.N
		}
	case StaffIn, StaffNo, StaffOwn:
		x := at(staff, s.Which)
		x.Controller = s.Which
		x.add(s)
	}
}

func outer(s Sum) int {
	if s.Outer {
		return s.N
	}
	return 0
}

func (x *Staff) add(s Sum) {
	switch s.What {
	case StaffIn:
		x.In += s.N
	case StaffNo:
		x.Refused += s.N
	case StaffOwn:
		x.Override += s.N
	}
}

// KindOf reads Which of Arrived.
func KindOf(which string) uint16 {
	n, _ := strconv.ParseUint(which, 10, 16) // written by this package
	return uint16(n)
}
