package whitelist

import (
	"crypto/ed25519"
	"time"

	"portaria/edge/ticket"
)

// Sizes of the fixed encodings, in bytes.
const (
	KeyLen    = 16
	RefLen    = 16
	EntryLen  = 56
	BucketAim = 512 // entries a bucket is sized for
)

// Key finds an entry: HMAC-SHA-256(list secret, namespace ‖ code), first 16 bytes.
type Key [KeyLen]byte

// Ref names a right to enter: HMAC-SHA-256(event's ref secret, first ticket id or issuer ‖ code), first 16 bytes.
// Codes change, the ref never does. Its text form is 32 hex digits.
type Ref [RefLen]byte

// Hash is a SHA-256: the name of a bucket, an index, a rules blob or a big patch. Its text form is 64 hex digits.
type Hash [32]byte

// State of an entry. The numbers are stored; never renumber.
type State uint8

// States of an entry. Revoked and replaced entries are tombstones: they stay listed until the event is over.
const (
	Good     State = 1
	Revoked  State = 2 // refunded, cancelled
	Replaced State = 3 // reprinted, exchanged, transferred: a newer code carries the right
	Blocked  State = 4 // set aside by a person, can become good again
)

// Flags tell the controller to look at something before the guest passes.
type Flags uint16

// Attention flags. Bits are stored; never renumber.
const (
	CheckDocument Flags = 1 << iota // half price and other tickets that need a paper
	Child
	Wheelchair
	VIP
	UpgradeOwed
)

// Entry is one line of a list: 56 bytes in a bucket. No name, price or order.
type Entry struct {
	Key        Key
	Ref        Ref
	Kind       uint16 // index into Rules.Kinds
	State      State
	Uses       uint8 // admissions allowed; 0 = as the kind says
	Group      uint8 // people this one code lets in; 0 and 1 = one
	Flags      Flags
	Seat       uint32 // index into Rules.Seats plus one; 0 = none
	ValidFrom  uint32 // unix minutes; 0 = as the kind says
	ValidUntil uint32 // unix minutes; 0 = as the kind says
}

// Manifest states what one event's list is at one epoch.
type Manifest struct {
	Event     ticket.EventID
	Epoch     uint64    // max(last+1, unix ms): only rises
	IssuedAt  time.Time // whole seconds
	GoodUntil time.Time // whole seconds, at least 8 days ahead
	Depth     uint8     // bits of the key that choose the bucket, 0..20
	Count     uint32    // entries
	Index     Hash      // root: SHA-256 over the bucket hashes in order; also the name of the index blob
	Rules     Hash      // name of the rules blob
}

// Delegation says that a key may sign for an organizer until a time.
type Delegation struct {
	Key       ed25519.PublicKey
	Organizer [16]byte
	NotAfter  time.Time // whole seconds; the last moment at which the key may sign
	Signature []byte    // by the key above: the platform's for a root, the root's for a list key
}

// Chain leads from the platform key to the list key: platform signs Root, Root signs List, both for one organizer.
type Chain struct {
	Root, List Delegation
}

// SignedManifest is a manifest whose signature and chain have been checked; only OpenManifest and SignManifest
// make one.
type SignedManifest struct {
	Manifest
	chain Chain
	raw   []byte
}

// Rules are the parts of an event's list that are not entries. One JSON blob, named by the hash of its bytes.
type Rules struct {
	Event      ticket.EventID `json:"event"`
	Name       string         `json:"name"`
	Kinds      []Kind         `json:"kinds"`             // position = kind index, at most 4094
	Seats      []string       `json:"seats,omitempty"`   // labels: "Plateia B, fila 12, lugar 7"
	TicketKeys []CodeKey      `json:"ticket_keys"`       // keys of signed codes
	Issuers    []Issuer       `json:"issuers,omitempty"` // other sellers
}

// Use says how often a kind admits.
type Use string

// Uses of a kind.
const (
	UseSingle Use = "single"  // Uses times in all (0 = once)
	UseDaily  Use = "daily"   // once a day, for passes
	UseReentr Use = "reentry" // again after each exit
)

// Kind is an offer as a gate sees it.
type Kind struct {
	Name         string   `json:"name"`
	Use          Use      `json:"use"`
	Uses         uint8    `json:"uses,omitempty"`          // for single; 0 = 1
	ReentryAfter int      `json:"reentry_after,omitempty"` // minutes that must pass after an exit
	ValidFrom    int64    `json:"valid_from,omitempty"`    // unix seconds, 0 = no bound
	ValidUntil   int64    `json:"valid_until,omitempty"`   // unix seconds, 0 = no bound
	Zones        []string `json:"zones,omitempty"`         // zone ids it may enter; empty = any
	Flags        Flags    `json:"flags,omitempty"`
	ListedOnly   bool     `json:"listed_only,omitempty"` // an unlisted code of this kind is unknown
}

// CodeKey is one of an event's keys for signed codes.
type CodeKey struct {
	ID         uint8             `json:"id"`
	Key        ed25519.PublicKey `json:"key"`
	ListedOnly bool              `json:"listed_only,omitempty"` // withdrawn: its codes are good only when listed
}

// Issuer is another seller whose barcodes are imported as lines or as a signing key.
type Issuer struct {
	Name      string              `json:"name"` // the namespace of its codes
	Normalise Normalise           `json:"normalise"`
	Pretix    []ed25519.PublicKey `json:"pretix,omitempty"` // pretix_sig1 keys of its event
	Kind      uint16              `json:"kind,omitempty"`   // kind of its signed codes that are not listed
}

// Normalise is how an issuer's printed text becomes its code, the same on import and at the gate.
type Normalise struct {
	Upper      bool `json:"upper,omitempty"`
	KeepSpaces bool `json:"keep_spaces,omitempty"` // inner spaces and dashes; outer ones always go
	DropZeros  bool `json:"drop_zeros,omitempty"`  // leading zeros
}

// Patch carries a list from one epoch to the next: the new manifest and the entries that changed.
type Patch struct {
	Manifest SignedManifest
	From     uint64  // epoch it builds on: a gate that holds another one must fetch the index as well
	Entries  []Entry // one per key, in order of their keys
}

// Venue is the content of a venue manifest: what every lane of a venue obeys. JSON, signed like a manifest.
type Venue struct {
	Venue       ticket.EventID `json:"venue"`
	Epoch       uint64         `json:"epoch"`
	IssuedAt    int64          `json:"issued_at"`  // unix seconds
	GoodUntil   int64          `json:"good_until"` // unix seconds
	Name        string         `json:"name"`
	TimeZone    string         `json:"time_zone"` // IANA
	Zones       []Zone         `json:"zones"`
	Checkpoints []Checkpoint   `json:"checkpoints"`
	Controllers []Controller   `json:"controllers,omitempty"`
	Events      []VenueEvent   `json:"events"`               // whose lists to keep
	BadgeKeys   []CodeKey      `json:"badge_keys,omitempty"` // keys of staff badges
	Homes       *Homes         `json:"homes,omitempty"`      // of the home policy; nil = never any
}

// SignedVenue is a venue manifest whose signature and chain have been checked.
type SignedVenue struct {
	Venue
	chain Chain
	raw   []byte
}

// Zone is a part of a venue; entering an inner zone leaves none of its parents.
type Zone struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Parent   string `json:"parent,omitempty"`
	Capacity int    `json:"capacity,omitempty"` // 0 = not limited
}

// VenueEvent is an event whose list the venue's gates keep.
type VenueEvent struct {
	Event     ticket.EventID `json:"event"`
	Organizer ticket.EventID `json:"organizer"` // whose root must have delegated the list key
	Name      string         `json:"name"`
	Doors     int64          `json:"doors"` // unix seconds
	Start     int64          `json:"start"`
	End       int64          `json:"end"`
}

// Direction of a checkpoint.
type Direction string

// Directions.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// PolicyName says where the admission token lives (see edge/gate).
type PolicyName string

// Policies of a checkpoint.
const (
	Strict PolicyName = "strict"
	Home   PolicyName = "home"
	Free   PolicyName = "free"
)

// Mode of a checkpoint.
type Mode string

// Modes of a checkpoint.
const (
	Open       Mode = "open"
	Closed     Mode = "closed"
	Drill      Mode = "drill"
	Evacuation Mode = "evacuation"
)

// Unlisted says what a well-signed code gets that no list knows (sold after the last patch).
type Unlisted string

// Answers to an unlisted but well-signed code.
const (
	UnlistedAdmit  Unlisted = "admit"
	UnlistedAsk    Unlisted = "ask"
	UnlistedRefuse Unlisted = "refuse"
)

// Checkpoint is a door as the organizer configured it.
type Checkpoint struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Direction   Direction        `json:"direction"`
	From        string           `json:"from,omitempty"`  // zone id, empty = outside
	To          string           `json:"to,omitempty"`    // zone id
	Events      []ticket.EventID `json:"events"`          // events it lets in; others of the venue are wrong_day or wrong_event
	Kinds       []KindRef        `json:"kinds,omitempty"` // kinds accepted; empty = every kind
	Hours       []Window         `json:"hours,omitempty"` // open windows; empty = always
	Mode        Mode             `json:"mode"`
	Policy      PolicyName       `json:"policy"`
	Budget      Budget           `json:"budget"`
	Unlisted    Unlisted         `json:"unlisted"`
	NeedsStaff  bool             `json:"needs_staff,omitempty"`  // refuses while no controller is signed on
	AskMillis   int              `json:"ask_millis,omitempty"`   // D: how long to wait for the arbiter; 0 = 300
	PassSeconds int              `json:"pass_seconds,omitempty"` // T: how long the relay stays open; 0 = 5
	NoContact   bool             `json:"no_contact,omitempty"`   // no passage contact: a pulse counts as a passage
	StaleAsk    bool             `json:"stale_ask,omitempty"`    // past good-until: refuse list_expired instead of deciding on
	Language    string           `json:"language,omitempty"`     // BCP 47 of its verdict text
}

// KindRef names a kind of an event.
type KindRef struct {
	Event ticket.EventID `json:"event"`
	Kind  uint16         `json:"kind"`
}

// Window is a time a door is open: [From, Until), unix seconds.
type Window struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// Budget bounds what a free gate may admit without its arbiter before a supervisor must confirm. Zero = no bound.
type Budget struct {
	Minutes int `json:"minutes,omitempty"`
	Entries int `json:"entries,omitempty"`
}

// Controller is a person at the doors, known to gates by an id only.
type Controller struct {
	ID          string   `json:"id"`
	Badge       Key      `json:"badge"` // key of the badge code under the venue's list secret
	Supervisor  bool     `json:"supervisor,omitempty"`
	Checkpoints []string `json:"checkpoints,omitempty"` // empty = all
	PIN         *PIN     `json:"pin,omitempty"`         // nil = signs on by badge alone
}
