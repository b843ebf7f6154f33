package sim

import (
	"portaria/cloud/entry"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// A venue without a hub has the cloud as its arbiter: the same core, whose store is the cloud's database. What a hub
// commits and what the cloud takes from it are then one transaction, so a record that the arbiter acknowledges is in the
// cloud, and a backup of the one is a backup of the other. The way to the gates is the internet.

// farthest is how long a message takes at most between a gate and the cloud when nothing is wrong, ms.
const farthest = 60

// drawHub decides whether this venue has a hub.
func (w *World) drawHub() {
	w.hubless = w.oneOf(6) == 0 && w.plot == nil
	w.broker = w.oneOf(3) == 0 && !w.hubless && w.options.Faults.Has(BrokerStored)
	if w.hubless {
		w.stats.Hubless++
		w.net.far = w.between(5, farthest)
		w.say("this venue has no hub: the cloud is its arbiter")
	}
}

// keep is the cloud's half of the transaction.
func (c *cloudNode) keep(commits []venue.Commit) {
	for i := range commits {
		for _, e := range commits[i].Events {
			s := c.db.of(entry.Source{Gate: e.Gate, Run: e.Run})
			plan := entry.Step(s.Source, s.held, []wire.Event{e})
			c.world.oracle.arrived(s, []wire.Event{e})
			s.events, s.poison, s.held = append(s.events, plan.New...), append(s.poison, plan.Poison...), plan.Watermark
		}
	}
}

// confirm tells the arbiter what its own database holds: after each commit, and with each beat.
func (h *hubNode) confirm() {
	c := h.world.cloud
	ack := wire.Ack{V: wire.Version, Incarnation: c.incarnation}
	for _, s := range c.db.sources {
		ack.Watermarks = append(ack.Watermarks, wire.Watermark{Gate: s.Gate, Run: s.Run, Cloud: s.held})
	}
	h.feed(venue.CloudAcked{Ack: ack})
}

// backUp is an image of the cloud's database, and of the arbiter's store where that is part of it.
func (w *World) backUp() {
	db := w.cloud.db.clone(w.now)
	if w.hubless {
		disk := w.hub().disk.clone()
		db.hub = &disk
	}
	w.cloud.image = &db
}

// restoreCloud brings back an old backup of the cloud. An arbiter that works in the cloud's database dies before: what it
// was about to commit does not get into the backup.
func (w *World) restoreCloud() {
	disk := w.cloud.image.hub
	if disk == nil {
		w.cloud.restore()
		return
	}
	h := w.hub()
	h.die()
	w.cloud.restore()
	h.disk = *disk
	h.island++
	h.bootAfter(w.between(500, 4_000))
}

// atCloud is what a fault of the hub is where there is none, and whether it can be at all.
func (w *World) atCloud(f Fault) (Fault, bool) {
	switch f {
	case CloudRestart:
		return HubCrash, true
	case CloudCut, DoorsOrdered, HubRestored, HubDiskLost, HubSwapped:
		return f, false
	}
	return f, true
}
