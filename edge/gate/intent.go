package gate

import (
	"slices"

	"cmp"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// intend: ASK to INTENT. The judge is asked again on the history as it is now, since another lane may have been quicker;
// then the admission is recorded, and only when that is durable does the relay move.
func (s *State) intend(l *lane, by admit.Decider, follows admit.ScanID) {
	door := s.doors[l.Checkpoint]
	f := s.facts(l, l.scan)
	f.Decider = by
	s.granted(l, &f)
	f.OverBudget = by == admit.Offline && door != nil && s.overBudget(l)
	s.tokenFacts(l, &f)
	v := admit.Decide(&f)
	if !v.Admit || s.failed {
		s.endClaim(l)
		s.refuse(l, l.scan, closedIfFailed(s.failed, v))
		s.becomeIdle(l)
		return
	}
	if by == admit.Offline {
		s.spend(l)
	} else {
		v.Follows = follows
	}
	l.phase = committing
	l.shown = Show{Lane: l.Number, Verdict: v, Code: &l.scan.Code, Offline: by == admit.Offline}
	l.seq = s.append(s.admission(l, &f, v))
	if mutantRelayBeforeFsync {
		s.move(l)
	}
}

// granted: which day a once-a-day right is used on is the arbiter's to say. Two clocks that disagree about today would
// otherwise make two uses of one.
func (s *State) granted(l *lane, f *admit.Facts) {
	if l.day != 0 && l.day != f.Location.From {
		f.Standing = admit.Fold(f.Terms, s.history[l.scan.Code.Entry.Ref], admit.Day{From: l.day, Until: l.day + dayTime})
	}
}

func (s *State) admission(l *lane, f *admit.Facts, v admit.Verdict) wire.Event {
	e := s.about(l, l.scan)
	terms := l.terms // the lane's next scan has its own; a record never changes
	e.Type, e.Reason, e.Flags, e.Terms = wire.Admission, v.Reason, v.Attention, &terms
	from, to := admit.Way(f.Checkpoint, false)
	e.Record = &admit.Record{Scan: l.scan.ID, Kind: admit.Entry, Lane: l.Number, Checkpoint: l.Checkpoint, From: from, Zone: to,
		Follows: v.Follows, Closes: v.Closes, Offline: f.Decider == admit.Offline}
	if l.terms.Use == whitelist.UseDaily {
		e.Record.Day = cmp.Or(l.day, f.Location.From)
	}
	l.day = 0
	return e
}

// leave records an exit. It never waits for the arbiter, and opens even when it can't be recorded. In an evacuation nobody
// turns a turnstile: the scan is all that will be known of the leaving, so it counts at once.
func (s *State) leave(l *lane, in Scan, v admit.Verdict) {
	l.scan, l.req = in, 0
	e := s.about(l, in)
	from, to := admit.Way(l.door, true)
	e.Type, e.Reason = wire.Leaving, v.Reason
	e.Record = &admit.Record{Scan: in.ID, Kind: admit.Exit, Lane: l.Number, Checkpoint: l.Checkpoint, From: from, Zone: to, Closes: v.Closes}
	l.seq = s.append(e)
	if l.door.Mode == whitelist.Evacuation && !mutantEvacuationUncounted {
		s.count(l, in)
		s.outcome(l, in, admit.Passed)
	}
	l.phase = committing
	l.shown = Show{Lane: l.Number, Verdict: v, Code: &l.scan.Code}
	if s.failed {
		s.move(l)
	}
}

// committed: INTENT is durable, so the relay moves, once.
func (s *State) committed(seq uint64) {
	s.durable = max(s.durable, seq)
	s.memory.Runs[len(s.memory.Runs)-1].Last = s.durable
	s.writing = slices.DeleteFunc(s.writing, func(seq uint64) bool { return seq <= s.durable })
	s.pruneDurable()
	for _, l := range s.lanes {
		if l.phase == committing && l.seq <= s.durable {
			s.endClaim(l)
			s.move(l)
		}
	}
	if s.behind != 0 && s.behind <= s.durable {
		s.do(Restart{Why: "this disk is older than what the hub knows"})
	}
}

// move opens the door for the person whose scan is durable. In an evacuation doors are held open past the software,
// which only records.
func (s *State) move(l *lane) {
	l.aborted, l.refusal = nil, nil
	if l.door.Mode == whitelist.Evacuation {
		s.do(l.shown)
		s.becomeIdle(l)
		return
	}
	l.phase = moved
	l.until = s.now.Mono + ms(l.door.PassSeconds, 1000, passTime)
	s.do(Pulse{Lane: l.Number, Scan: l.scan.ID, Exit: l.scan.Exit})
	s.do(l.shown)
	if l.door.NoContact && !mutantContactAwaited {
		s.passed(l)
	}
}

// doubt leaves a lane whose admission may or may not be on the disk. Its claim is never closed in this run.
func (s *State) doubt(l *lane) {
	if l.req != 0 && (s.stuck == 0 || l.req < s.stuck) {
		s.stuck = l.req
	}
	l.req = 0
	l.phase = idle
}

// commitFailed: nobody knows what of the last records is on the disk, so nobody is let in on their strength, and their
// claims stay open for the arbiter to hold until the next run tells. Whoever wants out gets out.
func (s *State) commitFailed() {
	s.failed = true
	for _, l := range s.lanes {
		switch {
		case l.phase == committing && l.scan.Exit:
			s.move(l)
		case l.phase == committing:
			s.doubt(l)
			s.do(Show{Lane: l.Number, Verdict: admit.Verdict{Reason: admit.CheckpointClosed}, Code: &l.scan.Code})
		}
	}
}
