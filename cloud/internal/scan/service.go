package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/arbiter"
	"portaria/cloud/internal/fault"
	"portaria/edge/admit"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

// Limits.
const (
	maxCode      = 1024
	mostDevices  = 500 // of a venue
	mostPhones   = 24  // of a person at a venue
	patience     = 3500 * time.Millisecond
	overrideTime = 10 * time.Minute
)

// Store keeps devices and answers.
type Store interface {
	// OwnDevice makes a device an owner's, if it is nobody's. ErrDeviceTaken.
	OwnDevice(ctx context.Context, organizer, venue uuid.UUID, gate, owner string, most Most) error
	// Keep keeps an answer; false where the scan has one already.
	Keep(ctx context.Context, k Kept) (bool, error)
	// Kept reads an answer. ErrNoScan.
	Kept(ctx context.Context, organizer uuid.UUID, scan admit.ScanID) (Kept, error)
	Amend(ctx context.Context, k Kept) error
	// GiveUp keeps that a device has answered a scan by itself, whether or not it has an answer here.
	GiveUp(ctx context.Context, k Kept) error
}

// Most is how many devices a venue may have, and how many of them the owner may have made within a month.
type Most struct{ Venue, Owner int }

func (c Caller) mostDevices() Most {
	if isPerson(c.Owner) {
		return Most{mostDevices, mostPhones}
	}
	return Most{mostDevices, mostDevices} // a key may have a scanner at every door
}

// Kept is what was asked and answered.
type Kept struct {
	Organizer uuid.UUID
	Venue     uuid.UUID
	Scan      admit.ScanID
	Request   [32]byte
	Gate      string
	Ask       Question
	Answer    Answer
	At        time.Time
}

// Zone is the venue's, for times of day; UTC where it is not known.
func (k Kept) Zone() *time.Location {
	if zone, err := time.LoadLocation(k.Ask.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}

// Question is a scan as it was looked up.
type Question struct {
	wicket.Ask
	ID       string `json:"id"`
	Owner    string `json:"owner"`
	Language string `json:"language,omitempty"`
	TimeZone string `json:"time_zone,omitempty"`
}

// Answer is a verdict with who gave it.
type Answer struct {
	wicket.Said
	By      string `json:"by"`                 // "cloud" or "hub"
	GivenUp bool   `json:"given_up,omitempty"` // nobody heard it, and the device answered by itself
}

// Hubs passes a question on to a venue's hub. ErrHubAway.
type Hubs interface {
	Scan(ctx context.Context, hub string, ask wicket.Ask) (wicket.Said, error)
	Close(ctx context.Context, hub string, ask wicket.Ask, passed bool) (wicket.Passage, error)
}

// Peers passes a job on to the process that decides for its venue. ErrStarting where it does not answer.
type Peers interface {
	Ask(ctx context.Context, holder string, job Job) (Done, error)
}

// Service answers scans.
type Service struct {
	Books    *Books
	Arbiters *arbiter.Arbiters
	Store    Store
	Intake   Intake
	Phones   Phones
	Venues   Venues
	Hubs     Hubs
	Peers    Peers
	System   func(ctx context.Context) context.Context // sees what arbiters need; nil = as the caller's
	Now      func() time.Time
	Log      *slog.Logger

	pace  pace
	lists phoneLists
}

// Caller is who scans.
type Caller struct {
	Organizer uuid.UUID
	Owner     string // to whom devices belong: a key or a person
	Name      string // of a person, as journals name who overruled
	Reach     role.Reach
	Override  role.Reach
}

// Scan is one scan of a device.
type Scan struct {
	ID         string
	Venue      uuid.UUID
	Checkpoint string
	Device     string
	Code       string
	Exit       bool
	Auto       bool
	Language   string
}

var (
	idShape     = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)
	deviceShape = regexp.MustCompile(`^[a-z0-9-]{1,24}$`)
)

func (s Scan) check() error {
	switch {
	case !idShape.MatchString(s.ID):
		return fault.On("id", "Give an id of 8 to 64 letters, digits, - and _, new for each scan.")
	case !deviceShape.MatchString(s.Device):
		return fault.On("device", "Give a device name of 1 to 24 of a-z, 0-9 and -.")
	case len(s.Code) > maxCode:
		return fault.On("code", "A code has at most 1024 bytes.")
	}
	return nil
}

// scanID is the same for the same id of the same device.
func scanID(venue uuid.UUID, device, id string) (out admit.ScanID) {
	sum := sha256.Sum256([]byte("portaria-scan-1\n" + venue.String() + "\n" + device + "\n" + id))
	copy(out[:], sum[:])
	return out
}

// request is what must be the same in a scan that is sent again.
func (s Scan) request() [32]byte {
	return sha256.Sum256([]byte(strings.Join([]string{s.Venue.String(), s.Checkpoint, s.Device, s.Code, fmt.Sprint(s.Exit, s.Auto)}, "\n")))
}

// Scan answers one scan.
func (s *Service) Scan(ctx context.Context, who Caller, in Scan) (Kept, error) {
	in.Code = strings.TrimRight(in.Code, "\r\n")
	if err := in.check(); err != nil {
		return Kept{}, err
	}
	book, door, err := s.door(ctx, who, in.Venue, in.Checkpoint)
	if err != nil {
		return Kept{}, err
	}
	k := Kept{Organizer: who.Organizer, Venue: in.Venue, Scan: scanID(in.Venue, in.Device, in.ID), Request: in.request(), Gate: wicket.Prefix + in.Device}
	if err := s.Store.OwnDevice(ctx, who.Organizer, in.Venue, k.Gate, who.Owner, who.mostDevices()); err != nil {
		return Kept{}, err
	}
	if before, err := s.before(ctx, k); err == nil || !errors.Is(err, ErrNoScan) {
		return before, err
	}
	if err := s.pace.take(in.Venue, in.Device, who.Owner, s.Now()); err != nil {
		return Kept{}, err
	}
	code, err := lookup.Resolver{Lists: book}.Resolve(in.Code, in.Checkpoint)
	if err != nil {
		s.Log.Error("a list could not be read", "venue", in.Venue, "error", err)
	}
	k.Ask = Question{ID: in.ID, Owner: who.Owner, Language: language(in.Language, door), TimeZone: book.Signed.TimeZone, Ask: wicket.Ask{Scan: k.Scan, Gate: k.Gate, Checkpoint: in.Checkpoint,
		Code: who.foreign(in.Venue, code), Text: in.Code, Exit: in.Exit, Auto: in.Auto, Controller: who.Owner}}
	return s.answer(ctx, k)
}

func language(asked string, door *whitelist.Checkpoint) string {
	if asked != "" {
		return asked
	}
	return door.Language
}

// foreign makes a ticket of an event that the caller is not for one of another event.
func (c Caller) foreign(venue uuid.UUID, code admit.Code) admit.Code {
	event := uuid.UUID(code.Event.Event)
	if event == uuid.Nil || c.Reach.Holds(role.Place{Venue: venue, Event: event}) {
		return code
	}
	return admit.Code{Match: admit.ForeignSigned, Event: code.Event}
}

// door is a checkpoint that the caller may scan at.
func (s *Service) door(ctx context.Context, who Caller, venue uuid.UUID, checkpoint string) (*Book, *whitelist.Checkpoint, error) {
	book, err := s.Books.Venue(ctx, who.Organizer, venue)
	if err != nil {
		return nil, nil, err
	}
	door := book.Signed.Checkpoint(checkpoint)
	if door == nil || !who.mayAt(venue, door) {
		return nil, nil, ErrNoDoor
	}
	return book, door, nil
}

func (c Caller) mayAt(venue uuid.UUID, door *whitelist.Checkpoint) bool {
	return holds(c.Reach, venue, door)
}

func holds(r role.Reach, venue uuid.UUID, door *whitelist.Checkpoint) bool {
	if r.Holds(role.Place{Venue: venue}) {
		return true
	}
	for _, event := range door.Events {
		if r.Holds(role.Place{Venue: venue, Event: uuid.UUID(event)}) {
			return true
		}
	}
	return false
}

// before is the answer that a scan has already. ErrNoScan, ErrReused, ErrGivenUp.
func (s *Service) before(ctx context.Context, k Kept) (Kept, error) {
	kept, err := s.Store.Kept(ctx, k.Organizer, k.Scan)
	if err != nil {
		return Kept{}, err
	}
	switch {
	case kept.Answer.GivenUp:
		return Kept{}, ErrGivenUp
	case kept.Request != k.Request:
		return Kept{}, ErrReused
	}
	return kept, nil
}

// answer has the scan decided, and keeps the answer before anybody hears it.
func (s *Service) answer(ctx context.Context, k Kept) (Kept, error) {
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done, err := s.decide(s.system(short), Job{Organizer: k.Organizer, Venue: k.Venue, Ask: k.Ask.Ask, Do: DoScan})
	if err != nil {
		return Kept{}, explain(err)
	}
	k.Answer, k.At = Answer{Said: done.Said, By: done.By}, s.Now()
	s.pace.saw(k.Venue, k.Gate, k.Ask.Owner, done.Said.Verdict.Reason, s.Now())
	mine, err := s.Store.Keep(ctx, k)
	if err != nil {
		return Kept{}, fmt.Errorf("keep the answer to scan %s: %w", k.Scan, err)
	}
	if !mine {
		return s.before(ctx, k)
	}
	return k, nil
}

func (s *Service) system(ctx context.Context) context.Context {
	if s.System == nil {
		return ctx
	}
	return s.System(ctx)
}

// explain turns what the arbiter's side says into what a device should do.
func explain(err error) error {
	var ready *fault.Fault
	switch {
	case errors.As(err, &ready):
		return err
	case errors.Is(err, wicket.ErrNotReady), errors.Is(err, wicket.ErrUnsaved), errors.Is(err, wicket.ErrEnded), errors.Is(err, arbiter.ErrLost),
		errors.Is(err, context.DeadlineExceeded):
		return ErrStarting
	case errors.Is(err, wicket.ErrNoDoor):
		return ErrNoDoor
	case errors.Is(err, wicket.ErrNoScan):
		return ErrNoScan
	case errors.Is(err, wicket.ErrOver):
		return ErrOver
	case errors.Is(err, wicket.ErrGivenUp):
		return ErrGivenUp
	}
	return err
}

// Passage tells how an admission ended that was not auto.
func (s *Service) Passage(ctx context.Context, who Caller, scan admit.ScanID, passed bool) (wicket.Passage, error) {
	k, err := s.mine(ctx, who, scan)
	if err != nil {
		return wicket.None, err
	}
	if k.Answer.Passage == wicket.None {
		return wicket.None, ErrNoScan.Say("This scan let nobody in.")
	}
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	do := DoAbort
	if passed {
		do = DoPass
	}
	done, err := s.decide(s.system(short), Job{Organizer: k.Organizer, Venue: k.Venue, Ask: k.Ask.Ask, Do: do})
	if err != nil {
		return wicket.None, explain(err)
	}
	k.Answer.Passage = done.Passage
	return done.Passage, s.Store.Amend(ctx, k)
}

// mine is a scan of the caller's, at a door where they still may scan.
func (s *Service) mine(ctx context.Context, who Caller, scan admit.ScanID) (Kept, error) {
	k, err := s.Store.Kept(ctx, who.Organizer, scan)
	if err != nil {
		return k, err
	}
	if k.Ask.Owner != who.Owner {
		return Kept{}, ErrNoScan
	}
	if _, _, err := s.door(ctx, who, k.Venue, k.Ask.Checkpoint); err != nil {
		return Kept{}, ErrNoScan
	}
	return k, nil
}

// Override lets in what a scan was refused, on a supervisor's word. The supervisor may be another than who scanned.
func (s *Service) Override(ctx context.Context, who Caller, scan admit.ScanID, id, reason string) (Kept, error) {
	if err := checkOverride(id, reason); err != nil {
		return Kept{}, err
	}
	first, err := s.Store.Kept(ctx, who.Organizer, scan)
	if err != nil {
		return Kept{}, err
	}
	_, door, err := s.door(ctx, who, first.Venue, first.Ask.Checkpoint)
	if err != nil {
		return Kept{}, ErrNoScan
	}
	if !holds(who.Override, first.Venue, door) {
		return Kept{}, ErrMayNot
	}
	named := deviceOf(first.Gate)
	k := first
	k.Scan, k.Ask.ID, k.Ask.Scan = scanID(first.Venue, named, id), id, scanID(first.Venue, named, id)
	k.Request = sha256.Sum256([]byte("override\n" + scan.String() + "\n" + reason))
	if before, err := s.before(ctx, k); err == nil || !errors.Is(err, ErrNoScan) {
		return before, err
	}
	if err := s.pace.take(first.Venue, named, who.Owner, s.Now()); err != nil {
		return Kept{}, err
	}
	v := first.Answer.Verdict
	if v.Admit || !v.AskStaff || s.Now().Sub(first.At) > overrideTime {
		return Kept{}, ErrNoOverride
	}
	k.Ask.Override = &wire.Override{Supervisor: supervisor(who), Reason: strings.TrimSpace(reason)}
	return s.answer(ctx, k)
}

func checkOverride(id, reason string) error {
	if !idShape.MatchString(id) {
		return fault.On("id", "Give an id of 8 to 64 letters, digits, - and _, new for each scan.")
	}
	if n := len([]rune(strings.TrimSpace(reason))); n < 3 || n > wire.MaxText {
		return fault.On("reason", "Say why, in 3 to 64 characters.")
	}
	return fault.Text("reason", reason, true, wire.MaxText)
}

func supervisor(who Caller) string {
	if who.Name != "" {
		return who.Name
	}
	return who.Owner
}

func eventOf(ask wicket.Ask) ticket.EventID { return ask.Code.Event.Event }
