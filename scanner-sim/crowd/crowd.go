// Package crowd makes up the people who come to the gates of an event: who they are, in which order they come, to which
// lane, with which code, and what each of them ought to be told. The same seed gives the same crowd. It plugs nothing
// in and asks no gate: whoever drives it compares what the gates said with what they ought to have said.
package crowd

import (
	"slices"
	"time"

	"portaria/edge/admit"
)

// Label says what is true of a person's ticket, whatever a gate makes of it.
type Label string

// Labels.
const (
	Valid     Label = "valid"      // sold, good tonight, comes for the first time
	UsedAgain Label = "used again" // the code of somebody who is inside already
	Refunded  Label = "refunded"   // given back for money
	WrongDay  Label = "wrong day"  // good, but for another evening of the venue
	Forged    Label = "forged"     // a ticket of tonight by its look, signed by somebody else
	Unknown   Label = "unknown"    // reads well, but nobody here sold it
	Foreign   Label = "foreign"    // sold by another seller, whose codes were imported
	Garbage   Label = "garbage"    // no code at all: binary, or far too long
)

// Labels lists them all.
func Labels() []Label {
	return []Label{Valid, UsedAgain, Refunded, WrongDay, Forged, Unknown, Foreign, Garbage}
}

// Admitted says whether a gate ought to let such a person in.
func (l Label) Admitted() bool { return l == Valid || l == Foreign }

// Reasons are what a gate may answer: a valid ticket is as good when the gate decided alone.
func (l Label) Reasons() []admit.Reason {
	switch l {
	case Valid, Foreign:
		return []admit.Reason{admit.OK, admit.OKOffline}
	case UsedAgain:
		return []admit.Reason{admit.AlreadyUsed}
	case Refunded:
		return []admit.Reason{admit.Revoked}
	case WrongDay:
		return []admit.Reason{admit.WrongDay}
	case Forged:
		return []admit.Reason{admit.BadSignature}
	case Garbage:
		return []admit.Reason{admit.Unreadable}
	}
	return []admit.Reason{admit.Unknown}
}

// Right says whether a gate told such a person what it ought to.
func (l Label) Right(admitted bool, reason admit.Reason) bool {
	return admitted == l.Admitted() && slices.Contains(l.Reasons(), reason)
}

// Person is one arrival.
type Person struct {
	Number int // from 1, in order of arrival
	Label  Label
	Code   string        // what the scanner types
	Lane   int           // from 0
	Wave   int           // from 0
	After  int           // the number of the person who must have been answered before, 0 = nobody
	At     time.Duration // since the first wave began to come
}

// Tickets are the codes that people have, one for each of them. Which are whose is drawn by the seed.
type Tickets struct {
	Valid    []string
	Refunded []string
	WrongDay []string
	Foreign  []string
}

// Plan says who comes.
type Plan struct {
	Seed  uint64
	Lanes int           // one lane a gate
	Pace  time.Duration // mean time between two arrivals, at all lanes together
	Waves []Wave
}

// Wave is a part of the evening.
type Wave struct {
	// Cut: the gates can't hear each other meanwhile. A gate can then only know of a use that was at itself, or
	// before the cut; a used ticket that comes again elsewhere would rightly be let in, so none does.
	Cut   bool
	Count map[Label]int
}
