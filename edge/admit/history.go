package admit

import (
	"cmp"
	"slices"
)

// history is a set of records, read once: which entries stand, which places were left, and for where.
type history struct {
	entries  []Record          // standing entries, by scan id
	exits    []Record          // whose passage was recorded          // by scan id
	passed   map[ScanID]bool   // passages that were recorded
	left     map[ScanID]bool   // places that an exit or a standing inner entry left
	outAt    map[ScanID]int64  // places left for outside: when
	closes   map[ScanID]ScanID // place -> the place it left
	followed map[ScanID]bool   // places that a standing entry follows
	back     map[ScanID]bool   // exits that lead to another zone: places themselves
}

func read(records []Record) *history {
	sorted := slices.Clone(records)
	if !mutantFoldDependsOnOrder {
		slices.SortFunc(sorted, compareRecords)
	}
	h := &history{passed: map[ScanID]bool{}, left: map[ScanID]bool{}, outAt: map[ScanID]int64{},
		closes: map[ScanID]ScanID{}, followed: map[ScanID]bool{}, back: map[ScanID]bool{}}
	entries, void := h.sort(sorted)
	for _, e := range entries {
		if !void[e.Scan] {
			h.addEntry(e)
		}
	}
	h.exits = slices.DeleteFunc(h.exits, func(x Record) bool { return !h.passed[x.Scan] })
	for _, x := range h.exits {
		h.addExit(x)
	}
	return h
}

// sort parts the records by kind and finds the entries that do not stand: aborted, or taken over by a later scan of
// the same person; unless somebody passed late after all.
func (h *history) sort(sorted []Record) (entries []Record, void map[ScanID]bool) {
	void = map[ScanID]bool{}
	forced := map[ScanID]bool{}
	for i, r := range sorted {
		if i > 0 && r.Scan == sorted[i-1].Scan && r.Kind == sorted[i-1].Kind {
			continue
		}
		switch r.Kind {
		case Entry:
			entries = append(entries, r)
			if r.Resumes != (ScanID{}) {
				void[r.Resumes] = true
			}
		case Exit:
			h.exits = append(h.exits, r)
		case Abort:
			if mutantFoldDependsOnOrder && !slices.ContainsFunc(entries, func(e Record) bool { return e.Scan == r.Scan }) {
				continue
			}
			void[r.Scan] = true
			for i := 0; mutantAbortOfAnothersScan && i < len(sorted); i++ {
				void[sorted[i].Scan] = true
			}
		case Passed:
			h.passed[r.Scan] = true
		case ForcedPass:
			forced[r.Scan], h.passed[r.Scan] = true, true
		}
	}
	for scan := range forced {
		delete(void, scan)
	}
	return entries, void
}

func (h *history) addEntry(e Record) {
	h.entries = append(h.entries, e)
	h.followed[e.Follows] = true
	if e.Closes != (ScanID{}) {
		h.left[e.Closes] = true
		h.closes[e.Scan] = e.Closes
	}
}

// addExit: an exit that names no place closes nothing. Of two that name the same place, only the first in the order of
// ids leads anywhere: one person can't be led to two places.
func (h *history) addExit(x Record) {
	if x.Closes == (ScanID{}) {
		return
	}
	if x.Zone != "" && !h.left[x.Closes] {
		h.back[x.Scan] = true
		h.closes[x.Scan] = x.Closes
	}
	h.left[x.Closes] = true
	if at, known := h.outAt[x.Closes]; x.Zone == "" && (!known || x.At < at) {
		h.outAt[x.Closes] = x.At
	}
}

// places are standing entries, and exits that lead to another zone, by scan id.
func (h *history) places() []Place {
	var out []Place
	for _, e := range h.entries {
		out = append(out, h.place(e))
	}
	for _, x := range h.exits {
		if h.back[x.Scan] {
			out = append(out, h.place(x))
		}
	}
	slices.SortFunc(out, func(a, b Place) int { return compareScans(a.Scan, b.Scan) })
	return out
}

func (h *history) place(r Record) Place {
	return Place{Scan: r.Scan, Zone: r.Zone, Passed: h.passed[r.Scan], At: r.At, Gate: r.Gate, Lane: r.Lane}
}

func (h *history) open() []Place {
	var out []Place
	for _, p := range h.places() {
		if !h.left[p.Scan] && !h.followed[p.Scan] {
			out = append(out, p)
		}
	}
	return out
}

func (h *history) ends() []End {
	var out []End
	for _, p := range h.places() {
		if at, gone := h.outAt[p.Scan]; gone && !h.followed[p.Scan] {
			out = append(out, End{Scan: p.Scan, LeftAt: at})
		}
	}
	return out
}

func (h *history) entriesOf(doors string) []Record {
	var out []Record
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
func (h *history) leavings(doors string, uses []Record) int {
	n := 0
	if doors == "" {
		for _, p := range h.places() {
			if _, gone := h.outAt[p.Scan]; gone {
				n++
			}
		}
		return n
	}
	for _, e := range uses {
		if h.left[e.Scan] {
			n++
		}
	}
	return n
}

func (h *history) last() Record {
	var last Record
	for _, of := range [][]Record{h.entries, h.exits} {
		for _, r := range of {
			if last.Kind == "" || later(r, last) {
				last = r
			}
		}
	}
	return last
}

func (h *history) latest(uses []Record) Place {
	var last Record
	for _, r := range uses {
		if last.Kind == "" || later(r, last) {
			last = r
		}
	}
	if last.Kind == "" {
		return Place{}
	}
	return h.place(last)
}

func later(a, b Record) bool {
	return cmp.Or(cmp.Compare(a.At, b.At), compareScans(a.Scan, b.Scan), cmp.Compare(a.Kind, b.Kind)) > 0
}

// compareRecords orders records totally, so that of two that claim to be the same one, every fold takes the same.
func compareRecords(a, b Record) int {
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
