package wire

import (
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Version is the number in every topic and message. History:
//
//	1: 2026-11: first.
//	1: 2026-11-22: the home policy. Recall is new, and so are Claim.Seat and Claim.Unlisted, Ruling.Wait, State.Homes,
//	   Pulse.Homes and records of the type surrender; who does not know them is strict where a right is at home.
//	1: 2026-11-22: State.Sum, Pulse.UsedRun and Pulse.Used: a gate that knows all need not hear it again when its hub restarts.
//	   Pulse.Caught: only a gate that is told so resumes an admission that a power cut interrupted.
//	1: 2026-11-22: State.Venue, GateState.Venue, HubState.Venue and HubState.Program: who obeys which doors; for people only.
const Version = 1

// MaxMessage is the largest MQTT payload of any type, in bytes; smaller limits stand beside the types.
const MaxMessage = 16 << 10

// Event is one journal record: what a gate saw, decided or learnt. Its id is (Gate, Run, Seq).
type Event struct {
	Gate string `json:"gate"`
	Run  Run    `json:"run"`
	Seq  uint64 `json:"seq"` // contiguous from 1 within the run

	Type   EventType       `json:"type"`
	Scan   admit.ScanID    `json:"scan,omitzero"`
	Ref    whitelist.Ref   `json:"ref,omitzero"`
	Event  ticket.EventID  `json:"event,omitzero"`
	Kind   uint16          `json:"kind,omitempty"`
	Record *admit.Record   `json:"record,omitempty"` // what it adds to the ref's history, nil for refusals and notes
	Terms  *admit.Terms    `json:"terms,omitempty"`  // of an admission: what the gate judged the right by
	Reason admit.Reason    `json:"reason,omitempty"`
	Flags  whitelist.Flags `json:"flags,omitempty"`

	At         int64       `json:"at"`               // unix ms, gate clock
	Mono       int64       `json:"mono"`             // ms since the process started
	Clock      admit.Clock `json:"clock"`            // synced, coasting, unknown
	Offset     int64       `json:"offset,omitempty"` // ms to the hub's clock when last measured
	Lane       int         `json:"lane,omitempty"`   // from 1
	Checkpoint string      `json:"checkpoint,omitempty"`
	Mode       string      `json:"mode,omitempty"` // of the checkpoint
	Controller string      `json:"controller,omitempty"`
	Counter    *int64      `json:"counter,omitempty"` // turnstile counter at INTENT, nil = not known
	Text       string      `json:"text,omitempty"`    // unknown raw text, at most 64 characters; a note's words
	Override   *Override   `json:"override,omitempty"`
}

// EventType says what a journal record is about.
type EventType string

// Types of journal records.
const (
	Admission EventType = "admission" // Record is an entry
	Leaving   EventType = "leaving"   // Record is an exit
	Outcome   EventType = "outcome"   // Record is passed, abort, unknown or forced
	Refusal   EventType = "refusal"
	Note      EventType = "note"      // something an operator should know: scanner gone, list refused, duty change
	Surrender EventType = "surrender" // Record says that this gate has given the right's token to the arbiter
	Heard     EventType = "heard"     // Record is another gate's, told by gates that heard of it: Gate is the hub that was told
)

// Override is a supervisor's word on an admission.
type Override struct {
	Supervisor string `json:"supervisor"`
	Reason     string `json:"reason"`
}

// Run names one life of a gate process: the persisted start count and random bits, "7-9f3a61c2".
type Run struct {
	Start  uint32
	Random uint32
}

// Claim asks the arbiter whether a right may be admitted now. QoS 0, gate/<id>/claim.
type Claim struct {
	V          int            `json:"v"`
	Run        Run            `json:"run"`
	Req        uint64         `json:"req"` // from 1 within the run
	Scan       admit.ScanID   `json:"scan"`
	Ref        whitelist.Ref  `json:"ref"`
	Event      ticket.EventID `json:"event"`
	Kind       uint16         `json:"kind"`
	Terms      admit.Terms    `json:"terms"`
	Checkpoint string         `json:"checkpoint"`
	Lane       int            `json:"lane"`
	Exit       bool           `json:"exit,omitempty"`
	Seat       uint32         `json:"seat,omitempty"`     // of the entry, for the right's home
	Unlisted   bool           `json:"unlisted,omitempty"` // no list of the gate has the code, so its seat is not known
	LastSeq    uint64         `json:"last_seq"`           // of this run's journal
	Closed     []uint64       `json:"closed,omitempty"`   // reqs that ended since the last message
}

// Ruling answers a claim. gate/<id>/ruling.
type Ruling struct {
	V       int          `json:"v"`
	Run     Run          `json:"run"`
	Req     uint64       `json:"req"`
	Scan    admit.ScanID `json:"scan"`
	Grant   bool         `json:"grant"`
	Reason  admit.Reason `json:"reason"`
	At      int64        `json:"at,omitempty"`   // already_used: when
	Gate    string       `json:"gate,omitempty"` // already_used, pending_elsewhere: where
	Lane    int          `json:"lane,omitempty"`
	Follows admit.ScanID `json:"follows,omitzero"`
	Day     int64        `json:"day,omitempty"`  // of a grant once a day: start of the venue's day that it counts for, unix ms
	Wait    bool         `json:"wait,omitempty"` // no answer yet: Gate is the right's home, and is asked to give it up
	Head    uint64       `json:"head"`
	Term    uint64       `json:"term"`
	Hub     string       `json:"hub"`
}

// Recall asks a right's home gate to surrender it, since another gate wants to let somebody in on it. The answer is a
// record in the journal. QoS 0: who is not answered asks again. gate/<id>/recall.
type Recall struct {
	V     int            `json:"v"`
	Ref   whitelist.Ref  `json:"ref"`
	Event ticket.EventID `json:"event"`
	Kind  uint16         `json:"kind"`
	Scan  admit.ScanID   `json:"scan"` // of the claim that it is for
	Head  uint64         `json:"head"`
	Term  uint64         `json:"term"`
	Hub   string         `json:"hub"`
}

// Events is a batch of journal records in order of seq, of one run. gate/<id>/events, QoS 1.
type Events struct {
	V      int     `json:"v"`
	Number uint64  `json:"number"` // of this message within the sender's life; acks echo it
	Gate   string  `json:"gate"`
	Run    Run     `json:"run"`
	Events []Event `json:"events"`
}

// Ack says which records are held durably. gate/<id>/ack, hub/<id>/ack.
type Ack struct {
	V           int         `json:"v"`
	Number      uint64      `json:"number"` // of the Events or State message it answers
	Watermarks  []Watermark `json:"watermarks"`
	Incarnation string      `json:"incarnation,omitempty"` // of the cloud's database, when Cloud marks are present
	Word        *Word       `json:"word,omitempty"`        // in the cloud's answer to a hub's heartbeat
}

// Word is what the cloud's answer to a hub's heartbeat says beside its watermarks.
type Word struct {
	Disk   string `json:"disk"`            // whose term it is: a hub's name may have moved to another machine
	Run    string `json:"run"`             // of the hub's process that asked
	Term   uint64 `json:"term"`            // that this disk has
	Newest uint64 `json:"newest"`          // highest at the venue; above Term, another hub has taken over
	Head   uint64 `json:"head,omitempty"`  // highest that this disk has told of
	Of     int    `json:"of,omitempty"`    // how many watermarks the answer has, over all its messages
	Whole  bool   `json:"whole,omitempty"` // it names every run that may still matter
}

// Want asks the cloud for the records of a run from a seq on, which the hub lacks: hub/<id>/want. The answer is Events
// on hub/<id>/back.
type Want struct {
	V    int    `json:"v"`
	Gate string `json:"gate"`
	Run  Run    `json:"run"`
	From uint64 `json:"from"`
}

// Ask is what a telephone asks of a hub by way of the cloud: hub/<id>/ask. The answer is Answer on hub/<id>/answer. Losing
// either does no harm: the telephone asks again, for the same scan.
type Ask struct {
	V         int    `json:"v"`
	ID        string `json:"id"`         // of this question, for its answer
	DropAfter int64  `json:"drop_after"` // unix ms
	Do        string `json:"do"`         // scan, passed, abort
	Body      []byte `json:"body"`       // JSON of the scan
}

// Answer is what the hub answers: hub/<id>/answer.
type Answer struct {
	V     int    `json:"v"`
	ID    string `json:"id"`
	Fault string `json:"fault,omitempty"` // why there is no answer: not_ready, no_door, no_scan, over
	Body  []byte `json:"body,omitempty"`  // JSON of the verdict
}

// Watermark says how far a run is held: every record of the run up to Hub is durable at the hub, up to Cloud in the cloud.
type Watermark struct {
	Gate  string `json:"gate"`
	Run   Run    `json:"run"`
	Hub   uint64 `json:"hub"`
	Cloud uint64 `json:"cloud"`
}

// State is a gate's heartbeat, one a second. gate/<id>/state.
type State struct {
	V       int         `json:"v"`
	Number  uint64      `json:"number"`
	Gate    string      `json:"gate"`
	Run     Run         `json:"run"`
	Runs    []RunState  `json:"runs"`              // every retained run's last seq
	Closed  []uint64    `json:"closed,omitempty"`  // reqs that ended
	OpenMin uint64      `json:"open_min"`          // every req below it is closed
	Pending bool        `json:"pending,omitempty"` // a req is open: its grant may be on its way to the disk
	At      int64       `json:"at"`                // unix ms, gate clock
	Clock   admit.Clock `json:"clock"`
	Lanes   []LaneState `json:"lanes"`
	Lists   []ListState `json:"lists,omitempty"`
	UsedRun string      `json:"used_run,omitempty"` // last number seen on the used topic
	Used    uint64      `json:"used,omitempty"`
	Head    uint64      `json:"head,omitempty"`
	Term    uint64      `json:"term,omitempty"`
	Hub     string      `json:"hub,omitempty"`    // whose term it is
	Homes   uint64      `json:"homes,omitempty"`  // epoch of the homes it obeys: it will not use older ones any more
	Journal int         `json:"journal"`          // records not yet confirmed by the cloud
	Orders  uint64      `json:"orders,omitempty"` // number of the Doors it obeys
	Venue   uint64      `json:"venue,omitempty"`  // epoch of the venue manifest it obeys
	Machine Machine     `json:"machine,omitzero"`

	// What the gate knows of rights, its own records and those it learnt by Used, handed back to a hub that asks (Tell).
	Known     uint64      `json:"known,omitempty"`      // how many records it knows
	Others    uint64      `json:"others,omitempty"`     // how many of them are not its own; told in every heartbeat
	Own       uint64      `json:"own,omitempty"`        // how many are its own, and on its disk; told in every heartbeat
	Sum       uint64      `json:"sum,omitempty"`        // of all that it knows, by admit.Sum, added up in 64 bits
	HeardFrom uint64      `json:"heard_from,omitempty"` // number of the first of Heard among them, from 1
	Heard     []KnownFact `json:"heard,omitempty"`
}

// Machine is how the gate's computer does. What it can't tell is left out.
type Machine struct {
	Celsius     int  `json:"celsius,omitempty"`      // of its hottest part
	WeakPower   bool `json:"weak_power,omitempty"`   // the supply's voltage is too low at the moment
	Battery     *int `json:"battery,omitempty"`      // percent
	DiskPercent int  `json:"disk_percent,omitempty"` // used, of the disk with the journal
}

// KnownFact is one record of a right's history, whichever gate made it.
type KnownFact struct {
	Ref    whitelist.Ref `json:"ref"`
	Record admit.Record  `json:"record"`
	Right  *Right        `json:"right,omitempty"` // of an entry, where it is known
}

// Right is what a ref stands for: who learns of an entry from others can't look it up.
type Right struct {
	Event ticket.EventID `json:"event,omitzero"`
	Kind  uint16         `json:"kind,omitempty"`
	Terms admit.Terms    `json:"terms"`
}

// RightOf is what an admission says of its right, nil if nothing.
func RightOf(e *Event) *Right {
	if e.Terms == nil || e.Ref == (whitelist.Ref{}) {
		return nil
	}
	r := &Right{Event: e.Event, Kind: e.Kind, Terms: *e.Terms}
	r.Terms.Inner = ""
	return r
}

// RunState is what a gate still has of a retained run: the records above Base, up to Last.
type RunState struct {
	Run  Run    `json:"run"`
	Last uint64 `json:"last"`
	Base uint64 `json:"base,omitempty"` // records up to it were pruned, so the cloud has them
}

// LaneState is how one lane does.
type LaneState struct {
	Lane       int    `json:"lane"`
	Checkpoint string `json:"checkpoint"`
	Scanner    string `json:"scanner"` // ready, gone
	Output     string `json:"output"`  // ready, failed
	Mode       string `json:"mode"`    // open, closed, drill, evacuation
	Controller string `json:"controller,omitempty"`
	LastScan   int64  `json:"last_scan,omitempty"` // unix ms
	In         int    `json:"in"`
	Out        int    `json:"out"`
	Refused    int    `json:"refused"`
}

// ListState is how old a gate's copy of a list is.
type ListState struct {
	Event ticket.EventID `json:"event"`
	Epoch uint64         `json:"epoch"`
	Count uint32         `json:"count"`
}

// Pulse is the hub's heartbeat to one gate, in answer to a State: it carries hub time and the echo that proves the
// way back works. gate/<id>/command with type "pulse" would make every command urgent, so it rides on its own topic:
// gate/<id>/pulse.
type Pulse struct {
	V      int    `json:"v"`
	Number uint64 `json:"number"` // of the State it answers
	At     int64  `json:"at"`     // unix ms, hub clock
	Hub    string `json:"hub"`
	Term   uint64 `json:"term"`
	Head   uint64 `json:"head"`
	Cloud  bool   `json:"cloud"`            // the hub has its cloud
	Ready  bool   `json:"ready"`            // claims of this gate are answered: not RECOVERING, and the gate is in step
	Newest Run    `json:"newest,omitzero"`  // the gate's newest run as the hub knows it
	Homes  uint64 `json:"homes,omitempty"`  // epoch of the homes by which this run may admit alone; 0 = by none
	Caught bool   `json:"caught,omitempty"` // the run that Newest names has been compared, and has heard all that was known when it began
	Tell   uint64 `json:"tell,omitempty"`   // the hub's disk is old or new: hand back what you know, from this number on

	UsedRun string `json:"used_run,omitempty"` // the gate knows all that was told on the used topic in this run
	Used    uint64 `json:"used,omitempty"`     // up to this number: it need not hear it again

	Inside []ZoneCount `json:"inside,omitempty"` // zones that the gate's lanes lead to, at most MaxInside
}

// MaxInside is how many zones a Pulse tells of.
const MaxInside = 4

// ZoneCount is how full a part of the venue is, the zones inside it included.
type ZoneCount struct {
	Zone     string `json:"zone"`
	Count    int    `json:"count"`
	Capacity int    `json:"capacity,omitempty"` // 0 = not limited
}

// Used tells every gate of one admission or its undoing, numbered within the hub's run. used.
type Used struct {
	V      int           `json:"v"`
	HubRun string        `json:"hub_run"`
	Number uint64        `json:"number"`
	Ref    whitelist.Ref `json:"ref"`
	Record admit.Record  `json:"record"`
	Right  *Right        `json:"right,omitempty"` // of an entry
}

// Command is an order to a gate or a hub; dropped when it comes after DropAfter. Never retained. gate/<id>/command,
// hub/<id>/command.
type Command struct {
	V         int          `json:"v"`
	ID        string       `json:"id"`
	Type      CommandType  `json:"type"`
	DropAfter int64        `json:"drop_after"` // unix ms
	Lane      int          `json:"lane,omitempty"`
	Text      string       `json:"text,omitempty"`
	Scan      admit.ScanID `json:"scan,omitzero"`
	Entered   bool         `json:"entered,omitempty"` // settle: somebody did
	From      uint64       `json:"from,omitempty"`
	Doors     *Doors       `json:"doors,omitempty"`
	Term      uint64       `json:"term,omitempty"` // of the hub that sends it
	Hub       string       `json:"hub,omitempty"`
	Gate      string       `json:"gate,omitempty"`        // which gate a hub should exclude or readmit
	OldHubOff bool         `json:"old_hub_off,omitempty"` // the hub before this one has been seen off, and stays off
}

// Doors is what a venue's people have ordered at the hub about the doors of one gate, over what is configured. A gate
// obeys the highest number that it has heard.
type Doors struct {
	Number uint64      `json:"number"` // rises with every change: max(last + 1, unix ms)
	Doors  []DoorOrder `json:"doors,omitempty"`
}

// EveryDoor stands for all doors that have no order of their own.
const EveryDoor = "*"

// DoorOrder is about one door, or EveryDoor. Doors that have none are as configured.
type DoorOrder struct {
	Checkpoint string         `json:"checkpoint"`
	Mode       whitelist.Mode `json:"mode"`
	By         string         `json:"by"` // who said so, at most 64 characters
}

// CommandType says what a command wants.
type CommandType string

// Commands to gates.
const (
	Settle   CommandType = "settle"  // a supervisor, named in Text, says how the admission Scan ended
	Message  CommandType = "message" // show Text on a lane
	Resend   CommandType = "resend"  // send the journal again from watermark + 1
	SetDoors CommandType = "doors"   // obey Doors
)

// Commands to hubs, beside Settle: what a supervisor far away has decided.
const (
	ExcludeGate CommandType = "exclude"     // Gate is off and stays off
	ReadmitGate CommandType = "readmit"     // Gate may take part again
	RetireOld   CommandType = "old_hub_off" // the hub before this one has been seen off
)

// ListNotice carries a signed manifest: retained on list/<event>.
type ListNotice struct {
	V        int    `json:"v"`
	Manifest []byte `json:"manifest"`
}

// PatchNotice carries a patch, or the hash of the blob that holds it when it is over MaxInline. list/<event>/patch.
type PatchNotice struct {
	V     int            `json:"v"`
	Patch []byte         `json:"patch,omitempty"`
	Blob  whitelist.Hash `json:"blob,omitzero"`
}

// VenueNotice carries a signed venue manifest, or the hash of the blob that holds it when it is over MaxInline: retained on venue.
type VenueNotice struct {
	V     int            `json:"v"`
	Venue []byte         `json:"venue,omitempty"`
	Blob  whitelist.Hash `json:"blob,omitzero"`
}

// HubState is a hub's heartbeat to the cloud. A hub with many gates tells of some of them in each message, so a gate
// that one does not name is not gone. hub/<id>/state.
type HubState struct {
	V       int         `json:"v"`
	Number  uint64      `json:"number"`
	Hub     string      `json:"hub"`
	Term    uint64      `json:"term"`
	Head    uint64      `json:"head"`
	At      int64       `json:"at"`
	Gates   []GateState `json:"gates"`
	Pending int         `json:"pending"` // records not yet confirmed by the cloud

	Disk  string `json:"disk,omitempty"`  // random, made with the hub's store: another machine of this name has another
	Run   string `json:"run,omitempty"`   // random, new at every start
	Whole bool   `json:"whole,omitempty"` // this disk is new or old: name every run, not only the recent ones
	New   bool   `json:"new,omitempty"`   // this disk began empty, and has not been filled up yet

	Venue   uint64 `json:"venue,omitempty"`   // epoch of the venue manifest it obeys
	Program string `json:"program,omitempty"` // version of the program
}

// GateState is a gate as its hub sees it.
type GateState struct {
	Gate   string      `json:"gate"`
	SeenAt int64       `json:"seen_at"` // unix ms, hub clock; 0 = never
	Lanes  []LaneState `json:"lanes"`
	Lists  []ListState `json:"lists,omitempty"`
	Venue  uint64      `json:"venue,omitempty"` // epoch of the venue manifest it obeys

	Machine  Machine `json:"machine,omitzero"`
	Excluded bool    `json:"excluded,omitempty"` // it takes no part until it is readmitted
}
