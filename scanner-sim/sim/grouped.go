package sim

import (
	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/venue"
)

// isConflict is I4 the other way round: a hub names nobody without cause. By what the gates knew who let these people in,
// they were too many when some record of them came. A gate that knows a group's ticket by its signature alone knows one
// person; so one admission by the list must be enough for the hub to know better, whoever spoke last.
func (o *oracle) isConflict(h *hubNode, e venue.Incident) {
	r := o.world.rights[numberOf(e.Ref)]
	records := h.state.Records(e.Ref)
	for n := range records {
		if len(entry.Conflicts(o.saidOf(r, records[:n+1]), records[:n+1])) > 0 {
			return
		}
	}
	o.world.fail("I4: %s tells of a conflict on right %d that is none: %v", h.id, r.number, scanNames(e.Scans))
}

// saidOf is what the gates have said of a right that made these records.
func (o *oracle) saidOf(r *right, records []admit.Record) admit.Terms {
	terms := r.terms()
	terms.Group = 1
	for i := range records {
		if s := o.world.scanOf(records[i].Scan); s != nil && records[i].Kind == admit.Entry {
			terms.Group = max(terms.Group, s.group)
		}
	}
	return terms
}
