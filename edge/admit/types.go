package admit

import "portaria/edge/whitelist"

// ScanID is 16 random bytes made before any I/O: the idempotency key of everything about one scan. Text form: 32
// hex digits.
type ScanID [16]byte

// Reason is why a verdict is what it is. The words are stable: stored, sent and shown; never renamed.
type Reason string

// Reasons, in the order of 3-access; DESIGN.md lists the order in which they are checked.
const (
	OK               Reason = "ok"
	OKOffline        Reason = "ok_offline"
	OKOverride       Reason = "ok_override"
	Unknown          Reason = "unknown"
	Ambiguous        Reason = "ambiguous"
	BadSignature     Reason = "bad_signature"
	WrongEvent       Reason = "wrong_event"
	WrongDay         Reason = "wrong_day"
	TooEarly         Reason = "too_early"
	TooLate          Reason = "too_late"
	WrongZone        Reason = "wrong_zone"
	WrongKind        Reason = "wrong_kind"
	AlreadyUsed      Reason = "already_used"
	AlreadyInside    Reason = "already_inside"
	NotInside        Reason = "not_inside"
	PendingElsewhere Reason = "pending_elsewhere"
	Replaced         Reason = "replaced"
	Revoked          Reason = "revoked"
	Blocked          Reason = "blocked"
	CheckpointClosed Reason = "checkpoint_closed"
	OutsideHours     Reason = "outside_hours"
	NoController     Reason = "no_controller"
	ZoneFull         Reason = "zone_full"
	GroupFull        Reason = "group_full"
	ListExpired      Reason = "list_expired"
	ClockUnknown     Reason = "clock_unknown"
	ArbiterRequired  Reason = "arbiter_required"
	OtherGate        Reason = "other_gate"
	Debounced        Reason = "debounced"
	Unreadable       Reason = "unreadable"
)

// Clock says how far a gate's clock can be trusted.
type Clock string

// Clock states.
const (
	Synced       Clock = "synced"
	Coasting     Clock = "coasting"
	ClockIsUnset Clock = "unknown"
)

// Decider says who is deciding and what it can know.
type Decider uint8

// Deciders.
const (
	AtGate    Decider = iota // a gate before it asks: its own history only
	AtArbiter                // hub, or cloud where there is no hub: every gate's history
	Offline                  // a gate whose arbiter is down, under the checkpoint's policy
)

// Match says how a scanned text was found.
type Match uint8

// Matches of a scanned text.
const (
	NoMatch       Match = iota // no list and no key knows it: unknown
	Listed                     // one list entry: Entry, Kind and EventIndex hold
	SignedOnly                 // well signed but not listed: Kind, Reissue hold; Entry.Ref is computed
	ForgedCode                 // format and key id known, signature wrong
	ManyMatches                // two readings are listed
	Garbled                    // not a code at all: binary, too long, half
	ForeignSigned              // well signed under another event's or issuer's key that is not served here
)

// Code is what is known of a scanned text before history is looked at.
type Code struct {
	Match     Match
	Event     whitelist.VenueEvent // the event whose list or key matched
	Entry     whitelist.Entry      // for SignedOnly only Ref, Kind and Flags are set
	Kind      whitelist.Kind
	Reissue   uint8 // of a signed code
	GoodUntil int64 // of the list, unix seconds
	Seat      string
}

// Facts is all that a decision rests on.
type Facts struct {
	Now        int64 // unix milliseconds; with an unknown clock, a time that has certainly passed
	Clock      Clock
	Location   Day // the venue's current day (see DayAt)
	Checkpoint *whitelist.Checkpoint
	Exit       bool     // this scan leaves (checkpoint Out, or Both with an exit scan)
	Code       *Code    // nil only at the arbiter: the gate has judged the code
	Terms      Terms    // of the right, at this checkpoint (TermsOf, then Terms.At)
	Standing   Standing // Fold under those terms
	Pending    Pending  // what the arbiter has granted and not yet seen used
	Controller string   // id on duty, empty = none
	ZoneCount  int      // people in the checkpoint's To zone
	ZoneLimit  int      // its capacity, 0 = none
	Decider    Decider
	Repeat     bool   // the lane has just read this code, or is still busy with a person
	Home       string // offline under the home policy: the gate that holds the right, empty = this one
	Recalled   bool   // offline under the home policy: the arbiter holds the right, or it is not known who does
	OverBudget bool   // offline under the free policy: the budget is spent
	Override   bool   // a supervisor has confirmed
}

// Pending is what has been granted on a right and neither used nor released.
type Pending struct {
	Count int
	Gate  string // of the oldest grant
	Lane  int
	At    int64 // unix ms, arbiter's clock
}

// Day is a venue's day as unix milliseconds [From, Until).
type Day struct{ From, Until int64 }

// Verdict is the judge's answer. Refusal is a verdict, not an error.
type Verdict struct {
	Admit     bool
	Reason    Reason
	Attention whitelist.Flags
	AskStaff  bool   // a supervisor may override
	At        int64  // already_used, already_inside: when (unix ms); too_early: from when
	Gate      string // and where; pending_elsewhere, other_gate: which gate
	Lane      int
	UnsureNow bool   // judged by a clock that only knows which times have passed
	Follows   ScanID // the standing entry that this admission follows, zero = none
	Closes    ScanID // exits and inner doors: the place that is left, zero = none
}

// RecordKind says what a history record is.
type RecordKind string

// Kinds of history records. Entry, Exit and Forced come from a scan; the others tell the end of one.
const (
	Entry      RecordKind = "entry"   // INTENT: durable before the relay moves
	Passed     RecordKind = "passed"  // the passage contact fired
	Abort      RecordKind = "abort"   // nobody passed: closes its own scan only
	UnknownEnd RecordKind = "unknown" // a restart lost the outcome: counts as used
	ForcedPass RecordKind = "forced"  // a late passage after Abort: the use stands again
	Exit       RecordKind = "exit"    // counts once Passed or ForcedPass names its scan

	// Surrender adds nothing to what a right has been used for: Gate has given the right's token to the arbiter, for
	// good; with no Gate, the arbiter has taken it. Scan is the one that it was for.
	Surrender RecordKind = "surrender"
)

// Record is one line of a right's history, a grow-only set.
type Record struct {
	Scan       ScanID     `json:"scan"`
	Kind       RecordKind `json:"kind"`
	At         int64      `json:"at"` // unix ms, the gate's clock; never decides who was first
	Gate       string     `json:"gate"`
	Lane       int        `json:"lane"`
	Checkpoint string     `json:"checkpoint,omitempty"`
	From       string     `json:"from,omitempty"`   // zone the person came from, empty = outside
	Zone       string     `json:"zone,omitempty"`   // where the person is afterwards, empty = outside
	Day        int64      `json:"day,omitempty"`    // entry: start of the venue day it counts for (unix ms)
	Follows    ScanID     `json:"follows,omitzero"` // entry: the place that was left for outside, and that it follows
	Closes     ScanID     `json:"closes,omitzero"`  // exit, inner entry: the place it leaves
	Resumes    ScanID     `json:"resumes,omitzero"` // entry: the unknown scan it takes the place of
	Override   bool       `json:"override,omitempty"`
	Offline    bool       `json:"offline,omitempty"`
}

// Terms is what a fold must know of the right itself. Uses times Group is how many admissions are allowed: in all
// (single), a day (daily), or inside at once (reentry).
type Terms struct {
	Use          whitelist.Use `json:"use"`
	Uses         int           `json:"uses"`                    // at least 1
	Group        int           `json:"group,omitempty"`         // people per use; 0 and 1 = one
	ReentryAfter int           `json:"reentry_after,omitempty"` // minutes
	Inner        string        `json:"inner,omitempty"`         // zone of a door inside the venue; its uses count apart
}

// Standing is what a history adds up to, whatever the order its records came in. Used, UsedDay, Latest, Roots, Ends
// and Conflict are of the doors that Terms.Inner names; the rest is of the whole right.
type Standing struct {
	Used     int      // standing entries
	UsedDay  int      // standing entries of the current day
	Latest   Place    // the latest of them, by its clock (for people to read; it decides nothing)
	Inside   int      // people inside on this right: len(Open)
	Zone     string   // zone of Last
	Last     Record   // the last standing entry or exit, by its clock
	Open     []Place  // where the people of this right are, by scan id
	Roots    int      // standing entries that follow none
	Ends     []End    // who has left for outside and not come back, by scan id
	Conflict []ScanID // every scan of a double admission, by scan id; empty = none
}

// Place is where one person of a right is, by the scan that brought them there.
type Place struct {
	Scan   ScanID
	Zone   string
	Passed bool // the passage was recorded, so an exit may name it
	At     int64
	Gate   string
	Lane   int
}

// End is a place that was left for outside and that a new entry may follow.
type End struct {
	Scan   ScanID
	LeftAt int64 // unix ms, clock of the exit's gate
}
