package sim

import (
	"slices"

	"portaria/edge/admit"
)

// judge looks at the healed and quiet world.
func (o *oracle) judge() {
	o.everythingArrived()
	records := o.world.cloud.records()
	for _, r := range o.world.rights {
		if o.world.broken != "" {
			return
		}
		o.judgeRight(r, recordsOf(records, r))
	}
	o.occupancyAgrees(records)
	o.listsAgree()
	o.ordersAgree()
}

// occupancyAgrees is I9 of the zones: as many people inside by the arbiter's count as by the cloud's records. Where
// nothing went wrong, it is how many there are.
func (o *oracle) occupancyAgrees(records [][]admit.Record) {
	inside, really := map[string]int{}, 0
	for _, r := range o.world.rights {
		open := admit.Fold(r.terms(), recordsOf(records, r), admit.Day{}).Open
		for _, z := range o.world.venue.Zones {
			inside[z.ID] += inZone(open, z.ID)
		}
		for _, s := range slices.Concat(r.passes, r.presumed) {
			if !s.named {
				really++
			}
		}
	}
	h := o.world.hub()
	if !h.up() {
		return
	}
	for _, z := range h.state.View().Zones {
		if z.Count != inside[z.Zone] {
			o.world.fail("I9: %d people are in %s by the cloud's records, %d by %s", inside[z.Zone], z.Zone, z.Count, h.id)
		}
	}
	if o.world.options.Faults == 0 && !o.world.box && inside[outerZone] != really {
		o.world.fail("Z2: %d people came in and did not leave by the name of their entry, the records have %d", really, inside[outerZone])
	}
}

// everythingArrived is I6, I7 and the record side of I1 and I9: every living journal is in the cloud, without gaps.
func (o *oracle) everythingArrived() {
	w := o.world
	for _, g := range w.gates {
		for _, j := range g.disk.journal {
			if held := w.cloud.held(g.id, j); held < j.last() && !g.gone {
				w.fail("I9: %s has %d records of run %s, the hub %d, the cloud %d", g.id, j.last(), j.run, w.hub().disk.held(g.id, j.run), held)
			}
		}
	}
	for _, s := range w.cloud.db.sources {
		if n := uint64(len(s.events) + len(s.poison)); n != s.held {
			w.fail("I6: the cloud's watermark of %s is %d, it holds %d", s.Gate, s.held, n)
		}
		o.quarantined(s)
	}
	for _, id := range o.deleted {
		o.checkDeleted(id)
	}
}

func (c *cloudNode) held(gate string, j *journal) uint64 {
	for _, s := range c.db.sources {
		if s.Gate == gate && s.Run == j.run {
			return s.held
		}
	}
	return 0
}

// facts are what the records say of one scan.
type facts struct{ entered, aborted, forced, unknown, passed bool }

func factsOf(records []admit.Record, id admit.ScanID) (f facts) {
	for i := range records {
		if records[i].Scan != id {
			continue
		}
		switch records[i].Kind {
		case admit.Entry:
			f.entered = true
		case admit.Abort:
			f.aborted = true
		case admit.ForcedPass:
			f.forced = true
		case admit.UnknownEnd:
			f.unknown = true
		case admit.Passed:
			f.passed = true
		}
	}
	return f
}

func (f facts) stands() bool { return f.entered && (!f.aborted || f.forced) }

// judgeRight compares one right's records with who really walked.
func (o *oracle) judgeRight(r *right, records []admit.Record) {
	standing := admit.Fold(r.terms(), records, admit.Day{})
	if len(standing.Conflict) > 0 {
		o.world.stats.Conflicts++
		if len(r.doubled) == 0 {
			o.world.stats.FalseConflicts++
		}
	}
	o.passesAreRecorded(r, records)
	o.evacuatedAreOut(r, records)
	for _, people := range r.doubled {
		o.duplicateIsNamed(r, records, people, standing.Conflict)
	}
	o.nobodyIsKeptOut(r, records, standing)
	o.countersAgree(r, records, standing)
}

// passesAreRecorded is I1: everyone let through has an admission in the cloud, and it stands; but for what died with a
// disk.
func (o *oracle) passesAreRecorded(r *right, records []admit.Record) {
	for _, s := range slices.Concat(r.passes, r.within) {
		f := factsOf(records, s.id)
		lost := s.gate.gone || s.island != s.gate.island
		if !f.entered && !lost {
			o.world.fail("I1: %s walked in on right %d at %s and the cloud has no record", scanName(s.id), r.number, s.gate.id)
		}
		if f.entered && !f.stands() && !s.forced {
			o.world.fail("I1: %s walked in on right %d at %s, and the cloud has it as aborted", scanName(s.id), r.number, s.gate.id)
		}
	}
}

// duplicateIsNamed is I4: of the people who were in on a right at once, those whose records survive are all named, if
// they are still too many. The people of a group who may come back can't be told apart, so those who have left by now may
// as well have left before.
func (o *oracle) duplicateIsNamed(r *right, records []admit.Record, people []*scan, conflict []admit.ScanID) {
	var known []*scan
	for _, s := range people {
		if factsOf(records, s.id).stands() && !(s.left && r.reentry() && r.allowed() > 1) {
			known = append(known, s)
		}
	}
	if len(known) <= r.allowed() {
		return
	}
	unnamed := slices.DeleteFunc(slices.Clone(known), func(s *scan) bool { return slices.Contains(conflict, s.id) })
	innocent := 0 // of a group that may come back, those who follow nobody else's leaving
	if r.reentry() {
		innocent = r.allowed() - 1
	}
	if len(unnamed) > innocent {
		o.world.fail("I4: %d people were in on right %d, and no conflict names %s", len(known), r.number, scanName(unnamed[0].id))
	}
}

// nobodyIsKeptOut is I5: nobody entered, so nothing stands; but where an outcome is open for a supervisor.
func (o *oracle) nobodyIsKeptOut(r *right, records []admit.Record, standing admit.Standing) {
	if len(r.passes) == 0 && standing.Used > len(r.presumed) && !o.unsettled(records) {
		o.world.fail("I5: nobody entered on right %d, but %d uses stand", r.number, standing.Used)
	}
	for _, grant := range o.world.hub().disk.grants {
		if grant.Ref == r.code.Entry.Ref && !grant.Unknown {
			o.world.fail("I5: right %d is still held by a grant of %s", r.number, grant.Gate)
		}
	}
}

// unsettled says whether an outcome is open that no supervisor could settle: its gate, or the gate's record of it, is
// gone.
func (o *oracle) unsettled(records []admit.Record) bool {
	for i := range records {
		id := records[i].Scan
		s := o.world.scanOf(id)
		f := factsOf(records, id)
		lost := s.gate != nil && (s.gate.gone || s.island != s.gate.island)
		if f.stands() && !f.passed && (lost || f.unknown && o.isDeleted(s)) {
			return true
		}
	}
	return false
}

func (o *oracle) isDeleted(s *scan) bool {
	return slices.Contains(o.deleted, eventID{s.gate.id, s.run, s.seq})
}

// countersAgree is I9: the hub's and every gate's records add up to what the cloud's do.
func (o *oracle) countersAgree(r *right, records []admit.Record, cloud admit.Standing) {
	w := o.world
	h := w.hub()
	o.agrees(r, cloud, h.id, h.disk.historyOf(r))
	for _, g := range w.gates {
		if !g.gone && r.number < len(g.disk.history) {
			o.agrees(r, cloud, g.id, o.withoutEchoes(g, g.disk.history[r.number], records))
		}
	}
}

// withoutEchoes leaves out what a gate did before its disk was lost, and has heard of again from a hub that was then thrown
// away with all it knew: of its own records nobody asks it by hearsay.
func (o *oracle) withoutEchoes(g *gateNode, known, cloud []admit.Record) []admit.Record {
	return slices.DeleteFunc(slices.Clone(known), func(x admit.Record) bool {
		s := o.world.scanOf(x.Scan)
		return s != nil && s.gate == g && o.lost(s) && !slices.Contains(cloud, x)
	})
}

func (o *oracle) agrees(r *right, cloud admit.Standing, name string, records []admit.Record) {
	at := admit.Fold(r.terms(), records, admit.Day{})
	if at.Used != cloud.Used || at.Inside != cloud.Inside || !slices.Equal(at.Conflict, cloud.Conflict) {
		o.world.fail("I9: right %d: cloud has %d used, %d inside, %d in conflict; %s %d, %d, %d", r.number,
			cloud.Used, cloud.Inside, len(cloud.Conflict), name, at.Used, at.Inside, len(at.Conflict))
	}
}
