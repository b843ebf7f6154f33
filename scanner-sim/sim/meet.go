package sim

import (
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// acked and ruled: a hub says nothing that its disk does not hold (A1).
func (o *oracle) acked(h *hubNode, a wire.Ack) {
	for _, m := range a.Watermarks {
		if m.Hub > 0 && m.Hub > h.disk.held(m.Gate, m.Run) && !h.disk.marked(m) {
			o.world.fail("A1: %s says that it holds seq %d of run %s of %s, which is not durable", h.id, m.Hub, m.Run, m.Gate)
		}
	}
}

func (o *oracle) ruled(h *hubNode, r wire.Ruling) {
	if !r.Grant {
		return
	}
	s := o.world.scanOf(r.Scan)
	if s.promised != h && !slices.ContainsFunc(h.disk.historyOf(s.right), func(x admit.Record) bool { return x.Scan == r.Scan }) {
		o.world.fail("A1: %s grants %s, which is not durable", h.id, scanName(r.Scan))
	}
}

// marked: what the gate has pruned counts as held.
func (d *hubDisk) marked(m wire.Watermark) bool {
	return slices.ContainsFunc(d.marks, func(x venue.Mark) bool { return x.Gate == m.Gate && x.Run == m.Run && x.Held >= m.Hub })
}

// toldWithin is how long a hub may keep a conflict to itself, ms.
const toldWithin = 2_000

// heldAtHub: records have met on a hub's disk. A conflict among them is told in time; a hub that dies at this moment
// has its time from its next start.
func (o *oracle) heldAtHub(h *hubNode, tx *venue.Commit) {
	for i := range tx.Grants {
		if s := o.world.scanOf(tx.Grants[i].Scan); s != nil {
			s.promised = h
		}
	}
	for i := range tx.Events {
		if e := &tx.Events[i]; e.Record != nil {
			if o.world.tracing() {
				o.world.say("%s holds %s of %s, right %d", h.id, e.Record.Kind, scanName(e.Scan), numberOf(e.Ref))
			}
			o.awaitTold(h, o.world.rights[numberOf(e.Ref)])
		}
	}
}

// hubStarted: what it had not told when it died, it tells now.
func (o *oracle) hubStarted(h *hubNode) {
	for _, r := range o.world.rights {
		o.awaitTold(h, r)
	}
}

func (o *oracle) awaitTold(h *hubNode, r *right) {
	if !h.up() || o.untold(h, r) == nil {
		return
	}
	h.later(toldWithin, func() {
		if late := o.untold(h, r); late != nil && !h.broken {
			o.world.fail("I4: %s has not told of the conflict on right %d, in which is %s", h.id, r.number, scanName(*late))
		}
	})
}

// untold is a scan of a conflict that nobody has been told of.
func (o *oracle) untold(h *hubNode, r *right) *admit.ScanID {
	records := h.disk.historyOf(r)
	if len(records) < 2 || entriesIn(records) <= r.allowed() && !r.reentry() {
		return nil
	}
	for _, conflict := range entry.Conflicts(r.terms(), records) {
		for _, id := range conflict {
			if s := o.world.scanOf(id); s != nil && !s.told {
				return &id
			}
		}
	}
	return nil
}

func entriesIn(records []admit.Record) int {
	n := 0
	for i := range records {
		if records[i].Kind == admit.Entry {
			n++
		}
	}
	return n
}

func (r *right) terms() admit.Terms { return admit.TermsOf(r.code.Kind, r.code.Entry) }
