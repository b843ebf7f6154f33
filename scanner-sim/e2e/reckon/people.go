package reckon

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/wire"
)

// people: everyone who was told to come in has exactly one admission, at that gate, on their ticket; everyone whose
// passage a gate heard is on record; and nobody is said to have passed who did not.
func (v *Verdict) people(e Evidence, scans map[admit.ScanID]*scan) {
	seen := map[admit.ScanID]Person{}
	noted := strays(e.Cloud)
	for _, p := range e.People {
		seen[p.Scan] = p
		if p.Passed {
			v.Entered++
		}
		s := scans[p.Scan]
		if s == nil || len(s.decisions) == 0 {
			v.Find(Lost, "somebody was let in at %s by scan %s (passed: %t), and the cloud has nothing of it", p.Gate, p.Scan, p.Passed)
			continue
		}
		v.person(e, p, s)
		v.passage(e, p, s, noted)
	}
	for id, s := range scans {
		if p := seen[id]; s.ends[admit.Passed]+s.ends[admit.ForcedPass] > 0 && !p.Passed && !p.Perhaps {
			v.Find(Wrong, "scan %s is said to have passed, and nobody did", id)
		}
	}
	v.overcounted(e, noted)
}

func (v *Verdict) person(e Evidence, p Person, s *scan) {
	d := s.decisions[0]
	right := slices.ContainsFunc(p.Codes, func(code string) bool { return e.Refs[code] == d.Ref })
	if d.Type != wire.Admission || d.Gate != p.Gate || !right || d.Record == nil || d.Record.Offline != p.Offline {
		v.Find(Wrong, "somebody was let in at %s by scan %s with %v (offline: %t), and the cloud says %s", p.Gate, p.Scan, p.Codes, p.Offline, d.Raw)
	}
}

// passage: who went through is on record. A process that let them in writes how their scan ended, late or not. One that
// was started after that knows of nobody, and notes that somebody passed without an admission. Only a process that ended
// before it decided on anybody else may have taken what it heard with it: the contact is a pulse that nobody can hold back
// until it is durable.
func (v *Verdict) passage(e Evidence, p Person, s *scan, noted map[string][]wire.Run) {
	if p.Passed && s.ends[admit.ForcedPass] > 0 {
		v.Late++
	}
	if !p.Passed || s.ends[admit.Passed]+s.ends[admit.ForcedPass] > 0 {
		return
	}
	run := s.decisions[0].Run
	switch {
	case p.Restarted && takeLater(noted, p.Gate, run):
		v.Strays++
	case p.CutOff && (p.Restarted || !decidedAfter(e.Cloud, s.decisions[0])):
		v.Unknowable++
	case p.Restarted:
		v.Find(Lost, "somebody passed at %s by scan %s after its process had ended, and the next one noted nobody", p.Gate, p.Scan)
	case s.ends[admit.UnknownEnd] == 0:
		v.Find(Lost, "somebody passed at %s by scan %s, and the cloud knows of no passage: %v", p.Gate, p.Scan, s.ends)
	}
}

// strays are the passages that gates noted without knowing whose, each as the run that noted it.
func strays(cloud []Line) map[string][]wire.Run {
	out := map[string][]wire.Run{}
	for _, l := range cloud {
		if l.Type == wire.Note && l.Text == wire.NoteForced {
			out[l.Gate] = append(out[l.Gate], l.Run)
		}
	}
	return out
}

// takeLater takes one such note of a later run away: it accounts for one person.
func takeLater(noted map[string][]wire.Run, gate string, run wire.Run) bool {
	at := slices.IndexFunc(noted[gate], func(r wire.Run) bool { return r.Start > run.Start })
	if at < 0 {
		return false
	}
	noted[gate] = slices.Delete(noted[gate], at, at+1)
	return true
}

// decidedAfter says whether a run decided on anybody else after a scan's decision.
func decidedAfter(cloud []Line, d Line) bool {
	return slices.ContainsFunc(cloud, func(l Line) bool {
		return runOf(l) == runOf(d) && l.Seq > d.Seq && l.Scan != (admit.ScanID{}) && l.Scan != d.Scan && l.Type != wire.Outcome
	})
}

// overcounted: nobody is left whom a gate noted, but for those whose gate died while they went through.
func (v *Verdict) overcounted(e Evidence, left map[string][]wire.Run) {
	for gate, runs := range left {
		perhaps := 0
		for _, p := range e.People {
			if p.Gate == gate && (p.Perhaps || p.CutOff) {
				perhaps++
			}
		}
		if len(runs) > perhaps {
			v.Find(Wrong, "%s noted %d passages without an admission that nobody made", gate, len(runs)-perhaps)
		}
	}
}
