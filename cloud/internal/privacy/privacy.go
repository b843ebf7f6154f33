// Package privacy is what an organizer owes the people whose data it keeps: to know what it has of them and why, to
// keep it no longer than needed, to hand it out and to erase it.
//
// It decides; stores count, read and erase. What is written for the books (orders, payments, refunds) stays and leads to
// nobody once its buyer is erased.
package privacy

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/jobs"
)

// Refusals of this package.
var (
	ErrNobody    = fault.New(fault.NotFound, "nobody_found", "Nothing here is of this person. Check what you typed.")
	ErrNoRequest = fault.New(fault.NotFound, "not_found", "There is no such request.")
	ErrNoFile    = fault.New(fault.NotFound, "no_file", "This file is gone. Ask for the export again.")
	ErrNotNow    = fault.New(fault.Conflict, "request_over", "This request is being carried out, or is over.")
	ErrNotTyped  = fault.New(fault.Invalid, "type_the_address", "Type the person's mail address exactly, to show that you mean it.")
	ErrNoCPF     = fault.New(fault.Invalid, "no_cpf_kept", "Portaria keeps no CPF of buyers. Search by mail address, order or ticket number.")
)

// Atomic makes several stores' work one transaction.
type Atomic interface {
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Jobs has work done later.
type Jobs interface {
	Add(ctx context.Context, j jobs.Job) error
}

// Service is what pages call, and what jobs do.
type Service struct {
	Shelves  Shelves
	Requests Requests
	Desk     Desk
	Files    Files
	Trail    Trail
	Jobs     Jobs
	Outbox   Outbox // nil = mails are not kept in a folder
	Atomic   Atomic
	Now      func() time.Time
}

// Outbox is a folder into which mails are put instead of being sent.
type Outbox interface {
	// Forget deletes the mails to an address, and says how many.
	Forget(to string) (int64, error)
}

// Wish is what somebody asks for.
type Wish string

// Wishes.
const (
	Export Wish = "export"
	Erase  Wish = "erase"
)

// State of a request.
type State string

// States. Held is an erasure of which some part must wait; it goes on by itself.
const (
	Open     State = "open"
	Working  State = "working"
	Held     State = "held"
	Done     State = "done"
	Declined State = "declined"
)

// answerWithin is how long the law gives to answer: LGPD art. 19, fifteen days.
const answerWithin = 15 * 24 * time.Hour

// How long a packed file waits to be fetched, and how long a request says whom it was about.
const (
	fileLife    = 7 * 24 * time.Hour
	requestLife = 180 * 24 * time.Hour
)

// Request is somebody's wish about their own data.
type Request struct {
	ID        uuid.UUID
	Organizer uuid.UUID
	Source    string // desk, buyer
	Wish      Wish
	State     State
	Email     string // "" once it is not needed any more
	Held      []uuid.UUID
	HeldUntil time.Time
	Job       uuid.UUID // the newest
	By        string
	Made, Due time.Time
	Ended     time.Time
	Result    map[string]int64
}

// Requests keeps wishes.
type Requests interface {
	AddRequest(ctx context.Context, r Request) error
	Request(ctx context.Context, organizer, id uuid.UUID) (Request, error) // ErrNoRequest
	Move(ctx context.Context, r Request) error
	// OpenOf is a wish of a mail address that nobody has answered yet.
	OpenOf(ctx context.Context, organizer uuid.UUID, wish Wish, email string) (r Request, there bool, err error)
	// Waited are erasures that can go on now.
	Waited(ctx context.Context, organizer uuid.UUID, now time.Time) ([]Request, error)
}

// Desk is what the desk lists.
type Desk interface {
	List(ctx context.Context, organizer uuid.UUID, limit int) ([]Request, error)
	// OpenRequests counts those that nobody has answered yet, and says when the first is due.
	OpenRequests(ctx context.Context, organizer uuid.UUID) (n int64, due time.Time, err error)
}

// Files keeps what was packed.
type Files interface {
	KeepFile(ctx context.Context, r Request, content []byte, until time.Time) error
	File(ctx context.Context, organizer, request uuid.UUID, now time.Time) ([]byte, error) // ErrNoFile
	Until(ctx context.Context, organizer, request uuid.UUID, now time.Time) (time.Time, error)
	// Forget drops files that are old, and whom old requests were about.
	Forget(ctx context.Context, organizer uuid.UUID, now, requestsBefore time.Time) error
	DropOf(ctx context.Context, organizer uuid.UUID, email string, but uuid.UUID) (int64, error)
}

// Trail is what is there of a person.
type Trail interface {
	// EmailOf finds the mail address behind an order's or a ticket's id, or a ticket's number. ErrNobody.
	EmailOf(ctx context.Context, organizer uuid.UUID, given string) (string, error)
	// Find is everything of a mail address, and of orders by id.
	Find(ctx context.Context, organizer uuid.UUID, email string, orders []uuid.UUID) (Person, error)
	// EraseOrder forgets who bought; false = it was forgotten before.
	EraseOrder(ctx context.Context, organizer, order uuid.UUID, now time.Time) (bool, error)
	// EraseRest forgets what else there is of a mail address; names are those its orders were under. It counts by kind.
	EraseRest(ctx context.Context, organizer uuid.UUID, email string, names []string) (map[string]int64, error)
}
