package sim

import (
	"cmp"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// gateDisk is what a gate has made durable, as edge/internal/bolt keeps it.
type gateDisk struct {
	memory  gate.Memory
	journal []*journal       // oldest run first
	history [][]admit.Record // by right's number
	rights  []wire.Right     // the same
	list    gateList
	open    []wire.Event     // admissions that no outcome but UNKNOWN names
	venue   *whitelist.Venue // the newest manifest
}

// journal is the retained part of one run: events[0] has seq base+1.
type journal struct {
	gate   string
	run    wire.Run
	base   uint64
	events []wire.Event
}

func (j *journal) last() uint64 { return j.base + uint64(len(j.events)) }

func (j *journal) read(from uint64, limit int) []wire.Event {
	if from > j.last() {
		return nil
	}
	rest := j.events[max(from, j.base+1)-j.base-1:]
	return slices.Clone(rest[:min(limit, len(rest))])
}

// prune forgets the records up to a seq and returns them.
func (j *journal) prune(to uint64) []wire.Event {
	if to <= j.base {
		return nil
	}
	n := min(to-j.base, uint64(len(j.events)))
	gone := j.events[:n]
	j.events, j.base = j.events[n:], j.base+n
	return gone
}

func cloneJournals(of []*journal) []*journal {
	out := make([]*journal, len(of))
	for i, j := range of {
		c := *j
		c.events = slices.Clip(j.events)
		out[i] = &c
	}
	return out
}

func findJournal(of []*journal, gate string, run wire.Run) *journal {
	for _, j := range of {
		if j.run == run && j.gate == gate {
			return j
		}
	}
	return nil
}

// clone is an image of the disk. Records are never changed in place, so slices are shared up to their length.
func (d *gateDisk) clone() gateDisk {
	c := gateDisk{memory: cloneMemory(d.memory), list: d.list, journal: cloneJournals(d.journal), open: slices.Clone(d.open), venue: d.venue}
	c.history, c.rights = cloneHistory(d.history), slices.Clone(d.rights)
	return c
}

func cloneHistory(h [][]admit.Record) [][]admit.Record {
	out := slices.Clone(h)
	for i := range out {
		out[i] = slices.Clip(out[i])
	}
	return out
}

func cloneMemory(m gate.Memory) gate.Memory {
	m.Runs = slices.Clone(m.Runs)
	m.Alone.Entries = slices.Clone(m.Alone.Entries)
	for i := range m.Runs {
		m.Runs[i].Marks = slices.Clone(m.Runs[i].Marks)
	}
	return m
}

func (d *gateDisk) apply(tx gateTx) {
	for _, e := range tx.events {
		d.append(e)
	}
	for _, r := range tx.learnt {
		d.history = learn(d.history, r.Ref, r.Record)
		d.rights = learnRight(d.rights, r.Ref, r.Right)
	}
	if tx.memory != nil {
		d.memory = *tx.memory // a copy already
	}
}

func (d *gateDisk) append(e wire.Event) {
	j := findJournal(d.journal, e.Gate, e.Run)
	if j == nil {
		j = &journal{gate: e.Gate, run: e.Run, base: e.Seq - 1}
		d.journal = append(d.journal, j)
	}
	switch {
	case e.Seq == j.last()+1:
		j.events = append(j.events, e)
	case e.Seq > j.base && e.Seq <= j.last(): // a key that is there is overwritten
		j.events = slices.Clone(j.events)
		j.events[e.Seq-j.base-1] = e
	}
	if e.Record != nil {
		d.history = learn(d.history, e.Ref, *e.Record)
		d.rights = learnRight(d.rights, e.Ref, wire.RightOf(&e))
	}
	switch e.Type {
	case wire.Admission:
		d.open = append(d.open, e)
	case wire.Outcome:
		if e.Record.Kind != admit.UnknownEnd { // which a supervisor may yet settle
			d.open = slices.DeleteFunc(d.open, func(o wire.Event) bool { return o.Scan == e.Scan })
		}
	}
}

func learn(history [][]admit.Record, ref whitelist.Ref, r admit.Record) [][]admit.Record {
	n := numberOf(ref)
	for len(history) <= n {
		history = append(history, nil)
	}
	if !slices.Contains(history[n], r) {
		history[n] = append(history[n], r)
	}
	return history
}

func learnRight(rights []wire.Right, ref whitelist.Ref, r *wire.Right) []wire.Right {
	if r == nil {
		return rights
	}
	n := numberOf(ref)
	for len(rights) <= n {
		rights = append(rights, wire.Right{})
	}
	rights[n] = rights[n].Join(*r)
	return rights
}

func rightsMap(rights []wire.Right) map[whitelist.Ref]wire.Right {
	out := map[whitelist.Ref]wire.Right{}
	for n, r := range rights {
		if r.Terms.Use != "" {
			out[refOf(n)] = r
		}
	}
	return out
}

// historyMap is a disk's history as a booting core takes it.
func historyMap(h [][]admit.Record) map[whitelist.Ref][]admit.Record {
	out := make(map[whitelist.Ref][]admit.Record, len(h))
	for n, records := range h {
		if len(records) > 0 {
			out[refOf(n)] = slices.Clip(records)
		}
	}
	return out
}

// forget loses the newest records, and all that they added up to.
func (d *gateDisk) forget() {
	if len(d.journal) == 0 {
		return
	}
	j := d.journal[len(d.journal)-1]
	lost := j.events[len(j.events)/2:]
	j.events = slices.Clip(j.events[:len(j.events)/2])
	for i := range lost {
		e := &lost[i]
		d.open = slices.DeleteFunc(d.open, func(o wire.Event) bool { return o.Scan == e.Scan })
		if n := numberOf(e.Ref); e.Record != nil && n < len(d.history) {
			d.history[n] = slices.DeleteFunc(slices.Clone(d.history[n]), func(r admit.Record) bool { return r == *e.Record })
		}
	}
}

// boot is what edge/internal/bolt recalls for a starting gate: journal positions are read off the journal itself.
func (d *gateDisk) boot(g *gateNode) gate.Boot {
	b := gate.Boot{Gate: g.id, Memory: cloneMemory(d.memory), History: historyMap(d.history), Rights: rightsMap(d.rights), Random: g.world.rng.Uint32(),
		Retention: g.world.retention}
	for _, lane := range g.lanes {
		b.Lanes = append(b.Lanes, gate.Lane{Number: lane.number, Checkpoint: g.checkpointOf(lane.number)})
	}
	runs := slices.Clone(d.journal)
	slices.SortFunc(runs, byRun)
	b.Memory.Runs = recallRuns(b.Memory.Runs, runs)
	for _, j := range runs {
		if len(j.events) > 0 {
			b.Memory.Starts = max(b.Memory.Starts, j.run.Start)
		}
	}
	b.Intents = d.openIntents()
	return b
}

func recallRuns(remembered []gate.RunMemory, runs []*journal) []gate.RunMemory {
	for i := range remembered {
		r := &remembered[i]
		r.Last = max(r.Cloud, r.Pruned)
	}
	for _, j := range runs {
		if len(j.events) == 0 {
			continue
		}
		at := slices.IndexFunc(remembered, func(m gate.RunMemory) bool { return m.Run == j.run })
		if at < 0 {
			remembered = append(remembered, gate.RunMemory{Run: j.run})
			at = len(remembered) - 1
		}
		remembered[at].Last = max(remembered[at].Last, j.last())
	}
	return remembered
}

// openIntents leaves out those whose record has been pruned.
func (d *gateDisk) openIntents() []wire.Event {
	var out []wire.Event
	for _, e := range d.open {
		if j := findJournal(d.journal, e.Gate, e.Run); j != nil && e.Seq > j.base {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b wire.Event) int { return cmp.Or(compareRuns(a.Run, b.Run), cmp.Compare(a.Seq, b.Seq)) })
	return out
}

func compareRuns(a, b wire.Run) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Random, b.Random))
}

func byRun(a, b *journal) int { return cmp.Or(cmp.Compare(a.gate, b.gate), compareRuns(a.run, b.run)) }
