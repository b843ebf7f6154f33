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
			out = append(out, inner(r))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inner is which doors an entry's use counts for.
func inner(e Record) string {
	if e.From == "" {
		return ""
	}
	return e.Zone
}

// followed is what an entry comes after: at an outer door the place that was left for outside, at a door inside the
// venue the place that was left for this one.
func followed(e Record, doors string) ScanID {
	if doors == "" {
		return e.Follows
	}
	return e.Closes
}

func onDay(e Record, day Day) bool {
	if e.Day != 0 {
		return e.Day == day.From
	}
	return e.At >= day.From && e.At < day.Until
}

func compareScans(a, b ScanID) int { return bytes.Compare(a[:], b[:]) }

// conflict names every scan of a double admission at one kind of doors.
func (h *history) conflict(terms Terms, uses []Record, day Day) []ScanID {
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
func dailyConflict(uses []Record, allowed int, day Day) []ScanID {
	days := map[int64][]Record{}
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
func (h *history) chainConflict(terms Terms, uses []Record) []ScanID {
	allowed := terms.Allowed()
	after := map[ScanID][]Record{}
	for _, e := range uses {
		key := followed(e, terms.Inner)
		after[key] = append(after[key], e)
	}
	inside := h.insideOf(terms.Inner)
	tooMany := allowed == 1 || len(uses) > allowed+h.leavings(terms.Inner, uses) || len(inside) > allowed
	found := map[ScanID]bool{}
	for key, of := range after {
		if key == (ScanID{}) && len(of) > allowed || key != (ScanID{}) && len(of) > 1 && tooMany {
			for _, e := range of {
				found[e.Scan] = true
			}
		}
	}
	if len(found) == 0 && len(inside) > allowed {
		for _, p := range inside {
			found[p.Scan] = true
		}
	}
	return h.withDescendants(found, uses, terms.Inner)
}

// withDescendants adds every entry that follows one already found, and sorts.
func (h *history) withDescendants(found map[ScanID]bool, uses []Record, doors string) []ScanID {
	for again := len(found) > 0; again; {
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
	for range len(h.closes) + 1 {
		if place == (ScanID{}) {
			return false
		}
		if found[place] {
			return true
		}
		place = h.closes[place]
	}
	return false
}

func scansOf(records []Record) []ScanID {
	out := make([]ScanID, len(records))
	for i, r := range records {
		out[i] = r.Scan
	}
	return out
}
