package gate

import (
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Input is something that happened: a scan, a message, a commit that became durable, the passing of time.
type Input interface{ isInput() }

// Effect is something the driver must do, in the order given.
type Effect interface{ isEffect() }

// Scan says that a lane read a code and that the driver has looked it up. Text is the cleaned text (kept only for unknown codes).
type Scan struct {
	Lane int
	ID   admit.ScanID
	Code admit.Code
	Text string
	Exit bool
}

// Unreadable says that a lane read bytes that are no code.
type Unreadable struct {
	Lane int
	ID   admit.ScanID
	Text string
}

// Committed says that everything up to Seq of the current run is durable.
type Committed struct{ Seq uint64 }

// CommitFailed says that the journal could not be written. The driver must not try again; every pending lane refuses.
type CommitFailed struct{ Err string }

// Override says that a supervisor lets in what a lane refused last. ID is the new scan's, made by the driver.
type Override struct {
	Lane       int
	ID         admit.ScanID
	Supervisor string
	Reason     string
}

// Settled says that a supervisor knows how an admission ended whose outcome this gate lost.
type Settled struct {
	Scan       admit.ScanID
	Supervisor string
	Entered    bool
}

// CounterRead is a turnstile's reading while nobody passes: at the start, so that an interrupted admission can be told
// from a finished one.
type CounterRead struct {
	Lane    int
	Counter int64
}

// RulingCame, RecallCame, PulseCame, UsedCame and AckCame are messages of the hub.
type (
	RulingCame struct{ wire.Ruling }
	RecallCame struct{ wire.Recall }
	PulseCame  struct{ wire.Pulse }
	UsedCame   struct{ wire.Used }
	AckCame    struct{ wire.Ack }
)

// Passage says that the lane's contact fired; Counter is the turnstile's reading, nil when it has none.
type Passage struct {
	Lane    int
	Counter *int64
}

// VenueChanged says that a newer venue manifest is in force. Zone is its time zone, loaded by the driver; nil = UTC.
type VenueChanged struct {
	Venue *whitelist.Venue
	Zone  *time.Location
}

// DutyChanged says that a controller signed on at a lane, or off (empty).
type DutyChanged struct {
	Lane       int
	Controller string
}

// Noted is something an operator should find in the journal. Lane 0 = the whole gate.
type Noted struct {
	Lane int
	Text string
}

// LaneChanged says that a lane's device state changed.
type LaneChanged struct {
	Lane    int
	Scanner string
	Output  string
}

// ListsChanged says which lists this gate holds, for the heartbeat.
type ListsChanged struct{ Lists []wire.ListState }

// Tick says that time passed. The driver gives one when Wake's time has come, and at least once a second.
type Tick struct{}

// Commit asks for one durable transaction of these journal records (contiguous, of the current run). The driver may
// join several Commits into one transaction, and answers with Committed or CommitFailed.
type Commit struct{ Events []wire.Event }

// SendClaim, SendEvents and SendState publish; losing any of them does no harm.
type (
	SendClaim  struct{ Claim wire.Claim }
	SendEvents struct{ Events wire.Events }
	SendState  struct{ State wire.State }
)

// ReadJournal asks for records of a run from a seq on, at most Limit; the driver answers with JournalRead.
type ReadJournal struct {
	Run   wire.Run
	From  uint64
	Limit int
}

// JournalRead answers ReadJournal.
type JournalRead struct {
	Run    wire.Run
	Events []wire.Event
}

// Prune lets the driver delete journal records of a run up to a seq. What they add to a right's history stays: a
// pass of many uses outlives the journal.
type Prune struct {
	Run wire.Run
	To  uint64
}

// Pulse moves a lane's relay once. Always after the Committed of its admission.
type Pulse struct {
	Lane int
	Scan admit.ScanID
	Exit bool
}

// Show puts a verdict on a lane's screen, lamp and buzzer. Sure is false while the arbiter is being asked.
type Show struct {
	Lane    int
	Verdict admit.Verdict
	Code    *admit.Code // nil for unreadable
	Offline bool
}

// Restart asks the driver to end this core and start another from the disk, once everything asked for before is durable.
type Restart struct{ Why string }

// Release turns a lane's relay off, if it is still held: the person has passed, or the time is over.
type Release struct{ Lane int }

// Remember asks the driver to keep what another gate did with a right, with the next commit; Boot.History brings it
// back. Right is what Ref stands for, nil = not said.
type Remember struct {
	Ref    whitelist.Ref
	Record admit.Record
	Right  *wire.Right
}

// Persist asks the driver to keep small durable facts (term, head, watermarks) with the next commit.
type Persist struct{ Memory Memory }

// Wake asks for a Tick at this time (unix ms on the driver's clock).
type Wake struct{ At int64 }

func (Scan) isInput()         {}
func (Unreadable) isInput()   {}
func (Committed) isInput()    {}
func (CommitFailed) isInput() {}
func (RulingCame) isInput()   {}
func (RecallCame) isInput()   {}
func (PulseCame) isInput()    {}
func (UsedCame) isInput()     {}
func (AckCame) isInput()      {}
func (Passage) isInput()      {}
func (VenueChanged) isInput() {}
func (LaneChanged) isInput()  {}
func (ListsChanged) isInput() {}
func (DutyChanged) isInput()  {}
func (Noted) isInput()        {}
func (Override) isInput()     {}
func (Settled) isInput()      {}
func (CounterRead) isInput()  {}
func (Tick) isInput()         {}
func (JournalRead) isInput()  {}

func (Commit) isEffect()      {}
func (SendClaim) isEffect()   {}
func (SendEvents) isEffect()  {}
func (SendState) isEffect()   {}
func (ReadJournal) isEffect() {}
func (Prune) isEffect()       {}
func (Pulse) isEffect()       {}
func (Show) isEffect()        {}
func (Release) isEffect()     {}
func (Restart) isEffect()     {}
func (Remember) isEffect()    {}
func (Persist) isEffect()     {}
func (Wake) isEffect()        {}

// Now is the time a step happens at: the driver's clock, how far it is trusted, and milliseconds since the process
// started (never backward). The core reads no clock.
type Now struct {
	Unix  int64 // ms
	Mono  int64 // ms
	Clock admit.Clock
}

// Memory is the small durable state of a gate beside its journal.
type Memory struct {
	Starts      uint32      `json:"starts"`
	Term        uint64      `json:"term"`
	Hub         string      `json:"hub"`
	Head        uint64      `json:"head"`
	Incarnation string      `json:"incarnation,omitempty"` // of the cloud that the Cloud marks are about
	Orders      wire.Doors  `json:"orders,omitzero"`       // of the hub, over what is configured
	Runs        []RunMemory `json:"runs"`                  // retained runs, oldest first; the last is the current one
	Alone       Alone       `json:"alone,omitzero"`
}

// RunMemory is what a gate remembers of one of its runs.
type RunMemory struct {
	Run    wire.Run `json:"run"`
	Last   uint64   `json:"last"`             // newest seq in the journal
	Hub    uint64   `json:"hub"`              // durable at the hub
	Cloud  uint64   `json:"cloud"`            // durable in the cloud
	Pruned uint64   `json:"pruned,omitempty"` // deleted here up to
	Marks  []Mark   `json:"marks,omitempty"`
}

// Mark is what the cloud held of a run at a time: what pruning a retention later rests on.
type Mark struct {
	Cloud uint64 `json:"cloud"`
	At    int64  `json:"at"` // unix ms, gate clock
}

// Boot is what a starting gate found on its disk, and the random bits of its new run. Memory.Runs[i].Last is read
// from the journal, not from what was persisted.
type Boot struct {
	Gate    string
	Lanes   []Lane
	Memory  Memory
	History map[whitelist.Ref][]admit.Record // of every journal record ever held and every Remember
	Rights  map[whitelist.Ref]wire.Right     // of rights with a history, as far as known: of Admission records and Remember
	Intents []wire.Event                     // Admission records of the journal that no Outcome record but UNKNOWN names, oldest first
	Random  uint32

	// Retention is how long the cloud must have held a record before it may be pruned here, ms; 0 = a week.
	Retention int64
}

// Lane is one scanner with its output, serving one checkpoint.
type Lane struct {
	Number     int // from 1
	Checkpoint string
}
