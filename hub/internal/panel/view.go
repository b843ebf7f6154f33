package panel

import (
	"context"
	"errors"
	"time"

	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/incident"
	"portaria/hub/internal/tally"
)

// View is the venue at a moment.
type View struct {
	Hub     string
	Venue   string
	Zone    *time.Location
	Now     time.Time
	Started time.Time

	Ready   bool     // rulings are given
	OldHub  bool     // the hub before this one must be seen off before a gate can be excluded
	Waiting []string // gates that must speak, or be excluded, before rulings are given
	Cloud   Cloud
	Disk    Disk
	Gates   []Gate
	Doors   []Door
	Zones   []venue.ZoneView
	Unknown []venue.Grant // people who may have entered
	Events  []string      // names of the events whose lists are kept
	Open    []incident.Incident
	Done    []incident.Incident

	Enrol *Enrol // nil = gates are named in the configuration

	Slots   []tally.Slot // of five minutes, by time and door
	Total   tally.Count
	Minute  tally.Count // of the last full minute
	Refused []tally.Refusals
}

// Enrol is who may join: codes that nobody has used, and gates that wait for a person.
type Enrol struct {
	Invited []Invited
	Waiting []Waiting
	Near    []Near
}

// Near is a gate on this network that says it has joined no hub. Anybody may say so.
type Near struct{ Name, At string }

// Invited is an open code: Code is the text of its QR, Typed the same for a keyboard.
type Invited struct {
	Name, Code, Typed string
	Until             time.Time
	Replace           bool
}

// Waiting is a gate that has used its code. It shows the same words, if nobody stands in between.
type Waiting struct {
	Name, From string
	Words      [4]string
	Replace    bool
}

// Cloud is the link to the cloud.
type Cloud struct {
	Configured, Connected bool
	Pending               int // records that it has not confirmed
}

// Disk is how full the room for records is: level "ok", "low" or "full".
type Disk struct {
	Level   string
	Percent int
}

// Gate is a machine at the doors.
type Gate struct {
	Name      string
	Connected bool
	Excluded  bool
	InStep    bool
	SeenAt    int64 // unix ms, 0 = not since this hub started
	Journal   int
	Grants    int
	Lanes     []wire.LaneState
	Machine   wire.Machine
	ListAge   time.Duration // of its oldest list, negative = it has none
}

// Door is a checkpoint.
type Door struct {
	ID, Name   string
	Configured whitelist.Mode
	Order      *wire.DoorOrder // nil = as configured
}

// Mode is what the door should be in now.
func (d Door) Mode() whitelist.Mode {
	if d.Order != nil {
		return d.Order.Mode
	}
	return d.Configured
}

// Person is somebody who has signed on.
type Person struct {
	Name       string
	Supervisor bool // may order doors, exclude gates and settle scans
}

// Errors of signing on.
var (
	ErrStranger = errors.New("no such person, or another PIN")
	// ErrNoSecret: PINs can't be checked before the cloud was reached once; the local PIN works.
	ErrNoSecret = errors.New("PINs cannot be checked yet")
)

// House is the hub as its page needs it.
type House interface {
	Look(since time.Time) View
	// SignOn checks a person's number and PIN. ErrStranger, ErrNoSecret.
	SignOn(ctx context.Context, number, pin string) (Person, error)
	// Do carries out what a person wants; its error is for that person to read.
	Do(ctx context.Context, who Person, act Act) error
	// Events writes every record kept here since a time, oldest run first.
	Events(since time.Time, do func(wire.Event)) error
}

// Act is one thing that somebody wants done.
type Act interface{ isAct() }

// What can be done.
type (
	// OrderDoor sets a door's mode; empty = as configured. wire.EveryDoor is all of them.
	OrderDoor struct {
		Door string
		Mode whitelist.Mode
	}
	// Tell shows words on a lane.
	Tell struct {
		Gate string
		Lane int
		Text string
	}
	// Acknowledge answers an incident.
	Acknowledge struct {
		Number int64
		Note   string
	}
	// Exclude says that a gate is off and stays off, Readmit that it may take part again.
	// OldHubOff says the same of the hub before this one.
	Exclude struct {
		Gate      string
		OldHubOff bool
	}
	Readmit struct{ Gate string }
	// Settle says how an admission ended whose outcome is lost.
	Settle struct {
		Scan    string
		Entered bool
	}
	// Invite makes a code by which a gate joins, at a door; Replace says that it takes the place of the one of this name.
	Invite struct {
		Gate, Door string
		Replace    bool
	}
	// Approve lets a waiting gate in whose screen shows these words; Refuse sends it away; Remove throws a gate out.
	Approve struct {
		Gate  string
		Words [4]string
	}
	Refuse struct{ Gate string }
	// Stolen has the cloud change the secrets that the gate knew.
	Remove struct {
		Gate   string
		Stolen bool
	}
)

func (OrderDoor) isAct()   {}
func (Tell) isAct()        {}
func (Acknowledge) isAct() {}
func (Exclude) isAct()     {}
func (Readmit) isAct()     {}
func (Settle) isAct()      {}
func (Invite) isAct()      {}
func (Approve) isAct()     {}
func (Refuse) isAct()      {}
func (Remove) isAct()      {}

// anybody may acknowledge; the rest needs a supervisor.
func allowed(who Person, act Act) bool {
	_, acknowledges := act.(Acknowledge)
	return who.Supervisor || acknowledges
}
