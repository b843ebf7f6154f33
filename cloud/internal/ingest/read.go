package ingest

import (
	"context"
	"time"

	"github.com/google/uuid"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// Record is a journal record as it is kept.
type Record struct {
	Venue      uuid.UUID
	Hub        string
	Gate       string
	Run        string
	Seq        uint64
	Event      *uuid.UUID
	Type       string // wire.EventType
	Reason     string // admit.Reason
	Kind       uint16
	History    string // admit.RecordKind it adds to its right's history, or ""
	Ref        []byte
	Scan       []byte
	At         time.Time // the gate's clock
	Lane       int
	Checkpoint string
	Text       string // of unknown codes and notes
	ReceivedAt time.Time
	Place      Place
}

// Place is where a record stands in the order of reading. The zero one is before all.
type Place struct{ Tx, Position int64 }

// Filter chooses records; zero fields choose all.
type Filter struct {
	Event *uuid.UUID
	Gate  string
	Type  string
	Since time.Time
	After Place
	Limit int
}

// Count is how many records say the same.
type Count struct {
	Type    string
	History string
	Reason  string
	Records int
}

// Reader reads what was taken in, of one organizer.
type Reader interface {
	// Records reads on from a place, oldest first. Whoever goes on from the last record's place misses nothing.
	Records(ctx context.Context, organizer uuid.UUID, f Filter) ([]Record, error)
	// Histories is the rights of an event with more than one admission, by ref, after one.
	Histories(ctx context.Context, organizer, event uuid.UUID, after whitelist.Ref, limit int) ([]History, error)
	// Counts adds up one event's records, or everybody's where event is nil.
	Counts(ctx context.Context, organizer uuid.UUID, event *uuid.UUID, since time.Time) ([]Count, error)
}

// Summary adds up records.
type Summary struct {
	Admitted int            // scans let in: admissions and forced passages, less those where nobody passed
	Refused  int            // scans refused
	Left     int            // scans out
	Aborted  int            // admissions where nobody passed
	Forced   int            // of those, where somebody did after all
	Reasons  map[string]int // refusals by reason
	Admits   map[string]int // admissions by reason: ok, ok_offline, ok_override
}

// Sum makes a summary of counts.
func Sum(counts []Count) Summary {
	s := Summary{Reasons: map[string]int{}, Admits: map[string]int{}}
	for _, c := range counts {
		switch {
		case c.Type == string(wire.Admission):
			s.Admitted += c.Records
			s.Admits[c.Reason] += c.Records
		case c.Type == string(wire.Refusal):
			s.Refused += c.Records
			s.Reasons[c.Reason] += c.Records
		case c.Type == string(wire.Leaving):
			s.Left += c.Records
		case c.History == string(admit.Abort) && c.Reason == string(wicket.GivenUp): // of a scan that was never admitted
		case c.History == string(admit.Abort):
			s.Aborted += c.Records
		case c.History == string(admit.ForcedPass):
			s.Forced += c.Records
		}
	}
	s.Admitted += s.Forced - s.Aborted
	return s
}
