package sim

import (
	"errors"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// published is a list as the cloud has signed it: its epoch, and the rights that it revokes. The first revokes none.
type published struct {
	epoch   uint64
	revoked []int
}

// gateList is what a gate's disk holds of lists: the number of the one in force, and the floor, which is durable before
// the list is in force.
type gateList struct {
	held  int
	floor uint64
}

// planLists draws when tickets are refunded, and when somebody offers a gate a list of the past.
func (w *World) planLists() {
	w.lists = []published{{epoch: 1}}
	for range pick(w.rng, 0, 1, 3) {
		w.after(w.between(500, w.scale.chaos), w.publish)
	}
}

// publish makes a list that revokes one more right, and sends it to the hub.
func (w *World) publish() {
	last := w.lists[len(w.lists)-1]
	next := published{epoch: whitelist.NextEpoch(last.epoch, time.UnixMilli(w.began+w.now)), revoked: slices.Clone(last.revoked)}
	if r := w.oneOf(len(w.rights)); !slices.Contains(next.revoked, r) {
		next.revoked = append(next.revoked, r)
	}
	w.lists = append(w.lists, next)
	w.say("the cloud signs list %d: rights %v are revoked", len(w.lists)-1, next.revoked)
	w.sendList(w.hub())
}

// sendList offers a hub the newest list: when there is one, and with each of its heartbeats.
func (w *World) sendList(to *hubNode) {
	n := len(w.lists) - 1
	w.net.send(cloudNum, to.num, func() { to.takeList(n) })
}

// takeList keeps a newer list and passes it on to every gate, as hub/internal/relay does.
func (h *hubNode) takeList(n int) {
	if !h.up() || h.broken || whitelist.CheckNewer(h.world.lists[h.disk.list].epoch, h.world.lists[n].epoch) != nil {
		return
	}
	h.disk.list = n
	h.relayList()
}

// relayList: what is retained reaches every gate when it connects.
func (h *hubNode) relayList() {
	n := h.disk.list
	for _, g := range h.world.gates {
		if !g.gone && n > 0 {
			h.world.net.send(h.num, g.num, func() { g.fetchList(n) })
		}
	}
}

// refreshList: a heartbeat shows a list older than the hub's.
func (h *hubNode) refreshList(g *gateNode, m *wire.State) {
	n := h.disk.list
	if len(m.Lists) > 0 && m.Lists[0].Epoch < h.world.lists[n].epoch {
		h.world.net.send(h.num, g.num, func() { g.fetchList(n) })
	}
}

// takeList judges an offered list by the floor, as edge/internal/bolt does, and makes the floor durable, then the list.
func (g *gateNode) takeList(n int) {
	w := g.world
	if !g.up() || g.broken {
		return
	}
	switch err := whitelist.CheckNewer(g.floor, w.lists[n].epoch); {
	case errors.Is(err, whitelist.ErrSameEpoch):
		if g.disk.list.held == n {
			return // else the power went between the floor and the list
		}
	case err != nil:
		w.stats.OldLists++
		return
	}
	g.floor = w.lists[n].epoch
	g.later(w.between(1, 4), func() { g.keepList(n) })
}

func (g *gateNode) keepList(n int) {
	epoch := g.world.lists[n].epoch
	g.disk.list.floor = g.floor
	g.later(g.world.between(1, 6), func() {
		if g.floor == epoch { // else a newer one has come meanwhile
			g.disk.list.held = n
			g.useList()
		}
	})
}

// useList puts the list of the disk in force.
func (g *gateNode) useList() {
	l := g.world.lists[g.disk.list.held]
	g.world.oracle.listInForce(g, l.epoch)
	g.feed(gate.ListsChanged{Lists: []wire.ListState{{Event: evening, Epoch: l.epoch, Count: uint32(len(g.world.rights))}}})
}

// codeOf is a right's code as this gate's list has it.
func (g *gateNode) codeOf(r *right) admit.Code {
	code, held := r.code, g.disk.list.held
	switch {
	case slices.Contains(g.world.lists[held].revoked, r.number):
		code.Entry.State = whitelist.Revoked
	case held < r.listed:
		return r.onlySigned()
	}
	return code
}

// replayList: somebody offers a gate a list of the past.
func (w *World) replayList(g *gateNode) {
	if g.gone || len(w.lists) < 2 {
		return
	}
	n := w.oneOf(len(w.lists) - 1)
	w.say("%s is offered list %d", g.id, n)
	w.after(0, func() { g.takeList(n) })
}

// listInForce: a gate's list never goes back (I10), but with its disk.
func (o *oracle) listInForce(g *gateNode, epoch uint64) {
	if epoch < g.epoch {
		o.world.fail("I10: %s went back from list epoch %d to %d", g.id, g.epoch, epoch)
	}
	g.epoch = epoch
}

// revokedIsRefused: nobody is let in on a right that the gate's list, as it was when the ticket was read, revokes.
func (o *oracle) revokedIsRefused(g *gateNode, s *scan) {
	if s.revoked {
		o.world.fail("I10: %s let somebody in on right %d, which its list revokes", g.id, s.right.number)
	}
}

// listsAgree: when all is mended and quiet every gate has the newest list.
func (o *oracle) listsAgree() {
	newest := len(o.world.lists) - 1
	for _, g := range o.world.gates {
		if !g.gone && g.disk.list.held != newest {
			o.world.fail("L3: %s has list %d, the newest is %d", g.id, g.disk.list.held, newest)
		}
	}
}
