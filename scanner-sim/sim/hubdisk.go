package sim

import (
	"cmp"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// hubDisk is what a hub has made durable, as hub/internal/bolt keeps it.
type hubDisk struct {
	memory  venue.Memory
	list    int // number of the newest list it holds
	gates   []venue.Gate
	marks   []venue.Mark
	grants  []venue.Grant
	journal []*journal
	history [][]admit.Record // by right's number
	rights  []wire.Right     // the same
	homes   whitelist.Homes  // in force
	venue   *whitelist.Venue // the newest manifest
	doors   wire.Doors       // orders about them
}

func (d *hubDisk) clone() hubDisk {
	c := *d
	c.gates, c.marks, c.grants, c.rights = slices.Clone(d.gates), slices.Clone(d.marks), slices.Clone(d.grants), slices.Clone(d.rights)
	c.journal, c.history = cloneJournals(d.journal), cloneHistory(d.history)
	return c
}

func (d *hubDisk) apply(tx *venue.Commit) {
	for i := range tx.Events {
		d.append(&tx.Events[i])
	}
	for _, g := range tx.Grants {
		d.grants = put(d.grants, g, func(x venue.Grant) bool { return x.Scan == g.Scan })
	}
	for _, scan := range tx.Closed {
		d.grants = slices.DeleteFunc(d.grants, func(g venue.Grant) bool { return g.Scan == scan })
	}
	for _, m := range tx.Marks {
		d.marks = put(d.marks, m, func(x venue.Mark) bool { return x.Gate == m.Gate && x.Run == m.Run })
	}
	for _, g := range tx.Gates {
		d.gates = put(d.gates, g, func(x venue.Gate) bool { return x.Name == g.Name })
	}
	if tx.Homes != nil {
		d.homes = *tx.Homes
	}
	d.memory = tx.Memory
}

func put[T any](rows []T, row T, same func(T) bool) []T {
	if at := slices.IndexFunc(rows, same); at >= 0 {
		rows[at] = row
		return rows
	}
	return append(rows, row)
}

func (d *hubDisk) append(e *wire.Event) {
	j := findJournal(d.journal, e.Gate, e.Run)
	if j == nil {
		j = &journal{gate: e.Gate, run: e.Run, base: e.Seq - 1}
		d.journal = append(d.journal, j)
	}
	if e.Seq != j.last()+1 {
		return
	}
	j.events = append(j.events, *e)
	if e.Record != nil {
		d.history = learn(d.history, e.Ref, *e.Record)
	}
	d.rights = learnRight(d.rights, e.Ref, wire.RightOf(e))
}

func (d *hubDisk) historyOf(r *right) []admit.Record {
	if r.number < len(d.history) {
		return d.history[r.number]
	}
	return nil
}

func (d *hubDisk) held(gate string, run wire.Run) uint64 {
	if j := findJournal(d.journal, gate, run); j != nil {
		return j.last()
	}
	return 0
}

// holds says whether a record is durable here.
func (d *hubDisk) holds(gate string, run wire.Run, seq uint64) bool {
	return seq <= d.held(gate, run)
}

func (d *hubDisk) boot(hub, run string) venue.Boot {
	b := venue.Boot{Hub: hub, Run: run, Memory: d.memory, Homes: d.homes, History: historyMap(d.history), Rights: rightsMap(d.rights),
		Gates: slices.Clone(d.gates), Marks: slices.Clone(d.marks), Grants: slices.Clone(d.grants)}
	slices.SortFunc(b.Gates, func(a, b venue.Gate) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(b.Marks, func(a, b venue.Mark) int { return cmp.Or(cmp.Compare(a.Gate, b.Gate), compareRuns(a.Run, b.Run)) })
	slices.SortFunc(b.Grants, func(a, b venue.Grant) int { return slices.Compare(a.Scan[:], b.Scan[:]) })
	return b
}
