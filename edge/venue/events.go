package venue

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// eventsCame takes a gate's records in order of seq, each once. What leaves a gap is not taken: the gate sends it again
// from the watermark.
func (s *State) eventsCame(name string, m wire.Events) {
	if m.Gate != name {
		s.stranger(name, m.Gate)
		return
	}
	if s.failed || len(m.Events) == 0 {
		return
	}
	g := s.gate(name)
	g.seenAt = s.now.Unix
	b := s.box(name, m.Run)
	for _, e := range m.Events {
		if e.Gate != name || e.Run != m.Run {
			s.stranger(name, e.Gate)
			return
		}
		if e.Seq == b.Held+1 {
			s.keep(b, e)
			s.believe(e, name)
		}
	}
	s.endDoubts(g)
	if m.Run == g.Run {
		g.number = max(g.number, m.Number)
	}
	s.ack(g, m.Number)
}

// take takes a record that comes from this hub, or from its cloud.
func (s *State) take(b *box, e wire.Event) {
	s.keep(b, e)
	teller := e.Gate
	if e.Record != nil && e.Type == wire.Heard {
		teller = e.Record.Gate
	}
	s.believe(e, teller)
}

func (s *State) keep(b *box, e wire.Event) {
	b.Held = e.Seq
	b.marked = true
	b.out.Keep(e)
	s.tx.Events = append(s.tx.Events, e)
	s.changed = true
}

// believe takes a record into its right's history, if it is of the gate that tells it. What a gate says that another has done is kept
// as it is, for whoever looks into it, and changes nothing.
func (s *State) believe(e wire.Event, teller string) {
	if e.Record == nil || e.Ref == (whitelist.Ref{}) || e.Record.Gate != teller {
		return
	}
	s.learnRight(e.Ref, wire.RightOf(&e))
	s.learn(e.Record.Gate, e.Ref, *e.Record)
	s.surrenderCame(e)
}

// learnRight notes what a right is, as a gate judged it: nobody is let in by it here, claims are ruled by their own terms.
func (s *State) learnRight(ref whitelist.Ref, what *wire.Right) {
	if what != nil {
		r := s.right(ref)
		r.what, r.claimed = r.with(what), false
	}
}

// with is what a right allows by all that records say of it, and by one word more. A claim's word gives way to any of them:
// it leaves nothing behind that would show later who said it.
func (r *right) with(what *wire.Right) wire.Right {
	switch {
	case what == nil:
		return r.what
	case r.claimed || mutantLastWord:
		return wire.Right{}.Join(*what)
	}
	return r.what.Join(*what)
}

// heardClaim notes what a claim says, while no record has said anything.
func (r *right) heardClaim(c wire.Claim) {
	if r.claimed || r.what.Terms.Use == "" || mutantLastWord {
		r.what, r.claimed = wire.Right{}.Join(wire.Right{Event: c.Event, Kind: c.Kind, Terms: c.Terms}), true
	}
}

// learn adds a record to its right's history, and says whether it was new: an admission turns its grant into history,
// every gate is told, and a double admission is reported.
func (s *State) learn(gate string, ref whitelist.Ref, record admit.Record) bool {
	r := s.right(ref)
	if slices.Contains(r.records, record) {
		return false
	}
	r.records = append(r.records, record)
	s.follow(ref, record)
	if grant := s.grants.byScan[record.Scan]; grant != nil && record.Kind == admit.Entry && grant.Gate == gate {
		s.closeGrant(grant.Scan)
	}
	s.tell(ref, record)
	s.say(SendUsed{Used: s.used[len(s.used)-1].Used})
	s.used[len(s.used)-1].at = s.now.Mono
	s.recount(r)
	s.reportConflict(gate, ref, r)
	return true
}

func (s *State) reportConflict(gate string, ref whitelist.Ref, r *right) {
	scans := s.conflictOf(r)
	if slices.ContainsFunc(scans, func(scan admit.ScanID) bool { return !slices.Contains(r.told, scan) }) {
		s.tellConflict(gate, ref, scans)
	}
	r.told = scans
}

func (s *State) tellConflict(gate string, ref whitelist.Ref, scans []admit.ScanID) {
	s.say(Incident{Kind: Conflict, Gate: gate, Ref: ref, Scans: scans, Text: "More people came in on one ticket than it lets in."})
}

// conflictOf is every scan of a right's double admissions, at its outer doors and at each inner one.
func (s *State) conflictOf(r *right) []admit.ScanID {
	if r.what.Terms.Use == "" {
		return nil // nobody has said yet what the right allows
	}
	var out []admit.ScanID
	for _, inner := range admit.Inners(r.records) {
		terms := r.what.Terms
		terms.Inner = inner
		out = append(out, admit.Fold(terms, r.records, admit.Day{}).Conflict...)
	}
	return out
}

func scansOf(g *Grant) []admit.ScanID { return []admit.ScanID{g.Scan} }
