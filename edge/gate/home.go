package gate

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// recallTime is how long, in ms, the arbiter may take to get a right from its home gate.
const recallTime = 1500

// homes is what this gate knows of where rights are at home.
type homes struct {
	rules whitelist.Homes // of the newest manifest
	epoch uint64          // of the rules by which this run may admit alone, as the hub has said; 0 = by none
	at    uint64          // number of the heartbeat that it answered with that

	before uint64 // epoch that this gate said that it obeys, until what it did by that is durable:
	until  uint64 // seq of the last of it
}

// obeyHomes takes the homes of a manifest. What the hub has confirmed of older ones counts no more, and older ones are
// never taken up again: a heartbeat promises it, once what was done by the older ones is durable. Who is just being let in by them is
// else in nobody's records when the hub finds that nobody obeys them.
func (s *State) obeyHomes(h *whitelist.Homes) {
	if h == nil || h.Epoch <= s.homes.rules.Epoch {
		return
	}
	if s.durable >= s.homes.until {
		s.homes.before = s.homes.rules.Epoch
	}
	s.homes.rules, s.homes.until = *h, s.seq
}

// homesTold is the epoch of the homes that the hub may believe this gate obeys.
func (s *State) homesTold() uint64 {
	if s.durable < s.homes.until && !mutantHomesUndurable {
		return s.homes.before
	}
	return s.homes.rules.Epoch
}

// confirmHomes takes the hub's word that this run has been compared with what the hub holds, has heard all that it must
// know, and may admit alone whoever is at home here. An echo of another run, or one that was overtaken, says nothing.
func (s *State) confirmHomes(p wire.Pulse) {
	if p.Newest == s.run && p.Number > s.homes.at {
		s.homes.epoch, s.homes.at = p.Homes, p.Number
	}
}

// confirmed says whether this gate may admit alone whoever is at home here.
func (s *State) confirmed() bool {
	word := s.homes.epoch == s.homes.rules.Epoch || mutantRestoreUnnoticed || mutantHomeUncompared
	return s.homes.rules.Epoch != 0 && s.behind == 0 && word
}

// tokenFacts says where the token of a right is, for a decision without the arbiter. It is asked for anew when the admission
// is recorded, since a recall may have come while the arbiter was being waited for.
func (s *State) tokenFacts(l *lane, f *admit.Facts) {
	if f.Decider != admit.Offline || f.Checkpoint == nil || f.Checkpoint.Policy != whitelist.Home {
		return
	}
	gates := s.homes.rules.Of(rightOf(l.scan.Code, f.Terms))
	switch {
	case len(gates) == 1 && gates[0] != s.gate:
		f.Home = gates[0]
	case len(gates) != 1 || !s.confirmed() || s.surrendered(l.scan.Code.Entry.Ref):
		f.Recalled = true
	}
}

func rightOf(c admit.Code, terms admit.Terms) whitelist.Right {
	return whitelist.Right{Event: c.Event.Event, Inner: terms.Inner, Kind: c.Entry.Kind, Ref: c.Entry.Ref, Seat: c.Entry.Seat, Listed: c.Match == admit.Listed}
}

// surrendered says whether the arbiter has a right's token: whichever gate gave it, it is for good.
func (s *State) surrendered(ref whitelist.Ref) bool {
	return slices.ContainsFunc(s.history[ref], func(r admit.Record) bool {
		return r.Kind == admit.Surrender && (r.Gate == s.gate || !mutantOwnSurrenderOnly)
	})
}

// recalled: the arbiter wants a right's token. The surrender is a record like any other: it counts at the arbiter when all
// before it has arrived, so that an admission that was under way is known there first.
func (s *State) recalled(r wire.Recall) {
	if s.failed || r.Ref == (whitelist.Ref{}) || !s.accept(r.Term, r.Hub, r.Head) || s.gaveUp(r.Ref) {
		return
	}
	s.append(wire.Event{Type: wire.Surrender, Scan: r.Scan, Ref: r.Ref, Event: r.Event, Kind: r.Kind,
		Record: &admit.Record{Scan: r.Scan, Kind: admit.Surrender}})
}

func (s *State) gaveUp(ref whitelist.Ref) bool {
	return slices.ContainsFunc(s.history[ref], func(r admit.Record) bool { return r.Kind == admit.Surrender && r.Gate == s.gate })
}

// waits: the arbiter is asking the home of this right for it, and will answer then.
func (s *State) waits(l *lane, r wire.Ruling) {
	if l.home == "" {
		l.home, l.until = r.Gate, s.now.Mono+recallTime
	}
}

// sendHome: the home of this right has not given it up in time, so its person is told where to go. Where the arbiter itself
// has gone, the checkpoint's policy answers.
func (s *State) sendHome(l *lane) bool {
	if l.home == "" || !s.link.up {
		return false
	}
	s.endClaim(l)
	s.refuse(l, l.scan, admit.Verdict{Reason: admit.OtherGate, Gate: l.home, AskStaff: admit.Overridable(&l.scan.Code, admit.OtherGate)})
	s.becomeIdle(l)
	return true
}
