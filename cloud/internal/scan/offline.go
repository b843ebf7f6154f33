package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/fault"
	"portaria/edge/admit"
	"portaria/edge/lookup"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// MaxOffline is how many records one upload has at most.
const MaxOffline = 200

// Intake takes records where the venue has a hub, which gets them from the cloud.
type Intake interface {
	Take(ctx context.Context, organizer, venue uuid.UUID, events wire.Events) error
	// Held is up to which seq a run is in the cloud.
	Held(ctx context.Context, venue uuid.UUID, gate string, run wire.Run) (uint64, error)
	// Records are of some rights of these events, for saying which of them let in too many.
	Records(ctx context.Context, organizer uuid.UUID, events []uuid.UUID, refs []whitelist.Ref) (map[whitelist.Ref][]admit.Record, error)
}

// Upload is what a device decided alone.
type Upload struct {
	Venue   uuid.UUID
	Device  string
	Run     string // 8 hex digits
	Records []Alone
}

// Alone is one scan that a device judged by itself.
type Alone struct {
	Seq        uint64
	ID         string
	Checkpoint string
	Code       string
	At         time.Time
	Exit       bool
	Admitted   bool
	Asked      bool // it was asked about first, and no answer was heard
	Unanswered bool // nor did the device answer: nobody was shown anything
	Reason     string
	Passage    wicket.Passage
	Override   *wire.Override
}

// Result of one record.
type Result string

// Results.
const (
	Stored  Result = "stored"
	Known   Result = "known"
	Gap     Result = "gap"
	Refused Result = "refused"
)

// Outcome says what became of one record.
type Outcome struct {
	Seq    uint64
	Result Result
	Scan   admit.ScanID
	Double bool
	Open   bool // what the arbiter may have admitted is not taken back yet: it was not reached
	Why    string
}

// each record of a device is two of its journal: the decision, and how it ended. So a device's number says where in the
// journal its records are, and nothing else has to be kept.
const each = 2

// Offline takes what a device decided alone. What happened is never refused because a ticket was used.
func (s *Service) Offline(ctx context.Context, who Caller, in Upload) (held uint64, out []Outcome, err error) {
	run, err := in.check()
	if err != nil {
		return 0, nil, err
	}
	book, err := s.Books.Venue(ctx, who.Organizer, in.Venue)
	if err != nil {
		return 0, nil, err
	}
	gate := wicket.Prefix + in.Device
	if !who.mayAnywhere(in.Venue, book) {
		return 0, nil, ErrNoDoor
	}
	if err := s.Store.OwnDevice(ctx, who.Organizer, in.Venue, gate, who.Owner, who.mostDevices()); err != nil {
		return 0, nil, err
	}
	if err := s.pace.bring(in.Venue, in.Device, who.Owner, len(in.Records), s.Now()); err != nil {
		return 0, nil, err
	}
	ctx = s.system(ctx)
	before, err := s.Intake.Held(ctx, in.Venue, gate, run)
	if err != nil {
		return 0, nil, fmt.Errorf("look up the run %s of device %s: %w", run, in.Device, err)
	}
	w := &writing{Service: s, who: who, book: book, in: in, gate: gate, run: run, held: before / each}
	for _, r := range in.Records {
		out = append(out, w.write(r))
	}
	if err := w.bring(ctx); err != nil {
		return before / each, nil, explain(err)
	}
	return w.held, w.markDoubles(ctx, w.giveUp(ctx, out)), nil
}

func (in Upload) check() (wire.Run, error) {
	random, err := strconv.ParseUint(in.Run, 16, 32)
	switch {
	case err != nil || random == 0 || len(in.Run) != 8 || strings.ToLower(in.Run) != in.Run:
		return wire.Run{}, fault.On("run", "Give a run of 8 hex digits, made at random when the queue began.")
	case !deviceShape.MatchString(in.Device):
		return wire.Run{}, fault.On("device", "Give a device name of 1 to 24 of a-z, 0-9 and -.")
	case len(in.Records) == 0 || len(in.Records) > MaxOffline:
		return wire.Run{}, fault.On("records", fmt.Sprintf("Upload 1 to %d records at a time.", MaxOffline))
	}
	// Start 1 tells these runs from those of the arbiter's own wickets, which begin with 2.
	return wire.Run{Start: 1, Random: uint32(random)}, nil
}

func (c Caller) mayAnywhere(venue uuid.UUID, book *Book) bool {
	return c.Reach.Holds(role.Place{Venue: venue}) ||
		slices.ContainsFunc(book.Signed.Checkpoints, func(d whitelist.Checkpoint) bool { return c.mayAt(venue, &d) })
}

// writing makes journal records of an upload.
type writing struct {
	*Service
	who    Caller
	book   *Book
	in     Upload
	gate   string
	run    wire.Run
	held   uint64 // of the device's numbers
	gone   int    // scans given up
	events []wire.Event
	terms  map[whitelist.Ref]admit.Terms
}

// write plans one record.
func (w *writing) write(r Alone) Outcome {
	o := Outcome{Seq: r.Seq, Scan: scanID(w.in.Venue, w.in.Device, r.ID), Result: Stored}
	switch {
	case r.Seq <= w.held && r.Seq > 0:
		o.Result = Known
		return o
	case r.Seq != w.held+1:
		o.Result = Gap
		return o
	}
	w.held++
	if o.Why = w.fault(r); o.Why != "" {
		o.Result, o.Scan = Refused, admit.ScanID{}
		w.add(r, wire.Event{Type: wire.Note, Text: "a record of a telephone was refused"}, wire.Event{Type: wire.Note, Text: "refused: " + o.Why})
		return o
	}
	w.add(r, w.decision(r, o.Scan)...)
	return o
}

// fault is why a record can't be one.
func (w *writing) fault(r Alone) string {
	door := w.book.Signed.Checkpoint(r.Checkpoint)
	switch now := w.Now(); {
	case !idShape.MatchString(r.ID):
		return "its id has no shape"
	case door == nil || !w.who.mayAt(w.in.Venue, door):
		return "no such checkpoint for this caller"
	case len(r.Code) > maxCode:
		return "its code is too long"
	case r.At.Before(now.AddDate(-1, 0, 0)) || r.At.After(now.AddDate(1, 0, 0)):
		return "its time is years away"
	case r.Override != nil && checkOverride(r.ID, r.Override.Reason) != nil:
		return "its override does not say why"
	}
	return ""
}

// decision is what the device decided, as its gate's journal has it.
func (w *writing) decision(r Alone, scan admit.ScanID) []wire.Event {
	door := w.book.Signed.Checkpoint(r.Checkpoint)
	text := strings.TrimRight(r.Code, "\r\n")
	code, err := lookup.Resolver{Lists: w.book}.Resolve(text, r.Checkpoint)
	if err != nil {
		w.Log.Error("a list could not be read", "venue", w.in.Venue, "error", err)
	}
	e := wire.Event{Scan: scan, Checkpoint: r.Checkpoint, Mode: string(door.Mode), Controller: w.who.Owner, Reason: reasonOf(r)}
	known := code.Match == admit.Listed || code.Match == admit.SignedOnly
	if known {
		e.Ref, e.Event, e.Kind, e.Flags = code.Entry.Ref, code.Event.Event, code.Entry.Kind, code.Entry.Flags|code.Kind.Flags
	} else {
		e.Text = printable(text)
	}
	exit := door.Direction == whitelist.Out || r.Exit && door.Direction == whitelist.Both
	switch {
	case r.Unanswered:
		e.Type, e.Reason, e.Text = wire.Note, "", "asked about in vain; nobody was answered"
		return []wire.Event{e, {Type: wire.Note, Text: "judged by the telephone alone"}}
	case !r.Admitted:
		e.Type = wire.Refusal
		return []wire.Event{e, {Type: wire.Note, Text: "judged by the telephone alone"}}
	case exit:
		e.Type = wire.Leaving
		e.Record = w.record(r, scan, door, admit.Exit)
	case !known: // a supervisor let in what no list knows; it uses up nobody's right
		e.Type, e.Text = wire.Note, printable("let in without a ticket: "+text)
		return []wire.Event{e, {Type: wire.Note, Text: "judged by the telephone alone"}}
	default:
		terms := admit.TermsOf(code.Kind, code.Entry).At(door)
		e.Type, e.Terms, e.Override = wire.Admission, &terms, override(r, w.who)
		e.Record = w.record(r, scan, door, admit.Entry)
		e.Record.Override, e.Record.Offline = r.Override != nil, true
		if terms.Use == whitelist.UseDaily {
			e.Record.Day = admit.DayAt(r.At.UnixMilli(), w.book.Zone).From
		}
		w.remember(e.Ref, terms)
	}
	end := wire.Event{Type: wire.Outcome, Scan: scan, Ref: e.Ref, Event: e.Event, Kind: e.Kind, Checkpoint: r.Checkpoint}
	end.Record = &admit.Record{Scan: scan, Kind: endOf(r.Passage), Lane: 1, Checkpoint: r.Checkpoint}
	return []wire.Event{e, end}
}

func (w *writing) remember(ref whitelist.Ref, terms admit.Terms) {
	if w.terms == nil {
		w.terms = map[whitelist.Ref]admit.Terms{}
	}
	w.terms[ref] = terms
}

func (w *writing) record(r Alone, scan admit.ScanID, door *whitelist.Checkpoint, kind admit.RecordKind) *admit.Record {
	from, to := admit.Way(door, kind == admit.Exit)
	return &admit.Record{Scan: scan, Kind: kind, Lane: 1, Checkpoint: r.Checkpoint, From: from, Zone: to}
}

// add gives records their place in the journal.
func (w *writing) add(r Alone, events ...wire.Event) {
	for i, e := range events {
		at := r.At.UnixMilli()
		e.Gate, e.Run, e.Seq, e.At, e.Clock, e.Lane = w.gate, w.run, (r.Seq-1)*each+uint64(i)+1, max(at, 0), admit.Coasting, 1
		if e.Record != nil {
			e.Record.At, e.Record.Gate = e.At, w.gate
		}
		w.events = append(w.events, e)
	}
}

// bring hands the records to whoever decides at the venue, a message at a time.
func (w *writing) bring(ctx context.Context) error {
	if len(w.events) == 0 {
		return nil
	}
	parts, err := wire.SplitEvents(w.events)
	if err != nil {
		return fmt.Errorf("pack the records of device %s: %w", w.in.Device, err)
	}
	for _, part := range parts {
		job := Job{Organizer: w.who.Organizer, Venue: w.in.Venue, Do: DoBring, Ask: wicket.Ask{Gate: w.gate}, Bring: &part}
		if _, err := w.decide(ctx, job); err != nil {
			return err
		}
	}
	return nil
}

// markDoubles says which records were of tickets that have let in too many. That it can't be told now is no fault of the
// upload: the live page tells.
func (w *writing) markDoubles(ctx context.Context, out []Outcome) []Outcome {
	refs, events := make([]whitelist.Ref, 0, len(w.terms)), []uuid.UUID{}
	for ref := range w.terms {
		refs = append(refs, ref)
	}
	if len(refs) == 0 {
		return out
	}
	for _, e := range w.book.Signed.Events {
		events = append(events, uuid.UUID(e.Event))
	}
	records, err := w.Intake.Records(ctx, w.who.Organizer, events, refs)
	if err != nil && !errors.Is(err, context.Canceled) {
		w.Log.Error("double admissions were not looked for", "venue", w.in.Venue, "error", err)
	}
	double := map[admit.ScanID]bool{}
	for ref, history := range records {
		for _, scan := range admit.Fold(w.terms[ref], history, admit.Day{}).Conflict {
			double[scan] = true
		}
	}
	for i := range out {
		out[i].Double = double[out[i].Scan]
	}
	return out
}

func override(r Alone, who Caller) *wire.Override {
	if r.Override == nil {
		return nil
	}
	named := printable(r.Override.Supervisor)
	if named == "" {
		named = supervisor(who)
	}
	return &wire.Override{Supervisor: named, Reason: printable(r.Override.Reason)}
}

var reasonShape = map[bool]admit.Reason{true: admit.OKOffline, false: admit.ArbiterRequired}

// reasonOf is the device's word, if it is one.
func reasonOf(r Alone) admit.Reason {
	if r.Override != nil && r.Admitted {
		return admit.OKOverride
	}
	if len(r.Reason) == 0 || len(r.Reason) > 32 || strings.Trim(r.Reason, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return reasonShape[r.Admitted]
	}
	return admit.Reason(r.Reason)
}

func endOf(p wicket.Passage) admit.RecordKind {
	switch p {
	case wicket.Aborted:
		return admit.Abort
	case "unknown":
		return admit.UnknownEnd
	}
	return admit.Passed
}

func deviceOf(gate string) string { return strings.TrimPrefix(gate, wicket.Prefix) }

// printable keeps the first 64 characters, each a printable one.
func printable(text string) string {
	out := make([]rune, 0, wire.MaxText)
	for _, r := range text {
		if len(out) == wire.MaxText {
			break
		}
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			r = '.'
		}
		out = append(out, r)
	}
	return string(out)
}
