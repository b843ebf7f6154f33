package venue

import (
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Input is something that happened: a message, a commit that became durable, the passing of time.
type Input interface{ isInput() }

// Effect is something the driver must do, in the order given.
type Effect interface{ isEffect() }

// ClaimCame, EventsCame and StateCame are messages of a gate, whose identity the broker has checked.
type (
	ClaimCame struct {
		Gate  string
		Claim wire.Claim
	}
	EventsCame struct {
		Gate   string
		Events wire.Events
	}
	StateCame struct {
		Gate  string
		State wire.State
	}
)

// Committed says that every Commit up to this number is durable.
type Committed struct{ Number uint64 }

// CommitFailed says that the store could not be written. The core grants and acknowledges nothing more; the driver opens the
// store again and makes a new core from it.
type CommitFailed struct{ Err string }

// CloudAcked is what the cloud says what it holds.
type CloudAcked struct{ wire.Ack }

// CloudLink says that the session to the cloud is up, or down.
type CloudLink struct{ Up bool }

// BackCame brings records that the cloud holds and this hub lacks.
type BackCame struct{ Events wire.Events }

// OldHubOff says that a supervisor has seen that the hub before this one is off, and that it stays off.
type OldHubOff struct{}

// WithoutCloud says that a supervisor wants to go on although the cloud, which may know what this disk lacks, can't be
// asked.
type WithoutCloud struct{}

// JournalRead answers ReadJournal.
type JournalRead struct {
	Gate   string
	Run    wire.Run
	Events []wire.Event
}

// VenueChanged says that a newer venue manifest is in force. Zone is its time zone, loaded by the driver; nil = UTC.
type VenueChanged struct {
	Venue *whitelist.Venue
	Zone  *time.Location
}

// Exclude says that a supervisor has seen that a gate is off and will not come back. Its grants are released; what it brings
// later can only be a conflict. OldHubOff says the same of the hub before this one: see NeedsOldHubOff.
type Exclude struct {
	Gate      string
	OldHubOff bool
}

// Readmit says that an excluded gate may take part again.
type Readmit struct{ Gate string }

// Settle is how, as a supervisor says, a grant ended whose gate lost its outcome.
type Settle struct {
	Scan    admit.ScanID
	Entered bool
}

// Tick says that time passed. The driver gives one at least once a second.
type Tick struct{}

// Commit asks for one durable transaction. The driver may join several Commits into one transaction, never split one,
// and answers with Committed or CommitFailed. Journal records are kept under (gate, run, seq) and, when they carry a
// Record, in the history of their ref too; the history outlives the journal.
type Commit struct {
	Number uint64 // rises by one
	Events []wire.Event
	Grants []Grant        // new, or changed: keyed by Scan
	Closed []admit.ScanID // grants to delete
	Marks  []Mark         // changed: keyed by (Gate, Run)
	Gates  []Gate         // changed: keyed by Name
	Memory Memory
	Homes  *whitelist.Homes // now in force; nil = as before
}

// SendRuling answers a claim.
type SendRuling struct {
	Gate   string
	Ruling wire.Ruling
}

// SendRecall asks a gate to give up a right that is at home there.
type SendRecall struct {
	Gate   string
	Recall wire.Recall
}

// SendAck tells a gate what is held here and in the cloud.
type SendAck struct {
	Gate string
	Ack  wire.Ack
}

// SendPulse answers a heartbeat.
type SendPulse struct {
	Gate  string
	Pulse wire.Pulse
}

// SendUsed tells every gate of one record.
type SendUsed struct{ Used wire.Used }

// SendUp sends records of one run to the cloud.
type SendUp struct{ Events wire.Events }

// BeatNow asks for a heartbeat to the cloud at once: its answer is waited for.
type BeatNow struct{}

// SendWant asks the cloud for records that this hub lacks; losing it does no harm.
type SendWant struct{ Want wire.Want }

// ReadJournal asks for records of a run from a seq on, at most Limit; the driver answers with JournalRead.
type ReadJournal struct {
	Gate  string
	Run   wire.Run
	From  uint64
	Limit int
}

// Prune lets the driver delete journal records of a run up to a seq; never what they add to a history.
type Prune struct {
	Gate string
	Run  wire.Run
	To   uint64
}

// Incident tells the people of the venue something they should know.
type Incident struct {
	Kind  IncidentKind
	Gate  string
	Ref   whitelist.Ref
	Scans []admit.ScanID // conflict: every scan of it
	Text  string         // one sentence
}

// IncidentKind says what an incident is about.
type IncidentKind string

// Kinds of incidents.
const (
	Conflict     IncidentKind = "conflict"       // a right has let in more people than it may
	UnknownEnd   IncidentKind = "unknown_end"    // a gate lost the outcome of a grant: a supervisor settles it
	OldRun       IncidentKind = "old_run"        // a gate speaks with a run that is not its newest: restored, or doubled
	TakenByOther IncidentKind = "taken_by_other" // a message whose gate is not its sender's
	Demoted      IncidentKind = "demoted"        // another hub has taken over
	OldDisk      IncidentKind = "old_disk"       // this hub's disk was restored from an older image
	TermTaken    IncidentKind = "term_taken"     // another hub has the same term
	NotExcluded  IncidentKind = "not_excluded"   // the hub before this one must be seen off first
	HomeSilent   IncidentKind = "home_silent"    // people at home at a gate can't come in elsewhere: it can't be asked
	BadRecord    IncidentKind = "bad_record"     // a record that can't be taken
)

// Grant is a promise to one gate that it may admit one person on a right. It has no timeout.
type Grant struct {
	Scan       admit.ScanID  `json:"scan"`
	Ref        whitelist.Ref `json:"ref"`
	Gate       string        `json:"gate"`
	Run        wire.Run      `json:"run"`
	Req        uint64        `json:"req"`
	Lane       int           `json:"lane"`
	Checkpoint string        `json:"checkpoint"`
	Zone       string        `json:"zone,omitempty"` // where it leads
	Terms      admit.Terms   `json:"terms"`
	Day        int64         `json:"day,omitempty"` // the venue day it counts for
	Follows    admit.ScanID  `json:"follows,omitzero"`
	Closes     admit.ScanID  `json:"closes,omitzero"`
	At         int64         `json:"at"`                // unix ms, arbiter's clock
	Unknown    bool          `json:"unknown,omitempty"` // its run ended without an outcome: counts as used
	Settled    bool          `json:"settled,omitempty"` // a supervisor has confirmed that somebody entered
}

// Mark is what is held of one run.
type Mark struct {
	Gate   string   `json:"gate"`
	Run    wire.Run `json:"run"`
	Held   uint64   `json:"held"`             // every record up to it is durable here
	Cloud  uint64   `json:"cloud"`            // and in the cloud
	Pruned uint64   `json:"pruned,omitempty"` // deleted here up to
	Covers []Cover  `json:"covers,omitempty"`
}

// Cover is what the cloud held of a run at a time: what pruning a retention later rests on.
type Cover struct {
	Cloud uint64 `json:"cloud"`
	At    int64  `json:"at"` // unix ms, arbiter's clock
}

// Gate is what the arbiter keeps about an enrolled gate.
type Gate struct {
	Name     string   `json:"name"`
	Run      wire.Run `json:"run"` // its newest
	Excluded bool     `json:"excluded,omitempty"`
	Void     uint64   `json:"void,omitempty"` // it has no homes of this epoch and older ones: it was excluded then
}

// Memory is the small durable state beside journal, history and grants.
type Memory struct {
	Term        uint64 `json:"term"`
	Head        uint64 `json:"head"`                  // counts every durable write
	Incarnation string `json:"incarnation,omitempty"` // of the cloud that the marks are about
	Disk        string `json:"disk,omitempty"`        // random, made with the store
	New         bool   `json:"new,omitempty"`         // the store began empty, and has not been filled up yet
	Lost        bool   `json:"lost,omitempty"`        // the store is older than what others know, and has not been filled up yet
	OldHubOff   bool   `json:"old_hub_off,omitempty"` // the hub before this one has been seen off
}

// Boot is what a starting arbiter found on its disk, and the name of its new run.
type Boot struct {
	Hub     string
	Run     string // random, new at every start: the numbering of Used
	Memory  Memory
	Gates   []Gate
	Marks   []Mark
	Grants  []Grant
	History map[whitelist.Ref][]admit.Record
	Rights  map[whitelist.Ref]wire.Right // what refs stand for, of rights with a history, as far as known
	Homes   whitelist.Homes              // in force

	// Retention is how long the cloud must have held a record before it may be pruned here, ms; 0 = a week.
	Retention int64

	Enrolled []string // gates that may take part, whether this disk has heard of them or not
	Cloud    bool     // there is a cloud
	Disk     string   // random: the name of the store, if it has none yet
	Term     uint64   // that a person has given, 0 = none; the cloud gives one too
}

// Now is the time a step happens at. The core reads no clock.
type Now struct {
	Unix int64 // ms
	Mono int64 // ms since the process started, never backward
}

func (ClaimCame) isInput()    {}
func (EventsCame) isInput()   {}
func (StateCame) isInput()    {}
func (Committed) isInput()    {}
func (CommitFailed) isInput() {}
func (CloudAcked) isInput()   {}
func (CloudLink) isInput()    {}
func (JournalRead) isInput()  {}
func (BackCame) isInput()     {}
func (OldHubOff) isInput()    {}
func (WithoutCloud) isInput() {}
func (VenueChanged) isInput() {}
func (Exclude) isInput()      {}
func (Readmit) isInput()      {}
func (Settle) isInput()       {}
func (Tick) isInput()         {}

func (Commit) isEffect()      {}
func (SendRuling) isEffect()  {}
func (SendRecall) isEffect()  {}
func (SendAck) isEffect()     {}
func (SendPulse) isEffect()   {}
func (SendUsed) isEffect()    {}
func (SendUp) isEffect()      {}
func (SendWant) isEffect()    {}
func (BeatNow) isEffect()     {}
func (ReadJournal) isEffect() {}
func (Prune) isEffect()       {}
func (Incident) isEffect()    {}
