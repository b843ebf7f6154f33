package sim

import (
	"cmp"
	"fmt"
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// cloudNum is the cloud's number on the network.
const cloudNum = 0

// cloudNode is the ticketing core's ingest: a database that commits or does not.
type cloudNode struct {
	world       *World
	db          database
	image       *database // a backup
	incarnation string
	down        bool
	process     int
	busy        int64 // until when its transactions take
}

// database is the cloud's durable state.
type database struct {
	at      int64
	sources []*stored // in order of first arrival
	hub     *hubDisk  // in a backup of a venue without a hub: its arbiter's store
	disks   []hubDiskSeen

	restored bool
}

// hubDiskSeen is what the cloud keeps of a hub's store.
type hubDiskSeen struct {
	entry.Given
	head uint64
}

// stored is what is held of one source.
type stored struct {
	entry.Source
	held   uint64
	events []wire.Event
	poison []entry.Poison
}

func (d *database) of(source entry.Source) *stored {
	for _, s := range d.sources {
		if s.Source == source {
			return s
		}
	}
	s := &stored{Source: source}
	d.sources = append(d.sources, s)
	return s
}

func (d *database) clone(now int64) database {
	c := database{at: now, disks: slices.Clone(d.disks), restored: d.restored}
	for _, s := range d.sources {
		copied := *s
		copied.events, copied.poison = slices.Clip(s.events), slices.Clip(s.poison)
		c.sources = append(c.sources, &copied)
	}
	return c
}

// take plans and commits one batch in one transaction, in the order in which batches come; the acknowledgement leaves
// only after the commit.
func (c *cloudNode) take(from *hubNode, batch wire.Events) {
	if c.down {
		return
	}
	c.busy = max(c.busy, c.world.now+c.world.between(1, 8))
	c.world.during(&c.process, c.busy-c.world.now, func() {
		if !c.down {
			c.commit(from, batch)
		}
	})
}

func (c *cloudNode) commit(from *hubNode, batch wire.Events) {
	s := c.db.of(entry.Source{Gate: batch.Gate, Run: batch.Run})
	c.world.oracle.arrived(s, batch.Events)
	plan := entry.Step(s.Source, s.held, batch.Events)
	s.events = append(s.events, plan.New...)
	s.poison = append(s.poison, plan.Poison...)
	s.held = plan.Watermark
	c.world.oracle.reached(from, plan.New)
	if c.world.tracing() && len(batch.Events) > 0 {
		c.world.say("cloud: %s brings %s run %s seq %d to %d in message %d: %d new, holds %d", from.id, s.Gate, s.Run, batch.Events[0].Seq,
			batch.Events[len(batch.Events)-1].Seq, batch.Number, len(plan.New), s.held)
	}
	if c.world.chaos && c.world.chance(c.world.rates.crash) {
		c.world.seen(CloudRestart)
		c.restart() // after the commit, before the acknowledgement
		return
	}
	c.ack(from, batch.Number, []wire.Watermark{{Gate: s.Gate, Run: s.Run, Cloud: s.held}}, nil)
}

// answer is to a heartbeat: it tells how far everything is held, by which database, and which term the hub has. A long
// answer comes in parts.
func (c *cloudNode) answer(to *hubNode, beat wire.HubState) {
	if c.down {
		return
	}
	beat.New = beat.New && !to.replaced // who is out of service is given no term any more
	var word *wire.Word
	if beat.Disk != "" {
		word = c.db.saw(beat)
		word.Of = len(c.db.sources)
		c.world.term = max(c.world.term, word.Newest)
	}
	var marks []wire.Watermark
	for i, s := range c.db.sources {
		marks = append(marks, wire.Watermark{Gate: s.Gate, Run: s.Run, Cloud: s.held})
		if len(marks) == partOfAnswer && i+1 < len(c.db.sources) {
			c.ack(to, beat.Number, marks, word)
			marks = nil
		}
	}
	c.ack(to, beat.Number, marks, word)
}

// partOfAnswer is how many watermarks go into one message.
const partOfAnswer = 5

// saw keeps what a hub's store has told, and says what it must know of itself.
func (d *database) saw(beat wire.HubState) *wire.Word {
	given := make([]entry.Given, 0, len(d.disks))
	for _, x := range d.disks {
		given = append(given, x.Given)
	}
	term, newest := entry.Term(given, beat.Disk, beat.Term, beat.New, d.restored)
	at := slices.IndexFunc(d.disks, func(x hubDiskSeen) bool { return x.Disk == beat.Disk })
	if at < 0 {
		at = len(d.disks)
		d.disks = append(d.disks, hubDiskSeen{Given: entry.Given{Disk: beat.Disk}})
	}
	d.disks[at].Term, d.disks[at].head = term, max(d.disks[at].head, beat.Head)
	return &wire.Word{Disk: beat.Disk, Run: beat.Run, Term: term, Newest: newest, Head: d.disks[at].head, Whole: beat.Whole}
}

// back hands a hub what it lacks.
func (c *cloudNode) back(to *hubNode, want wire.Want) {
	if c.down {
		return
	}
	events := c.db.of(entry.Source{Gate: want.Gate, Run: want.Run}).from(want.From, partOfAnswer)
	if len(events) == 0 {
		return
	}
	m := wire.Events{V: wire.Version, Gate: want.Gate, Run: want.Run, Events: events}
	if c.world.options.Wire {
		m = passOn(c.world, m)
	}
	c.world.net.send(cloudNum, to.num, func() { to.feed(venue.BackCame{Events: m}) })
}

// from is what is held of a source from a seq on.
func (s *stored) from(seq uint64, limit int) (out []wire.Event) {
	all := s.events
	if len(s.poison) > 0 {
		all = slices.Clone(s.events)
		for _, p := range s.poison {
			all = append(all, p.Event)
		}
		slices.SortFunc(all, func(a, b wire.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	for _, e := range all {
		if e.Seq >= seq && len(out) < limit {
			out = append(out, e)
		}
	}
	return out
}

func (c *cloudNode) ack(to *hubNode, number uint64, marks []wire.Watermark, word *wire.Word) {
	ack := wire.Ack{V: wire.Version, Number: number, Incarnation: c.incarnation, Watermarks: marks, Word: word}
	if c.world.options.Wire {
		ack = passOn(c.world, ack)
	}
	c.world.net.send(cloudNum, to.num, func() { to.feed(venue.CloudAcked{Ack: ack}) })
}

func (c *cloudNode) restart() {
	c.down = true
	c.process++
	c.world.say("cloud restarts")
	c.world.during(&c.process, c.world.between(500, 3_000), func() { c.down = false })
}

// restore brings back an old backup: a new incarnation of the database.
func (c *cloudNode) restore() {
	c.world.say("cloud restored from a backup of %.3f s", float64(c.image.at)/1000)
	c.process++
	c.db = c.image.clone(c.image.at)
	c.db.restored, c.image = true, nil
	c.incarnation = fmt.Sprintf("%08x", c.world.rng.Uint32())
}

// records are all that the cloud holds of each right, by the right's number.
func (c *cloudNode) records() [][]admit.Record {
	var all [][]admit.Record
	for _, s := range c.db.sources {
		for i := range s.events {
			all = addRecord(all, &s.events[i])
		}
		for i := range s.poison { // what is set aside is not lost: people repair it
			all = addRecord(all, &s.poison[i].Event)
		}
	}
	return all
}

func addRecord(all [][]admit.Record, e *wire.Event) [][]admit.Record {
	if e.Record == nil {
		return all
	}
	n := numberOf(e.Ref)
	for len(all) <= n {
		all = append(all, nil)
	}
	all[n] = append(all[n], *e.Record)
	return all
}
