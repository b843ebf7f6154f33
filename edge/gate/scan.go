package gate

import (
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// scanned: IDLE to CHECK. The same code again is the same scan; another code while the lane is busy waits for its turn,
// and a third is refused.
func (s *State) scanned(in Scan) {
	l := s.lane(in.Lane)
	if l == nil {
		return
	}
	repeated := keyOf(in) == l.last && l.last != (codeKey{}) && s.now.Mono-l.lastAt < debounceTime
	busy := l.phase != idle
	l.lastScan = s.now.Unix
	switch {
	case busy && keyOf(in) == keyOf(l.scan), repeated && !busy:
		l.lastAt = s.now.Mono
	case busy && l.parked == nil:
		l.parked, l.parkedAt = &in, s.now.Mono
	case busy && keyOf(in) == keyOf(*l.parked):
	case busy:
		s.refuse(l, in, s.decide(l, in, func(f *admit.Facts) { f.Repeat = true }))
	default:
		s.check(l, in)
	}
}

// check judges a code by what this gate knows, and asks the arbiter if that is not enough to refuse.
func (s *State) check(l *lane, in Scan) {
	l.last, l.lastAt = keyOf(in), s.now.Mono
	l.door = s.doors[l.Checkpoint]
	if l.door == nil {
		l.door = &whitelist.Checkpoint{} // exits open even at a door that no manifest knows
	}
	if l.door.Mode == whitelist.Evacuation {
		in.Exit = true
	}
	v := s.decide(l, in, nil)
	if old := s.resumable(l, in); !v.Admit && old != nil && s.resume(l, in, old) {
		return
	}
	switch {
	case v.Admit && in.Exit:
		s.leave(l, in, v)
	case !v.Admit || s.failed:
		s.refuse(l, in, closedIfFailed(s.failed, v))
	case l.door.Mode == whitelist.Drill:
		s.practise(l, in, v)
	default:
		s.ask(l, in)
	}
}

// closedIfFailed: a gate that can't write can't admit, whatever the judge says.
func closedIfFailed(failed bool, v admit.Verdict) admit.Verdict {
	if failed && v.Admit {
		return admit.Verdict{Reason: admit.CheckpointClosed}
	}
	return v
}

// decide gathers the facts of a scan, lets more change them, and judges.
func (s *State) decide(l *lane, in Scan, more func(*admit.Facts)) admit.Verdict {
	f := s.facts(l, in)
	if more != nil {
		more(&f)
	}
	return admit.Decide(&f)
}

func (s *State) facts(l *lane, in Scan) admit.Facts {
	door := s.doors[l.Checkpoint]
	day := admit.DayAt(s.today(), s.zone)
	terms := admit.TermsOf(in.Code.Kind, in.Code.Entry).At(door)
	f := admit.Facts{Now: s.now.Unix, Clock: s.now.Clock, Location: day, Checkpoint: door, Exit: in.Exit, Code: &in.Code, Terms: terms,
		Controller: l.controller}
	if hasRef(in.Code) {
		f.Standing = admit.Fold(terms, s.history[in.Code.Entry.Ref], day)
	}
	return f
}

// today is a time of the day that a scan counts for. A clock that nobody has set is at least as late as what an earlier run wrote
// down: a restart without the network would else make a second day, and a once-a-day ticket good again.
func (s *State) today() int64 {
	if s.now.Clock == admit.ClockIsUnset {
		return max(s.now.Unix, s.noted)
	}
	return s.now.Unix
}

// practise: a drill shows what would happen. Nobody is let in and no right is used.
func (s *State) practise(l *lane, in Scan, v admit.Verdict) {
	e := s.about(l, in)
	e.Type, e.Reason, e.Text = wire.Note, v.Reason, "drill"
	s.append(e)
	s.do(Show{Lane: l.Number, Verdict: v, Code: &in.Code})
}

// unreadable: bytes that are no code. They are recorded, cut short, and open nothing.
func (s *State) unreadable(in Unreadable) {
	l := s.lane(in.Lane)
	if l == nil {
		return
	}
	l.lastScan = s.now.Unix
	scan := Scan{Lane: in.Lane, ID: in.ID, Text: in.Text, Code: admit.Code{Match: admit.Garbled}}
	l.refused++
	e := s.about(l, scan)
	e.Type, e.Reason = wire.Refusal, admit.Unreadable
	s.append(e)
	s.do(Show{Lane: l.Number, Verdict: admit.Verdict{Reason: admit.Unreadable}})
}

// becomeIdle ends a lane's business with one person and turns to the code that waited, if it is not too old.
func (s *State) becomeIdle(l *lane) {
	l.phase = idle
	if l.parked == nil {
		return
	}
	next := *l.parked
	fresh := s.now.Mono-l.parkedAt < parkedTime
	l.parked = nil
	if fresh {
		s.check(l, next)
		return
	}
	s.refuse(l, next, admit.Verdict{Reason: admit.Debounced})
}
