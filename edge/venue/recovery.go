package venue

import (
	"portaria/edge/wire"
)

// recovery is what every start of an arbiter begins with: nothing is granted until every enrolled gate has brought what
// it has and has heard what it lacks, or has been excluded. What a disk lost in a restore can't be seen from within it;
// what the gates and the cloud hold between them can.
type recovery struct {
	on       bool
	seeded   uint64            // of used, at the start: what a gate must have heard
	head     uint64            // of this disk, at the start: nobody is told of a higher one before it ends
	synced   map[string]bool   // gates that this arbiter has compared with what it holds
	excluded map[string]bool   // gates that a supervisor has excluded in this recovery
	brought  map[string]bool   // who has brought every record that it keeps
	handed   map[string]uint64 // how many records each has handed back
	told     map[string]bool   // who has handed back all it knew
}

// recover begins anew: no gate counts as compared. Who has never been heard of can't be waited for.
func (s *State) recover() {
	r := &s.recovery
	r.synced, r.brought, r.handed, r.told = map[string]bool{}, map[string]bool{}, map[string]uint64{}, map[string]bool{}
	if r.excluded == nil || !r.on {
		r.excluded = map[string]bool{}
	}
	r.seeded, r.head = uint64(len(s.used)), s.memory.Head
	r.on = true
	s.endRecovery()
}

// endRecovery ends it when nobody is missing.
func (s *State) endRecovery() {
	if !s.recovery.on || s.failed || !s.cloudGaveAll() {
		return
	}
	for name, g := range s.gates {
		if !s.recovery.synced[name] && !s.missed(g) {
			return
		}
	}
	s.recovery.on = false
	if s.learnsAll() {
		s.changed = s.changed || s.memory.Head > 0 // an empty store is new at the next start too
		s.memory.Lost, s.memory.New = false, false
	}
}

// missed says whether a gate need not be waited for. That it was excluded once counts no more when the disk that says so
// is an old one.
func (s *State) missed(g *gate) bool {
	if g.unheard && !s.memory.Lost && (!s.memory.New || s.back.first) && s.back.until > 0 && s.now.Mono >= s.back.until {
		return true // no hub has ever granted it anything, or this disk is older than that; then it had time to say so
	}
	return g.Excluded && (s.recovery.excluded[g.Name] || !s.memory.Lost || mutantOldExclusion)
}

// ready says whether claims are answered.
func (s *State) ready() bool { return !s.failed && !s.recovery.on && !s.demoted() }

// answers says whether a gate's claims are: it must have been compared since this arbiter started.
func (s *State) answers(gate string) bool {
	if mutantSkipRecovery {
		return !s.failed && !s.demoted()
	}
	return s.ready() && s.recovery.synced[gate]
}

// serves says whether a heartbeat comes from a gate that obeys this hub, or none yet. A gate that has seen a higher term
// obeys another hub now, and so must everybody else; one that obeys another hub of the same term is not ours.
func (s *State) serves(state wire.State) bool {
	if state.Term > s.memory.Term {
		s.rivalSeen(state.Gate, state.Term)
		return false
	}
	if state.Term < s.memory.Term || state.Hub == "" || state.Hub == s.hub || mutantTwoHubsOfATerm {
		return true
	}
	if state.Term > 0 {
		s.notFirst()
	}
	if !s.tied && state.Term > 0 {
		s.tied = true
		s.say(Incident{Kind: TermTaken, Gate: state.Gate, Text: "Gate " + state.Gate + " obeys hub " + state.Hub + ", which has the same term: give this hub a higher one."})
	}
	return state.Term == 0
}

// compare takes a gate's heartbeat against what is held here: in step is who has brought every record of every run it
// keeps, has heard all that was known when this recovery began, and obeys this hub's term; and who waits for no answer and for
// no disk with a grant of which this hub's disk, if it is an old one, knows nothing. A head above ours tells that
// this disk is older than what it told its gates: then everybody is compared anew.
func (s *State) compare(g *gate, state wire.State) {
	if s.older(state.Head) && !(g.Excluded && s.recovery.excluded[g.Name]) {
		s.loseDisk(g.Name, state.Head)
	}
	if state.Term == s.memory.Term && !g.Excluded && !s.recovery.brought[g.Name] {
		s.recovery.brought[g.Name] = s.heldAll(g, state)
	}
	s.hear(g, state)
	if s.recovery.synced[g.Name] || !s.recovery.brought[g.Name] || g.Excluded || state.Term != s.memory.Term || !s.heldAll(g, state) ||
		state.Pending && !mutantPendingIgnored || !s.handedAll(g) || !s.heardAll(g, state) {
		return
	}
	s.recovery.synced[g.Name] = true
	s.endRecovery()
}

func (s *State) heardAll(g *gate, state wire.State) bool {
	return s.recovery.seeded == 0 || s.knowsAll(g, state) || state.UsedRun == s.run && state.Used >= s.recovery.seeded
}
