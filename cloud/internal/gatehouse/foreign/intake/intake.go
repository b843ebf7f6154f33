// Package intake takes in a whole file of another seller's codes: it is kept as it came, its columns are mapped, a dry
// run tells what would happen, and a worker carries it out in one transaction, so that an event never has half a list.
//
// A worker that dies leaves a job whose lease ends; the next one begins again from the kept file, and since nothing of
// the first attempt was committed, nothing is lost or done twice. It signs no list and knows no SQL.
package intake

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/sheet"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Mode is what a file says of the codes in it.
type Mode string

// Modes.
const (
	Add      Mode = "add"      // these are good, beside those that are listed
	Replace  Mode = "replace"  // these are good, and no others of this seller
	Withdraw Mode = "withdraw" // these are good no more
)

// State of an import.
type State string

// States. A dry run goes received, checking, planned; carrying out goes on to writing, done.
const (
	Received  State = "received" // the file is here, its columns are to be confirmed
	Checking  State = "checking"
	Planned   State = "planned"
	Writing   State = "writing"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over says whether nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Busy says whether a worker has it.
func (s State) Busy() bool { return s == Checking || s == Writing }

// Steps of a job that a person may be shown.
const (
	StepReading   = "reading"
	StepComparing = "comparing"
	StepWriting   = "writing"
)

// Fates of lines that change the list; every other fate is a reason for skipping.
const (
	Adds       = "add"       // a code that was not listed
	Changes    = "change"    // a listed code gets another kind, window or seat
	Reinstates = "reinstate" // a withdrawn code is good again
	Withdraws  = "withdraw"  // a good code is good no more: it stays listed, so that gates refuse it and say why
	Missing    = "missing"   // replace: a good code that is not in the file is withdrawn; these are no lines of the file
)

// Reasons for skipping a line, beside those of package foreign.
const (
	Spoilt           foreign.Why = "spoilt_number"     // 1,23E+12: a spreadsheet has rounded the code away
	LostZeros        foreign.Why = "lost_zeros"        // shorter than all others: a spreadsheet has dropped leading zeros
	UnknownKind      foreign.Why = "unknown_kind"      // no offer is called so
	BadTime          foreign.Why = "bad_time"          // not a date and time, or until before from
	BadSeat          foreign.Why = "bad_seat"          // over 64 bytes, or control characters
	Blocked          foreign.Why = "blocked"           // the organizer has blocked it; an import does not undo that
	NotKnown         foreign.Why = "not_known"         // withdraw: it was never listed
	WithdrawnAlready foreign.Why = "withdrawn_already" // withdraw: it is withdrawn
)

// Limits.
const (
	maxName     = 200
	maxSeat     = 64     // bytes of a seat's label
	MaxSeats    = 50_000 // different labels of an event
	tries       = 3
	keepPending = 7 * 24 * time.Hour // a file that nobody confirms
)

// Refusals.
var (
	ErrNone      = fault.New(fault.NotFound, "not_found", "There is no such import.")
	ErrTooLarge  = fault.New(fault.Invalid, "import_too_large", "Send a file of at most 50 MB; part a longer list into several files.")
	ErrTooMany   = fault.New(fault.Invalid, "import_too_long", "Send at most 1,000,000 lines; part a longer list into several files.")
	ErrBroken    = fault.New(fault.Invalid, "import_unreadable", "The workbook can't be read: save it as CSV, and send that.")
	ErrEmpty     = fault.New(fault.Invalid, "import_empty", "The file has no line with a code: check the file and its columns.")
	ErrMapping   = fault.New(fault.Invalid, "import_mapping", "Say which column holds the code, and choose one of the formats.")
	ErrNotNow    = fault.New(fault.Conflict, "import_not_now", "This import has gone on meanwhile: open it again.")
	ErrSeats     = fault.New(fault.Invalid, "import_seats", "An event has at most 50,000 different seats: check the seat's column.")
	ErrDisrupted = fault.New(fault.Unavailable, "import_disrupted", "The import could not be finished: try it again, and tell us if it fails again.")
)

// Mapping says what the columns hold. Columns count from 1; 0 = there is none.
type Mapping struct {
	Format sheet.Format `json:"format"`
	Code   int          `json:"code"`
	Kind   int          `json:"kind,omitempty"`
	From   int          `json:"from,omitempty"`
	Until  int          `json:"until,omitempty"`
	Seat   int          `json:"seat,omitempty"`
	// MonthFirst reads 03/04 as the 4th of March.
	MonthFirst bool `json:"month_first,omitempty"`
	// Digits is how long codes of digits only are, so that those that lost zeros are found: 0 = what nearly all of the
	// file's have, -1 = any length is right.
	Digits int `json:"digits,omitempty"`
}

// Import is one file and what became of it.
type Import struct {
	ID        uuid.UUID
	Scope     foreign.Scope
	Issuer    string
	Mode      Mode
	State     State
	File      string // its name
	Bytes     int64
	Mapping   Mapping
	By        string
	MadeAt    time.Time
	EndedAt   time.Time // zero while it is not over
	Step      string
	LinesDone int            // read so far
	Lines     int            // read in all
	Counts    map[string]int // lines by fate
	Fault     string         // code of the refusal that ended it
}

// Imported is how many lines changed the list, or would.
func (i Import) Imported() (n int) {
	for _, fate := range []string{Adds, Changes, Reinstates, Withdraws} {
		n += i.Counts[fate]
	}
	return n
}

// Skipped is how many lines did not.
func (i Import) Skipped() int { return i.Lines - i.Imported() }

// Books keeps imports. ErrNone, ErrNotNow.
type Books interface {
	Open(ctx context.Context, i Import) error
	Get(ctx context.Context, s foreign.Scope, id uuid.UUID) (Import, error)
	// List is the newest first; issuer "" = every one.
	List(ctx context.Context, s foreign.Scope, issuer string, offset, limit int) ([]Import, error)
	// Turn moves an import from one of the states to another, with what it is to be done by.
	Turn(ctx context.Context, i Import, to State, from ...State) error
	// Remember keeps a seller's mapping for the next file, and Remembered finds it.
	Remember(ctx context.Context, s foreign.Scope, issuer string, m Mapping) error
}

// Shelf keeps files and reports.
type Shelf interface {
	Remembered(ctx context.Context, s foreign.Scope, issuer string) (Mapping, bool, error)
	Put(ctx context.Context, s foreign.Scope, id uuid.UUID, part int, bytes []byte) error
	// Part is a part of a file, nil after the last.
	Part(ctx context.Context, s foreign.Scope, id uuid.UUID, part int) ([]byte, error)
	Skips(ctx context.Context, s foreign.Scope, id uuid.UUID, after, limit int) ([]foreign.Skip, error)
	// Settlement is the seller's codes in order, after one of them, with who came.
	Settlement(ctx context.Context, s foreign.Scope, issuer, after string, limit int) ([]Came, error)
}

// Queue gives workers their jobs.
type Queue interface {
	// Claim takes the oldest job that nobody works at; false = there is none.
	Claim(ctx context.Context, worker uuid.UUID) (i Import, tries int, ok bool, err error)
	// Progress renews the worker's claim; false = it is lost, because the job was cancelled or taken up by another.
	Progress(ctx context.Context, id, worker uuid.UUID, step string, lines int) (bool, error)
	// Release lets another worker have it at once.
	Release(ctx context.Context, id, worker uuid.UUID) error
	// Finish ends the job, in the transaction of ctx if there is one. ErrNotNow when the claim is lost.
	Finish(ctx context.Context, i Import, worker uuid.UUID) error
	// Sweep forgets files of imports that are over, and those that nobody confirmed.
	Sweep(ctx context.Context, before time.Time) error
}

// Staged is a line on its way into the list.
type Staged struct {
	Line   int
	Text   string // as printed, when it differs from the code or the line is skipped
	Code   string
	Ours   string   // the ticket of ours that a gate would also read in it
	Others []string // what another profile reads in it, a digit for the profile first
	Ref    whitelist.Ref
	Kind   *int32 // nil = not said
	From   *int32 // unix minutes
	Until  *int32
	Seat   *string
	Digits int // its length, when it is digits only
	Why    foreign.Why
}

// Task is what the set-based work needs to know.
type Task struct {
	Import   Import
	Kind     uint16 // of codes whose kind the file does not say
	Others   []Namespace
	LostZero int // codes of digits only that are shorter have lost zeros
}

// Namespace is another issuer of the event with its profile.
type Namespace struct {
	Name    string
	Profile int
}

// Table is where lines are compared with the list and written, inside one transaction.
type Table interface {
	// Stage takes lines; no other import of this issuer runs until the transaction ends.
	Stage(ctx context.Context, i Import, lines iter.Seq2[Staged, error]) error
	// Compare says what becomes of each line, and counts.
	Compare(ctx context.Context, t Task) (map[string]int, error)
	// Report keeps the skipped lines.
	Report(ctx context.Context, t Task) error
	// Write changes the list. ErrSeats.
	Write(ctx context.Context, t Task) error
}

// Came is a code and who came with it.
type Came struct {
	Code  string
	State whitelist.State
	Kind  int
	Seat  string
	First time.Time // zero = nobody came
	Count int       // entries that stand
}

// StateText is the code's state in a word.
func (c Came) StateText() string {
	switch c.State {
	case whitelist.Good:
		return "good"
	case whitelist.Blocked:
		return "blocked"
	}
	return "withdrawn"
}

// Places tells an event's time zone.
type Places interface {
	TimeZone(ctx context.Context, event uuid.UUID) (string, error)
}

// Secrets opens the secrets that refs are made with.
type Secrets interface {
	Secrets(ctx context.Context, scope, organizer ticket.EventID) (whitelist.Secrets, error)
}

// Office is what the rim calls, and what workers are made of.
type Office struct {
	Books  Books
	Shelf  Shelf
	Queue  Queue
	Table  Table
	Places Places
	Events gatehouse.EventSource
	Keys   Secrets
	Atomic gatehouse.Atomic
	Now    func() time.Time

	wake chan struct{}
}

// Upload is a file as it comes in.
type Upload struct {
	Issuer string
	Mode   Mode
	Name   string
	By     string
	Body   io.Reader
}
