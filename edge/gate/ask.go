package gate

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// ask: CHECK to ASK. Only what every gate knows can say who was first, so the arbiter is asked; if it is known to be
// down, the checkpoint's policy answers at once.
func (s *State) ask(l *lane, in Scan) {
	l.scan, l.req, l.home = in, 0, ""
	l.terms = admit.TermsOf(in.Code.Kind, in.Code.Entry).At(l.door)
	if !s.link.up {
		s.admitAlone(l)
		return
	}
	s.req++
	l.phase, l.req = asking, s.req
	l.until = s.now.Mono + ms(l.door.AskMillis, 1, askTime)
	if mutantAsksTooLong {
		l.until = s.now.Mono + askTime
	}
	s.do(SendClaim{Claim: wire.Claim{V: wire.Version, Run: s.run, Req: l.req, Scan: in.ID, Ref: in.Code.Entry.Ref, Event: in.Code.Event.Event,
		Kind: in.Code.Entry.Kind, Terms: l.terms, Checkpoint: l.Checkpoint, Lane: l.Number, LastSeq: s.durable, Closed: s.closedReqs(),
		Seat: in.Code.Entry.Seat, Unlisted: in.Code.Match != admit.Listed && !mutantUnlistedUnsaid}})
}

func ms(configured, unit int, usual int64) int64 {
	if configured <= 0 {
		return usual
	}
	return int64(configured) * int64(unit)
}

// ruled takes the arbiter's answer. One that comes late, for another run or from a hub of an older term says nothing.
func (s *State) ruled(r wire.Ruling) {
	if r.Run != s.run || !s.accept(r.Term, r.Hub, r.Head) {
		return
	}
	for _, l := range s.lanes {
		if l.phase != asking || (l.req != r.Req || l.scan.ID != r.Scan) && !mutantRulingAnyScan {
			continue
		}
		s.link.missed = 0
		s.heardAgain()
		if r.Wait {
			s.waits(l, r)
			return
		}
		if r.Grant {
			l.day = r.Day
			s.intend(l, admit.AtGate, r.Follows)
			return
		}
		s.endClaim(l)
		s.refuse(l, l.scan, admit.Verdict{Reason: r.Reason, At: r.At, Gate: r.Gate, Lane: r.Lane, AskStaff: admit.Overridable(&l.scan.Code, r.Reason)})
		s.becomeIdle(l)
		return
	}
}

// unanswered: ASK, and D has passed.
func (s *State) unanswered(l *lane) {
	if s.sendHome(l) {
		return
	}
	s.link.missed++
	s.link.soundFrom = s.now.Mono
	if s.link.missed >= missedLimit {
		s.loseLink()
	}
	s.admitAlone(l)
}

// admitAlone decides without the arbiter, by the checkpoint's policy and budget.
func (s *State) admitAlone(l *lane) { s.intend(l, admit.Offline, admit.ScanID{}) }

// endClaim closes a lane's claim without an admission: a grant that may still come, or has come, is void, and the next
// heartbeat lets the arbiter take it back.
func (s *State) endClaim(l *lane) {
	if l.req != 0 {
		s.closed = append(s.closed, l.req)
	}
	l.req = 0
}

// closedReqs are the ended claims above the oldest one that is still open; openMin covers the rest.
func (s *State) closedReqs() []uint64 {
	floor := s.openMin()
	kept := s.closed[:0]
	for _, req := range s.closed {
		if req > floor {
			kept = append(kept, req)
		}
	}
	s.closed = kept
	return append([]uint64(nil), kept[max(0, len(kept)-wire.MaxClosed):]...)
}

// openMin is the oldest claim whose end is not certain; every older one is closed.
func (s *State) openMin() uint64 {
	oldest := s.req + 1
	if s.stuck != 0 {
		oldest = s.stuck
	}
	for _, l := range s.lanes {
		if l.req != 0 {
			oldest = min(oldest, l.req)
		}
	}
	return oldest
}
