package venue

import (
	"maps"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

const (
	recallTime  = 1500 // ms that a claim waits for its right's home gate
	silentAfter = 3000 // ms without a heartbeat after which a gate is not asked
)

// homes is where the token of each right is while the arbiter does not have it. The token is in one place: at the right's
// home gate, by the assignment in force; or here, for good, once its history says so (admit.Surrender).
type homes struct {
	force   whitelist.Homes // durable: by it gates may admit alone
	number  uint64          // of the Commit that made it so
	wanted  whitelist.Homes // of the newest manifest
	waiting []recall
	moved   []whitelist.Ref // whose token may have come here in this step
	silent  map[string]bool // gates of which it was told that they can't be asked
	doubts  map[doubt]uint64
}

// recall is a claim that waits for the home gates of its right.
type recall struct {
	gate  string
	claim wire.Claim
	at    int64 // mono
}

// doubt is a surrender that has come and does not count yet. Of what its gate did before in earlier runs some is still to
// come; or it came from a run that the gate's disk no longer has whole, and the gate may have forgotten it: then it must
// first hear of it again, by following Used up to the number that is kept with the doubt.
type doubt struct {
	gate string
	ref  whitelist.Ref
}

// recallFirst says whether a claim that could be granted must wait: some gate may admit on this right alone. It is asked to
// give the token up, and the claimant told to wait; a gate that can't be asked is where the person must go.
func (s *State) recallFirst(g *gate, c wire.Claim) bool {
	holders := s.holders(g.Name, c)
	if len(holders) == 0 || mutantSkipRecall {
		return false
	}
	if door := s.doors[c.Checkpoint]; mutantRecallForHomes && door != nil && door.Policy != whitelist.Home {
		return false
	}
	for _, name := range holders {
		if !s.reaches(name) {
			s.tellSilent(name)
			s.say(SendRuling{Gate: g.Name, Ruling: s.denied(c, admit.Verdict{Reason: admit.OtherGate, Gate: name})})
			return true
		}
	}
	s.homes.waiting = s.stillWaiting()
	if at := slices.IndexFunc(s.homes.waiting, func(r recall) bool { return r.claim.Scan == c.Scan }); at >= 0 {
		s.homes.waiting[at].claim = c
		return true
	}
	wait := s.denied(c, admit.Verdict{Reason: admit.OtherGate, Gate: holders[0]})
	wait.Wait, wait.Head = true, s.headTold()
	s.do(SendRuling{Gate: g.Name, Ruling: wait})
	for _, name := range holders {
		s.do(SendRecall{Gate: name, Recall: wire.Recall{V: wire.Version, Ref: c.Ref, Event: c.Event, Kind: c.Kind, Scan: c.Scan,
			Head: s.headTold(), Term: s.memory.Term, Hub: s.hub}})
	}
	s.homes.waiting = append(s.homes.waiting, recall{gate: g.Name, claim: c, at: s.now.Mono})
	return true
}

// holders are the gates, other than the claimant, that may admit on a right without asking and have not given it up: its
// home by the assignment in force, its home by the one that is to come, and every gate that obeys one that is not known here.
func (s *State) holders(claimant string, c wire.Claim) (out []string) {
	add := func(name string, void bool) {
		if name != claimant && !void && !s.gaveUp(c.Ref, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, h := range s.assignments() {
		for _, name := range h.Of(rightOf(c)) {
			add(name, s.void(name, h.Epoch))
		}
	}
	for _, name := range s.strangers() {
		add(name, false)
	}
	return out
}

func rightOf(c wire.Claim) whitelist.Right {
	return whitelist.Right{Event: c.Event, Inner: c.Terms.Inner, Kind: c.Kind, Ref: c.Ref, Seat: c.Seat, Listed: !c.Unlisted}
}

// assignments are those known here by which a gate may admit alone now or soon.
func (s *State) assignments() []*whitelist.Homes {
	if s.homes.wanted.Epoch > s.homes.force.Epoch {
		return []*whitelist.Homes{&s.homes.force, &s.homes.wanted}
	}
	return []*whitelist.Homes{&s.homes.force}
}

// strangers are the gates that obey an assignment that is not known here: this hub's disk or its manifest is an old one.
func (s *State) strangers() (out []string) {
	for name, g := range s.gates {
		if !g.Excluded && g.said != 0 && g.said != s.homes.force.Epoch && g.said != s.homes.wanted.Epoch {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// void says whether a gate has lost its homes of an assignment: a supervisor has excluded it.
func (s *State) void(name string, epoch uint64) bool {
	g := s.gates[name]
	return g != nil && (g.Excluded || g.Void >= epoch)
}

// reaches says whether a gate would hear a recall.
func (s *State) reaches(name string) bool {
	g := s.gates[name]
	return g != nil && s.recovery.synced[name] && s.now.Mono-g.beatAt <= silentAfter
}

// gaveUp says whether a gate has surrendered a right, and knows it.
func (s *State) gaveUp(ref whitelist.Ref, gate string) bool {
	r := s.rights[ref]
	if _, doubted := s.homes.doubts[doubt{gate, ref}]; doubted || r == nil {
		return false
	}
	return slices.ContainsFunc(r.records, func(x admit.Record) bool { return x.Kind == admit.Surrender && x.Gate == gate })
}

// here says whether the token of a right has come here.
func (s *State) here(ref whitelist.Ref) bool {
	r := s.rights[ref]
	return r != nil && slices.ContainsFunc(r.records, func(x admit.Record) bool { return x.Kind == admit.Surrender })
}

// surrenderCame notes that a token has come here, or will have when it is certain. One that others heard of may have come before
// the records that its gate wrote earlier; a token that was taken here has no gate.
func (s *State) surrenderCame(e wire.Event) {
	if e.Type == wire.Heard && e.Record.Kind == admit.Surrender && e.Record.Gate != "" {
		s.homes.doubts[doubt{e.Record.Gate, e.Ref}] = uint64(len(s.used))
	}
	if e.Type != wire.Surrender {
		return
	}
	g := s.gate(e.Gate)
	forgotten := !mutantSurrenderOldRun && e.Run != g.Run && (g.state.Run != g.Run || lastOf(g.state, e.Run) < e.Seq)
	d := doubt{e.Gate, e.Ref}
	switch {
	case forgotten:
		s.homes.doubts[d] = uint64(len(s.used))
	case !s.pastIsHere(g) && !mutantSurrenderAtOnce:
		s.homes.doubts[d] = 0
	default:
		delete(s.homes.doubts, d)
		s.homes.moved = append(s.homes.moved, e.Ref)
	}
}

// pastIsHere says whether every record of a gate's earlier runs is here: an admission among them came before any surrender
// of its newest run.
func (s *State) pastIsHere(g *gate) bool {
	return g.state.Run == g.Run && !slices.ContainsFunc(g.state.Runs, func(r wire.RunState) bool {
		return r.Run != g.Run && s.held(g.Name, r.Run) < r.Last
	})
}

// endDoubts lets the surrenders of a gate count about which there is no doubt any more.
func (s *State) endDoubts(g *gate) {
	if len(s.homes.doubts) == 0 || !s.pastIsHere(g) {
		return
	}
	heard := uint64(0)
	if g.state.UsedRun == s.run {
		heard = g.state.Used
	}
	for d, number := range s.homes.doubts {
		if d.gate == g.Name && number <= heard {
			delete(s.homes.doubts, d)
			s.homes.moved = append(s.homes.moved, d.ref)
		}
	}
}

// answerWaiting takes up the claims on rights whose token has come in this step.
func (s *State) answerWaiting() {
	if len(s.homes.moved) == 0 {
		return
	}
	all := s.stillWaiting()
	s.homes.waiting = nil
	for _, r := range all {
		if slices.Contains(s.homes.moved, r.claim.Ref) {
			s.claimed(r.gate, r.claim)
		} else {
			s.homes.waiting = append(s.homes.waiting, r)
		}
	}
	s.homes.moved = nil
}

func (s *State) stillWaiting() []recall {
	return slices.DeleteFunc(s.homes.waiting, func(r recall) bool { return s.now.Mono-r.at >= recallTime })
}

// takeToken: a right is granted that no gate had to give up, because its home has been excluded or changes. Its history then
// says that the token is here, so that whichever gate becomes its home hears it before it may admit alone.
func (s *State) takeToken(gate string, c wire.Claim) {
	if s.here(c.Ref) {
		return
	}
	if len(s.strangers()) == 0 && s.atHome(gate, c) {
		return
	}
	s.takeNow(c.Ref, c.Scan)
}

// atHome says whether a gate is the only home of a right, or no gate is.
func (s *State) atHome(gate string, c wire.Claim) bool {
	for _, h := range s.assignments() {
		gates := h.Of(rightOf(c))
		if len(gates) > 1 || len(gates) == 1 && (gates[0] != gate || s.void(gate, h.Epoch)) {
			return false
		}
	}
	return true
}

func (s *State) takeNow(ref whitelist.Ref, scan admit.ScanID) {
	s.learnBack(wire.KnownFact{Ref: ref, Record: admit.Record{Scan: scan, Kind: admit.Surrender, At: s.now.Unix}})
}

// takeLost takes the token of a grant whose gate has lost its outcome: its next life must not admit on it alone.
func (s *State) takeLost(g *gate, grant *Grant) {
	if (len(s.homes.force.Rules) > 0 || len(s.homes.wanted.Rules) > 0) && !s.here(grant.Ref) && !mutantNoTakeLost {
		s.takeNow(grant.Ref, grant.Scan)
		g.homeFrom = uint64(len(s.used))
	}
}

// obeyHomes takes the homes of a newer manifest.
func (s *State) obeyHomes(h *whitelist.Homes) {
	if h != nil && h.Epoch > s.homes.wanted.Epoch {
		s.homes.wanted = *h
	}
}

// moveHomes puts a newer assignment in force once nobody may admit by an older one any more: each gate that had homes has
// said that it obeys the new one, with all that it did before on record here, or has been excluded. What is granted now is
// taken first; a gate is confirmed only when it has heard of it.
func (s *State) moveHomes() {
	if s.homes.wanted.Epoch <= s.homes.force.Epoch || !s.ready() || !s.allObey() {
		return
	}
	s.homes.force, s.homes.number = s.homes.wanted, s.number+1
	force := s.homes.force
	s.tx.Homes, s.changed = &force, true
	open := slices.Collect(maps.Values(s.grants.byScan))
	sortGrants(open)
	for _, g := range open {
		if !s.here(g.Ref) && !mutantNoTakeGranted {
			s.takeNow(g.Ref, g.Scan)
		}
	}
	for _, g := range s.gates {
		g.homeFrom = uint64(len(s.used))
	}
}

// tellSilent tells people of a home gate that can't be asked, once until it is heard again.
func (s *State) tellSilent(name string) {
	if s.homes.silent[name] {
		return
	}
	s.homes.silent[name] = true
	s.say(Incident{Kind: HomeSilent, Gate: name, Text: "Gate " + name + " is silent, and only it can let in whose tickets are at home there: bring it back, or exclude it once somebody has seen that it is off."})
}

func (s *State) allObey() bool {
	for name, g := range s.gates {
		if mutantHomesMoveAtOnce {
			break
		}
		old := s.homes.force.Epoch == 0 || s.homes.force.Names(name)
		if old && !g.Excluded && !s.missed(g) && g.said < s.homes.wanted.Epoch {
			return false
		}
	}
	return true
}

// obeys notes which homes a gate says it obeys; it counts once every record that it has spoken of is here.
func (s *State) obeys(g *gate, state wire.State) {
	g.beatAt = s.now.Mono
	delete(s.homes.silent, g.Name)
	if s.heldAll(g, state) {
		g.said = max(g.said, state.Homes)
	}
	s.endDoubts(g)
}

func (s *State) heldAll(g *gate, state wire.State) bool {
	return !slices.ContainsFunc(state.Runs, func(r wire.RunState) bool { return s.held(g.Name, r.Run) < r.Last })
}

// confirms is the epoch of the homes by which a gate may admit alone in its present run: it has been compared with what is
// held here, and has heard all that was known when this run, or the assignment, began.
func (s *State) confirms(g *gate, state wire.State) uint64 {
	force := &s.homes.force
	switch {
	case force.Epoch == 0 || state.Homes != force.Epoch || s.durable < s.homes.number || s.void(g.Name, force.Epoch):
	case s.caughtUp(g, state):
		return force.Epoch
	}
	return 0
}

// caughtUp says whether a gate's present run has been compared with what is held here, and has heard all that was known when it
// began: its disk may have come back from an older image, with an end forgotten.
func (s *State) caughtUp(g *gate, state wire.State) bool {
	heard := mutantHomeUnheard || g.homeFrom == 0 || state.UsedRun == s.run && state.Used >= g.homeFrom
	return heard && s.answers(g.Name) && state.Run == g.Run && s.heldAll(g, state)
}

// loseHomes: whoever is excluded has no homes of any assignment up to now, even when it comes back.
func (s *State) loseHomes(g *gate) {
	g.Void = max(g.Void, s.homes.force.Epoch, s.homes.wanted.Epoch, g.said)
}
