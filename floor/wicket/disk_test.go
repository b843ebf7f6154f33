package wicket_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// life is one run of a gate.
type life struct {
	gate string
	run  wire.Run
}

// disk is an arbiter's store in memory: what is in it has been made durable.
type disk struct {
	mu      sync.Mutex
	memory  venue.Memory
	homes   whitelist.Homes
	gates   map[string]venue.Gate
	marks   map[life]venue.Mark
	grants  map[admit.ScanID]venue.Grant
	journal map[life][]wire.Event
	history map[whitelist.Ref][]admit.Record
	rights  map[whitelist.Ref]wire.Right
	faults  []string // records that no journal may have
}

func newDisk() *disk {
	return &disk{gates: map[string]venue.Gate{}, marks: map[life]venue.Mark{}, grants: map[admit.ScanID]venue.Grant{},
		journal: map[life][]wire.Event{}, history: map[whitelist.Ref][]admit.Record{}, rights: map[whitelist.Ref]wire.Right{}}
}

func (d *disk) boot() venue.Boot {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := venue.Boot{Memory: d.memory, Homes: d.homes, History: map[whitelist.Ref][]admit.Record{}, Rights: maps.Clone(d.rights)}
	for ref, records := range d.history {
		b.History[ref] = slices.Clone(records)
	}
	for _, g := range d.gates {
		b.Gates = append(b.Gates, g)
	}
	for at, events := range d.journal { // in the cloud's database some came from a hub
		m := d.marks[at]
		m.Gate, m.Run, m.Held = at.gate, at.run, max(m.Held, uint64(len(events)))
		b.Marks = append(b.Marks, m)
	}
	for _, g := range d.grants {
		b.Grants = append(b.Grants, g)
	}
	return b
}

// apply makes one commit durable.
func (d *disk) apply(c venue.Commit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memory = c.Memory
	if c.Homes != nil {
		d.homes = *c.Homes
	}
	for _, g := range c.Gates {
		d.gates[g.Name] = g
	}
	for _, m := range c.Marks {
		d.marks[life{m.Gate, m.Run}] = m
	}
	for _, e := range c.Events {
		d.keep(e)
	}
	for _, g := range c.Grants {
		d.grants[g.Scan] = g
	}
	for _, scan := range c.Closed {
		delete(d.grants, scan)
	}
}

// keep takes a record, which must be the next one of its run.
func (d *disk) keep(e wire.Event) {
	at := life{e.Gate, e.Run}
	if held := len(d.journal[at]); e.Seq != uint64(held)+1 {
		d.faults = append(d.faults, fmt.Sprintf("record %d of %s %s was stored after %d records", e.Seq, e.Gate, e.Run, held))
		return
	}
	d.journal[at] = append(d.journal[at], e)
	if e.Record == nil || e.Ref == (whitelist.Ref{}) {
		return
	}
	if !slices.Contains(d.history[e.Ref], *e.Record) {
		d.history[e.Ref] = append(d.history[e.Ref], *e.Record)
	}
	if right := wire.RightOf(&e); right != nil {
		d.rights[e.Ref] = *right
	}
}

// accept takes what another store sends: what is held already is a duplicate, what leaves a gap comes again.
func (d *disk) accept(events []wire.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range events {
		if e.Seq == uint64(len(d.journal[life{e.Gate, e.Run}]))+1 {
			d.keep(e)
		}
	}
}

func (d *disk) from(gate string, run wire.Run, seq uint64, limit int) []wire.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.journal[life{gate, run}]
	if seq == 0 || seq > uint64(len(all)) {
		return nil
	}
	rest := all[seq-1:]
	return slices.Clone(rest[:min(len(rest), limit)])
}

func (d *disk) records(ref whitelist.Ref) []admit.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.history[ref])
}

// errDisk is what a disk says that does not work, or whose machine has lost its power.
var errDisk = errors.New("the disk does not answer")

// process is one process's use of a disk. Its luck says how each transaction ends.
type process struct {
	disk *disk
	luck func(commits int) fate

	mu   sync.Mutex
	dead bool
	died chan struct{}
}

// fate is how a transaction ends: how long it takes, how many of its commits become durable, and whether its process hears so.
type fate struct {
	takes time.Duration
	keeps int
	fails bool
	dies  bool // with the process
}

func newProcess(d *disk, luck func(int) fate) *process {
	return &process{disk: d, luck: luck, died: make(chan struct{})}
}

// die ends the process: nothing that it writes after this becomes durable.
func (p *process) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.dead = true
		close(p.died)
	}
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// Boot reads everything.
func (p *process) Boot() (venue.Boot, error) {
	if p.isDead() {
		return venue.Boot{}, errDisk
	}
	return p.disk.boot(), nil
}

// Commit is one transaction, with its luck.
func (p *process) Commit(_ context.Context, commits []venue.Commit) error {
	f := fate{keeps: len(commits)}
	if p.luck != nil {
		f = p.luck(len(commits))
	}
	if f.takes > 0 {
		time.Sleep(f.takes)
	}
	if p.isDead() {
		return errDisk
	}
	for _, c := range commits[:f.keeps] {
		p.disk.apply(c)
	}
	if f.dies {
		p.die()
	}
	if f.fails || f.dies {
		return errDisk
	}
	return nil
}

// Journal reads records.
func (p *process) Journal(gate string, run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	return p.disk.from(gate, run, from, limit), nil
}

// Prune keeps everything.
func (p *process) Prune(context.Context, string, wire.Run, uint64) error { return nil }
