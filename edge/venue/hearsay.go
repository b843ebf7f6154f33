package venue

import (
	"hash/fnv"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// handedAll says whether a gate has handed back all it knows, where that is waited for: by a hub that knows its disk to be an old one,
// and of a gate that knows more of others than this disk does, which nothing else may tell.
func (s *State) handedAll(g *gate) bool {
	return !s.memory.Lost && (!g.more || mutantHeadRunsOn) || s.recovery.told[g.Name] || mutantNoHandback
}

// hear takes what a gate hands back, piece after piece. What only a dead gate and a lost disk knew of an admission may be
// known to the others, who were told of it then. A gate may come back with such knowledge long after a recovery: it shows
// in knowing more of others than this hub does.
func (s *State) hear(g *gate, state wire.State) {
	if state.Run != g.Run || state.Term != s.memory.Term {
		return
	}
	if !s.memory.Lost && !g.more && s.knowsMore(g, state) {
		g.more = true
		delete(s.recovery.handed, g.Name)
		delete(s.recovery.told, g.Name)
	}
	if s.wants(g) == 0 || state.HeardFrom != s.wants(g) {
		return
	}
	for _, f := range state.Heard {
		s.learnBack(f)
	}
	s.recovery.handed[g.Name] += uint64(len(state.Heard))
	if s.recovery.handed[g.Name] >= state.Known {
		s.recovery.told[g.Name], g.more = true, false
	}
}

// knowsMore says whether a gate knows records that this hub does not: of others, or of itself beside its journal, which its disk lost
// and an earlier hub told it.
func (s *State) knowsMore(g *gate, state wire.State) bool {
	own, ours := state.Own, s.of[g.Name]
	if mutantOwnUncounted {
		own = min(own, ours)
	}
	if state.Others > uint64(len(s.used))-ours || own > ours && s.heldAll(g, state) {
		return true
	}
	return s.aboutToSync(g, state) && state.Others+own > s.toldOrDone(g, state)
}

// aboutToSync says whether a gate that has not been heard out will count as compared. Then what others have brought since, and it has not
// heard, must not hide what it knows.
func (s *State) aboutToSync(g *gate, state wire.State) bool {
	r := &s.recovery
	return !r.synced[g.Name] && !r.told[g.Name] && s.heldAll(g, state) && s.heardAll(g, state) && !s.knowsAll(g, state)
}

// toldOrDone counts what a gate knows as far as this hub knows: what it has heard here, and what came from itself since.
func (s *State) toldOrDone(g *gate, state wire.State) uint64 {
	if mutantNewsHidesHearsay {
		return uint64(len(s.used))
	}
	n := uint64(0)
	if state.UsedRun == s.run {
		n = min(state.Used, uint64(len(s.used)))
	}
	for _, u := range s.used[n:] {
		if u.Record.Gate == g.Name {
			n++
		}
	}
	return n
}

// tellOf is what wants says to a gate in its newest run that obeys this hub.
func (s *State) tellOf(g *gate, state wire.State) uint64 {
	if state.Run != g.Run || state.Term != s.memory.Term {
		return 0
	}
	return s.wants(g)
}

// wants is the number from which a gate should hand back what it knows, 0 = it need not. It answers at once, so it is
// asked only while asking brings something.
func (s *State) wants(g *gate) uint64 {
	if mutantNoHandback || !s.memory.Lost && !g.more || s.recovery.told[g.Name] || !s.onlyHearsayIsMissing() {
		return 0
	}
	return s.recovery.handed[g.Name] + 1
}

// onlyHearsayIsMissing says whether the cloud and all gates have brought the records that there are, so that what a gate
// knows beside them is all that is left of a record.
func (s *State) onlyHearsayIsMissing() bool {
	if !s.cloudGaveAll() {
		return false
	}
	for name, g := range s.gates {
		if !s.recovery.brought[name] && !s.missed(g) {
			return false
		}
	}
	return true
}

// learnBack writes down what is only known from hearsay, as a record of this hub's own, so that the cloud hears of it.
func (s *State) learnBack(f wire.KnownFact) {
	if f.Ref == (whitelist.Ref{}) || s.knowsRecord(f) {
		return
	}
	b := s.box(s.hub, s.ownRun())
	e := wire.Event{Gate: s.hub, Run: b.Run, Seq: b.Held + 1, Type: wire.Heard, Scan: f.Record.Scan, Ref: f.Ref, Record: &f.Record,
		At: s.now.Unix, Mono: s.now.Mono, Clock: admit.Synced, Lane: f.Record.Lane, Checkpoint: f.Record.Checkpoint}
	if mutantHearsayOverwrites {
		s.right(f.Ref).records = nil
	}
	if what := s.right(f.Ref).with(f.Right); what != (wire.Right{}) {
		e.Event, e.Kind, e.Terms = what.Event, what.Kind, &what.Terms
	}
	s.take(b, e)
}

func (s *State) knowsRecord(f wire.KnownFact) bool {
	r := s.rights[f.Ref]
	return r != nil && slices.Contains(r.records, f.Record)
}

// ownRun names this hub's own records. Its disk may come back from an older image, so no two lives share a name.
func (s *State) ownRun() wire.Run {
	h := fnv.New32a()
	h.Write([]byte(s.run))
	return wire.Run{Start: 1, Random: h.Sum32()}
}
