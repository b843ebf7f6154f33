package gate

import (
	"portaria/edge/admit"
	"portaria/edge/wire"
)

// Unsettled are the admissions of this gate whose end nobody knows yet, oldest first: a supervisor settles them.
func (s *State) Unsettled() []wire.Event {
	var out []wire.Event
	for _, e := range s.unknown {
		if s.unsettled(e) {
			out = append(out, e)
		}
	}
	return out
}

// Overridable is the scan that a lane refused last and a supervisor's word may still let in; ok is false when there is
// none, or when it came too long ago.
func (s *State) Overridable(lane int, now Now) (refused admit.ScanID, ok bool) {
	l := s.lane(lane)
	if l == nil || l.phase != idle || l.refusal == nil || now.Mono-l.refusal.at >= overrideTime {
		return refused, false
	}
	return l.refusal.scan.ID, true
}

// Look is what the judge would say of a code at a lane now, by what this gate knows, and how its right stands. Nothing is
// recorded, and nothing changes.
func (s *State) Look(number int, code admit.Code, exit bool, now Now) (admit.Verdict, admit.Standing) {
	l := s.lane(number)
	if l == nil {
		return admit.Verdict{Reason: admit.CheckpointClosed}, admit.Standing{}
	}
	was := s.now
	s.now = now
	defer func() { s.now = was }()
	f := s.facts(l, Scan{Lane: number, Code: code, Exit: exit})
	return admit.Decide(&f), f.Standing
}
