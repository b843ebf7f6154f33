package gate

import (
	"cmp"
	"slices"
	"strconv"

	"portaria/edge/wire"
)

// link is what the gate knows of its way to the arbiter and back.
type link struct {
	up        bool
	met       bool   // the hub has compared this run, and it has heard all that it lacked
	missed    int    // claims unanswered since the last answer
	echoAt    int64  // mono of the last echo
	from      uint64 // an echo counts only of a heartbeat with this number or a later one
	downSince int64  // mono
	soundFrom int64  // mono: since then it has been up, and left no claim unanswered
	nextBeat  int64
	tell      uint64 // the hub wants what this gate knows, from this number on; 0 = it does not
	sent      [8]sentBeat

	aloneBefore int64 // ms without the arbiter before it was last found or lost, also in earlier runs
}

// sentBeat is a heartbeat that may yet be echoed.
type sentBeat struct {
	number uint64
	at     int64
}

// loseLink: the arbiter is down for this gate until a heartbeat sent from now on is echoed.
func (s *State) loseLink() {
	if !s.link.up {
		return
	}
	s.link.up = false
	s.link.downSince = s.now.Mono
	s.link.from = s.number + 1
}

func (s *State) checkSilence() {
	if s.link.up && s.now.Mono-s.link.echoAt >= silenceLimit {
		s.loseLink()
	}
}

// pulsed: the arbiter echoes a heartbeat. An echo that was long on its way proves nothing about now.
func (s *State) pulsed(p wire.Pulse) {
	if !s.accept(p.Term, p.Hub, p.Head) || !s.echoes(p.Number) {
		return
	}
	s.offset = p.At - s.now.Unix
	if p.Tell > 0 {
		s.link.tell, s.link.nextBeat = p.Tell, s.now.Mono
	}
	s.fallBehind(p)
	s.confirmHomes(p)
	s.skipHeard(p)
	s.link.met = s.link.met || p.Caught && p.Newest == s.run
	if !p.Ready {
		s.loseLink() // it is there, and answers nobody yet
		return
	}
	s.link.echoAt = s.now.Mono
	if s.link.up && s.now.Mono-s.link.soundFrom >= soundTime {
		s.heardAgain()
	}
	if s.link.up || p.Number < s.link.from {
		return
	}
	s.link.aloneBefore = s.aloneFor()
	s.link.up, s.link.missed, s.link.soundFrom = true, 0, s.now.Mono
}

// fallBehind: the hub knows a life of this gate that this disk does not: the disk was restored from an older image. The
// start count is raised above what the hub knows, and the gate starts again, in a run that nobody has seen.
func (s *State) fallBehind(p wire.Pulse) {
	if p.Newest == s.run || p.Newest.Start < s.run.Start || p.Newest.IsZero() || s.failed || s.behind != 0 || mutantRestoreUnnoticed {
		return
	}
	s.memory.Starts, s.dirty = max(s.memory.Starts, p.Newest.Start), true
	s.note(0, "this disk is older than what the hub knows: starting again")
	s.behind = s.seq
}

func (s *State) echoes(number uint64) bool {
	_, ok := s.trip(number, s.now.Mono)
	return ok
}

// mayObey says whether a hub's term is not below the highest this gate has seen, nor the same as another hub's.
func (s *State) mayObey(term uint64, hub string) bool {
	m := &s.memory
	another := term > 0 && term == m.Term && m.Hub != "" && m.Hub != hub
	return term >= m.Term && (!another || mutantTwoHubsOfATerm)
}

// accept says whether a hub may be obeyed. What is accepted is remembered.
func (s *State) accept(term uint64, hub string, head uint64) bool {
	m := &s.memory
	if mutantTermIgnored {
		m.Term, m.Hub, s.dirty = term, hub, true
	}
	if !s.mayObey(term, hub) {
		return false
	}
	if term != m.Term || m.Hub != hub {
		s.follow(term, hub)
	}
	if head > m.Head {
		m.Head, s.dirty = head, true
	}
	return true
}

// obeyed is whom this gate said that it obeys, until it is durable that it obeys another.
type obeyed struct {
	term  uint64
	hub   string
	until uint64 // seq of the record that makes the change durable, 0 = there is none on its way
}

// follow takes a hub's term. The new hub hears of it only once it is durable, with all that the old one granted before: it
// would else think this gate its own that comes back, after a power cut, as the old one's, or grant anew what is just being
// written.
func (s *State) follow(term uint64, hub string) {
	m := &s.memory
	if s.durable >= s.obeyed.until {
		s.obeyed = obeyed{term: m.Term, hub: m.Hub}
	}
	changed := term != m.Term
	m.Term, m.Hub, s.dirty = term, hub, true
	if changed {
		s.note(0, "obeys hub "+hub+", term "+strconv.FormatUint(term, 10))
		s.obeyed.until = s.seq
	}
}

// obeys is whom the world may believe that this gate obeys.
func (s *State) obeys() (term uint64, hub string) {
	if s.durable < s.obeyed.until && !mutantObeysUndurable {
		return s.obeyed.term, s.obeyed.hub
	}
	return s.memory.Term, s.memory.Hub
}

// beat sends a heartbeat, and keeps the small facts that have changed since the last.
func (s *State) beat() {
	s.number++
	s.link.nextBeat = s.now.Mono + beatEvery
	if !s.link.up {
		s.link.nextBeat = s.now.Mono + searchEvery
	}
	s.link.sent[s.number%uint64(len(s.link.sent))] = sentBeat{number: s.number, at: s.now.Mono}
	term, hub := s.obeys()
	state := wire.State{V: wire.Version, Number: s.number, Gate: s.gate, Run: s.run, Closed: s.closedReqs(), OpenMin: s.openMin(),
		Pending: s.openMin() <= s.req, At: s.now.Unix, Clock: s.now.Clock, Lists: s.lists, UsedRun: s.heard.run, Used: s.heard.number, Head: s.memory.Head,
		Term: term, Hub: hub, Homes: s.homesTold(), Journal: s.unconfirmed(), Orders: s.memory.Orders.Number}
	state.Runs, state.Lanes = s.runsTold(), make([]wire.LaneState, 0, len(s.lanes))
	for _, l := range s.lanes {
		state.Lanes = append(state.Lanes, s.laneState(l))
	}
	s.handBack(&state)
	s.noteAlone()
	s.do(SendState{State: state})
	s.persist()
}

func (s *State) laneState(l *lane) wire.LaneState {
	out := wire.LaneState{Lane: l.Number, Checkpoint: l.Checkpoint, Scanner: l.scanner, Output: l.output, Controller: l.controller,
		LastScan: l.lastScan, In: l.in, Out: l.out, Refused: l.refused, Mode: "closed"}
	if door := s.doors[l.Checkpoint]; door != nil && !s.failed {
		out.Mode = string(door.Mode)
	}
	return out
}

// unconfirmed counts the records that the cloud has not confirmed.
func (s *State) unconfirmed() int {
	n := 0
	for _, r := range s.memory.Runs {
		n += int(r.Last - min(r.Last, r.Cloud))
	}
	return n
}

// runsTold are the runs that a heartbeat has room for, oldest first. Where there are more (a process that died every second for
// minutes), the newest is among them, and those go first of which the hub lacks records, then those of which the cloud does:
// what is left out is in both.
func (s *State) runsTold() []wire.RunState {
	runs := s.memory.Runs
	if len(runs) > wire.MaxRuns {
		older := slices.Clone(runs[:len(runs)-1])
		rank := func(r RunMemory) int {
			switch {
			case r.Hub < r.Last:
				return 0
			case r.Cloud < r.Last:
				return 1
			}
			return 2
		}
		slices.SortStableFunc(older, func(a, b RunMemory) int { return cmp.Compare(rank(a), rank(b)) })
		older = older[:wire.MaxRuns-1]
		slices.SortFunc(older, func(a, b RunMemory) int { return cmp.Compare(a.Run.Start, b.Run.Start) })
		runs = append(older, runs[len(runs)-1])
	}
	told := make([]wire.RunState, 0, len(runs))
	for _, r := range runs {
		told = append(told, wire.RunState{Run: r.Run, Last: r.Last, Base: r.Pruned})
	}
	return told
}

// skipHeard: the hub has found that this gate knows already what it would tell.
func (s *State) skipHeard(p wire.Pulse) {
	if p.Newest == s.run && p.UsedRun != "" && (p.UsedRun != s.heard.run || p.Used > s.heard.number) {
		s.heard = heard{run: p.UsedRun, number: p.Used}
	}
}

// heard is how far this gate has followed what the hub tells every gate: the last number before the first gap.
type heard struct {
	run    string
	number uint64
}

// hear takes one admission elsewhere, or its undoing, into the history. The next heartbeat tells how far this gate has
// followed, and the hub sends again what is missing.
func (s *State) hear(u wire.Used) {
	if u.HubRun != s.heard.run {
		s.heard = heard{run: u.HubRun}
	}
	if u.Number == s.heard.number+1 {
		s.heard.number = u.Number
	}
	s.learnRight(u.Ref, u.Right)
	if s.remember(u.Ref, u.Record) {
		s.do(Remember{Ref: u.Ref, Record: u.Record, Right: u.Right})
	}
}
