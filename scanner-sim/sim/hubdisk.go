package sim

import (
	"cmp"
	"maps"
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// hubDisk is what a hub has made durable.
type hubDisk struct {
	memory  venue.Memory
	gates   map[string]venue.Gate
	marks   map[entry.Source]venue.Mark
	grants  map[admit.ScanID]venue.Grant
	journal map[entry.Source]*journalRun
	history map[whitelist.Ref][]admit.Record
	terms   map[whitelist.Ref]admit.Terms
}

func newHubDisk() hubDisk {
	return hubDisk{
		gates: map[string]venue.Gate{}, marks: map[entry.Source]venue.Mark{}, grants: map[admit.ScanID]venue.Grant{},
		journal: map[entry.Source]*journalRun{}, history: map[whitelist.Ref][]admit.Record{},
		terms: map[whitelist.Ref]admit.Terms{},
	}
}

func (d *hubDisk) clone() hubDisk {
	c := hubDisk{
		memory: d.memory, gates: maps.Clone(d.gates), marks: maps.Clone(d.marks), grants: maps.Clone(d.grants),
		journal: map[entry.Source]*journalRun{}, history: map[whitelist.Ref][]admit.Record{}, terms: maps.Clone(d.terms),
	}
	for source, j := range d.journal {
		c.journal[source] = &journalRun{base: j.base, events: slices.Clip(j.events)}
	}
	for ref, records := range d.history {
		c.history[ref] = slices.Clip(records)
	}
	return c
}

func (d *hubDisk) apply(tx venue.Commit) {
	for _, e := range tx.Events {
		d.append(e)
	}
	for _, g := range tx.Grants {
		d.grants[g.Scan] = g
	}
	for _, scan := range tx.Closed {
		delete(d.grants, scan)
	}
	for _, m := range tx.Marks {
		d.marks[entry.Source{Gate: m.Gate, Run: m.Run}] = m
	}
	for _, g := range tx.Gates {
		d.gates[g.Name] = g
	}
	d.memory = tx.Memory
}

func (d *hubDisk) append(e wire.Event) {
	source := entry.Source{Gate: e.Gate, Run: e.Run}
	j := d.journal[source]
	if j == nil {
		j = &journalRun{base: e.Seq - 1}
		d.journal[source] = j
	}
	if e.Seq <= j.last() {
		return
	}
	j.events = append(j.events, e)
	if e.Record != nil && !slices.Contains(d.history[e.Ref], *e.Record) {
		d.history[e.Ref] = append(d.history[e.Ref], *e.Record)
	}
	if e.Terms != nil {
		d.terms[e.Ref] = *e.Terms
	}
}

func (d *hubDisk) read(gateName string, run wire.Run, from uint64, limit int) []wire.Event {
	j := d.journal[entry.Source{Gate: gateName, Run: run}]
	if j == nil || from > j.last() {
		return nil
	}
	rest := j.events[max(from, j.base+1)-j.base-1:]
	return slices.Clone(rest[:min(limit, len(rest))])
}

func (d *hubDisk) prune(gateName string, run wire.Run, to uint64) []wire.Event {
	j := d.journal[entry.Source{Gate: gateName, Run: run}]
	if j == nil || to <= j.base {
		return nil
	}
	n := min(to-j.base, uint64(len(j.events)))
	gone := j.events[:n]
	j.events, j.base = j.events[n:], j.base+n
	return gone
}

func (d *hubDisk) boot(hub, run string) venue.Boot {
	b := venue.Boot{
		Hub: hub, Run: run, Memory: d.memory, Terms: maps.Clone(d.terms),
		History: map[whitelist.Ref][]admit.Record{},
	}
	for ref, records := range d.history {
		b.History[ref] = slices.Clone(records)
	}
	b.Gates = sorted(d.gates, func(a, b venue.Gate) int { return cmp.Compare(a.Name, b.Name) })
	b.Marks = sorted(d.marks, func(a, b venue.Mark) int {
		return cmp.Or(cmp.Compare(a.Gate, b.Gate), byStart(a.Run, b.Run))
	})
	b.Grants = sorted(d.grants, func(a, b venue.Grant) int { return slices.Compare(a.Scan[:], b.Scan[:]) })
	return b
}

// sorted are a map's values in an order that no map decides.
func sorted[K comparable, V any](m map[K]V, order func(a, b V) int) []V {
	return slices.SortedFunc(maps.Values(m), order)
}
