package reckon

import (
	"bytes"
	"fmt"
	"slices"

	"portaria/edge/admit"
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
	Events     int // records in the cloud
	Entered    int // people who went through
	Doubles    int // tickets that let in more than they may: gates that could not hear each other
	Shown      int // of these, with a conflict that names every scan
	Granted    int // admissions by the arbiter's word
	Alone      int // admissions without it
	Uncertain  int // admissions whose end nobody knows
	Late       int // people who went through after their time, on record as forced passages
	Strays     int // people who went through after a restart of their gate, noted as passages without an admission
	Unknowable int // people whose gate died with their passage before it had written anything more
	Findings   []Finding
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

// Find adds a finding.
func (v *Verdict) Find(kind Trouble, format string, args ...any) {
	v.Findings = append(v.Findings, Finding{kind, fmt.Sprintf(format, args...)})
}

// Compare puts the three journals side by side, record by record, and the people beside them.
func Compare(e Evidence) *Verdict {
	v := &Verdict{Events: len(e.Cloud)}
	e.Gates = append(slices.Clone(e.Gates), v.hubsOwn(e)...)
	atGates, atHub, inCloud := v.index("a gate", e.Gates), v.index("the hub", e.Hub), v.index("the cloud", e.Cloud)
	v.follow(atGates, "the hub", atHub)
	v.follow(atGates, "the cloud", inCloud)
	v.invented("the hub", atHub, atGates)
	v.invented("the cloud", inCloud, atGates)
	v.gapless(e.Gates)
	v.marks(e)
	if e.SetAside > 0 {
		v.Find(Lost, "the cloud could not use %d records, and set them aside", e.SetAside)
	}
	scans := v.scans(e.Cloud)
	v.people(e, scans)
	v.tickets(e, scans)
	return v
}

// hubsOwn are the records that a hub writes itself. Where no disk is lost they can only say that the token of a right has
// come to the hub, because the gate that was granted it has lost the outcome; all else would be hearsay of nobody.
func (v *Verdict) hubsOwn(e Evidence) (own []Line) {
	for _, l := range e.Hub {
		if l.Gate != e.HubName {
			continue
		}
		own = append(own, l)
		if l.Type != wire.Heard || l.Record == nil || l.Record.Kind != admit.Surrender || l.Record.Gate != "" {
			v.Find(Wrong, "the hub has written down hearsay, though nobody has lost a disk: %s", l.Raw)
		}
	}
	return own
}

// index is a journal by the ids of its records, each of which it may hold once.
func (v *Verdict) index(where string, lines []Line) map[string]Line {
	out := map[string]Line{}
	for _, l := range lines {
		if _, twice := out[l.ID()]; twice {
			v.Find(Duplicated, "%s holds record %s twice", where, l.ID())
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
			v.Find(Lost, "record %s (%s) is in its gate's journal and not in that of %s", id, describe(l), where)
		case !bytes.Equal(l.Raw, copied.Raw):
			v.Find(Wrong, "record %s is %s at its gate and %s at %s", id, l.Raw, copied.Raw, where)
		}
	}
}

func (v *Verdict) invented(where string, journal, gates map[string]Line) {
	for id, l := range journal {
		if _, found := gates[id]; !found {
			v.Find(Wrong, "%s holds record %s (%s), and its gate has never written it", where, id, describe(l))
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
			v.Find(Lost, "run %s has %d records and ends with number %d", run, n, last)
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
				v.Find(Wrong, "%s remembers that of run %s the hub holds %d, the cloud %d, and %d are deleted; there are %d",
					name, r.Run, r.Hub, r.Cloud, r.Pruned, end)
			}
		}
	}
}

func (v *Verdict) same(what string, got, want uint64) {
	if got != want {
		v.Find(Wrong, "%s is %d, not %d", what, got, want)
	}
}
