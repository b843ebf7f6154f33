package gate

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// overrideTime is how long, in ms, a supervisor's word may come after the refusal that it is about: the person must
// still be the one who stands there.
const overrideTime = 60_000

// refused is what a lane refused last.
type refused struct {
	scan Scan
	at   int64 // mono
}

// overridden: a supervisor lets in what the lane refused last. It is an admission like any other, with a scan id of its
// own, decided without the arbiter and told to it by its record. What no word can overrule stays refused.
func (s *State) overridden(in Override) {
	if _, ok := s.Overridable(in.Lane, s.now); !ok {
		return
	}
	l := s.lane(in.Lane)
	scan := l.refusal.scan
	scan.ID = in.ID
	l.refusal = nil
	l.scan, l.req, l.door = scan, 0, s.doors[l.Checkpoint]
	l.terms = admit.TermsOf(scan.Code.Kind, scan.Code.Entry).At(l.door)
	f := s.facts(l, scan)
	f.Override = true
	v := admit.Decide(&f)
	if !v.Admit || s.failed {
		s.refuse(l, scan, closedIfFailed(s.failed, v))
		return
	}
	e := s.admission(l, &f, v)
	e.Record.Override = true
	e.Override = &wire.Override{Supervisor: wire.Cut(in.Supervisor), Reason: wire.Cut(in.Reason)}
	l.phase = committing
	l.last, l.lastAt = keyOf(scan), s.now.Mono
	l.shown = Show{Lane: l.Number, Verdict: v, Code: &l.scan.Code, Offline: !s.link.up}
	l.seq = s.append(e)
}
