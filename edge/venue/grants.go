package venue

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// openGrants are the grants that are neither used nor released, found by scan, by right and by gate without looking at
// all of them: on a big evening tens of thousands are open.
type openGrants struct {
	byScan map[admit.ScanID]*Grant
	byRef  map[whitelist.Ref][]*Grant
	byGate map[string]map[admit.ScanID]*Grant
	inZone map[string]int // by the zone that they lead to
}

func newGrants(all []Grant) openGrants {
	g := openGrants{byScan: map[admit.ScanID]*Grant{}, byRef: map[whitelist.Ref][]*Grant{},
		byGate: map[string]map[admit.ScanID]*Grant{}, inZone: map[string]int{}}
	for _, grant := range all {
		g.add(&grant)
	}
	return g
}

func (o *openGrants) add(g *Grant) {
	o.byScan[g.Scan] = g
	o.byRef[g.Ref] = append(o.byRef[g.Ref], g)
	if o.byGate[g.Gate] == nil {
		o.byGate[g.Gate] = map[admit.ScanID]*Grant{}
	}
	o.byGate[g.Gate][g.Scan] = g
	o.inZone[g.Zone]++
}

func (o *openGrants) remove(scan admit.ScanID) {
	g := o.byScan[scan]
	if g == nil {
		return
	}
	delete(o.byScan, scan)
	delete(o.byGate[g.Gate], scan)
	o.inZone[g.Zone]--
	rest := slices.DeleteFunc(slices.Clone(o.byRef[g.Ref]), func(x *Grant) bool { return x == g })
	if len(rest) == 0 {
		delete(o.byRef, g.Ref)
		return
	}
	o.byRef[g.Ref] = rest
}

// of are the open grants of a gate, by scan id.
func (o *openGrants) of(gate string) []*Grant {
	var out []*Grant
	for _, g := range o.byGate[gate] {
		out = append(out, g)
	}
	sortGrants(out)
	return out
}

func sortGrants(grants []*Grant) {
	slices.SortFunc(grants, func(a, b *Grant) int { return slices.Compare(a.Scan[:], b.Scan[:]) })
}
