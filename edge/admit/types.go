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
	Now        int64 // unix milliseconds
	Clock      Clock
	Location   Day // start of the venue's current day, for "once a day"
	Checkpoint *whitelist.Checkpoint
	Exit       bool // this scan leaves (checkpoint Out, or Both with an exit scan)
	Code       *Code
	Standing   Standing
	Controller string // id on duty, empty = none
	ZoneCount  int    // people in the checkpoint's To zone
	ZoneLimit  int    // its capacity, 0 = none
	Decider    Decider
	Override   bool // a supervisor has confirmed
}

// Day is a venue's calendar day as unix milliseconds [From, Until).
type Day struct{ From, Until int64 }

// Verdict is the judge's answer. Refusal is a verdict, not an error.
type Verdict struct {
	Admit     bool
	Reason    Reason
	Attention whitelist.Flags
	AskStaff  bool   // a supervisor may override
	At        int64  // already_used, already_inside: when (unix ms)
	Gate      string // and where
	Lane      int
	Follows   ScanID // the standing entry that this admission follows, zero = none
	Closes    ScanID // exits: the entry it closes, zero = none
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
	Exit       RecordKind = "exit"
)

// Record is one line of a right's history, a grow-only set.
type Record struct {
	Scan       ScanID     `json:"scan"`
	Kind       RecordKind `json:"kind"`
	At         int64      `json:"at"` // unix ms, the gate's clock; never decides who was first
	Gate       string     `json:"gate"`
	Lane       int        `json:"lane"`
	Checkpoint string     `json:"checkpoint,omitempty"`
	Zone       string     `json:"zone,omitempty"`   // where the person is afterwards
	Follows    ScanID     `json:"follows,omitzero"` // entry: the standing entry it follows
	Closes     ScanID     `json:"closes,omitzero"`  // exit: the entry it closes
	Resumes    ScanID     `json:"resumes,omitzero"` // entry: the unknown scan it takes the place of
	Override   bool       `json:"override,omitempty"`
	Offline    bool       `json:"offline,omitempty"`
}

// Terms is what a fold must know of the right itself.
type Terms struct {
	Use          whitelist.Use
	Uses         int // admissions allowed in all, at least 1
	Group        int // people per use, at least 1
	ReentryAfter int // minutes
}

// Standing is what a history adds up to, whatever the order its records came in.
type Standing struct {
	Used     int      // standing entries
	UsedDay  int      // standing entries of the current day
	Inside   int      // people inside on this right
	Zone     string   // zone of the last standing entry
	Last     Record   // the last standing entry or exit
	Open     []ScanID // standing entries no exit closed
	Conflict []ScanID // every scan of a double admission; empty = none
}
