package venue

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// claimed answers a claim, or leaves it unanswered: a claim of an old run, of a request that has ended, of an excluded
// gate, or of a gate whose records are not all here, is one that nobody should act on.
func (s *State) claimed(name string, c wire.Claim) {
	g := s.gate(name)
	if !s.answers(name) || g.Excluded && !mutantExclusionIgnored || !s.current(g, c.Run) {
		return
	}
	g.seenAt = s.now.Unix
	s.close(g, c.LastSeq, 0, c.Closed)
	if !s.settle(g) {
		return
	}
	if c.Exit || c.Req < g.openMin || g.closed[c.Req] {
		return
	}
	if known := s.grants.byScan[c.Scan]; known != nil {
		if known.Gate == name && known.Ref == c.Ref && !known.Unknown {
			s.say(SendRuling{Gate: name, Ruling: s.granted(c, known)})
		}
		return
	}
	s.rule(g, c)
}

// current says whether a run is the gate's newest. A higher start count is a new life of the same gate; a lower one, or
// the same count with other random bits, is a disk that was restored or copied.
func (s *State) current(g *gate, run wire.Run) bool {
	switch {
	case run == g.Run:
		return true
	case run.Start > g.Run.Start:
		s.newRun(g, run)
		return true
	}
	if !g.warned && !s.knows(g, run) {
		g.warned = true
		s.say(Incident{Kind: OldRun, Gate: g.Name, Text: "Gate " + g.Name + " speaks from a disk that is older than what is known of it: check it, and start it again."})
	}
	return false
}

// newRun: a gate has begun a new life.
func (s *State) newRun(g *gate, run wire.Run) {
	g.past = append(g.past, g.Run)
	g.Run, g.openMin, g.last, g.number, g.warned = run, 0, 0, 0, false
	g.said, g.homeFrom = 0, uint64(len(s.used))
	g.closed = map[uint64]bool{}
	if !mutantRunNotKept {
		s.keepGate(g)
	}
}

// knows says whether a run is one that the gate was in before: then its message was long on its way, and that is all.
func (s *State) knows(g *gate, run wire.Run) bool {
	return slices.Contains(g.past, run) || s.held(g.Name, run) > 0
}

// close notes which requests of the gate's newest run have ended, and up to which seq it had written when it said so.
func (s *State) close(g *gate, last, openMin uint64, closed []uint64) {
	g.last = max(g.last, last)
	g.openMin = max(g.openMin, openMin)
	for _, req := range closed {
		g.closed[req] = true
	}
	for req := range g.closed {
		if req < g.openMin {
			delete(g.closed, req)
		}
	}
}

// rule decides on a claim by everything the venue knows of the right.
func (s *State) rule(g *gate, c wire.Claim) {
	r := s.right(c.Ref)
	r.heardClaim(c)
	if slices.ContainsFunc(r.records, func(x admit.Record) bool { return x.Scan == c.Scan && x.Kind != admit.Surrender }) {
		return // its admission has been recorded: this claim came late
	}
	f := s.facts(r, c)
	v := admit.Decide(&f)
	if !v.Admit {
		s.say(SendRuling{Gate: g.Name, Ruling: s.denied(c, v)})
		return
	}
	if s.recallFirst(g, c) {
		return
	}
	_, to := admit.Way(f.Checkpoint, false)
	grant := &Grant{Scan: c.Scan, Ref: c.Ref, Gate: g.Name, Run: c.Run, Req: c.Req, Lane: c.Lane, Checkpoint: c.Checkpoint, Zone: to,
		Terms: c.Terms, Follows: v.Follows, Closes: v.Closes, At: s.now.Unix}
	if c.Terms.Use == whitelist.UseDaily {
		grant.Day = f.Location.From
	}
	s.grants.add(grant)
	s.keepGrant(grant)
	s.takeToken(g.Name, c)
	s.say(SendRuling{Gate: g.Name, Ruling: s.granted(c, grant)})
}

func (s *State) facts(r *right, c wire.Claim) admit.Facts {
	door := s.doors[c.Checkpoint]
	if door == nil {
		door = &whitelist.Checkpoint{ID: c.Checkpoint, Mode: whitelist.Open} // the gate has a newer venue manifest
	}
	day := admit.DayAt(s.now.Unix, s.zone)
	records, pending := s.ahead(r, c, day)
	standing := admit.Fold(c.Terms, records, day)
	standing.Ends = slices.DeleteFunc(standing.Ends, func(e admit.End) bool {
		return slices.ContainsFunc(pending, func(g *Grant) bool { return g.Follows == e.Scan })
	})
	f := admit.Facts{Now: s.now.Unix, Clock: admit.Synced, Location: day, Checkpoint: door, Terms: c.Terms, Standing: standing,
		Decider: admit.AtArbiter, Pending: pendingOf(pending)}
	f.ZoneCount, f.ZoneLimit = s.room(door)
	return f
}

// ahead is a right's history with the grants whose outcome is lost counted as admissions, and the grants that compete
// with a claim: at the same doors, and for a once-a-day right on the same day.
func (s *State) ahead(r *right, c wire.Claim, day admit.Day) (records []admit.Record, pending []*Grant) {
	records = slices.Clone(r.records)
	for _, g := range s.grants.byRef[c.Ref] {
		switch {
		case mutantGrantTimeout && s.now.Unix-g.At > 2000:
		case g.Unknown:
			records = append(records, lostEntry(g))
		case g.Terms.Inner == c.Terms.Inner && (g.Day == 0 || g.Day == day.From):
			pending = append(pending, g)
		}
	}
	sortGrants(pending)
	return records, pending
}

// lostEntry is the admission that a grant may have become.
func lostEntry(g *Grant) admit.Record {
	from := ""
	if g.Terms.Inner != "" {
		from = "?"
	}
	return admit.Record{Scan: g.Scan, Kind: admit.Entry, At: g.At, Gate: g.Gate, Lane: g.Lane, Checkpoint: g.Checkpoint, From: from,
		Zone: g.Zone, Day: g.Day, Follows: g.Follows, Closes: g.Closes}
}

func pendingOf(grants []*Grant) admit.Pending {
	if len(grants) == 0 {
		return admit.Pending{}
	}
	first := grants[0]
	for _, g := range grants[1:] {
		if g.At < first.At {
			first = g
		}
	}
	return admit.Pending{Count: len(grants), Gate: first.Gate, Lane: first.Lane, At: first.At}
}

func (s *State) granted(c wire.Claim, g *Grant) wire.Ruling {
	r := s.ruling(c)
	r.Grant, r.Reason, r.Follows, r.Day = true, admit.OK, g.Follows, g.Day
	return r
}

func (s *State) denied(c wire.Claim, v admit.Verdict) wire.Ruling {
	r := s.ruling(c)
	r.Reason, r.At, r.Gate, r.Lane = v.Reason, v.At, v.Gate, v.Lane
	return r
}

func (s *State) ruling(c wire.Claim) wire.Ruling {
	return wire.Ruling{V: wire.Version, Run: c.Run, Req: c.Req, Scan: c.Scan, Term: s.memory.Term, Hub: s.hub}
}
