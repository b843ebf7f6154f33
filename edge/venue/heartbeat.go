package venue

import (
	"slices"

	"portaria/edge/wire"
)

// stateCame answers a heartbeat: it proves the way back, says what is held, settles what has ended, and tells again
// what the gate has missed.
func (s *State) stateCame(name string, state wire.State) {
	if state.Gate != name {
		s.stranger(name, state.Gate)
		return
	}
	g := s.gate(name)
	g.unheard = false
	if !s.serves(state) {
		return
	}
	if !s.current(g, state.Run) {
		s.pulse(g, state)
		return
	}
	if state.Number >= g.number {
		g.number, g.state = state.Number, state
	}
	g.seenAt = s.now.Unix
	s.skipPruned(g, state)
	s.close(g, lastOf(state, state.Run), state.OpenMin, state.Closed)
	s.settle(g)
	s.loseOldGrants(g, state)
	if s.failed {
		return
	}
	s.obeys(g, state)
	s.compare(g, state)
	s.pulse(g, state)
	s.ack(g, state.Number)
	s.tellAgain(g, state)
}

// skipPruned: what a gate has pruned is in the cloud, which hands it back. Where there is no cloud, or it has lost it as
// well, the hub goes on from there.
func (s *State) skipPruned(g *gate, state wire.State) {
	for _, r := range state.Runs {
		if s.held(g.Name, r.Run) >= r.Base {
			continue
		}
		b := s.box(g.Name, r.Run)
		if s.back.possible && (!s.allNamed() || b.inCloud >= r.Base) {
			s.back.whole = true
			continue
		}
		b.Held, b.marked = r.Base, true
		b.Cloud, b.Pruned = max(b.Cloud, r.Base), max(b.Pruned, r.Base)
	}
}

// pulse proves the way back, and says whether the gate's claims are answered.
func (s *State) pulse(g *gate, state wire.State) {
	if s.failed || !s.termDurable() {
		return
	}
	usedRun, used := s.skipTo(g, state)
	s.do(SendPulse{Gate: g.Name, Pulse: wire.Pulse{V: wire.Version, Number: state.Number, At: s.now.Unix, Hub: s.hub, Term: s.memory.Term,
		Head: s.headTold(), Cloud: s.linked, Ready: s.answers(g.Name) && state.Run == g.Run, Newest: g.Run,
		Homes: s.confirms(g, state), Caught: s.caughtUp(g, state), Tell: s.tellOf(g, state),
		UsedRun: usedRun, Used: used, Inside: s.insideOf(state)}})
}

// settle releases the grants of a gate's newest run whose requests have ended, once every record that the gate has
// spoken of is here: an admission among them would have ended its grant. It says whether they all are.
func (s *State) settle(g *gate) bool {
	if s.held(g.Name, g.Run) < g.last && !mutantSettleMissing {
		return false
	}
	for _, grant := range s.grants.of(g.Name) {
		if grant.Run == g.Run && (grant.Req < g.openMin || g.closed[grant.Req]) {
			s.closeGrant(grant.Scan)
		}
	}
	return true
}

// loseOldGrants: a run has ended, every record of it is here, and none is the admission that was granted. Its relay may
// have moved all the same, if the disk lost the record, so it counts as used until a supervisor says otherwise.
func (s *State) loseOldGrants(g *gate, state wire.State) {
	for _, grant := range s.grants.of(g.Name) {
		if grant.Run == state.Run || grant.Unknown || s.held(g.Name, grant.Run) < lastOf(state, grant.Run) {
			continue
		}
		if mutantOldGrantFreed {
			s.closeGrant(grant.Scan)
			continue
		}
		grant.Unknown = true
		s.keepGrant(grant)
		s.takeLost(g, grant)
		s.say(Incident{Kind: UnknownEnd, Gate: g.Name, Ref: grant.Ref, Scans: scansOf(grant),
			Text: "Gate " + g.Name + " restarted while it was letting somebody in: say whether they entered."})
	}
}

// lastOf is the last seq of a run that a gate still keeps; one that it keeps no more was pruned, so it is all here.
func lastOf(state wire.State, run wire.Run) uint64 {
	at := slices.IndexFunc(state.Runs, func(r wire.RunState) bool { return r.Run == run })
	if at < 0 {
		return 0
	}
	return state.Runs[at].Last
}

// ack tells a gate what is held of its runs, once that is durable. Number is of the message it answers. What the cloud
// holds is said in the cloud's name only while its word is fresh: a hub that has lost its cloud can't know whether its
// database has been restored since, and the gate would prune on its word.
func (s *State) ack(g *gate, number uint64) {
	answer := wire.Ack{V: wire.Version, Number: number, Watermarks: make([]wire.Watermark, 0, len(g.state.Runs))}
	if s.cloudAt > 0 && s.now.Mono-s.cloudAt < freshTime {
		answer.Incarnation = s.memory.Incarnation
	}
	for _, r := range g.state.Runs {
		b := s.box(g.Name, r.Run) // of which nothing may be held: a gate must hear that too
		answer.Watermarks = append(answer.Watermarks, wire.Watermark{Gate: b.Gate, Run: b.Run, Hub: b.Held, Cloud: b.Cloud})
	}
	parts, err := wire.SplitWatermarks(answer)
	if err != nil {
		return // a watermark is far smaller than a message
	}
	for _, part := range parts {
		s.say(SendAck{Gate: g.Name, Ack: part})
	}
}

func (s *State) stranger(sender, named string) {
	s.say(Incident{Kind: TakenByOther, Gate: sender, Text: "Gate " + sender + " sent a message in the name of gate " + named + "."})
}
