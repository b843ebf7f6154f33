// Package shift plans who stands at which door when, date by date, and says what does not fit: one person at two doors at
// once is refused, everything else is shown.
//
// A shift is counted from the moments of its date, so it moves with the date and is good on another one.
package shift

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
)

// Shift is a person at a door on a date.
type Shift struct {
	ID         uuid.UUID
	Event      uuid.UUID
	Checkpoint uuid.UUID
	Controller uuid.UUID
	Rule       hours.Rule
	hours.Window
}

// Kind is how something does not fit.
type Kind string

// Kinds of conflicts. TwoDoors is refused when a shift is made; it can come about later, when a date moves.
const (
	TwoDoors     Kind = "two_doors"     // the person is at another door at that time
	OutsideHours Kind = "outside_hours" // the door is closed for some of it
	NotServed    Kind = "not_served"    // the door does not serve the date
	NoBadge      Kind = "no_badge"      // no badge printed, and no PIN
	OtherDoors   Kind = "other_doors"   // the person's own doors do not have this one among them
)

// Conflict is what does not fit with a shift; With is the other shift of TwoDoors.
type Conflict struct {
	Shift uuid.UUID
	Kind  Kind
	With  uuid.UUID
}

// Person is what matters of a controller here.
type Person struct {
	ID          uuid.UUID
	CanSignOn   bool        // has a printed badge or a PIN
	Checkpoints []uuid.UUID // empty = all
}

// Facts are what a plan is checked against.
type Facts struct {
	People map[uuid.UUID]Person
	Days   map[uuid.UUID]map[uuid.UUID]season.Day // checkpoint -> event
	// Bound says that gates take the doors from the shifts, so that a person's own do not matter.
	Bound bool
}

// Conflicts says what does not fit among shifts.
func Conflicts(shifts []Shift, f Facts) (out []Conflict) {
	for i, s := range shifts {
		for _, o := range shifts[:i] {
			if Clash(s, o) {
				out = append(out, Conflict{s.ID, TwoDoors, o.ID}, Conflict{o.ID, TwoDoors, s.ID})
			}
		}
		out = append(out, f.alone(s)...)
	}
	return out
}

// Clash says whether two shifts want one person twice at a time.
func Clash(a, b Shift) bool {
	return a.ID != b.ID && a.Controller == b.Controller && a.From.Before(b.Until) && b.From.Before(a.Until)
}

// alone is what does not fit with a shift by itself.
func (f Facts) alone(s Shift) (out []Conflict) {
	add := func(k Kind) { out = append(out, Conflict{Shift: s.ID, Kind: k}) }
	day, known := f.Days[s.Checkpoint][s.Event]
	switch {
	case known && !day.Serves:
		add(NotServed)
	case known && day.Window != nil && (s.From.Before(day.Window.From) || s.Until.After(day.Window.Until)):
		add(OutsideHours)
	}
	p, known := f.People[s.Controller]
	if known && !p.CanSignOn {
		add(NoBadge)
	}
	if known && !f.Bound && len(p.Checkpoints) > 0 && !slices.Contains(p.Checkpoints, s.Checkpoint) {
		add(OtherDoors)
	}
	return out
}

// ErrClash is what refuses a shift of somebody who is at another door then.
var ErrClash = fault.New(fault.Conflict, "two_doors", "This person already stands at a door at that time: end that shift first, or choose other times.")

// ClashError refuses a shift of somebody who is at another door then.
type ClashError struct{ New, Old Shift }

func (e *ClashError) Error() string {
	return fmt.Sprintf("This person already stands at a door from %s to %s: end that shift first, or choose other times.",
		e.Old.From.Format("15:04"), e.Old.Until.Format("15:04"))
}

// Unwrap makes it a refusal.
func (e *ClashError) Unwrap() error {
	return ErrClash.Say(e.Error())
}
