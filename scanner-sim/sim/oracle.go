package sim

import (
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// oracle knows what physically happened and holds every run to the invariants. It reads records, but never the judge.
type oracle struct {
	world   *World
	intents map[admit.ScanID]intent // made durable at a gate, ever
	pulses  map[admit.ScanID]int
	walkers map[admit.ScanID]*pass
	payload map[eventID]wire.Event // first payload seen under an event id
	gone    map[eventID]bool       // pruned somewhere
	lost    map[admit.ScanID]bool  // its record died with a disk
	shown   map[admit.ScanID]bool  // named by a conflict that the hub told
}

// intent is what a gate wrote before it opened.
type intent struct {
	offline, override bool
	island            int
}

type eventID struct {
	source entry.Source
	seq    uint64
}

func newOracle(w *World) *oracle {
	return &oracle{
		world: w, intents: map[admit.ScanID]intent{}, pulses: map[admit.ScanID]int{}, walkers: map[admit.ScanID]*pass{},
		payload: map[eventID]wire.Event{}, gone: map[eventID]bool{}, lost: map[admit.ScanID]bool{}, shown: map[admit.ScanID]bool{},
	}
}

// written: a record is durable at a gate.
func (o *oracle) written(g *gateNode, e wire.Event) {
	if e.Type == wire.Admission {
		o.intents[e.Scan] = intent{offline: e.Record.Offline, override: e.Record.Override, island: g.island}
	}
}

// pulsed: a relay moves. Only for an admission already durable, and once per scan (I8).
func (o *oracle) pulsed(g *gateNode, e gate.Pulse) {
	if _, durable := o.intents[e.Scan]; !durable && !e.Exit {
		o.world.fail("I1: %s opened for %s before its record was durable", g.id, scanName(e.Scan))
	}
	if o.pulses[e.Scan]++; o.pulses[e.Scan] > 1 {
		o.world.fail("I8: %s opened twice for %s", g.id, scanName(e.Scan))
	}
}

// walked: a person went through an arm.
func (o *oracle) walked(g *gateNode, e gate.Pulse, late bool) {
	w := o.world
	r := w.scanned[e.Scan]
	if r == nil || o.walkers[e.Scan] != nil {
		return
	}
	p := &pass{scan: e.Scan, right: r, gate: g, island: g.island, forced: late, at: w.now}
	o.walkers[e.Scan] = p
	if e.Exit {
		o.left(r)
		return
	}
	p.offline = o.intents[e.Scan].offline
	r.passes = append(r.passes, p)
	r.inside = append(r.inside, p)
	w.stats.Passes++
	w.say("someone walks in at %s on right %d with %s (offline %v, late %v)", g.id, r.number, scanName(e.Scan), p.offline, late)
	o.countDouble(r)
	o.checkAdmissions(r)
}

// left: a person of a right went out. Which of several it was, nobody can see; the first who came goes first.
func (o *oracle) left(r *right) {
	o.world.stats.Exits++
	r.exits++
	if len(r.inside) > 0 {
		r.inside = r.inside[1:]
	}
	o.world.say("someone leaves on right %d", r.number)
}

func (o *oracle) countDouble(r *right) {
	counted := r.counted()
	if len(counted) <= r.allowed() {
		return
	}
	scans := map[admit.ScanID]bool{}
	for _, p := range counted {
		scans[p.scan] = true
	}
	r.doubled = append(r.doubled, scans)
	o.world.stats.Duplicates++
}

// checkAdmissions is I2 and I3 at the moment a person walks.
func (o *oracle) checkAdmissions(r *right) {
	granted, all := 0, 0
	islands := map[string]int{}
	for _, p := range r.counted() {
		if p.forced || o.intents[p.scan].override {
			continue
		}
		all++
		if !p.offline {
			granted++
		}
		islands[p.gate.id+string(rune('0'+p.island))]++
	}
	if granted > r.allowed() {
		o.world.fail("I2: the arbiter granted right %d %d times, %d allowed", r.number, granted, r.allowed())
	}
	policy := o.world.venue.Checkpoints[0].Policy
	if policy != whitelist.Free && all > r.allowed() {
		o.world.fail("I3: %s let right %d in %d times, %d allowed", policy, r.number, all, r.allowed())
	}
	o.checkIslands(r, islands)
}

func (o *oracle) checkIslands(r *right, islands map[string]int) {
	limit := r.allowed()
	if r.reentry() {
		limit += r.exits
	}
	for _, g := range o.world.gates {
		for island := 0; island <= g.island; island++ {
			if n := islands[g.id+string(rune('0'+island))]; n > limit {
				o.world.fail("I3: island %s let right %d in %d times, %d allowed", g.id, r.number, n, limit)
			}
		}
	}
}

// arrived: the cloud was sent records; no event id ever has two payloads (I6).
func (o *oracle) arrived(_ *cloudNode, source entry.Source, events []wire.Event) {
	for _, e := range events {
		id := eventID{source, e.Seq}
		first, seen := o.payload[id]
		if !seen {
			o.payload[id] = e
		} else if first.Scan != e.Scan || first.Type != e.Type || first.At != e.At {
			o.world.fail("I6: %s %s seq %d stands for %s %s and %s %s", source.Gate, source.Run, e.Seq,
				first.Type, scanName(first.Scan), e.Type, scanName(e.Scan))
		}
	}
}

// pruned and prunedAtHub: what is deleted must be in the cloud (I7), checked at the end too.
func (o *oracle) pruned(g *gateNode, run wire.Run, events []wire.Event) {
	o.prunedAtHub(g.id, run, events)
}

func (o *oracle) prunedAtHub(gateName string, run wire.Run, events []wire.Event) {
	for _, e := range events {
		o.gone[eventID{entry.Source{Gate: gateName, Run: run}, e.Seq}] = true
	}
}

// told: the hub shows an incident.
func (o *oracle) told(e venue.Incident) {
	if e.Kind != venue.Conflict {
		return
	}
	for _, scan := range e.Scans {
		o.shown[scan] = true
	}
}

// final judges the healed and quiet world.
func (o *oracle) final() {
	o.everythingArrived()
	records := o.world.cloud.records()
	for _, r := range o.world.rights {
		o.judgeRight(r, records[r.code.Entry.Ref])
		if o.world.broken != "" {
			return
		}
	}
}

// everythingArrived is I1, I6, I7 and the record side of I9: every living journal is in the cloud, without gaps.
func (o *oracle) everythingArrived() {
	w := o.world
	for _, g := range w.gates {
		for _, run := range g.disk.runs() {
			source := entry.Source{Gate: g.id, Run: run}
			if held, last := w.cloud.db.held[source], g.disk.journal[run].last(); held != last && !g.gone {
				w.fail("I9: %s has %d records of run %s, the cloud %d", g.id, last, run, held)
			}
		}
	}
	for source, events := range w.cloud.db.events {
		if n := uint64(len(events) + len(w.cloud.db.poison[source])); n != w.cloud.db.held[source] {
			w.fail("I6: the cloud's watermark of %s is %d, it holds %d", source.Gate, w.cloud.db.held[source], n)
		}
	}
	for id := range o.gone {
		if w.cloud.db.held[id.source] < id.seq {
			w.fail("I7: %s seq %d was pruned and is not in the cloud", id.source.Gate, id.seq)
		}
	}
}

// judgeRight compares one right's records with who really walked.
func (o *oracle) judgeRight(r *right, records []admit.Record) {
	terms := admit.TermsOf(r.code.Kind, r.code.Entry)
	standing := admit.Fold(terms, records, admit.Day{})
	conflict := map[admit.ScanID]bool{}
	for _, scan := range standing.Conflict {
		conflict[scan] = true
	}
	o.world.stats.Conflicts += min(len(conflict), 1)
	o.passesAreRecorded(r, records)
	o.duplicatesAreNamed(r, conflict)
	if len(r.passes) == 0 && standing.Used > 0 && !o.unsettled(records) {
		o.world.fail("I5: nobody entered on right %d, but %d uses stand", r.number, standing.Used)
	}
	o.hubAgrees(r, terms, standing)
}

func (o *oracle) passesAreRecorded(r *right, records []admit.Record) {
	for _, p := range r.passes {
		recorded := slices.ContainsFunc(records, func(x admit.Record) bool { return x.Kind == admit.Entry && x.Scan == p.scan })
		if !recorded && !p.gate.gone && p.island == p.gate.island {
			o.world.fail("I1: %s walked in on right %d at %s and the cloud has no record", scanName(p.scan), r.number, p.gate.id)
		}
	}
}

// duplicatesAreNamed is I4: every real duplicate whose records survive is in the one conflict.
func (o *oracle) duplicatesAreNamed(r *right, conflict map[admit.ScanID]bool) {
	for _, scans := range r.doubled {
		for scan := range scans {
			p := o.walkers[scan]
			if !conflict[scan] && !p.forced && !p.gate.gone && p.island == p.gate.island {
				o.world.fail("I4: right %d was doubled by %d people, and no conflict names %s", r.number, len(scans), scanName(scan))
				return
			}
		}
	}
}

// unsettled says whether an outcome is still open for a supervisor.
func (o *oracle) unsettled(records []admit.Record) bool {
	return slices.ContainsFunc(records, func(r admit.Record) bool { return r.Kind == admit.UnknownEnd })
}

// hubAgrees is I9: the hub and every gate's own records fold to what the cloud's do.
func (o *oracle) hubAgrees(r *right, terms admit.Terms, standing admit.Standing) {
	h := o.world.hub()
	at := admit.Fold(terms, h.disk.history[r.code.Entry.Ref], admit.Day{})
	if at.Used != standing.Used || at.Inside != standing.Inside || !slices.Equal(at.Conflict, standing.Conflict) {
		o.world.fail("I9: right %d: cloud has %d used %d inside %d in conflict, hub %d, %d, %d", r.number,
			standing.Used, standing.Inside, len(standing.Conflict), at.Used, at.Inside, len(at.Conflict))
	}
	for _, grant := range h.disk.grants {
		if grant.Ref == r.code.Entry.Ref && !grant.Unknown {
			o.world.fail("I5: right %d is still held by a grant of %s", r.number, grant.Gate)
		}
	}
}
