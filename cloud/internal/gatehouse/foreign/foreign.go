// Package foreign takes in what other sellers sold: their barcodes, line by line, or the keys they sign with.
//
// An import is planned first (pure: what each line becomes, and which are skipped and why) and then carried out in one
// transaction. Codes go through the issuer's Normalise, the same as at the gate. It keeps codes, and signs no list.
package foreign

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Limits of imports.
const (
	MaxBytes   = 8 << 20
	MaxLines   = 200_000
	MaxSkips   = 1000 // lines of a report; the rest are only counted
	maxIssuers = 64
	maxKeys    = 16
	maxName    = 64
)

// Refusals of this package.
var (
	ErrNoEvent  = fault.New(fault.NotFound, "not_found", "There is no such event.")
	ErrNoIssuer = fault.New(fault.NotFound, "not_found", "There is no such issuer at this event.")
	ErrTaken    = fault.New(fault.Conflict, "name_taken", "That name is taken: choose another.")
	ErrBadFile  = fault.New(fault.Invalid, "bad_import", "Send a JSON array of texts, or text/csv with one code a line.")
)

// Why says why a line was skipped.
type Why string

// Reasons for skipping.
const (
	Empty     Why = "empty"
	TooLong   Why = "too_long"
	BadText   Why = "bad_characters"
	Columns   Why = "more_than_one_column"
	Duplicate Why = "duplicate_in_file"
	Known     Why = "known_already"
	Collides  Why = "collides" // a gate would read it as another listed code too
)

// Line is one line of an import.
type Line struct {
	Number int // from 1
	Text   string
	Wrong  Why // set when the file itself spoils it
}

// Skip is a line that was not imported.
type Skip struct {
	Line int    `json:"line"`
	Text string `json:"text"` // at most 64 characters
	Why  Why    `json:"why"`
}

// Report is what an import did.
type Report struct {
	ID       uuid.UUID
	Issuer   string
	MadeAt   time.Time
	Lines    int
	Imported int
	Skips    int
	Skipped  []Skip // the first MaxSkips
}

// Scope is an event of an organizer.
type Scope struct {
	Organizer uuid.UUID
	Event     uuid.UUID
}

// IssuerStore keeps issuers. ErrNoIssuer, ErrTaken.
type IssuerStore interface {
	AddIssuer(ctx context.Context, s Scope, i whitelist.Issuer) error
	Issuers(ctx context.Context, s Scope) ([]whitelist.Issuer, error)
}

// CodeStore keeps codes and reports.
type CodeStore interface {
	// Listed is those of the codes that are in a namespace of the event's list.
	Listed(ctx context.Context, s Scope, namespace string, codes []string) ([]string, error)
	// AddCodes adds codes that are good, and returns those that were not there yet.
	AddCodes(ctx context.Context, s Scope, issuer whitelist.Issuer, codes []string, refs []whitelist.Ref) ([]string, error)
	KeepReport(ctx context.Context, s Scope, r Report) error
	// Reports is the newest hundred.
	Reports(ctx context.Context, s Scope, issuer string) ([]Report, error)
}

// Secrets opens the secrets that refs are made with.
type Secrets interface {
	Secrets(ctx context.Context, scope, organizer ticket.EventID) (whitelist.Secrets, error)
}

// Office is what the rim calls.
type Office struct {
	Issuer IssuerStore
	Code   CodeStore
	Events gatehouse.EventSource
	Keys   Secrets
	Atomic gatehouse.Atomic
	Now    func() time.Time
}
