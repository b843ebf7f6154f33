package gate

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// append makes a record of this run out of what is known of it, adds what it says to the right's history at once (so
// that another lane sees it before it is durable), and returns its seq. Nothing may be done on its strength before
// Committed says that it is durable.
func (s *State) append(e wire.Event) uint64 {
	s.seq++
	s.lastAt = max(s.lastAt, s.now.Unix)
	e.Gate, e.Run, e.Seq = s.gate, s.run, s.seq
	e.At, e.Mono, e.Clock, e.Offset = s.lastAt, s.now.Mono, s.now.Clock, s.offset
	if e.Record != nil {
		e.Record.At, e.Record.Gate = s.lastAt, s.gate
		if s.remember(e.Ref, *e.Record) {
			s.known[len(s.known)-1].seq = s.seq
			s.writing = append(s.writing, s.seq)
		}
		s.learnRight(e.Ref, wire.RightOf(&e))
	}
	if door := s.doors[e.Checkpoint]; door != nil {
		e.Mode = string(door.Mode)
	}
	if l := s.lane(e.Lane); l != nil {
		e.Controller = l.controller
	}
	s.batch = append(s.batch, e)
	return s.seq
}

// remember adds to a right's history; it says whether that was new.
func (s *State) remember(ref whitelist.Ref, r admit.Record) bool {
	if ref == (whitelist.Ref{}) || slices.Contains(s.history[ref], r) {
		return false
	}
	if mutantSingleSlotUse {
		s.history[ref] = nil
	}
	s.history[ref] = append(s.history[ref], r)
	if r.Gate != s.gate {
		s.others++
	}
	s.sum += admit.Sum(ref, &r)
	s.known = append(s.known, fact{ref: ref, at: len(s.history[ref]) - 1})
	return true
}

// flush turns this step's records into one Commit, with the small facts that have changed before it.
func (s *State) flush() {
	if len(s.batch) == 0 || s.failed {
		s.batch = nil
		return
	}
	s.persist()
	s.schedulePrunes()
	s.do(Commit{Events: s.batch})
	s.boxes[len(s.boxes)-1].Keep(s.batch...)
	s.batch = nil
}

func (s *State) persist() {
	if !s.dirty {
		return
	}
	s.dirty = false
	s.do(Persist{Memory: s.copyMemory()})
}

func (s *State) copyMemory() Memory {
	m := s.memory
	m.Runs = slices.Clone(m.Runs)
	m.Alone.Entries = slices.Clone(m.Alone.Entries)
	for i := range m.Runs {
		m.Runs[i].Marks = slices.Clone(m.Runs[i].Marks)
	}
	return m
}

// note keeps a sentence for the operator.
func (s *State) note(laneNumber int, text string) {
	s.append(wire.Event{Type: wire.Note, Lane: laneNumber, Text: wire.Cut(text)})
}

// refuse records a refusal and shows it at once: nothing opens, so nothing needs to be durable first.
func (s *State) refuse(l *lane, in Scan, v admit.Verdict) {
	l.refused++
	l.refusal = nil
	if v.AskStaff {
		l.refusal = &refused{scan: in, at: s.now.Mono}
	}
	e := s.about(l, in)
	e.Type, e.Reason = wire.Refusal, v.Reason
	s.append(e)
	s.do(Show{Lane: l.Number, Verdict: v, Code: &in.Code})
}

// about is what every record of a scan says of it. The raw text is kept only of codes that no list knows.
func (s *State) about(l *lane, in Scan) wire.Event {
	e := wire.Event{Scan: in.ID, Lane: l.Number, Checkpoint: l.Checkpoint, Counter: l.counter}
	if hasRef(in.Code) {
		e.Ref, e.Event, e.Kind = in.Code.Entry.Ref, in.Code.Event.Event, in.Code.Entry.Kind
	} else {
		e.Text = wire.Cut(in.Text)
	}
	return e
}
