package wicket

import (
	"cmp"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// refuse records a refusal. It is told even where it can't be recorded: nothing opens.
func (s *scan) refuse(v admit.Verdict) (Said, error) {
	e := s.about()
	e.Type, e.Reason = wire.Refusal, v.Reason
	if err := s.save(e); err != nil {
		return Said{}, err
	}
	records, err := s.records()
	return Said{Verdict: v, Exit: s.Exit, Passage: None, Remaining: s.remaining(records)}, err
}

// practise: a drill shows what would happen. Nobody is let in and no right is used.
func (s *scan) practise(v admit.Verdict) (Said, error) {
	e := s.about()
	e.Type, e.Reason, e.Text = wire.Note, v.Reason, "drill"
	if err := s.save(e); err != nil {
		return Said{}, err
	}
	records, err := s.records()
	return Said{Verdict: v, Drill: true, Passage: None, Remaining: s.remaining(records)}, err
}

func (s *scan) leave(v admit.Verdict) (Said, error) {
	e := s.about()
	from, to := admit.Way(&s.door.Checkpoint, true)
	e.Type, e.Reason = wire.Leaving, v.Reason
	e.Record = &admit.Record{Scan: s.Scan, Kind: admit.Exit, Lane: 1, Checkpoint: s.Checkpoint, From: from, Zone: to, Closes: v.Closes}
	return s.through(e, v)
}

// admit records an admission; with Auto, its passage in the same breath.
func (s *scan) admit(f admit.Facts, v admit.Verdict, ruling wire.Ruling) (Said, error) {
	e := s.about()
	terms := s.terms
	e.Type, e.Reason, e.Flags, e.Terms, e.Override = wire.Admission, v.Reason, v.Attention, &terms, s.Override
	from, to := admit.Way(f.Checkpoint, false)
	e.Record = &admit.Record{Scan: s.Scan, Kind: admit.Entry, Lane: 1, Checkpoint: s.Checkpoint, From: from, Zone: to,
		Follows: v.Follows, Closes: v.Closes, Override: s.Override != nil}
	if terms.Use == whitelist.UseDaily {
		e.Record.Day = cmp.Or(ruling.Day, f.Location.From)
	}
	return s.through(e, v)
}

func (s *scan) through(e wire.Event, v admit.Verdict) (Said, error) {
	said, events := Said{Verdict: v, Exit: s.Exit, Passage: Waiting}, []wire.Event{e}
	if s.Auto || s.door.Mode == whitelist.Evacuation { // then nobody stays to say how it ended
		said.Passage = Passed
		events = append(events, s.outcome(admit.Passed))
	}
	if err := s.save(events...); err != nil {
		return Said{}, err
	}
	records, err := s.records()
	if err != nil {
		return Said{}, err
	}
	if _, held := s.replay(records); s.hasRef() && !held {
		return Said{}, ErrUnsaved // the arbiter did not take it
	}
	said.Remaining = s.remaining(records)
	return said, nil
}

func (s *scan) outcome(kind admit.RecordKind) wire.Event {
	e := s.about()
	e.Type = wire.Outcome
	e.Record = &admit.Record{Scan: s.Scan, Kind: kind, Lane: 1, Checkpoint: s.Checkpoint}
	return e
}

// about is what every record of a scan says of it. The raw text is kept only of codes that no list knows.
func (s *scan) about() wire.Event {
	e := wire.Event{Scan: s.Scan, Lane: 1, Checkpoint: s.Checkpoint, Mode: string(s.door.Mode), Controller: wire.Cut(s.Controller)}
	if s.hasRef() {
		e.Ref, e.Event, e.Kind = s.Code.Entry.Ref, s.Code.Event.Event, s.Code.Entry.Kind
	} else {
		e.Text = wire.Cut(s.Text)
	}
	return e
}

// save gives the arbiter records of this device and returns when they are durable. After an error nobody knows whether they
// are: the device is silent until the arbiter has read its store again. The arbiter takes them in the scan's own run only: once
// that has ended, what was granted in it may be another's already.
func (s *scan) save(events ...wire.Event) error {
	last, ok := s.number(events)
	if !ok {
		return ErrUnsaved
	}
	err := s.store(venue.EventsCame{Gate: s.g.name, Events: wire.Events{V: wire.Version, Gate: s.g.name, Run: s.run, Events: events}})
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.g.run != s.run {
		return ErrUnsaved // the arbiter has started anew meanwhile
	}
	if err != nil {
		s.g.broken = true
		return ErrUnsaved
	}
	s.g.durable, s.g.open = last, 0
	return nil
}

func (s *scan) store(events venue.EventsCame) error {
	if mutantAnswerUnsaved {
		s.h.floor.DoWhile(events, s.current)
		return nil
	}
	return s.h.floor.StoreWhile(events, s.current)
}

// number gives records their place in the device's journal; false once the scan's run has ended.
func (s *scan) number(events []wire.Event) (last uint64, ok bool) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	g, now := s.g, time.Now().UnixMilli()
	if g.run != s.run {
		return 0, false
	}
	for i := range events {
		e := &events[i]
		g.seq++
		e.Gate, e.Run, e.Seq, e.At, e.Clock = g.name, g.run, g.seq, now, admit.Synced
		if e.Record != nil {
			e.Record.At, e.Record.Gate = now, g.name
		}
	}
	return g.seq, true
}

func (s *scan) current() bool { return s.h.lives(s.g, s.run) }

// amend corrects the answer that is given to the same scan again.
func (h *House) amend(g *gate, id admit.ScanID, p Passage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range g.said {
		if g.said[i].scan == id {
			g.said[i].said.Passage = p
		}
	}
}

// Bring takes records that a device made while it was alone, of a run of its own. It returns when they are durable.
func (h *House) Bring(gate string, events wire.Events) error {
	if err := h.floor.Bring(gate, events); err != nil {
		return ErrUnsaved
	}
	return nil
}
