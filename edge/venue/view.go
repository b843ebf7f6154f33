package venue

import (
	"cmp"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// View is the venue at a moment, sorted by name.
type View struct {
	Gates   []GateView
	Zones   []ZoneView
	Unknown []Grant // whose outcome is lost and which nobody has settled
	Lost    []Lost  // admissions whose end a gate lost and nobody has settled
	Pending int     // records not yet confirmed by the cloud
	Head    uint64
	Term    uint64
	Cloud   bool
	Ready   bool // rulings are given

	Recovering bool   // gates are compared, and what is lacking comes back
	Filling    bool   // this disk is new or old: gates and cloud hand back what they have
	Lacking    int    // records that the cloud is known to hold and this hub lacks
	Listed     bool   // the cloud has named everything it holds, or nobody waits for it
	OldHub     bool   // the hub before this one must have been seen off before a gate can be excluded
	Rival      uint64 // term of a hub that has taken over, 0 = none
}

// GateView is one gate as the arbiter sees it.
type GateView struct {
	Name     string
	SeenAt   int64 // unix ms, arbiter's clock; 0 = not since this arbiter started
	Excluded bool
	InStep   bool // compared since this arbiter started; while one is missing that is not excluded, nothing is granted
	Waited   bool // rulings wait for it: it has not brought what it has
	Run      wire.Run
	Held     uint64 // records of that run held here
	Grants   int    // granted and neither used nor released
	State    wire.State
}

// ZoneView is how full a zone is, the zones inside it included.
type ZoneView struct {
	Zone     string
	Name     string
	Count    int
	Capacity int // 0 = not limited
}

// Waits says whether rulings wait for this gate.
func (s *State) Waits(gate string) bool {
	g := s.gates[gate]
	if g == nil || !s.recovery.on || s.recovery.synced[gate] || s.missed(g) {
		return false
	}
	return !s.recovery.brought[gate] || s.onlyHearsayIsMissing() // else it has done its part, and waits for the others
}

// Records are what is known of a right's history. They share nothing with the state.
func (s *State) Records(ref whitelist.Ref) []admit.Record {
	r := s.rights[ref]
	if r == nil {
		return nil
	}
	return slices.Clone(r.records)
}

// View is the venue as a page shows it. It shares nothing with the state.
func (s *State) View() View {
	v := View{Head: s.firmHead(), Term: s.memory.Term, Cloud: s.linked, Ready: s.ready(), Recovering: s.recovery.on,
		Filling: s.learnsAll(), Listed: !s.back.possible || s.allNamed(), OldHub: s.NeedsOldHubOff()}
	if s.demoted() {
		v.Rival = s.back.rival
	}
	for _, b := range s.back.lacks {
		v.Lacking += int(b.inCloud - b.Held)
	}
	for _, g := range s.gates {
		if g.unheard && s.missed(g) {
			continue
		}
		v.Gates = append(v.Gates, GateView{Name: g.Name, SeenAt: g.seenAt, Excluded: g.Excluded,
			InStep: s.recovery.synced[g.Name], Waited: s.Waits(g.Name), Run: g.Run, Held: s.held(g.Name, g.Run), Grants: len(s.grants.byGate[g.Name]), State: g.state})
	}
	slices.SortFunc(v.Gates, func(a, b GateView) int { return cmp.Compare(a.Name, b.Name) })
	for _, z := range s.zones {
		v.Zones = append(v.Zones, ZoneView{Zone: z.ID, Name: z.Name, Count: s.countIn(z.ID), Capacity: z.Capacity})
	}
	slices.SortFunc(v.Zones, func(a, b ZoneView) int { return cmp.Compare(a.Zone, b.Zone) })
	for _, g := range s.grants.byScan {
		if g.Unknown && !g.Settled {
			v.Unknown = append(v.Unknown, *g)
		}
	}
	slices.SortFunc(v.Unknown, func(a, b Grant) int { return slices.Compare(a.Scan[:], b.Scan[:]) })
	v.Lost = s.lostEnds()
	for _, b := range s.boxes {
		v.Pending += int(b.Held - min(b.Held, b.Cloud))
	}
	return v
}
