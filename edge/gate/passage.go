package gate

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// passage: the contact fired. It ends the admission before it; or it is the late passage of one that was aborted, and
// then the use stands again; or nobody was let in, which an operator should know.
func (s *State) passage(in Passage) {
	l := s.lane(in.Lane)
	if l == nil {
		return
	}
	if in.Counter != nil {
		l.counter = in.Counter
	}
	switch {
	case l.phase == moved:
		s.passed(l)
	case l.aborted != nil && s.now.Mono < l.lateBy:
		late := *l.aborted
		l.aborted = nil
		s.count(l, late)
		s.outcome(l, late, admit.ForcedPass)
	default:
		s.note(l.Number, wire.NoteForced)
	}
}

func (s *State) count(l *lane, in Scan) {
	if in.Exit {
		l.out++
	} else {
		l.in++
	}
}

// passed: MOVED to PASSED.
func (s *State) passed(l *lane) {
	s.do(Release{Lane: l.Number})
	s.count(l, l.scan)
	s.outcome(l, l.scan, admit.Passed)
	s.endDebounce(l)
	s.becomeIdle(l)
}

// nobodyPassed: MOVED, and T has passed. The relay is off; the scan is given back.
func (s *State) nobodyPassed(l *lane) {
	s.do(Release{Lane: l.Number})
	scan := l.scan
	l.aborted, l.lateBy = &scan, s.now.Mono+lateTime
	s.outcome(l, scan, admit.Abort)
	s.endDebounce(l)
	s.becomeIdle(l)
}

// endDebounce: the same code may come again at once while uses remain: the next of a group, or the one who turned round.
func (s *State) endDebounce(l *lane) {
	if l.scan.Exit {
		return
	}
	f := s.facts(l, l.scan)
	if f.Checkpoint != nil && admit.Decide(&f).Admit {
		l.last = codeKey{}
	}
}

func (s *State) outcome(l *lane, in Scan, kind admit.RecordKind) {
	e := s.about(l, in)
	e.Type = wire.Outcome
	e.Record = &admit.Record{Scan: in.ID, Kind: kind, Lane: l.Number, Checkpoint: l.Checkpoint}
	s.append(e)
}
