package admit

import (
	"bytes"
	"slices"

	"portaria/edge/whitelist"
)

// Fold adds a right's history up: how often it was used, who is inside where, and whether more people came in than
// may. The order of the records, and records that come twice, make no difference; nothing is taken from clocks but
// what people read, and the day of a once-a-day pass whose record names none.
func Fold(terms Terms, records []Record, day Day) Standing {
	if len(records) == 0 {
		return Standing{}
	}
	h := read(records)
	s := Standing{Open: h.open()}
	if terms.Inner == "" {
		s.Ends = h.ends()
	}
	s.Inside = len(s.Open)
	s.Last = h.last()
	s.Zone = s.Last.Zone
	uses := h.entriesOf(terms.Inner)
	s.Used = len(uses)
	for _, e := range uses {
		if onDay(e, day) {
			s.UsedDay++
		}
		if followed(e, terms.Inner) == (ScanID{}) {
			s.Roots++
		}
	}
	s.Latest = h.latest(uses)
	s.Conflict = h.conflict(terms, uses, day)
	return s
}

// Inners are the values of Terms.Inner that a history has entries for, sorted: "" for doors from outside, and the zone
// of each door inside the venue.
func Inners(records []Record) []string {
	var out []string
	for _, r := range records {
		if r.Kind == Entry {
			out = append(out, inner(&r))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inner is which doors an entry's use counts for.
func inner(e *Record) string {
	if e.From == "" {
		return ""
	}
	return e.Zone
}

// followed is what an entry comes after: at an outer door the place that was left for outside, at a door inside the
// venue the place that was left for this one.
func followed(e *Record, doors string) ScanID {
	if doors == "" {
		return e.Follows
	}
	return e.Closes
}

func onDay(e *Record, day Day) bool {
	if e.Day != 0 {
		return e.Day == day.From
	}
	return e.At >= day.From && e.At < day.Until
}

func compareScans(a, b ScanID) int { return bytes.Compare(a[:], b[:]) }

// conflict names every scan of a double admission at one kind of doors.
func (h *history) conflict(terms Terms, uses []*Record, day Day) []ScanID {
	allowed := terms.Allowed()
	switch terms.Use {
	case whitelist.UseReentr:
		return h.chainConflict(terms, uses)
	case whitelist.UseDaily:
		return dailyConflict(uses, allowed, day)
	}
	if len(uses) > allowed {
		return scansOf(uses)
	}
	return nil
}

// dailyConflict names the scans of every day that has too many. Records name their day, so the answer does not depend
// on the day it is asked.
func dailyConflict(uses []*Record, allowed int, day Day) []ScanID {
	days := map[int64][]*Record{}
	for _, e := range uses {
		key := e.Day
		if key == 0 && onDay(e, day) {
			key = day.From
		}
		if key != 0 {
			days[key] = append(days[key], e)
		}
	}
	var out []ScanID
	for _, of := range days {
		if len(of) > allowed {
			out = append(out, scansOf(of)...)
		}
	}
	slices.SortFunc(out, compareScans)
	return out
}

// chainConflict: where people may come back, entries form chains, one for each person, each entry following the place
// its person left. Two that follow the same one are one person too many. The people of a group can't be told apart,
// and gates that can't hear each other may name the same one of them, so there two that follow the same one only count
// once there are more entries than people and leavings allow.
func (h *history) chainConflict(terms Terms, uses []*Record) []ScanID {
	allowed := terms.Allowed()
	inside := h.insideOf(terms.Inner)
	tooMany := allowed == 1 || len(uses) > allowed+h.leavings(terms.Inner, uses) || len(inside) > allowed
	var found map[ScanID]bool
	for _, of := range byFollowed(uses, terms.Inner) {
		if first := followed(of[0], terms.Inner) == (ScanID{}); first && len(of) > allowed || !first && len(of) > 1 && tooMany {
			found = add(found, scansOf(of))
		}
	}
	if len(found) == 0 && len(inside) > allowed {
		for _, p := range inside {
			found = add(found, []ScanID{p.Scan})
		}
	}
	if len(found) == 0 {
		return nil
	}
	return h.withDescendants(found, uses, terms.Inner)
}

// byFollowed groups uses by the place that they follow.
func byFollowed(uses []*Record, doors string) [][]*Record {
	sorted := slices.Clone(uses)
	compare := func(a, b *Record) int { return compareScans(followed(a, doors), followed(b, doors)) }
	slices.SortStableFunc(sorted, compare)
	var out [][]*Record
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && compare(sorted[n], sorted[0]) == 0 {
			n++
		}
		out, sorted = append(out, sorted[:n]), sorted[n:]
	}
	return out
}

func add(found map[ScanID]bool, scans []ScanID) map[ScanID]bool {
	if found == nil {
		found = make(map[ScanID]bool, len(scans))
	}
	for _, scan := range scans {
		found[scan] = true
	}
	return found
}

// withDescendants adds every entry that follows one already found, and sorts.
func (h *history) withDescendants(found map[ScanID]bool, uses []*Record, doors string) []ScanID {
	for again := true; again; {
		again = false
		for _, e := range uses {
			if !found[e.Scan] && h.comesAfter(found, followed(e, doors)) {
				found[e.Scan], again = true, true
			}
		}
	}
	out := make([]ScanID, 0, len(found))
	for scan := range found {
		out = append(out, scan)
	}
	slices.SortFunc(out, compareScans)
	return slices.Clip(out)
}

// comesAfter says whether a place belongs to the chain of a found entry: its person may have moved inside the venue
// before leaving, each move closing the one before.
func (h *history) comesAfter(found map[ScanID]bool, place ScanID) bool {
	for range len(h.stays) + 1 {
		if place == (ScanID{}) {
			return false
		}
		if found[place] {
			return true
		}
		at, known := h.find(place)
		if !known {
			return false
		}
		place = h.stays[at].Closes
	}
	return false
}

func scansOf(records []*Record) []ScanID {
	out := make([]ScanID, len(records))
	for i, r := range records {
		out[i] = r.Scan
	}
	return out
}
