// Package desk is what an organizer sets up at a venue: zones, checkpoints with their hours, controllers, hubs and
// gates. It checks and keeps; the gatehouse, which sees the marks that keeping leaves, tells the gates.
package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Refusals of this package.
var (
	ErrNone = fault.New(fault.NotFound, "not_found", "There is no such thing at this venue.")
	// ErrTaken is a name or id that another already has.
	ErrTaken = fault.New(fault.Conflict, "name_taken", "That name is taken: choose another.")
	// ErrLanes keeps a door that gates serve.
	ErrLanes = fault.New(fault.Conflict, "lanes_there", "Lanes still stand at this checkpoint: put them at another one first.")
)

// Limits of one venue; a gate takes no more.
const (
	maxZones       = 256
	maxCheckpoints = 1024
	maxControllers = 4096
	maxHours       = 2048
	maxLanes       = 64
	maxName        = 100
	maxCapacity    = 1_000_000
)

// Scope is a venue of an organizer.
type Scope struct {
	Organizer uuid.UUID
	Venue     uuid.UUID
}

// Zone is a part of a venue.
type Zone struct {
	Scope
	ID       uuid.UUID
	Name     string
	Parent   *uuid.UUID
	Capacity int // 0 = not limited
	Version  int // rises with every edit
}

// Checkpoint is a door.
type Checkpoint struct {
	Scope
	ID          uuid.UUID
	Name        string
	Direction   whitelist.Direction
	From, To    *uuid.UUID          // zones; nil = outside
	Events      []uuid.UUID         // empty = every event of the venue
	Kinds       []whitelist.KindRef // empty = every kind
	Names       []string            // kinds of every date, by the names of their offers; empty = see Kinds
	Hours       []Window            // empty and no Rule = always
	Rule        *hours.Rule         // hours that move with each date; Hours is empty then
	Mode        whitelist.Mode
	Policy      whitelist.PolicyName
	HomeGates   []string // of the policy home; empty = every gate at this door
	Budget      whitelist.Budget
	Unlisted    whitelist.Unlisted
	NeedsStaff  bool
	AskMillis   int
	PassSeconds int
	NoContact   bool
	StaleAsk    bool
	Language    string

	Version  int        // rises with every change
	Template *uuid.UUID // the template's door that it was made from; nil = made by hand
	Applied  []byte     // what the template said when it was last applied, as JSON
}

// Window is a time a door is open: [From, Until).
type Window = hours.Window

// Controller is a person at the doors. Badge is the number of their badge.
type Controller struct {
	Scope
	ID          uuid.UUID
	Name        string
	Badge       ticket.ID
	Supervisor  bool
	Checkpoints []uuid.UUID // empty = all
	Number      int         // typed before the PIN; 0 = has none
	HasPIN      bool
	PrintedAt   *time.Time // the badge in force was printed or shown; nil = nobody has it
	Version     int        // rises with every change of name, doors or rank
}

// Hub is a venue's hub, with its last heartbeat.
type Hub struct {
	Scope
	ID        string
	Name      string
	TokenHash []byte
	State     wire.HubState // zero when it never came
	SeenAt    *time.Time
	MadeAt    time.Time
	RetiredAt *time.Time
}

// Gate is a gate with its lanes.
type Gate struct {
	Scope
	ID     string
	Name   string
	MadeAt time.Time
	Lanes  []Lane
}

// Lane is one scanner with its output.
type Lane struct {
	Number     int
	Checkpoint uuid.UUID
}

// VenueStore knows whose venues and events are whose. ErrNone.
type VenueStore interface {
	OwnVenue(ctx context.Context, s Scope) error
	// OwnEvents is those of the ids that are events of this venue.
	OwnEvents(ctx context.Context, s Scope, ids []uuid.UUID) ([]uuid.UUID, error)
}

// ZoneStore keeps zones and controllers. ErrTaken, ErrNone.
type ZoneStore interface {
	AddZone(ctx context.Context, z Zone) error
	Zones(ctx context.Context, s Scope) ([]Zone, error)
	AddController(ctx context.Context, c Controller) error
	Controllers(ctx context.Context, s Scope) ([]Controller, error)
	RetireController(ctx context.Context, organizer, id uuid.UUID) error
}

// RosterStore changes who stands at the doors. ErrNone, ErrChanged.
type RosterStore interface {
	// ChangeController writes name, rank and doors of the version that was read.
	ChangeController(ctx context.Context, c Controller) error
	ReinstateController(ctx context.Context, organizer, id uuid.UUID) error
	// Printed notes that badges were.
	Printed(ctx context.Context, organizer uuid.UUID, ids []uuid.UUID, at time.Time) error
}

// RetiredStore takes checkpoints away, and gives them back. ErrNone, ErrTaken.
type RetiredStore interface {
	LanesAt(ctx context.Context, organizer, checkpoint uuid.UUID) (int, error)
	RetireCheckpoint(ctx context.Context, organizer, id uuid.UUID) error
	RestoreCheckpoint(ctx context.Context, organizer, id uuid.UUID) error
}

// StaffStore changes what controllers sign on with. ErrTaken, ErrNone.
type StaffStore interface {
	// Controller reads one in service, and keeps it as it is until the transaction ends.
	Controller(ctx context.Context, organizer, id uuid.UUID) (Controller, error)
	SetBadge(ctx context.Context, c Controller) error
	// FreeNumber is a number that nobody at the venue has.
	FreeNumber(ctx context.Context, s Scope) (int, error)
	SetPIN(ctx context.Context, c Controller, pin whitelist.PIN) error
}

// CheckpointStore keeps checkpoints. ErrTaken, ErrNone.
type CheckpointStore interface {
	AddCheckpoint(ctx context.Context, c Checkpoint) error
	// ChangeCheckpoint writes every field but the scope.
	ChangeCheckpoint(ctx context.Context, c Checkpoint) error
	// Checkpoint reads one; lock keeps it as it is until the transaction ends.
	Checkpoint(ctx context.Context, organizer, id uuid.UUID, lock bool) (Checkpoint, error)
	Checkpoints(ctx context.Context, s Scope) ([]Checkpoint, error)
}

// GateStore keeps hubs and gates. ErrTaken, ErrNone.
type GateStore interface {
	AddHub(ctx context.Context, h Hub) error
	Hubs(ctx context.Context, s Scope) ([]Hub, error)
	// OwnHub is nil for a hub of this organizer that is in service. ErrNone.
	OwnHub(ctx context.Context, organizer uuid.UUID, id string) error
	RetireHub(ctx context.Context, organizer uuid.UUID, id string) error
	// PutGate adds a gate, or changes its name and lanes.
	PutGate(ctx context.Context, g Gate, add bool) error
	Gates(ctx context.Context, s Scope) ([]Gate, error)
}

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Badges makes what controllers of a venue sign on with.
type Badges interface {
	MintBadge(ctx context.Context, organizer, venue ticket.EventID) (ticket.Code, error)
	// BadgeOf is the code of a badge that was made before: the same one, while the key that signed it is the newest.
	BadgeOf(ctx context.Context, organizer, venue ticket.EventID, badge ticket.ID) (ticket.Code, error)
	MakePIN(ctx context.Context, organizer, venue ticket.EventID, controller string, number int) (digits string, pin whitelist.PIN, err error)
}

// Desk is what the rim calls.
type Desk struct {
	Venue  VenueStore
	Zone   ZoneStore
	Tree   ZoneTreeStore
	Staff  StaffStore
	Roster RosterStore
	Door   CheckpointStore
	Gone   RetiredStore
	Gate   GateStore
	Atomic Atomic
	Badges Badges
}
