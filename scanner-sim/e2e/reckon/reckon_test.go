package reckon_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/scanner-sim/e2e/reckon"
)

var run = wire.Run{Start: 1, Random: 0xa}

// line is one record of a gate, as everybody stores it.
func line(t *testing.T, e wire.Event) reckon.Line {
	t.Helper()
	e.Run = run
	raw, err := json.Marshal(e)
	require.NoError(t, err)
	return reckon.Line{Event: e, Raw: raw}
}

func entered(t *testing.T, at string, seq uint64, scan byte, offline bool) reckon.Line {
	return line(t, wire.Event{Gate: at, Seq: seq, Type: wire.Admission, Scan: admit.ScanID{scan}, Ref: whitelist.Ref{9},
		Record: &admit.Record{Scan: admit.ScanID{scan}, Kind: admit.Entry, Gate: at, Offline: offline}})
}

func ended(t *testing.T, at string, seq uint64, scan byte, how admit.RecordKind) reckon.Line {
	return line(t, wire.Event{Gate: at, Seq: seq, Type: wire.Outcome, Scan: admit.ScanID{scan}, Ref: whitelist.Ref{9},
		Record: &admit.Record{Scan: admit.ScanID{scan}, Kind: how, Gate: at}})
}

// evening is a true one: one ticket let in at two gates that could not hear each other, and shown as a conflict.
func evening(t *testing.T) reckon.Evidence {
	lines := []reckon.Line{entered(t, "gate-1", 1, 1, false), ended(t, "gate-1", 2, 1, admit.Passed),
		entered(t, "gate-2", 1, 2, true), ended(t, "gate-2", 2, 2, admit.Passed)}
	copied := func() []reckon.Line { return append([]reckon.Line(nil), lines...) }
	return reckon.Evidence{
		People: []reckon.Person{{Gate: "gate-1", Scan: admit.ScanID{1}, Codes: []string{"A"}, Passed: true},
			{Gate: "gate-2", Scan: admit.ScanID{2}, Codes: []string{"A"}, Passed: true, Offline: true}},
		Refs: map[string]whitelist.Ref{"A": {9}}, Strict: map[string]bool{},
		Gates: copied(), Hub: copied(), Cloud: copied(),
		Memory:     map[string]gate.Memory{"gate-1": {Runs: []gate.RunMemory{{Run: run, Hub: 2, Cloud: 1}}}},
		HubMarks:   []venue.Mark{{Gate: "gate-1", Run: run, Held: 2, Cloud: 2}, {Gate: "gate-2", Run: run, Held: 2, Cloud: 2}},
		CloudMarks: []reckon.CloudMark{{Gate: "gate-1", Run: run, Seq: 2}, {Gate: "gate-2", Run: run, Seq: 2}},
		Conflicts: map[string][][]string{"the hub": {{admit.ScanID{2}.String(), admit.ScanID{1}.String()}},
			"the cloud": {{admit.ScanID{1}.String(), admit.ScanID{2}.String()}}},
	}
}

func TestAnEveningThatAddsUpHasNoFindings(t *testing.T) {
	v := reckon.Compare(evening(t))
	assert.Empty(t, v.Findings)
	assert.Equal(t, []int{4, 2, 1, 1, 1, 1}, []int{v.Events, v.Entered, v.Doubles, v.Shown, v.Granted, v.Alone})
}

func TestWhatDoesNotAddUpIsFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  reckon.Trouble
		says  string
		spoil func(t *testing.T, e *reckon.Evidence)
	}{
		{"a record that the cloud lacks", reckon.Lost, "not in that of the cloud", func(_ *testing.T, e *reckon.Evidence) { e.Cloud = e.Cloud[:3] }},
		{"a record that the hub lacks", reckon.Lost, "not in that of the hub", func(_ *testing.T, e *reckon.Evidence) { e.Hub = e.Hub[1:] }},
		{"a record that only the cloud has", reckon.Wrong, "has never written it", func(t *testing.T, e *reckon.Evidence) {
			e.Cloud = append(e.Cloud, ended(t, "gate-1", 3, 1, admit.UnknownEnd))
		}},
		{"a payload that changed on its way", reckon.Wrong, "is {", func(_ *testing.T, e *reckon.Evidence) { e.Cloud[1].Raw = []byte("{}") }},
		{"a record twice", reckon.Duplicated, "twice", func(_ *testing.T, e *reckon.Evidence) { e.Cloud = append(e.Cloud, e.Cloud[3]) }},
		{"a hole in a journal", reckon.Lost, "has 1 records and ends with number 2", func(_ *testing.T, e *reckon.Evidence) {
			e.Gates, e.Hub, e.Cloud = e.Gates[1:], e.Hub[1:], e.Cloud[1:]
		}},
		{"a scan under two numbers", reckon.Duplicated, "decided 2 times", func(t *testing.T, e *reckon.Evidence) {
			again := entered(t, "gate-2", 3, 2, true)
			e.Gates, e.Hub, e.Cloud = append(e.Gates, again), append(e.Hub, again), append(e.Cloud, again)
		}},
		{"a scan with two ends", reckon.Wrong, "ended in 2 ways", func(t *testing.T, e *reckon.Evidence) {
			abort := ended(t, "gate-2", 3, 2, admit.Abort)
			e.Gates, e.Hub, e.Cloud = append(e.Gates, abort), append(e.Hub, abort), append(e.Cloud, abort)
		}},
		{"somebody who passed unrecorded", reckon.Lost, "the cloud has nothing of it", func(_ *testing.T, e *reckon.Evidence) {
			e.People = append(e.People, reckon.Person{Gate: "gate-1", Scan: admit.ScanID{7}, Codes: []string{"A"}, Passed: true})
		}},
		{"a passage that nobody made", reckon.Wrong, "and nobody did", func(_ *testing.T, e *reckon.Evidence) { e.People[0].Passed = false }},
		{"another person's ticket", reckon.Wrong, "and the cloud says", func(_ *testing.T, e *reckon.Evidence) { e.Refs["A"] = whitelist.Ref{8} }},
		{"a watermark that promises too much", reckon.Wrong, "the cloud's watermark of run gate-1 1-0000000a is 3, not 2", func(_ *testing.T, e *reckon.Evidence) { e.CloudMarks[0].Seq = 3 }},
		{"a hub that lags behind", reckon.Wrong, "as the hub knows it is 1, not 2", func(_ *testing.T, e *reckon.Evidence) { e.HubMarks[1].Cloud = 1 }},
		{"a gate that believes in more than there is", reckon.Wrong, "gate-1 remembers", func(_ *testing.T, e *reckon.Evidence) { e.Memory["gate-1"].Runs[0].Hub = 3 }},
		{"a record set aside", reckon.Lost, "set them aside", func(_ *testing.T, e *reckon.Evidence) { e.SetAside = 1 }},
		{"a conflict that nobody is shown", reckon.Wrong, "0 conflicts of the hub name", func(_ *testing.T, e *reckon.Evidence) { e.Conflicts["the hub"] = nil }},
		{"a conflict that misses a scan", reckon.Wrong, "0 conflicts of the cloud name", func(_ *testing.T, e *reckon.Evidence) { e.Conflicts["the cloud"][0] = e.Conflicts["the cloud"][0][:1] }},
		{"a conflict shown twice", reckon.Wrong, "2 conflicts of the hub name", func(_ *testing.T, e *reckon.Evidence) {
			e.Conflicts["the hub"] = append(e.Conflicts["the hub"], e.Conflicts["the hub"][0])
		}},
		{"a conflict that is none", reckon.Wrong, "that is none", func(_ *testing.T, e *reckon.Evidence) {
			e.Conflicts["the hub"] = append(e.Conflicts["the hub"], []string{"07"})
		}},
		{"a strict gate that decided alone", reckon.Wrong, "strict gate gate-2", func(_ *testing.T, e *reckon.Evidence) { e.Strict["gate-2"] = true }},
		{"a ticket let in twice where no door is free", reckon.Duplicated, "and no door is free", func(_ *testing.T, e *reckon.Evidence) { e.Single = true }},
		{"an arbiter that granted twice", reckon.Duplicated, "2 times by the arbiter", func(t *testing.T, e *reckon.Evidence) {
			granted := entered(t, "gate-2", 1, 2, false)
			e.Gates[2], e.Hub[2], e.Cloud[2], e.People[1].Offline = granted, granted, granted, false
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := evening(t)
			c.spoil(t, &e)
			v := reckon.Compare(e)
			assert.Positive(t, v.Count(c.kind), v.Findings)
			said := ""
			for _, f := range v.Findings {
				said += f.Text + "\n"
			}
			assert.Contains(t, said, c.says)
		})
	}
}

// late is an evening on which somebody went through gate-1 after its time, which nobody wrote down.
func late(t *testing.T, p reckon.Person) reckon.Evidence {
	e := evening(t)
	for _, lines := range [][]reckon.Line{e.Gates, e.Hub, e.Cloud} {
		lines[1] = ended(t, "gate-1", 2, 1, admit.Abort)
	}
	p.Gate, p.Scan, p.Codes, p.Passed = "gate-1", admit.ScanID{1}, []string{"A"}, true
	e.People[0], e.Conflicts = p, nil
	return e
}

// also adds a record to every journal. It is of the gate's second process unless of says which.
func also(e *reckon.Evidence, l wire.Event, of uint32) {
	l.Run = wire.Run{Start: of, Random: 0xb}
	if of == run.Start {
		l.Run = run
	}
	raw, _ := json.Marshal(l)
	record := reckon.Line{Event: l, Raw: raw}
	e.Gates, e.Hub, e.Cloud = append(e.Gates, record), append(e.Hub, record), append(e.Cloud, record)
	e.HubMarks, e.CloudMarks = nil, nil
	for _, last := range []reckon.Line{e.Gates[1], e.Gates[3], record} {
		if last.Gate == l.Gate && last.Run == l.Run && last.Seq < l.Seq {
			continue
		}
		e.HubMarks = append(e.HubMarks, venue.Mark{Gate: last.Gate, Run: last.Run, Held: last.Seq, Cloud: last.Seq})
		e.CloudMarks = append(e.CloudMarks, reckon.CloudMark{Gate: last.Gate, Run: last.Run, Seq: last.Seq})
	}
}

func TestALatePassageThatWasHeardIsOnRecord(t *testing.T) {
	noted := wire.Event{Gate: "gate-1", Seq: 1, Type: wire.Note, Lane: 1, Text: wire.NoteForced}
	refused := func(seq uint64) wire.Event {
		return wire.Event{Gate: "gate-1", Seq: seq, Type: wire.Refusal, Scan: admit.ScanID{7}, Reason: admit.Unknown}
	}
	for _, c := range []struct {
		name    string
		person  reckon.Person
		records func(e *reckon.Evidence)
		says    string // of the finding; empty = there is none
	}{
		{"as forced", reckon.Person{}, func(e *reckon.Evidence) { also(e, ended(t, "gate-1", 3, 1, admit.ForcedPass).Event, 1) }, ""},
		{"by nobody", reckon.Person{}, func(*reckon.Evidence) {}, "knows of no passage"},
		{"by nobody, though the gate lived on", reckon.Person{CutOff: true}, func(e *reckon.Evidence) { also(e, refused(3), 1) }, "knows of no passage"},
		{"by nobody, and the gate died at once", reckon.Person{CutOff: true}, func(*reckon.Evidence) {}, ""},
		{"by nobody, and the gate died later", reckon.Person{}, func(e *reckon.Evidence) { also(e, refused(1), 2) }, "knows of no passage"},
		{"as a stray, by the gate's next process", reckon.Person{Restarted: true}, func(e *reckon.Evidence) { also(e, noted, 2) }, ""},
		{"by nobody, and the gate's next process was there", reckon.Person{Restarted: true}, func(e *reckon.Evidence) { also(e, refused(1), 2) }, "the next one noted nobody"},
		{"by another gate", reckon.Person{Restarted: true}, func(e *reckon.Evidence) {
			other := noted
			other.Gate = "gate-3"
			also(e, other, 2)
		}, "the next one noted nobody"},
		{"as a stray, by the process that had let them in", reckon.Person{}, func(e *reckon.Evidence) {
			same := noted
			same.Seq = 3
			also(e, same, 1)
		}, "knows of no passage"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := late(t, c.person)
			c.records(&e)
			said := ""
			for _, f := range reckon.Compare(e).Findings {
				said += string(f.Kind) + ": " + f.Text + "\n"
			}
			if c.says == "" {
				assert.Empty(t, said)
				return
			}
			assert.Contains(t, said, "lost: ")
			assert.Contains(t, said, c.says)
		})
	}
}

func TestAStrayAccountsForOnePerson(t *testing.T) {
	e := late(t, reckon.Person{Restarted: true})
	also(&e, wire.Event{Gate: "gate-1", Seq: 1, Type: wire.Note, Text: wire.NoteForced}, 2)
	assert.Equal(t, 1, reckon.Compare(e).Strays)
	e.People[0].Restarted, e.People[0].Passed = false, false
	assert.Contains(t, reckon.Compare(e).Findings, reckon.Finding{Kind: reckon.Wrong, Text: "gate-1 noted 1 passages without an admission that nobody made"})
}

func TestAGateThatGivesARightAwayDecidesOnNobody(t *testing.T) {
	e := evening(t)
	also(&e, wire.Event{Gate: "gate-1", Seq: 1, Type: wire.Surrender, Scan: admit.ScanID{2}, Ref: whitelist.Ref{9}}, 2)
	assert.Empty(t, reckon.Compare(e).Findings)
}

func TestAHubWritesDownOnlyThatATokenHasCome(t *testing.T) {
	taken := wire.Event{Gate: "hub", Seq: 1, Type: wire.Heard, Scan: admit.ScanID{2}, Ref: whitelist.Ref{9},
		Record: &admit.Record{Scan: admit.ScanID{2}, Kind: admit.Surrender}}
	of := func(record *admit.Record) reckon.Evidence {
		e := evening(t)
		e.HubName = "hub"
		l := taken
		l.Record = record
		gates := e.Gates
		also(&e, l, 2)
		e.Gates = gates
		return e
	}
	assert.Empty(t, reckon.Compare(of(taken.Record)).Findings)
	hearsay := of(&admit.Record{Scan: admit.ScanID{2}, Kind: admit.Entry, Gate: "gate-1"})
	assert.Contains(t, reckon.Compare(hearsay).Findings[0].Text, "hearsay")
	lost := of(taken.Record)
	lost.Cloud = lost.Cloud[:len(lost.Cloud)-1]
	assert.Positive(t, reckon.Compare(lost).Count(reckon.Lost))
}

func TestWhoTurnsBackLeavesTheTicketGood(t *testing.T) {
	e := evening(t)
	for _, lines := range [][]reckon.Line{e.Gates, e.Hub, e.Cloud} {
		lines[1] = ended(t, "gate-1", 2, 1, admit.Abort)
	}
	e.People[0].Passed, e.Conflicts = false, map[string][][]string{"the hub": nil, "the cloud": nil}
	v := reckon.Compare(e)
	assert.Empty(t, v.Findings)
	assert.Zero(t, v.Doubles)
}
