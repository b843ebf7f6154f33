// Package season decides what a door does on each date: whom it lets in, of which kinds, and when it is open. A door is one
// thing with one lane of scanners however many dates there are; what differs by date is worked out anew for every manifest
// that is signed, so a date that moves, or comes to a tour, needs nobody to remember its doors.
package season

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/hours"
)

// Limits of what one door may carry to the gates. Dates beyond them wait until earlier ones are over.
const (
	MaxKinds   = 4096
	MaxWindows = 2048
	MaxNames   = 16
)

// Kind is an offer of an event, by its number there.
type Kind struct {
	Event  uuid.UUID
	Number uint16
}

// Date is one event at the venue.
type Date struct {
	ID   uuid.UUID
	Name string
	hours.Moments
	Kinds     map[string][]uint16 // numbers of its offers by name
	ByHand    bool                // doors made from the venue's template do not serve it
	Cancelled bool
}

// Door is what is set of a door.
type Door struct {
	Templated bool           // made from the venue's template
	Events    []uuid.UUID    // it lets in; empty = every one
	Kinds     []Kind         // by number; with Names both empty = every one
	Names     []string       // by the offers' names, of every date
	Hours     []hours.Window // fixed; with Rule nil and these empty = always
	Rule      *hours.Rule    // of every date
}

// Exception is what is set of a door on one date; nil = as on all.
type Exception struct {
	Event uuid.UUID     `json:"event"`
	Off   bool          `json:"off,omitempty"` // the door does not serve the date
	Rule  *hours.Rule   `json:"rule,omitempty"`
	Hours *hours.Window `json:"hours,omitempty"`
	Names *[]string     `json:"names,omitempty"` // an empty list = every kind
}

// Day is what a door does on one date.
type Day struct {
	Event  uuid.UUID
	Serves bool
	Window *hours.Window // nil = not by date: as the door's hours say, or always
	Names  []string      // of the offers that it takes there; empty = not chosen by name
	ByHand bool          // an exception says so
	Short  bool          // the event is too short for the rule: the door does not open for it
}

// On is what a door does on a date.
func (d *Door) On(date Date, exceptions []Exception) Day {
	day := Day{Event: date.ID, Names: d.Names, Serves: !date.Cancelled && (len(d.Events) == 0 || slices.Contains(d.Events, date.ID))}
	if d.Templated && date.ByHand {
		day.Serves = false
	}
	rule := d.Rule
	for _, x := range exceptions {
		if x.Event != date.ID {
			continue
		}
		day.ByHand = true
		day.Serves = day.Serves && !x.Off
		if x.Names != nil {
			day.Names = *x.Names
		}
		if x.Rule != nil {
			rule = x.Rule
		}
		if day.Window = x.Hours; x.Hours != nil {
			return day
		}
	}
	if rule == nil {
		return day
	}
	w, some := rule.At(date.Moments)
	if day.Window = &w; !some {
		day.Serves, day.Short, day.Window = false, true, nil
	}
	return day
}

// Served is what gates are told of a door.
type Served struct {
	Every   bool        // every event of the venue, and Events is empty
	Events  []uuid.UUID // none and not Every = nobody is let in
	AnyKind bool        // every kind, and Kinds is empty
	Kinds   []Kind      // none and not AnyKind = wrong kind, whatever it is
	Hours   []hours.Window
	Always  bool // it is always open, and Hours is empty
}

// Serve is what a door does on dates, in their order.
func (d *Door) Serve(dates []Date, exceptions []Exception) Served {
	s := Served{Every: len(d.Events) == 0, Hours: slices.Clone(d.Hours)}
	byName := len(d.Names) > 0 || slices.ContainsFunc(exceptions, func(x Exception) bool { return x.Names != nil && len(*x.Names) > 0 })
	s.AnyKind = !byName && len(d.Kinds) == 0
	byDate := d.Rule != nil
	for _, date := range dates {
		day := d.On(date, exceptions)
		kinds := d.kindsOn(date, day, s.AnyKind)
		if !day.Serves || len(s.Kinds)+len(kinds) > MaxKinds || len(s.Hours) >= MaxWindows {
			s.Every = false
			continue
		}
		s.Events, s.Kinds = append(s.Events, date.ID), append(s.Kinds, kinds...)
		if day.Window != nil {
			byDate = true
			s.Hours = append(s.Hours, *day.Window)
		}
	}
	s.Always = !byDate && len(d.Hours) == 0
	if s.Always {
		s.Hours = nil
	} else {
		s.Hours = hours.Merge(s.Hours)
	}
	if s.Every {
		s.Events = nil
	}
	return s
}

// kindsOn are the numbers of the offers that a door takes on a date.
func (d *Door) kindsOn(date Date, day Day, anyKind bool) (out []Kind) {
	if anyKind {
		return nil
	}
	for _, k := range d.Kinds {
		if k.Event == date.ID {
			out = append(out, k)
		}
	}
	all := len(day.Names) == 0 && len(d.Kinds) == 0 // this date takes every kind, others do not
	for _, name := range sorted(date.Kinds) {
		if all || slices.Contains(day.Names, name) {
			for _, n := range date.Kinds[name] {
				out = append(out, Kind{date.ID, n})
			}
		}
	}
	slices.SortFunc(out, func(a, b Kind) int { return int(a.Number) - int(b.Number) })
	return slices.Compact(out)
}

func sorted(kinds map[string][]uint16) []string {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Never is the window of a door that opens on no date that is known yet: without any window it would always be open.
var Never = hours.Window{From: time.Unix(0, 0), Until: time.Unix(1, 0)}
