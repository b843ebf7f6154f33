package main

import (
	"fmt"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/wire"
)

// record is one journal record of a gate as the cloud has it. Its id is gate, run and seq.
type record struct {
	Gate    string           `json:"gate"`
	Run     string           `json:"run"`
	Seq     uint64           `json:"seq"`
	Type    wire.EventType   `json:"type"`
	Scan    string           `json:"scan"`
	Ref     string           `json:"ref"`
	Reason  admit.Reason     `json:"reason"`
	History admit.RecordKind `json:"history"`
}

// tally is the end of the evening.
type tally struct {
	scanned, admitted, refused int
	lost, duplicated           int
	onTheirWay                 int      // let in, and no record yet that they went through
	wrong                      []string // what should not have happened, a sentence each
}

// good says whether the cloud's records are exactly what the crowd did.
func (t tally) good() bool { return t.lost == 0 && t.duplicated == 0 && len(t.wrong) == 0 }

// compare puts what each person was told beside their label, and beside the cloud's records.
func compare(people []told, records []record) tally {
	t := tally{scanned: len(people)}
	decisions, outcomes := t.sort(records)
	for _, p := range people {
		if p.Admitted {
			t.admitted++
		} else {
			t.refused++
		}
		if !p.Label.Right(p.Admitted, p.Reason) {
			t.fault("person %d, %s, was told %s at %s", p.Number, p.Label, p.Reason, p.Gate)
		}
		t.find(p, decisions[p.Scan.String()], outcomes[p.Scan.String()])
		delete(decisions, p.Scan.String())
	}
	for scan, extra := range decisions {
		t.duplicated += len(extra)
		t.fault("the cloud has a scan %s that nobody made", scan)
	}
	return t
}

// sort lays out decisions and outcomes by scan, and counts what came twice.
func (t *tally) sort(records []record) (decisions, outcomes map[string][]record) {
	decisions, outcomes = map[string][]record{}, map[string][]record{}
	ids, refs := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		id := fmt.Sprintf("%s %s %d", r.Gate, r.Run, r.Seq)
		if ids[id] {
			t.duplicated++
			t.fault("the cloud has record %s twice", id)
		}
		ids[id] = true
		switch r.Type {
		case wire.Admission:
			if refs[r.Ref] {
				t.duplicated++
				t.fault("ticket %s was let in twice", r.Ref)
			}
			refs[r.Ref] = true
			decisions[r.Scan] = append(decisions[r.Scan], r)
		case wire.Refusal:
			decisions[r.Scan] = append(decisions[r.Scan], r)
		case wire.Outcome:
			outcomes[r.Scan] = append(outcomes[r.Scan], r)
		}
	}
	return decisions, outcomes
}

// find compares one person with the records of their scan. Whom a gate saw go through after it had given them up (so slow may
// a computer be) has gone through.
func (t *tally) find(p told, decided, outcomes []record) {
	if len(decided) == 0 {
		t.lost++
		t.fault("the cloud has nothing of person %d, told %s at %s", p.Number, p.Reason, p.Gate)
		return
	}
	if len(decided) > 1 {
		t.duplicated += len(decided) - 1
		t.fault("the cloud has person %d %d times", p.Number, len(decided))
	}
	r := decided[0]
	if r.Gate != p.Gate || r.Reason != p.Reason || (r.Type == wire.Admission) != p.Admitted {
		t.fault("person %d was told %s at %s, and the cloud has %s %s at %s", p.Number, p.Reason, p.Gate, r.Type, r.Reason, r.Gate)
	}
	passed := slices.ContainsFunc(outcomes, func(r record) bool { return r.History == admit.Passed || r.History == admit.ForcedPass })
	if p.Admitted && !passed {
		t.onTheirWay++
	}
	if p.Admitted != passed {
		t.fault("person %d: let in is %t, gone through is %t", p.Number, p.Admitted, passed)
	}
}

func (t *tally) fault(format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}
