package e2e

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Finding is one thing that does not add up, in a sentence that says where it is and where it is missing.
type Finding struct {
	Kind Trouble
	Text string
}

// Trouble is a kind of finding.
type Trouble string

// Kinds of trouble.
const (
	Lost       Trouble = "lost"
	Duplicated Trouble = "duplicated"
	Wrong      Trouble = "wrong"
)

// Verdict is what a comparison found.
type Verdict struct {
	Events    int // records in the cloud
	Entered   int // people who went through
	Doubles   int // tickets that let in more than they may: gates that could not hear each other
	Shown     int // of these, with a conflict that names every scan
	Granted   int // admissions by the arbiter's word
	Alone     int // admissions without it
	Uncertain int // admissions whose end nobody knows
	Findings  []Finding
}

// Count is how many findings are of a kind.
func (v *Verdict) Count(kind Trouble) (n int) {
	for _, f := range v.Findings {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

func (v *Verdict) find(kind Trouble, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{kind, fmt.Sprintf(format, args...)})
}

// Compare puts the three journals side by side, record by record, and the people beside them.
func Compare(e Evidence) *Verdict {
	v := &Verdict{Events: len(e.Cloud)}
	atGates, atHub, inCloud := v.index("a gate", e.Gates), v.index("the hub", e.Hub), v.index("the cloud", e.Cloud)
	v.follow(atGates, "the hub", atHub)
	v.follow(atGates, "the cloud", inCloud)
	v.invented("the hub", atHub, atGates)
	v.invented("the cloud", inCloud, atGates)
	v.gapless(e.Gates)
	v.marks(e)
	if e.SetAside > 0 {
		v.find(Lost, "the cloud could not use %d records, and set them aside", e.SetAside)
	}
	scans := v.scans(e.Cloud)
	v.people(e, scans)
	v.tickets(e, scans)
	return v
}

// index is a journal by the ids of its records, each of which it may hold once.
func (v *Verdict) index(where string, lines []Line) map[string]Line {
	out := map[string]Line{}
	for _, l := range lines {
		if _, twice := out[l.ID()]; twice {
			v.find(Duplicated, "%s holds record %s twice", where, l.ID())
		}
		out[l.ID()] = l
	}
	return out
}

// follow looks for every record of the gates in another journal.
func (v *Verdict) follow(gates map[string]Line, where string, journal map[string]Line) {
	for id, l := range gates {
		copied, found := journal[id]
		switch {
		case !found:
			v.find(Lost, "record %s (%s) is in its gate's journal and not in that of %s", id, describe(l), where)
		case !bytes.Equal(l.Raw, copied.Raw):
			v.find(Wrong, "record %s is %s at its gate and %s at %s", id, l.Raw, copied.Raw, where)
		}
	}
}

func (v *Verdict) invented(where string, journal, gates map[string]Line) {
	for id, l := range journal {
		if _, found := gates[id]; !found {
			v.find(Wrong, "%s holds record %s (%s), and its gate has never written it", where, id, describe(l))
		}
	}
}

func describe(l Line) string {
	text := string(l.Type)
	if l.Record != nil && l.Type == wire.Outcome {
		text = string(l.Record.Kind)
	}
	if l.Scan != (admit.ScanID{}) {
		text += " of scan " + l.Scan.String()
	}
	return text
}

// gapless: the records of a run are numbered from 1 without a gap.
func (v *Verdict) gapless(lines []Line) {
	for run, last := range lastSeqs(lines) {
		n := 0
		for _, l := range lines {
			if runOf(l) == run {
				n++
			}
		}
		if uint64(n) != last {
			v.find(Lost, "run %s has %d records and ends with number %d", run, n, last)
		}
	}
}

func runOf(l Line) string { return l.Gate + " " + l.Run.String() }

func lastSeqs(lines []Line) map[string]uint64 {
	last := map[string]uint64{}
	for _, l := range lines {
		last[runOf(l)] = max(last[runOf(l)], l.Seq)
	}
	return last
}

// marks: hub and cloud say that they hold exactly what there is, and no gate believes in more.
func (v *Verdict) marks(e Evidence) {
	last := lastSeqs(e.Gates)
	for _, m := range e.CloudMarks {
		v.same("the cloud's watermark of run "+m.Gate+" "+m.Run.String(), m.Seq, last[m.Gate+" "+m.Run.String()])
	}
	for _, m := range e.HubMarks {
		run := m.Gate + " " + m.Run.String()
		v.same("the hub's watermark of run "+run, m.Held, last[run])
		v.same("the cloud's watermark of run "+run+" as the hub knows it", m.Cloud, last[run])
	}
	v.same("the number of runs that the cloud knows", uint64(len(e.CloudMarks)), uint64(len(last)))
	for name, memory := range e.Memory {
		for _, r := range memory.Runs {
			if end := last[name+" "+r.Run.String()]; r.Hub > end || r.Cloud > end || r.Pruned > 0 {
				v.find(Wrong, "%s remembers that of run %s the hub holds %d, the cloud %d, and %d are deleted; there are %d",
					name, r.Run, r.Hub, r.Cloud, r.Pruned, end)
			}
		}
	}
}

func (v *Verdict) same(what string, got, want uint64) {
	if got != want {
		v.find(Wrong, "%s is %d, not %d", what, got, want)
	}
}

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
		if l.Scan == (admit.ScanID{}) {
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
		v.find(Duplicated, "scan %s was decided %d times: %s", id, len(s.decisions), ids(s.decisions))
	}
	for kind, n := range s.ends {
		if n > 1 {
			v.find(Duplicated, "scan %s ended %d times as %s", id, n, kind)
		}
	}
	if n := s.ends[admit.Passed] + s.ends[admit.Abort] + s.ends[admit.UnknownEnd]; n > 1 {
		v.find(Wrong, "scan %s ended in %d ways: %v", id, n, s.ends)
	}
}

func ids(lines []Line) string {
	var out []string
	for _, l := range lines {
		out = append(out, l.ID())
	}
	return strings.Join(out, ", ")
}

// people: everyone who was told to come in has exactly one admission, at that gate, on their ticket; and nobody is said
// to have passed who did not.
func (v *Verdict) people(e Evidence, scans map[admit.ScanID]*scan) {
	seen := map[admit.ScanID]Person{}
	for _, p := range e.People {
		seen[p.Scan] = p
		if p.Passed {
			v.Entered++
		}
		s := scans[p.Scan]
		if s == nil || len(s.decisions) == 0 {
			v.find(Lost, "somebody was let in at %s by scan %s (passed: %t), and the cloud has nothing of it", p.Gate, p.Scan, p.Passed)
			continue
		}
		v.person(e, p, s)
	}
	for id, s := range scans {
		if p := seen[id]; s.ends[admit.Passed]+s.ends[admit.ForcedPass] > 0 && !p.Passed && !p.Perhaps {
			v.find(Wrong, "scan %s is said to have passed, and nobody did", id)
		}
	}
}

func (v *Verdict) person(e Evidence, p Person, s *scan) {
	d := s.decisions[0]
	right := slices.ContainsFunc(p.Codes, func(code string) bool { return e.Refs[code] == d.Ref })
	if d.Type != wire.Admission || d.Gate != p.Gate || !right || d.Record == nil || d.Record.Offline != p.Offline {
		v.find(Wrong, "somebody was let in at %s by scan %s with %v (offline: %t), and the cloud says %s", p.Gate, p.Scan, p.Codes, p.Offline, d.Raw)
	}
	if p.Passed && s.ends[admit.Passed]+s.ends[admit.ForcedPass]+s.ends[admit.UnknownEnd] == 0 {
		v.find(Lost, "somebody passed at %s by scan %s, and the cloud knows of no passage: %v", p.Gate, p.Scan, s.ends)
	}
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
		v.ticket(ref, lines, scans)
		if len(lines) > 1 {
			v.Doubles++
			v.conflict(e, lines)
			want[conflictKey(scansOf(lines))] = true
		}
	}
	for _, c := range e.Conflicts {
		if !want[conflictKey(c)] {
			v.find(Wrong, "the hub shows a conflict of scans %v that is none", c)
		}
	}
}

func (v *Verdict) tally(e Evidence, l Line, s *scan) {
	switch {
	case !l.Record.Offline:
		v.Granted++
	case e.Strict[l.Gate]:
		v.find(Wrong, "the strict gate %s let somebody in without its arbiter: record %s", l.Gate, l.ID())
	default:
		v.Alone++
	}
	if s.ends[admit.UnknownEnd] > 0 {
		v.Uncertain++
	}
}

func (v *Verdict) ticket(ref whitelist.Ref, lines []Line, scans map[admit.ScanID]*scan) {
	byGate, granted := map[string]int{}, 0
	for _, l := range lines {
		byGate[l.Gate]++
		if !l.Record.Offline && scans[l.Scan].ends[admit.ForcedPass] == 0 {
			granted++
		}
	}
	if granted > 1 {
		v.find(Duplicated, "ticket %s was let in %d times by the arbiter: %s", ref, granted, ids(lines))
	}
	for name, n := range byGate {
		if n > 1 && !slices.ContainsFunc(lines, func(l Line) bool { return scans[l.Scan].ends[admit.ForcedPass] > 0 }) {
			v.find(Duplicated, "ticket %s was let in %d times by %s: %s", ref, n, name, ids(lines))
		}
	}
}

func (v *Verdict) conflict(e Evidence, lines []Line) {
	key, n := conflictKey(scansOf(lines)), 0
	for _, c := range e.Conflicts {
		if conflictKey(c) == key {
			n++
		}
	}
	switch n {
	case 1:
		v.Shown++
	default:
		v.find(Wrong, "ticket %s let in %d people (%s), and %d conflicts name exactly their scans", lines[0].Ref, len(lines), ids(lines), n)
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
