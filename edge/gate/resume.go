package gate

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// resumeTime is how long after a start, in ms, a person whose admission the power cut off may show the ticket again.
const resumeTime = 300_000

// resumable is the scan that a new one may take the place of: an admission of this gate, at this lane, that the last run
// left without an outcome, if the turnstile has certainly not turned since. The hub must have compared this run with
// what it holds: a gate that came back with an old disk knows less than it thinks. And the time of the last run's pulse
// must be over: a turnstile that keeps its own time lets that person through while this process starts.
func (s *State) resumable(l *lane, in Scan) *wire.Event {
	latched := s.now.Mono < ms(l.door.PassSeconds, 1000, passTime) && !mutantResumeUnlatched
	if latched || in.Exit || !hasRef(in.Code) || s.now.Mono >= resumeTime || !s.link.met && !mutantResumeUnmet || s.behind != 0 || l.counter == nil {
		return nil
	}
	for i := range s.unknown {
		e := &s.unknown[i]
		if e.Ref == in.Code.Entry.Ref && e.Lane == l.Number && e.Counter != nil && *e.Counter == *l.counter && s.unsettled(*e) {
			return e
		}
	}
	return nil
}

// unsettled says whether nobody knows yet how an admission ended.
func (s *State) unsettled(e wire.Event) bool {
	lost := false
	for _, r := range s.history[e.Ref] {
		switch {
		case r.Resumes == e.Scan, r.Scan == e.Scan && isOutcome(r.Kind) && r.Kind != admit.UnknownEnd:
			return false
		case r.Scan == e.Scan && r.Kind == admit.UnknownEnd:
			lost = true
		}
	}
	return lost
}

// resume lets the person of an interrupted admission in after all, if the judge would have it so without that admission.
// The new scan names the old one, which then counts no more.
func (s *State) resume(l *lane, in Scan, old *wire.Event) bool {
	l.scan, l.req = in, 0
	l.terms = admit.TermsOf(in.Code.Kind, in.Code.Entry).At(l.door)
	f := s.facts(l, in)
	without := append([]admit.Record{{Scan: old.Scan, Kind: admit.Abort, Gate: old.Record.Gate}}, s.history[old.Ref]...)
	f.Standing = admit.Fold(l.terms, without, f.Location)
	v := admit.Decide(&f)
	if !v.Admit || s.failed {
		return false
	}
	v.Follows, v.Closes = old.Record.Follows, old.Record.Closes
	e := s.admission(l, &f, v)
	e.Record.Resumes, e.Record.Offline = old.Scan, old.Record.Offline
	l.phase = committing
	l.shown = Show{Lane: l.Number, Verdict: v, Code: &l.scan.Code, Offline: !s.link.up}
	l.seq = s.append(e)
	return true
}

// settled: a supervisor has found out how an admission ended whose outcome this gate lost.
func (s *State) settled(in Settled) {
	for _, e := range s.unknown {
		if e.Scan != in.Scan || !s.unsettled(e) {
			continue
		}
		kind := admit.Abort
		if in.Entered {
			kind = admit.Passed
		}
		s.append(wire.Event{Type: wire.Outcome, Scan: e.Scan, Ref: e.Ref, Event: e.Event, Kind: e.Kind, Lane: e.Lane, Checkpoint: e.Checkpoint,
			Record:   &admit.Record{Scan: e.Scan, Kind: kind, Lane: e.Lane, Checkpoint: e.Checkpoint},
			Override: &wire.Override{Supervisor: wire.Cut(in.Supervisor), Reason: "settled"}})
	}
}
