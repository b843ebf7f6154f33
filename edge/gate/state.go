package gate

import (
	"cmp"
	"maps"
	"time"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Times of the gate, in milliseconds of the monotonic clock.
const (
	beatEvery     = 1000   // a heartbeat
	searchEvery   = 250    // a heartbeat while nobody answers claims: who comes back should be found soon
	soundTime     = 60_000 // of echoes, and no claim unanswered, after which the arbiter is as good as ever
	silenceLimit  = 3000   // without an echo the arbiter is down
	missedLimit   = 2      // unanswered claims after which it is down
	debounceTime  = 2000   // the same code again is the same scan
	parkedTime    = 5000   // how long a code read while the lane was busy waits
	askTime       = 300    // D, where the checkpoint says nothing
	dayTime       = 24 * 3600 * 1000
	lateTime      = 60_000               // after an abort a passage is still its person's
	passTime      = 5000                 // T, where the checkpoint says nothing
	retentionTime = 7 * 24 * 3600 * 1000 // where Boot says nothing
)

// State is everything a running gate knows. Only New makes one, only Step changes it.
type State struct {
	gate    string
	run     wire.Run
	memory  Memory
	dirty   bool   // memory has changed since it was last persisted
	seq     uint64 // last one given to a record of this run
	durable uint64 // every record of this run up to it is on the disk
	failed  bool   // the disk refuses: only exits open
	behind  uint64 // seq of the record that asks for a new start, 0 = none

	lanes      []*lane
	doors      map[string]*whitelist.Checkpoint
	configured map[string]whitelist.Mode // as the manifest says
	zone       *time.Location
	rights     map[whitelist.Ref]wire.Right // what rights with a history allow, as far as known
	history    map[whitelist.Ref][]admit.Record
	known      []fact   // every record of history, in the order in which it is handed back
	others     uint64   // how many of them are of other gates
	writing    []uint64 // seqs of its own ones that may not be on the disk yet
	sum        uint64   // of all of them (admit.Sum)
	lists      []wire.ListState
	unknown    []wire.Event // admissions whose outcome an earlier run lost

	req    uint64   // last one given to a claim
	closed []uint64 // ended, above the oldest open one
	stuck  uint64   // oldest claim whose end nobody will know in this run, 0 = none
	link   link
	heard  heard
	homes  homes
	obeyed obeyed
	boxes  []*wire.Outbox // one per retained run, as memory.Runs

	prunes []pruning
	number uint64 // of the last message sent
	acked  uint64 // newest message that an ack has answered
	offset int64  // ms from this clock to the hub's, when last measured
	lastAt int64  // time in the journal never runs backward

	retention int64 // ms

	clock   wire.Clockwork
	noted   int64 // unix ms: the newest time that an earlier run wrote down
	now     Now
	effects []Effect
	batch   []wire.Event // records of this step, to be one Commit
	wakeAt  int64        // mono time of the Wake already asked for, 0 = none
}

// phase is where a lane is with its current person.
type phase uint8

const (
	idle       phase = iota
	asking           // the arbiter has been asked
	committing       // the admission is on its way to the disk
	moved            // the relay has moved, the passage contact has not
)

// lane is one scanner with its output, and the person before it.
type lane struct {
	Lane
	phase phase
	scan  Scan
	terms admit.Terms
	door  *whitelist.Checkpoint // as it was when the code was read
	req   uint64                // 0 = the arbiter was not asked
	day   int64                 // that the arbiter's grant counts for, 0 = today by this clock
	home  string                // the gate that the arbiter is asking for the right, empty = none
	seq   uint64                // of the admission's record
	until int64                 // mono: when the phase is over
	shown Show                  // to be shown when the record is durable

	parked   *Scan // read while the lane was busy with somebody else
	parkedAt int64

	last    codeKey // what the lane read last
	lastAt  int64
	refusal *refused // what a supervisor may still let in
	aborted *Scan    // the scan whose person may still come through, late:
	lateBy  int64    // mono: not later than this
	counter *int64

	scanner, output, controller string
	lastScan                    int64 // unix ms
	in, out, refused            int
}

// codeKey tells one code from another: by its right, or by its text where no list knows it.
type codeKey struct {
	ref  whitelist.Ref
	text string
}

func keyOf(in Scan) codeKey {
	if hasRef(in.Code) {
		return codeKey{ref: in.Code.Entry.Ref}
	}
	return codeKey{text: in.Text}
}

func hasRef(c admit.Code) bool { return c.Match == admit.Listed || c.Match == admit.SignedOnly }

// New starts a gate in a new run. Every admission that the last run left without an outcome becomes UNKNOWN, which
// counts as used: somebody may have passed while the power was gone.
func New(b Boot) (*State, []Effect) {
	memory := b.Memory
	memory.Starts++
	if mutantBudgetRestart {
		memory.Alone = Alone{}
	}
	s := &State{
		gate: b.Gate, run: wire.Run{Start: memory.Starts, Random: b.Random}, dirty: true, zone: time.UTC,
		doors: map[string]*whitelist.Checkpoint{}, history: map[whitelist.Ref][]admit.Record{},
		rights: map[whitelist.Ref]wire.Right{},
		link:   link{from: 1, aloneBefore: memory.Alone.Time}, retention: cmp.Or(b.Retention, retentionTime),
	}
	memory.Runs = append(append([]RunMemory(nil), memory.Runs...), RunMemory{Run: s.run})
	if n := len(memory.Runs) - 1; mutantSeqReuse && n > 0 {
		memory.Runs = memory.Runs[:n]
		s.run, s.seq, s.durable = memory.Runs[n-1].Run, memory.Runs[n-1].Hub, memory.Runs[n-1].Hub
	}
	s.memory = memory
	for range s.memory.Runs {
		s.boxes = append(s.boxes, &wire.Outbox{})
	}
	for _, l := range b.Lanes {
		s.lanes = append(s.lanes, &lane{Lane: l, scanner: "ready", output: "ready"})
	}
	maps.Copy(s.rights, b.Rights)
	s.recall(b.History)
	s.noted = s.lastNoted()
	s.note(0, "gate started") // its Committed proves that the start count is durable: see due
	for _, e := range b.Intents {
		s.loseOutcome(e)
	}
	s.flush()
	for _, r := range s.memory.Runs {
		if r.Pruned > 0 {
			s.do(Prune{Run: r.Run, To: r.Pruned}) // the last run may have died between the mark and the deed
		}
	}
	return s, s.take()
}

// loseOutcome records that nobody knows how an admission of an earlier run ended.
func (s *State) loseOutcome(e wire.Event) {
	if s.ended(e) {
		return
	}
	s.unknown = append(s.unknown, e)
	s.lastAt = max(s.lastAt, e.At)
	s.append(wire.Event{Type: wire.Outcome, Scan: e.Scan, Ref: e.Ref, Event: e.Event, Kind: e.Kind, Lane: e.Lane, Checkpoint: e.Checkpoint,
		Record: &admit.Record{Scan: e.Scan, Kind: admit.UnknownEnd, Lane: e.Lane, Checkpoint: e.Checkpoint}})
}

// ended says whether the history knows how an admission ended. One that an earlier start called UNKNOWN still waits for
// somebody who knows.
func (s *State) ended(e wire.Event) bool {
	for _, r := range s.history[e.Ref] {
		if r.Scan == e.Scan && isOutcome(r.Kind) {
			if r.Kind == admit.UnknownEnd {
				s.unknown = append(s.unknown, e)
			}
			return true
		}
	}
	return false
}

func isOutcome(k admit.RecordKind) bool {
	return k == admit.Passed || k == admit.Abort || k == admit.UnknownEnd || k == admit.ForcedPass
}

func (s *State) lane(number int) *lane {
	for _, l := range s.lanes {
		if l.Number == number {
			return l
		}
	}
	return nil
}

func (s *State) do(e Effect) {
	if s.effects == nil {
		s.effects = make([]Effect, 0, 4) // a step asks for two or three things
	}
	s.effects = append(s.effects, e)
}

func (s *State) take() []Effect {
	out := s.effects
	s.effects = nil
	return out
}
