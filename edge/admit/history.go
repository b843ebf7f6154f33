package admit

import (
	"cmp"
	"slices"
)

// history is a set of records, read once. Its lists are sorted by scan id, so that what is asked of a scan is found by
// halving; most histories have two or three records, and a gate reads one for every scan.
type history struct {
	entries []*Record // that stand
	exits   []*Record // whose passage was recorded
	passed  []ScanID  // passages that were recorded
	left    []leaving
	stays   []stay
}

// leaving is an end of a stay: an exit or a standing inner entry that names the place it leaves. They are sorted by
// place; of those of one place, entries come first, then exits in the order of ids.
type leaving struct {
	place ScanID
	by    *Record
}

// stay is where one person was or is: after a standing entry, or an exit that leads to another zone.
type stay struct {
	*Record
	passed   bool
	left     bool // for another zone, or for outside:
	out      bool
	outAt    int64 // when
	followed bool  // by a standing entry from outside
}

func read(records []Record) *history {
	if mutantFoldDependsOnOrder {
		records = withoutEarlyAborts(records)
	}
	h := &history{}
	h.sort(records)
	h.leave()
	h.stay()
	return h
}

// withoutEarlyAborts is the mistake of mutantFoldDependsOnOrder.
func withoutEarlyAborts(records []Record) []Record {
	var out []Record
	for _, r := range records {
		if r.Kind != Abort || slices.ContainsFunc(out, func(e Record) bool { return e.Kind == Entry && e.Scan == r.Scan }) {
			out = append(out, r)
		}
	}
	return out
}

// sort parts the records by kind and drops the entries that do not stand: aborted, or taken over by a later scan of
// the same person; unless somebody passed late after all. It drops the exits that nobody went through.
func (h *history) sort(records []Record) {
	sorted := make([]*Record, len(records), 3*len(records))
	for i := range records {
		sorted[i] = &records[i]
	}
	slices.SortFunc(sorted, compareRecords)
	rest := sorted[len(sorted):cap(sorted)]
	entries, exits := rest[0:0:len(records)], rest[len(records):len(records)]
	var void []voided
	var forced []ScanID
	for i, r := range sorted {
		if i > 0 && r.Scan == sorted[i-1].Scan && r.Kind == sorted[i-1].Kind && r.Gate == sorted[i-1].Gate {
			continue
		}
		switch r.Kind {
		case Entry:
			entries = append(entries, r)
			if r.Resumes != (ScanID{}) {
				void = append(void, voided{r.Resumes, r.Gate})
			}
		case Exit:
			exits = append(exits, r)
		case Abort:
			void = append(void, voided{r.Scan, r.Gate})
		case Passed:
			h.passed = append(h.passed, r.Scan)
		case ForcedPass:
			forced, h.passed = append(forced, r.Scan), append(h.passed, r.Scan)
		}
	}
	if mutantAbortOfAnothersScan && slices.ContainsFunc(records, func(r Record) bool { return r.Kind == Abort }) {
		for _, e := range entries {
			void = append(void, voided{e.Scan, e.Gate})
		}
	}
	slices.SortFunc(void, compareVoided)
	h.entries = slices.DeleteFunc(entries, func(e *Record) bool { return isVoid(void, e) && !has(forced, e.Scan) })
	h.exits = slices.DeleteFunc(exits, func(x *Record) bool { return !has(h.passed, x.Scan) })
}

// voided is an admission that its own gate has taken back: an abort, or a scan in its place, of any other gate undoes nothing.
type voided struct {
	scan ScanID
	gate string
}

func compareVoided(a, b voided) int {
	return cmp.Or(compareScans(a.scan, b.scan), cmp.Compare(a.gate, b.gate))
}

func isVoid(sorted []voided, e *Record) bool {
	_, found := slices.BinarySearchFunc(sorted, voided{e.Scan, e.Gate}, compareVoided)
	return found
}

func has(sorted []ScanID, scan ScanID) bool {
	_, found := slices.BinarySearchFunc(sorted, scan, compareScans)
	return found
}

// leave collects who says that a place was left. An exit that names no place closes nothing.
func (h *history) leave() {
	for _, of := range [][]*Record{h.entries, h.exits} {
		for _, r := range of {
			if r.Closes != (ScanID{}) {
				h.left = append(h.left, leaving{place: r.Closes, by: r})
			}
		}
	}
	slices.SortStableFunc(h.left, func(a, b leaving) int { return compareScans(a.place, b.place) })
}

// leavingsOf are those of one place.
func (h *history) leavingsOf(place ScanID) []leaving {
	at, _ := slices.BinarySearchFunc(h.left, place, func(l leaving, s ScanID) int { return compareScans(l.place, s) })
	end := at
	for end < len(h.left) && h.left[end].place == place {
		end++
	}
	return h.left[at:end]
}

// leadsOn says whether an exit leads its person to another zone. Of two that name the same place, only the first in
// the order of ids leads anywhere: one person can't be led to two places.
func (h *history) leadsOn(x *Record) bool {
	return x.Zone != "" && x.Closes != (ScanID{}) && h.leavingsOf(x.Closes)[0].by == x
}

// stay finds out where people are and were.
func (h *history) stay() {
	h.stays = make([]stay, 0, len(h.entries)+len(h.exits))
	for _, e := range h.entries {
		h.stays = append(h.stays, h.stayAt(e))
	}
	for _, x := range h.exits {
		if h.leadsOn(x) {
			h.stays = append(h.stays, h.stayAt(x))
		}
	}
	slices.SortStableFunc(h.stays, func(a, b stay) int { return compareScans(a.Scan, b.Scan) })
	for _, e := range h.entries {
		if at, known := h.find(e.Follows); known {
			h.stays[at].followed = true
		}
	}
}

func (h *history) stayAt(r *Record) stay {
	s := stay{Record: r, passed: has(h.passed, r.Scan)}
	for _, l := range h.leavingsOf(r.Scan) {
		s.left = true
		if l.by.Kind == Exit && l.by.Zone == "" && (!s.out || l.by.At < s.outAt) {
			s.out, s.outAt = true, l.by.At
		}
	}
	return s
}

func (h *history) find(scan ScanID) (at int, known bool) {
	return slices.BinarySearchFunc(h.stays, scan, func(s stay, scan ScanID) int { return compareScans(s.Scan, scan) })
}

func (s *stay) place() Place {
	return Place{Scan: s.Scan, Zone: s.Zone, Passed: s.passed, At: s.At, Gate: s.Gate, Lane: s.Lane}
}

func (h *history) open() []Place {
	var out []Place
	for i := range h.stays {
		if s := &h.stays[i]; !s.left && !s.followed {
			out = append(out, s.place())
		}
	}
	return out
}

func (h *history) ends() []End {
	var out []End
	for i := range h.stays {
		if s := &h.stays[i]; s.out && !s.followed {
			out = append(out, End{Scan: s.Scan, LeftAt: s.outAt})
		}
	}
	return out
}

func (h *history) entriesOf(doors string) []*Record {
	out := make([]*Record, 0, len(h.entries))
	for _, e := range h.entries {
		if inner(e) == doors {
			out = append(out, e)
		}
	}
	return out
}

// insideOf are the people whom a kind of doors has let in and who have not left through them: everyone inside for
// outer doors, everyone in its zone for an inner one.
func (h *history) insideOf(doors string) []Place {
	open := h.open()
	if doors == "" {
		return open
	}
	return slices.DeleteFunc(open, func(p Place) bool { return p.Zone != doors })
}

// leavings counts the times that somebody left what a kind of doors had let them into.
func (h *history) leavings(doors string, uses []*Record) int {
	n := 0
	if doors == "" {
		for i := range h.stays {
			if h.stays[i].out {
				n++
			}
		}
		return n
	}
	for _, e := range uses {
		if len(h.leavingsOf(e.Scan)) > 0 {
			n++
		}
	}
	return n
}

func (h *history) last() Record {
	last := latest(latest(nil, h.entries), h.exits)
	if last == nil {
		return Record{}
	}
	return *last
}

func (h *history) latest(uses []*Record) Place {
	last := latest(nil, uses)
	if last == nil {
		return Place{}
	}
	s := stay{Record: last, passed: has(h.passed, last.Scan)}
	return s.place()
}

func latest(last *Record, of []*Record) *Record {
	for _, r := range of {
		if last == nil || later(r, last) {
			last = r
		}
	}
	return last
}

func later(a, b *Record) bool {
	return cmp.Or(cmp.Compare(a.At, b.At), compareScans(a.Scan, b.Scan), cmp.Compare(a.Kind, b.Kind)) > 0
}

// compareRecords orders records totally, so that of two that claim to be the same one, every fold takes the same.
func compareRecords(a, b *Record) int {
	return cmp.Or(
		compareScans(a.Scan, b.Scan), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Gate, b.Gate),
		cmp.Compare(a.At, b.At), cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Checkpoint, b.Checkpoint),
		cmp.Compare(a.From, b.From), cmp.Compare(a.Zone, b.Zone), cmp.Compare(a.Day, b.Day),
		compareScans(a.Follows, b.Follows), compareScans(a.Closes, b.Closes), compareScans(a.Resumes, b.Resumes),
		compareBools(a.Override, b.Override), compareBools(a.Offline, b.Offline),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
