package sim

import (
	"fmt"
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

const cloudName = "cloud"

// cloudNode is the ticketing core: a database that commits or does not.
type cloudNode struct {
	world       *World
	db          database
	images      []database
	incarnation string
	down        bool
}

// database is the cloud's durable state.
type database struct {
	at     int64
	held   map[entry.Source]uint64
	events map[entry.Source][]wire.Event
	poison map[entry.Source][]entry.Poison
}

func newDatabase() database {
	return database{held: map[entry.Source]uint64{}, events: map[entry.Source][]wire.Event{}, poison: map[entry.Source][]entry.Poison{}}
}

func (d *database) clone(now int64) database {
	c := newDatabase()
	c.at = now
	for s, n := range d.held {
		c.held[s] = n
	}
	for s, e := range d.events {
		c.events[s] = slices.Clip(e)
	}
	for s, p := range d.poison {
		c.poison[s] = slices.Clip(p)
	}
	return c
}

// take is one batch in one transaction; the acknowledgement leaves only after the commit.
func (c *cloudNode) take(from *hubNode, batch wire.Events) {
	if c.down {
		return
	}
	source := entry.Source{Gate: batch.Gate, Run: batch.Run}
	plan := entry.Step(source, c.db.held[source], batch.Events)
	c.world.oracle.arrived(c, source, batch.Events)
	c.db.events[source] = append(c.db.events[source], plan.New...)
	c.db.poison[source] = append(c.db.poison[source], plan.Poison...)
	c.db.held[source] = plan.Watermark
	ack := wire.Ack{
		V: wire.Version, Number: batch.Number, Incarnation: c.incarnation,
		Watermarks: []wire.Watermark{{Gate: source.Gate, Run: source.Run, Cloud: plan.Watermark}},
	}
	c.world.net.send(cloudName, from.id, func() { from.feed(venue.CloudAcked{Ack: ack}) })
}

func (c *cloudNode) restart() {
	c.down = true
	c.world.say("cloud restarts")
	c.world.after(c.world.between(500, 3_000), func() { c.down = false })
}

// restore brings back an old backup: a new incarnation of the database.
func (c *cloudNode) restore() {
	image := c.images[c.world.oneOf(len(c.images))]
	c.world.say("cloud restored from a backup of %d ms", image.at)
	c.db = image.clone(image.at)
	c.images = slices.DeleteFunc(c.images, func(d database) bool { return d.at > image.at })
	c.incarnation = fmt.Sprintf("%08x", c.world.rng.Uint32())
}

// records are all that the cloud holds of a right.
func (c *cloudNode) records() map[whitelist.Ref][]admit.Record {
	all := map[whitelist.Ref][]admit.Record{}
	for _, events := range c.db.events {
		for _, e := range events {
			if e.Record != nil {
				all[e.Ref] = append(all[e.Ref], *e.Record)
			}
		}
	}
	return all
}
