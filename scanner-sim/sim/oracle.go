package sim

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// oracle knows what physically happened and holds every run to the invariants of docs: I1 to I11. It reads records,
// but never asks the judge who may come in.
type oracle struct {
	world *World
	// deleted are the ids of records that some disk has pruned: they must be in the cloud.
	deleted []eventID
	probes  []probe
}

type eventID struct {
	gate string
	run  wire.Run
	seq  uint64
}

// runTruth is what a gate really wrote in one run: payloads[i] is of seq i+1.
type runTruth struct {
	run      wire.Run
	payloads []payload
}

// payload tells one record from another.
type payload struct {
	kind wire.EventType
	scan admit.ScanID
	at   int64
}

func payloadOf(e *wire.Event) payload { return payload{kind: e.Type, scan: e.Scan, at: e.At} }

func (g *gateNode) truth(run wire.Run) *runTruth {
	for i := len(g.runs) - 1; i >= 0; i-- {
		if g.runs[i].run == run {
			return g.runs[i]
		}
	}
	t := &runTruth{run: run}
	g.runs = append(g.runs, t)
	return t
}

// written: a record is durable at a gate. Its seq follows the last (I6).
func (o *oracle) written(g *gateNode, e *wire.Event) {
	t := g.truth(e.Run)
	if e.Seq != uint64(len(t.payloads))+1 {
		o.world.fail("I6: %s wrote seq %d of run %s after %d records", g.id, e.Seq, e.Run, len(t.payloads))
		return
	}
	t.payloads = append(t.payloads, payloadOf(e))
	s := o.world.scanOf(e.Scan)
	if s == nil {
		return
	}
	switch e.Type {
	case wire.Admission:
		s.written, s.run, s.seq, s.gate, s.island = true, e.Run, e.Seq, g, g.island
		s.day, s.closes, s.policy = e.Record.Day, e.Record.Closes, o.world.door(e.Checkpoint).Policy
		s.knewDay, s.group = e.Clock != admit.ClockIsUnset, e.Terms.Group
		s.offline, s.override, s.right = e.Record.Offline, e.Record.Override, o.world.rights[numberOf(e.Ref)]
		if old := o.world.scanOf(e.Record.Resumes); old != nil {
			s.override = s.override || old.override
		}
		s.exempt = s.exempt || s.unheeded()
		o.keepsItsPolicy(g, s)
		o.keepsHours(g, s, e)
		o.unlistedIsAsked(g, s, e)
		if e.Record.Resumes == (admit.ScanID{}) { // else it takes the place of one that was counted
			o.spend(g, s, e)
		}
	case wire.Leaving:
		s.exit, s.closes, s.gate, s.island = true, e.Record.Closes, g, g.island
		o.evacuated(g, s, e)
	case wire.Outcome:
		o.presumed(g, s, e)
	}
}

// soundTime is for how long an arbiter must have been there, and answered, before a gate may forget what it did alone, ms: less by
// what a record takes to be durable.
const soundTime = 59_000

// noticed is the longest that a gate takes to know that its arbiter is silent, ms.
const noticed = 5_000

// spend: what a free gate may do alone is bounded. What it decided before it last heard the arbiter counts no more.
func (o *oracle) spend(g *gateNode, s *scan, e *wire.Event) {
	limit := o.world.door(e.Checkpoint).Budget.Entries
	if !s.loose() || g.born+e.Mono <= g.heardAt {
		return
	}
	if minutes := o.world.door(e.Checkpoint).Budget.Minutes; minutes > 0 && g.born < g.heardAt &&
		g.born+e.Mono-g.heardAt >= int64(minutes)*60_000+noticed {
		o.world.fail("budget: %s let somebody in %d s after it last heard its arbiter", g.id, (g.born+e.Mono-g.heardAt)/1000)
	}
	g.aloneAt = o.world.now
	alone := &g.alone[0]
	if e.Checkpoint == boxDoor {
		alone = &g.alone[1]
	}
	if *alone++; limit > 0 && *alone > limit {
		o.world.fail("budget: %s let %d in without an arbiter at its %s, %d allowed", g.id, *alone, e.Checkpoint, limit)
	}
}

// remembered: a gate's small facts are durable. A term never falls (I10).
func (o *oracle) remembered(g *gateNode) {
	m := &g.disk.memory
	if m.Term < g.term {
		o.world.fail("I10: %s fell from term %d to %d", g.id, g.term, m.Term)
	}
	g.term = m.Term
}

// sent: a hub hears records. They were durable at the gate, as they stand here (I6).
func (o *oracle) sent(from *gateNode, batch *wire.Events) {
	t := from.truth(batch.Run)
	for i := range batch.Events {
		e := &batch.Events[i]
		if e.Seq == 0 || e.Seq > uint64(len(t.payloads)) {
			o.world.fail("I6: %s sent seq %d of run %s, which is not durable", from.id, e.Seq, e.Run)
		} else if t.payloads[e.Seq-1] != payloadOf(e) {
			o.world.fail("I6: seq %d of run %s of %s is two records", e.Seq, e.Run, from.id)
		}
	}
}

// arrived: the cloud hears records.
func (o *oracle) arrived(s *stored, events []wire.Event) {
	for _, g := range o.world.gates {
		if g.id == s.Gate {
			o.sent(g, &wire.Events{Run: s.Run, Events: events})
		}
	}
}

// pulsed: a relay moves. Only for an admission already durable (I1), and once per scan (I8).
func (o *oracle) pulsed(g *gateNode, e gate.Pulse) {
	s := o.world.scanOf(e.Scan)
	if !s.written && !e.Exit {
		o.world.fail("I1: %s opened for %s before its record was durable", g.id, scanName(e.Scan))
	}
	if !e.Exit {
		o.revokedIsRefused(g, s)
	}
	s.pulsedAt = o.world.now
	if s.pulses++; s.pulses > 1 {
		o.world.fail("I8: %s opened twice for %s", g.id, scanName(e.Scan))
	}
}

// walked: a person went through an arm.
func (o *oracle) walked(g *gateNode, e gate.Pulse, late bool) {
	w := o.world
	s := w.scanOf(e.Scan)
	r := s.right
	if g.isWithin(e.Lane) {
		o.wentWithin(r, s, e.Exit, late)
		return
	}
	if e.Exit {
		o.left(r, s)
		return
	}
	s.passed, s.forced, s.zone = true, late, innerZone
	r.passes = append(r.passes, s)
	r.inside = append(r.inside, s)
	w.stats.Passes++
	if w.tracing() {
		w.say("%s: someone walks in on right %d by %s (late %v, alone %v)", g.id, r.number, scanName(s.id), late, s.offline)
	}
	o.countDouble(r, s)
	o.checkAdmissions(r, s)
	o.checkRoom(s)
}

// left: a person of a right went out. Which of several it was, only the record can say: they are as like as their
// tickets.
func (o *oracle) left(r *right, exit *scan) {
	o.world.stats.Exits++
	exit.out = true
	r.leaving++
	if o.world.tracing() {
		o.world.say("someone walks out on right %d by %s", r.number, scanName(exit.id))
	}
	if named := o.world.scanOf(exit.closes); named != nil {
		named.named = true
		if named.person != nil {
			named.person.named = true
		}
	}
	if len(r.inside) == 0 {
		return
	}
	at := max(slices.IndexFunc(r.inside, func(s *scan) bool { return s.latest().id == exit.closes }), 0)
	r.inside[at].left = true
	r.inside = slices.Delete(slices.Clone(r.inside), at, at+1)
}

func (o *oracle) countDouble(r *right, last *scan) {
	if counted := r.counted(last); len(counted) > r.allowed() {
		r.doubled = append(r.doubled, slices.Clone(counted))
		o.world.stats.Duplicates++
	}
}

// checkAdmissions is I2 and I3 at the moment a person walks.
func (o *oracle) checkAdmissions(r *right, last *scan) {
	granted, all := 0, 0
	for _, s := range r.counted(last) {
		if s.forced || s.override || s.exempt && !s.heardOf || s.overlooked || o.forgotten(s) {
			continue
		}
		if (!s.forgotten || o.isGranted(s)) && !s.loose() && !s.exempt {
			all++
		}
		if !s.offline {
			granted++
		}
	}
	if granted > r.allowed() {
		o.world.fail("I2: right %d was granted %d times, %d allowed", r.number, granted, r.allowed())
	}
	if all > r.allowed() {
		o.world.fail("I3: %d were let in on right %d, by no free door alone, %d allowed", all, r.number, r.allowed())
	}
	o.checkIsland(r, last)
}

// forgotten says whether both who knew of an admission have lost their disks: its gate, before anybody else held the
// record, and the hub that granted it. Nothing is left in the world that could refuse the next one.
func (o *oracle) forgotten(s *scan) bool {
	return s.hub != nil && (s.hub != o.world.hub() || s.hubIsland != s.hub.island) && o.lost(s)
}

// isGranted says whether the hub that granted an admission still knows that it did: its home's next life must not admit on it, though
// the record has died with the disk.
func (o *oracle) isGranted(s *scan) bool {
	return !s.offline && s.hub != nil && s.hub == o.world.hub() && s.hubIsland == s.hub.island
}

// lost says whether the record of an admission is on no disk that is left and can be asked: a hub that has been replaced
// hears its successor no more.
func (o *oracle) lost(s *scan) bool {
	if !s.gate.gone && s.island == s.gate.island {
		return false
	}
	for _, h := range o.world.hubs {
		if !h.replaced && h.disk.holds(s.gate.id, s.run, s.seq) {
			return false
		}
	}
	if o.inCloud(s) && (s.belated == 0 || o.world.now >= s.belated+passedOn) {
		return false
	}
	return !o.hearsay(s)
}

// hearsay says whether a gate that the hub in charge has compared itself with knows of an admission, and has it on its disk. An excluded one is
// not asked.
func (o *oracle) hearsay(s *scan) bool {
	h := o.world.hub()
	return slices.ContainsFunc(o.world.gates, func(g *gateNode) bool {
		return !g.gone && !o.world.excluded(g) && s.right.number < len(g.disk.history) && h.serves(g) &&
			slices.ContainsFunc(g.disk.history[s.right.number], func(r admit.Record) bool { return r.Scan == s.id && r.Kind == admit.Entry })
	})
}

// passedOn is how long the hub in charge may take to hear of what its predecessor brought to the cloud, ms: a heartbeat
// that is lost, the next one, and the handing back.
const passedOn = 3 * cloudBeat

// reached: a hub has brought records to the cloud.
func (o *oracle) reached(from *hubNode, events []wire.Event) {
	if !from.replaced {
		return
	}
	for _, e := range events {
		if s := o.world.scanOf(e.Scan); s != nil && e.Record != nil && s.seq == e.Seq {
			s.belated = o.world.now
		}
	}
}

func (o *oracle) inCloud(s *scan) bool {
	return o.world.cloud.held(s.gate.id, &journal{run: s.run}) >= s.seq
}

// granted: a hub promises an admission. What nobody could tell it of before counts no more; what one of its gates knew then does.
func (o *oracle) granted(h *hubNode, id admit.ScanID) {
	to := o.world.scanOf(id)
	first := to != nil && (to.hub != h || to.hubIsland != h.island)
	if to != nil {
		to.hub, to.hubIsland = h, h.island
	}
	for _, s := range o.world.scans {
		s.overlooked = s.overlooked || s.written && o.forgotten(s)
		s.heardOf = s.heardOf || s.excluded && first && s.right == to.right && h == o.world.hub() && o.hearsay(s)
	}
}

// checkIsland: a gate knows what it did itself, so it alone never lets too many in.
func (o *oracle) checkIsland(r *right, last *scan) {
	n := 0
	for _, s := range r.counted(last) {
		if s.gate == last.gate && s.island == last.island && !s.forced && !s.override {
			n++
		}
	}
	if n > r.allowed() {
		o.world.fail("I3: %s let %d in on right %d, %d allowed", last.gate.id, n, r.number, r.allowed())
	}
	o.checkToday(r, last)
}

// checkRoom: the arbiter never grants a place in a full zone. Who came in without its word is not its count, nor is one
// whom no disk remembers.
func (o *oracle) checkRoom(last *scan) {
	if o.world.capacity == 0 || !last.byGrant() {
		return
	}
	n := 0
	for _, r := range o.world.rights {
		for _, s := range r.inside {
			if s.byGrant() && !s.overlooked {
				n++
			}
		}
	}
	if n > o.world.capacity {
		o.world.fail("Z1: %d people are inside by the arbiter's word, there is room for %d", n, o.world.capacity)
	}
}

func (s *scan) byGrant() bool { return !s.offline && !s.override && !s.forced && !s.exempt }

// excluded: what a gate has done that neither the hub nor the cloud holds is outside I2 and I3 from now on.
func (o *oracle) excluded(h *hubNode, g *gateNode) {
	for _, s := range o.world.scans {
		if s.written && s.gate == g && !h.disk.holds(g.id, s.run, s.seq) && !o.inCloud(s) {
			s.exempt, s.excluded = true, true
		}
	}
}

// pruned: a disk has deleted records. The cloud holds them (I7), now and at the end.
func (o *oracle) pruned(by, gate string, run wire.Run, events []wire.Event) {
	if n := len(events); n > 0 && o.world.tracing() {
		o.world.say("%s prunes seq %d to %d of %s run %s", by, events[0].Seq, events[n-1].Seq, gate, run)
	}
	for _, e := range events {
		id := eventID{gate, run, e.Seq}
		o.deleted = append(o.deleted, id)
		o.world.stats.Pruned++
		o.checkDeleted(id)
	}
}

func (o *oracle) checkDeleted(id eventID) {
	for _, s := range o.world.cloud.db.sources {
		if s.Gate == id.gate && s.Run == id.run && id.seq <= s.held {
			return
		}
	}
	o.world.fail("I7: seq %d of run %s of %s was pruned and is not in the cloud", id.seq, id.run, id.gate)
}

// told: a hub shows an incident.
func (o *oracle) told(h *hubNode, e venue.Incident) {
	if e.Kind != venue.Conflict {
		return
	}
	o.isConflict(h, e)
	for _, id := range e.Scans {
		if s := o.world.scanOf(id); s != nil {
			s.told = true
		}
	}
}
