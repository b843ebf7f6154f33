package venue

import (
	"cmp"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

const (
	resendUsed    = 1500                 // ms before what a gate missed is told again
	usedAtOnce    = 1000                 // of the oldest records that a gate has not heard, told again for one heartbeat
	newestAtOnce  = 250                  // and of the newest: a gate that was away a moment lacks only those
	freshTime     = 10_000               // ms that a word of the cloud counts: two of the hub's heartbeats to it
	retentionTime = 7 * 24 * 3600 * 1000 // where Boot says nothing
	coversKept    = 28                   // notes of what the cloud holds, about as many in a retention
)

// State is everything a running arbiter knows. Only New makes one, only Step changes it.
type State struct {
	hub      string
	run      string
	retain   int64 // ms
	memory   Memory
	zone     *time.Location
	doors    map[string]*whitelist.Checkpoint
	zones    map[string]whitelist.Zone
	gates    map[string]*gate
	boxes    []*box // one per run of a gate, sorted
	rights   map[whitelist.Ref]*right
	grants   openGrants
	lost     map[admit.ScanID]Lost // admissions whose end a gate lost
	inZone   map[string]int        // people by the zone they are in, not counting its inner zones
	used     []told
	of       map[string]uint64 // how many of them are of each gate
	sum      uint64            // of all of them (admit.Sum)
	failed   bool
	recovery recovery
	homes    homes
	back     cloudback
	tied     bool   // somebody has been told that this hub's term is another's too
	termAt   uint64 // number of the Commit that keeps the term
	linked   bool   // the session to the cloud is up
	cloudAt  int64  // mono of the cloud's last word, 0 = none in this run
	sentUp   uint64
	ackedUp  uint64

	number  uint64 // of the last Commit
	durable uint64 // every Commit up to it is durable
	waiting []promise

	clock   wire.Clockwork
	noted   int64 // unix ms: when an earlier life last noted what the cloud holds
	now     Now
	effects []Effect
	tx      Commit
	changed bool // tx holds something
	promise []Effect
}

// promise is what may only be said once a Commit is durable, and which records are durable then.
type promise struct {
	number  uint64
	effects []Effect
	firm    []firm
}

type firm struct {
	box  *box
	held uint64
}

// gate is one gate as the arbiter sees it.
type gate struct {
	Gate
	seenAt  int64 // unix ms, 0 = not in this run
	openMin uint64
	last    uint64          // highest seq of its newest run that it has spoken of
	closed  map[uint64]bool // of its newest run, from openMin on
	number  uint64          // of the newest message seen
	state   wire.State
	past    []wire.Run // its runs before the newest, as far as this arbiter has met them
	warned  bool       // of an old run
	unheard bool       // it is enrolled, and this disk has never heard of it
	more    bool       // it knows of other gates what this hub does not: it hands back all it knows

	beatAt   int64  // mono of its last heartbeat
	said     uint64 // epoch of the homes that its newest run obeys
	homeFrom uint64 // number of Used that its newest run must have heard before it may admit alone
}

// box is the journal of one run of a gate as far as it is held here.
type box struct {
	Mark
	out    wire.Outbox
	firm   uint64 // durable here up to
	marked bool   // the mark has changed in this step

	inCloud uint64 // the cloud holds up to, as it said last
	named   bool   // the cloud has named it in answer to this run
	wantAt  int64  // mono of the last question for what is lacking, 0 = none
}

// right is what the venue knows of one right to enter.
type right struct {
	records []admit.Record
	what    wire.Right // what it allows, by all that was said of it
	claimed bool       // only by a claim
	open    []admit.Place
	told    []admit.ScanID // in the conflicts that were reported
}

// New starts an arbiter from what its disk holds.
func New(b Boot) (*State, []Effect) {
	s := &State{
		hub: b.Hub, run: b.Run, memory: b.Memory, zone: time.UTC, retain: cmp.Or(b.Retention, retentionTime),
		doors: map[string]*whitelist.Checkpoint{}, zones: map[string]whitelist.Zone{}, gates: map[string]*gate{},
		rights: map[whitelist.Ref]*right{}, grants: newGrants(b.Grants), lost: map[admit.ScanID]Lost{}, inZone: map[string]int{},
		of: map[string]uint64{}, back: cloudback{possible: b.Cloud, disk: b.Memory.Disk},
		homes: homes{force: b.Homes, doubts: map[doubt]uint64{}, silent: map[string]bool{}},
	}
	s.begin(b)
	for _, g := range b.Gates {
		s.gates[g.Name] = &gate{Gate: g, closed: map[uint64]bool{}}
	}
	for _, m := range b.Marks {
		s.boxes = append(s.boxes, &box{Mark: m, firm: m.Held})
	}
	for _, b := range s.boxes {
		for _, c := range b.Covers {
			s.noted = max(s.noted, c.At)
		}
	}
	slices.SortFunc(s.boxes, compareBoxes)
	for _, name := range b.Enrolled {
		if s.gates[name] == nil {
			s.gate(name).unheard = true
		}
	}
	s.loadHistory(b)
	s.recover()
	out := s.promise // nothing waits for the disk: it all comes from there
	s.promise = nil
	return s, out
}

// begin makes the small facts of a store that has none yet, and takes a term that a person has given.
func (s *State) begin(b Boot) {
	if s.memory.Disk == "" && b.Disk != "" {
		s.memory.Disk, s.back.disk, s.back.diskAt, s.changed = b.Disk, b.Disk, 1, true
	}
	if s.memory.Head == 0 {
		s.memory.New, s.back.fresh = true, true
	}
	if b.Term > s.memory.Term {
		s.memory.Term, s.changed, s.termAt = b.Term, true, 1
	}
}

// loadHistory also makes the list of what every gate must hear, the newest last: a gate that heard it from an earlier run
// forgets nothing, and a new one learns it all. Conflicts are told again, since the last run may have died before it told.
func (s *State) loadHistory(b Boot) {
	refs := make([]whitelist.Ref, 0, len(b.History))
	for ref := range b.History {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b whitelist.Ref) int { return slices.Compare(a[:], b[:]) })
	var all []wire.KnownFact
	for _, ref := range refs {
		r := s.right(ref)
		r.what = wire.Right{}.Join(b.Rights[ref])
		for _, record := range b.History[ref] {
			r.records = append(r.records, record)
			s.follow(ref, record)
			all = append(all, wire.KnownFact{Ref: ref, Record: record})
		}
		s.recount(r)
		if scans := s.conflictOf(r); len(scans) > 0 {
			s.tellConflict(r.records[len(r.records)-1].Gate, ref, scans)
			r.told = scans
		}
	}
	slices.SortStableFunc(all, func(a, b wire.KnownFact) int { return cmp.Compare(a.Record.At, b.Record.At) })
	for _, f := range all {
		s.tell(f.Ref, f.Record)
	}
}

func compareBoxes(a, b *box) int { return a.compare(b.Gate, b.Run) }

func (b *box) compare(gate string, run wire.Run) int {
	if c := cmp.Compare(b.Gate, gate); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(b.Run.Start, run.Start), cmp.Compare(b.Run.Random, run.Random))
}

// find is where a run's box is, or where it belongs.
func (s *State) find(gate string, run wire.Run) (at int, found bool) {
	low, high := 0, len(s.boxes)
	for low < high {
		mid := (low + high) / 2
		switch c := s.boxes[mid].compare(gate, run); {
		case c == 0:
			return mid, true
		case c < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return low, false
}

// gate is the record of an enrolled gate; the broker has checked that it is one.
func (s *State) gate(name string) *gate {
	g := s.gates[name]
	if g == nil {
		g = &gate{Gate: Gate{Name: name}, closed: map[uint64]bool{}}
		s.gates[name] = g
	}
	return g
}

func (s *State) box(gate string, run wire.Run) *box {
	at, found := s.find(gate, run)
	if !found {
		s.boxes = slices.Insert(s.boxes, at, &box{Mark: Mark{Gate: gate, Run: run}})
	}
	return s.boxes[at]
}

// held is how far a run is held, without making a place for it.
func (s *State) held(gate string, run wire.Run) uint64 {
	at, found := s.find(gate, run)
	if !found {
		return 0
	}
	return s.boxes[at].Held
}

func (s *State) right(ref whitelist.Ref) *right {
	r := s.rights[ref]
	if r == nil {
		r = &right{}
		s.rights[ref] = r
	}
	return r
}

func (s *State) do(e Effect) {
	if s.effects == nil {
		s.effects = make([]Effect, 0, 4) // a step asks for two or three things
	}
	s.effects = append(s.effects, e)
}

// say does something once all that has been decided so far is durable.
func (s *State) say(e Effect) {
	if mutantAckBeforeCommit {
		s.do(e)
		return
	}
	s.promise = append(s.promise, e)
}
