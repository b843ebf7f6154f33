package venue

import (
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// recovery is what every start of an arbiter begins with: nothing is granted until every enrolled gate has brought what
// it has and has heard what it lacks, or has been excluded. What a disk lost in a restore can't be seen from within it;
// what the gates hold between them can.
type recovery struct {
	on      bool
	seeded  uint64            // of used, at the start: what a gate must have heard
	synced  map[string]bool   // gates that this arbiter has compared with what it holds
	demoted bool              // a gate has seen a hub with a higher term
	lost    bool              // this disk is older than what its gates know: they hand back all they know
	handed  map[string]uint64 // how many records each has handed back
	told    map[string]bool   // who has handed back all it knew
}

// recover begins anew: no gate counts as compared. Who has never been heard of can't be waited for.
func (s *State) recover() {
	s.recovery.synced, s.recovery.handed, s.recovery.told = map[string]bool{}, map[string]uint64{}, map[string]bool{}
	s.recovery.seeded = uint64(len(s.used))
	s.recovery.on = true
	s.endRecovery()
}

// endRecovery ends it when nobody is missing.
func (s *State) endRecovery() {
	for name, g := range s.gates {
		if !s.recovery.synced[name] && !g.Excluded {
			return
		}
	}
	s.recovery.on = false
}

// ready says whether claims are answered.
func (s *State) ready() bool { return !s.failed && !s.recovery.on && !s.recovery.demoted }

// answers says whether a gate's claims are: it must have been compared since this arbiter started.
func (s *State) answers(gate string) bool {
	if mutantSkipRecovery {
		return !s.failed && !s.recovery.demoted
	}
	return s.ready() && s.recovery.synced[gate]
}

// serves says whether a heartbeat comes from a gate that obeys this hub, or none yet. A gate that has seen a higher term
// obeys another hub now, and so must everybody else; one that obeys another hub of the same term is not ours.
func (s *State) serves(state wire.State) bool {
	if state.Term > s.memory.Term {
		if !s.recovery.demoted {
			s.recovery.demoted = true
			s.say(Incident{Kind: Demoted, Gate: state.Gate, Text: "Another hub has taken over with a higher term: switch this one off, or give it a higher term."})
		}
		return false
	}
	return state.Term < s.memory.Term || state.Hub == "" || state.Hub == s.hub
}

// compare takes a gate's heartbeat against what is held here: in step is who has brought every record of every run it
// keeps, has heard all that was known when this recovery began, and obeys this hub's term. A head above ours tells that
// this disk is older than what it told its gates: then everybody is compared anew.
func (s *State) compare(g *gate, state wire.State) {
	if state.Head > s.memory.Head {
		s.memory.Head, s.changed, s.recovery.lost = state.Head, true, true
		s.say(Incident{Kind: OldDisk, Gate: g.Name, Text: "This hub's disk is older than what its gates know: nothing is granted until each of them has brought what it has."})
		s.recover()
	}
	if s.recovery.synced[g.Name] || g.Excluded || state.Term != s.memory.Term || !s.handedAll(g, state) || !s.heardAll(state) {
		return
	}
	for _, r := range state.Runs {
		if s.held(g.Name, r.Run) < r.Last {
			return
		}
	}
	s.recovery.synced[g.Name] = true
	s.endRecovery()
}

// handedAll takes what a gate hands back, piece after piece, and says whether that was all. What only a dead gate and the
// lost disk knew of an admission may be known to the others, who were told of it then.
func (s *State) handedAll(g *gate, state wire.State) bool {
	if !s.recovery.lost || s.recovery.told[g.Name] {
		return true
	}
	if state.HeardFrom != s.recovery.handed[g.Name]+1 {
		return false
	}
	for _, f := range state.Heard {
		s.learnBack(f)
	}
	s.recovery.handed[g.Name] += uint64(len(state.Heard))
	s.recovery.told[g.Name] = s.recovery.handed[g.Name] >= state.Known
	return s.recovery.told[g.Name]
}

func (s *State) learnBack(f wire.KnownFact) {
	if f.Ref == (whitelist.Ref{}) || !s.learn(f.Record.Gate, f.Ref, f.Record) {
		return
	}
	s.tx.Heard = append(s.tx.Heard, f)
	s.changed = true
}

// wants is the number from which a gate should hand back what it knows, 0 = it need not. It answers at once, so it is
// asked only while asking brings something.
func (s *State) wants(g *gate, state wire.State) uint64 {
	if !s.recovery.lost || s.recovery.told[g.Name] || g.Excluded || state.Run != g.Run || state.Term != s.memory.Term {
		return 0
	}
	return s.recovery.handed[g.Name] + 1
}

func (s *State) heardAll(state wire.State) bool {
	return s.recovery.seeded == 0 || state.UsedRun == s.run && state.Used >= s.recovery.seeded
}
