package reckon

import (
	"slices"
	"strings"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// scan is what the cloud holds of one scan.
type scan struct {
	decisions []Line
	ends      map[admit.RecordKind]int
}

// stands says whether the admission counts: nobody turned back, or they came in late after all.
func (s *scan) stands() bool {
	return s.ends[admit.Abort] == 0 || s.ends[admit.ForcedPass] > 0
}

// scans lays the cloud's records out by scan. A scan is decided once and ends once; late ones end twice.
func (v *Verdict) scans(cloud []Line) map[admit.ScanID]*scan {
	out := map[admit.ScanID]*scan{}
	for _, l := range cloud {
		if l.Scan == (admit.ScanID{}) || l.Type == wire.Surrender || l.Type == wire.Heard { // of a right; the scan that asked for it is another gate's
			continue
		}
		s := out[l.Scan]
		if s == nil {
			s = &scan{ends: map[admit.RecordKind]int{}}
			out[l.Scan] = s
		}
		if l.Type == wire.Outcome && l.Record != nil {
			s.ends[l.Record.Kind]++
		} else {
			s.decisions = append(s.decisions, l)
		}
	}
	for id, s := range out {
		v.once(id, s)
	}
	return out
}

func (v *Verdict) once(id admit.ScanID, s *scan) {
	if len(s.decisions) != 1 {
		v.Find(Duplicated, "scan %s was decided %d times: %s", id, len(s.decisions), ids(s.decisions))
	}
	for kind, n := range s.ends {
		if n > 1 {
			v.Find(Duplicated, "scan %s ended %d times as %s", id, n, kind)
		}
	}
	if n := s.ends[admit.Passed] + s.ends[admit.Abort] + s.ends[admit.UnknownEnd]; n > 1 {
		v.Find(Wrong, "scan %s ended in %d ways: %v", id, n, s.ends)
	}
}

func ids(lines []Line) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.ID())
	}
	return strings.Join(out, ", ")
}

// tickets: the arbiter lets nobody in twice on one ticket, nor does one gate, nor a strict one without the arbiter; what
// gates did that could not hear each other is shown as a conflict with every scan.
func (v *Verdict) tickets(e Evidence, scans map[admit.ScanID]*scan) {
	standing := map[whitelist.Ref][]Line{}
	resumed := map[admit.ScanID]bool{}
	for _, l := range e.Cloud {
		if l.Type == wire.Admission && l.Record != nil {
			resumed[l.Record.Resumes] = true
		}
	}
	for _, l := range e.Cloud {
		if l.Type != wire.Admission || l.Record == nil {
			continue
		}
		v.tally(e, l, scans[l.Scan])
		if scans[l.Scan].stands() && !resumed[l.Scan] {
			standing[l.Ref] = append(standing[l.Ref], l)
		}
	}
	want := map[string]bool{}
	for ref, lines := range standing {
		v.ticket(e, ref, lines, scans)
		if len(lines) > 1 {
			v.Doubles++
			v.conflict(e, lines)
			want[conflictKey(scansOf(lines))] = true
		}
	}
	for who, conflicts := range e.Conflicts {
		for _, c := range conflicts {
			if !want[conflictKey(c)] {
				v.Find(Wrong, "%s shows a conflict of scans %v that is none", who, c)
			}
		}
	}
}

func (v *Verdict) tally(e Evidence, l Line, s *scan) {
	switch {
	case !l.Record.Offline:
		v.Granted++
	case e.Strict[l.Gate]:
		v.Find(Wrong, "the strict gate %s let somebody in without its arbiter: record %s", l.Gate, l.ID())
	default:
		v.Alone++
	}
	if s.ends[admit.UnknownEnd] > 0 {
		v.Uncertain++
	}
}

func (v *Verdict) ticket(e Evidence, ref whitelist.Ref, lines []Line, scans map[admit.ScanID]*scan) {
	byGate, granted, forced := map[string]int{}, 0, 0
	for _, l := range lines {
		byGate[l.Gate]++
		switch {
		case scans[l.Scan].ends[admit.ForcedPass] > 0:
			forced++
		case !l.Record.Offline:
			granted++
		}
	}
	if granted > 1 {
		v.Find(Duplicated, "ticket %s was let in %d times by the arbiter: %s", ref, granted, ids(lines))
	}
	if n := len(lines) - forced; e.Single && n > 1 {
		v.Find(Duplicated, "ticket %s was let in %d times, and no door is free: %s", ref, n, ids(lines))
	}
	for name, n := range byGate {
		if n > 1 && forced == 0 {
			v.Find(Duplicated, "ticket %s was let in %d times by %s: %s", ref, n, name, ids(lines))
		}
	}
}

// conflict looks for a ticket's conflict wherever conflicts are shown: once, with exactly its scans.
func (v *Verdict) conflict(e Evidence, lines []Line) {
	key, shown := conflictKey(scansOf(lines)), true
	for who, conflicts := range e.Conflicts {
		n := 0
		for _, c := range conflicts {
			if conflictKey(c) == key {
				n++
			}
		}
		if n != 1 {
			shown = false
			v.Find(Wrong, "ticket %s let in %d people (%s), and %d conflicts of %s name exactly their scans", lines[0].Ref, len(lines), ids(lines), n, who)
		}
	}
	if shown {
		v.Shown++
	}
}

func scansOf(lines []Line) (out []string) {
	for _, l := range lines {
		out = append(out, l.Scan.String())
	}
	return out
}

func conflictKey(scans []string) string {
	return strings.Join(slices.Sorted(slices.Values(scans)), " ")
}
