package sim

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// gateDisk is what a gate has made durable.
type gateDisk struct {
	memory  gate.Memory
	journal map[wire.Run]*journalRun
	history map[whitelist.Ref][]admit.Record
}

// journalRun is the retained part of one run's journal: events[0] has seq base+1.
type journalRun struct {
	base   uint64
	events []wire.Event
}

func (r *journalRun) last() uint64 { return r.base + uint64(len(r.events)) }

func newGateDisk() gateDisk {
	return gateDisk{journal: map[wire.Run]*journalRun{}, history: map[whitelist.Ref][]admit.Record{}}
}

// clone is an image of the disk. Records are never changed in place, so slices are shared up to their length.
func (d *gateDisk) clone() gateDisk {
	c := gateDisk{memory: cloneMemory(d.memory), journal: map[wire.Run]*journalRun{}, history: map[whitelist.Ref][]admit.Record{}}
	for run, j := range d.journal {
		c.journal[run] = &journalRun{base: j.base, events: slices.Clip(j.events)}
	}
	for ref, records := range d.history {
		c.history[ref] = slices.Clip(records)
	}
	return c
}

func cloneMemory(m gate.Memory) gate.Memory {
	m.Runs = slices.Clone(m.Runs)
	for i := range m.Runs {
		m.Runs[i].Marks = slices.Clone(m.Runs[i].Marks)
	}
	return m
}

func (d *gateDisk) apply(tx gateTx) {
	for _, e := range tx.events {
		d.append(e)
	}
	for _, r := range tx.remember {
		d.learn(r.Ref, r.Record)
	}
	if tx.memory != nil {
		d.memory = *tx.memory
	}
}

func (d *gateDisk) append(e wire.Event) {
	j := d.journal[e.Run]
	if j == nil {
		j = &journalRun{base: e.Seq - 1}
		d.journal[e.Run] = j
	}
	if e.Seq != j.last()+1 {
		panic("a gate wrote a record out of order")
	}
	j.events = append(j.events, e)
	if e.Record != nil {
		d.learn(e.Ref, *e.Record)
	}
}

func (d *gateDisk) learn(ref whitelist.Ref, r admit.Record) {
	if !slices.Contains(d.history[ref], r) {
		d.history[ref] = append(d.history[ref], r)
	}
}

func (d *gateDisk) read(run wire.Run, from uint64, limit int) []wire.Event {
	j := d.journal[run]
	if j == nil || from > j.last() {
		return nil
	}
	rest := j.events[max(from, j.base+1)-j.base-1:]
	return slices.Clone(rest[:min(limit, len(rest))])
}

// prune forgets the records up to a seq and returns them.
func (d *gateDisk) prune(run wire.Run, to uint64) []wire.Event {
	j := d.journal[run]
	if j == nil || to <= j.base {
		return nil
	}
	n := min(to-j.base, uint64(len(j.events)))
	gone := j.events[:n]
	j.events, j.base = j.events[n:], j.base+n
	return gone
}

func (d *gateDisk) newestRun() wire.Run {
	if n := len(d.memory.Runs); n > 0 {
		return d.memory.Runs[n-1].Run
	}
	return wire.Run{}
}

// boot is what the driver gives a starting core: journal positions and open intents are read off the journal itself.
func (d *gateDisk) boot(g *gateNode) gate.Boot {
	b := gate.Boot{Gate: g.id, Memory: cloneMemory(d.memory), History: map[whitelist.Ref][]admit.Record{}, Random: g.world.rng.Uint32()}
	for _, lane := range g.lanes {
		b.Lanes = append(b.Lanes, gate.Lane{Number: lane.number, Checkpoint: doorName})
	}
	for i, run := range b.Memory.Runs {
		if j := d.journal[run.Run]; j != nil {
			b.Memory.Runs[i].Last = j.last()
		}
	}
	for ref, records := range d.history {
		b.History[ref] = slices.Clone(records)
	}
	b.Intents = d.openIntents()
	return b
}

func (d *gateDisk) openIntents() []wire.Event {
	ended := map[admit.ScanID]bool{}
	var intents []wire.Event
	for _, run := range d.runs() {
		for _, e := range d.journal[run].events {
			if e.Type == wire.Outcome {
				ended[e.Scan] = true
			}
		}
	}
	for _, run := range d.runs() {
		for _, e := range d.journal[run].events {
			if e.Type == wire.Admission && !ended[e.Scan] {
				intents = append(intents, e)
			}
		}
	}
	return intents
}

// runs are the retained runs, oldest first.
func (d *gateDisk) runs() []wire.Run {
	runs := make([]wire.Run, 0, len(d.journal))
	for run := range d.journal {
		runs = append(runs, run)
	}
	slices.SortFunc(runs, byStart)
	return runs
}

func byStart(a, b wire.Run) int {
	if a.Start != b.Start {
		return int(a.Start) - int(b.Start)
	}
	return int(int64(a.Random) - int64(b.Random))
}
