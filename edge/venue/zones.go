package venue

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// recount moves the people of a right to where its history says they are now.
func (s *State) recount(r *right) {
	for _, p := range r.open {
		s.inZone[p.Zone]--
	}
	r.open = admit.Fold(admit.Terms{}, r.records, admit.Day{}).Open
	for _, p := range r.open {
		s.inZone[p.Zone]++
	}
}

// room is the fullest of the zones that a door leads into: the zone behind it, and the zones around that one which the
// person is not already in. Limit 0 = none of them is limited.
func (s *State) room(door *whitelist.Checkpoint) (count, limit int) {
	from, to := admit.Way(door, false)
	for range len(s.zones) + 1 {
		z, known := s.zones[to]
		if !known || s.within(from, to) {
			break
		}
		if n := s.countIn(to) + s.promised(to); z.Capacity > 0 && (limit == 0 || z.Capacity-n < limit-count) {
			count, limit = n, z.Capacity
		}
		to = z.Parent
	}
	return count, limit
}

// within says whether a zone is another, or lies in it.
func (s *State) within(zone, outer string) bool {
	for range len(s.zones) + 1 {
		if zone == "" {
			return false
		}
		if zone == outer {
			return true
		}
		zone = s.zones[zone].Parent
	}
	return false
}

// countIn is how many people are in a zone and the zones inside it.
func (s *State) countIn(zone string) int {
	n := 0
	for id, people := range s.inZone {
		if s.within(id, zone) {
			n += people
		}
	}
	return n
}

// promised is how many more have been promised a place there.
func (s *State) promised(zone string) int {
	n := 0
	for id, grants := range s.grants.inZone {
		if s.within(id, zone) {
			n += grants
		}
	}
	return n
}

// insideOf is how full the zones are that a gate's lanes lead to.
func (s *State) insideOf(state wire.State) (out []wire.ZoneCount) {
	for _, l := range state.Lanes {
		door := s.doors[l.Checkpoint]
		if door == nil || door.To == "" || len(out) == wire.MaxInside {
			continue
		}
		if !slices.ContainsFunc(out, func(z wire.ZoneCount) bool { return z.Zone == door.To }) {
			out = append(out, wire.ZoneCount{Zone: door.To, Count: s.countIn(door.To), Capacity: s.zones[door.To].Capacity})
		}
	}
	return out
}
