// Package jobs is long work: exports, erasures, clearing away what is too old. Somebody asks for it, leaves, comes back
// to see how far it is, and it goes on where it was when the program is killed in the middle.
//
// It knows how an attempt at a job ends and what is told of it; the queue behind it, and who takes what from it, is an
// adapter's matter. A job works in slices of seconds: one that is killed is known to be dead soon after its slice.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
)

// ErrNone says that there is no such job of this organizer.
var ErrNone = fault.New(fault.NotFound, "not_found", "There is no such work.")

// ErrMore is returned by work whose slice is spent: it goes on in another one, at once.
var ErrMore = errors.New("this slice of the work is spent, there is more to do")

// State of a job.
type State string

// States. A failed job can be tried again.
const (
	Waiting State = "waiting"
	Working State = "working"
	Done    State = "done"
	Failed  State = "failed"
)

// Over says whether nothing more happens by itself.
func (s State) Over() bool { return s == Done || s == Failed }

// Job is long work as it is told of.
type Job struct {
	ID        uuid.UUID
	Organizer uuid.UUID // zero = the platform's own
	Kind      string    // small letters and underscores
	State     State
	Subject   string // what it is about: an id, never more of a person
	By        string // who asked: "person <uuid>", "portaria"
	Made      time.Time
	Ended     time.Time // zero while it is not over
	Step      string    // what is done now: a code that pages translate
	Done      int64
	Total     int64           // 0 = not known
	Kept      json.RawMessage // where it goes on
	Result    json.RawMessage // what came of it
	Fault     string          // why it failed, as a code
	Tries     int             // in vain, this one included
}

// Books keeps jobs.
type Books interface {
	// Add keeps a job and has it done once the transaction of ctx is durable; never when it is undone.
	Add(ctx context.Context, j Job) error
	Get(ctx context.Context, organizer, id uuid.UUID) (Job, error) // ErrNone
	// List is the newest first; kind "" = every one.
	List(ctx context.Context, organizer uuid.UUID, kind string, limit int) ([]Job, error)
	// Again has a failed job tried again, of whichever organizer. ErrNone.
	Again(ctx context.Context, id uuid.UUID) error
}

// Ledger is what whoever works at a job writes of it.
type Ledger interface {
	// Begin takes a job in hand. ErrNone when it is over.
	Begin(ctx context.Context, id uuid.UUID) (Job, error)
	Progress(ctx context.Context, j Job) error // step, done, total
	Keep(ctx context.Context, j Job) error     // where it goes on; in the transaction of ctx
	Wait(ctx context.Context, j Job) error     // fault, tries
	End(ctx context.Context, j Job) error      // state, ended, fault, result
}

// New is a job to be asked for.
func New(organizer uuid.UUID, kind, subject, by string, now time.Time) Job {
	return Job{ID: uuid.Must(uuid.NewV7()), Organizer: organizer, Kind: kind, State: Waiting, Subject: subject, By: by, Made: now}
}
