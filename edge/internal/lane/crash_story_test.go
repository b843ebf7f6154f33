package lane_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sort"

	"portaria/bolt/powercut"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/lane"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// story is what a lane run said it did, by how many operations of its trace had ended.
type story struct {
	tries  []try
	tried  []int // seen from which each try is known
	acked  []int // seen from which each try is durable
	pulses []pulse
	shown  []lane.Shown // at the end of a life whose journal had failed
	wanted []content    // wanted[k]: what a journal of the first k tries holds
}

type pulse struct {
	seen int
	scan admit.ScanID
}

// content is all that a journal says, in a form that can be compared.
type content [sha256.Size]byte

func (c content) String() string { return fmt.Sprintf("%x", c[:]) }

func tell(ops []powercut.Op) (*story, error) {
	s := &story{}
	for i, op := range ops {
		if op.Kind != powercut.Mark {
			continue
		}
		var m mark
		if err := json.Unmarshal(bytes.TrimSpace(op.Data), &m); err != nil {
			return nil, err
		}
		switch {
		case m.Begin != "":
			if err := s.settle(m.Begin, i+1); err != nil {
				return nil, err
			}
		case m.Try != nil:
			s.tries, s.tried = append(s.tries, *m.Try), append(s.tried, i+1)
		case m.Acked:
			s.acked = append(s.acked, i+1)
		case m.Shown != nil:
			s.shown = append(s.shown, *m.Shown)
		case m.Pulse != nil:
			s.pulses = append(s.pulses, pulse{i + 1, *m.Pulse})
		}
	}
	s.expect()
	return s, nil
}

// settle ends the last life: what it was writing when it was killed was either found by the next life, which then
// builds on it, or it never was.
func (s *story) settle(found string, seen int) error {
	s.expect()
	for n := len(s.tries); n >= len(s.acked); n-- {
		if s.wanted[n].String() != found {
			continue
		}
		s.tries, s.tried = s.tries[:n], s.tried[:n]
		for len(s.acked) < n {
			s.acked = append(s.acked, seen)
		}
		return nil
	}
	return fmt.Errorf("a life began with what the last one did not leave: %d commits durable of %d", len(s.acked), len(s.tries))
}

// expect works out what every number of tries leaves: the records, the fold of them into histories with what was
// learnt from others, and the newest memory.
func (s *story) expect() {
	var events []wire.Event
	history := map[whitelist.Ref][]admit.Record{}
	var memory gate.Memory
	s.wanted = []content{contentOf(nil, history, memory)}
	for _, t := range s.tries {
		for _, e := range t.Events {
			events = append(events, e)
			if e.Record != nil {
				history[e.Ref] = add(history[e.Ref], *e.Record)
			}
		}
		for _, r := range t.Learnt {
			history[r.Ref] = add(history[r.Ref], r.Record)
		}
		if t.Memory != nil {
			memory = *t.Memory
		}
		s.wanted = append(s.wanted, contentOf(events, history, memory))
	}
}

func add(set []admit.Record, r admit.Record) []admit.Record {
	if slices.Contains(set, r) {
		return set
	}
	return append(set, r)
}

func contentOf(events []wire.Event, history map[whitelist.Ref][]admit.Record, memory gate.Memory) content {
	var lines []string
	line := func(what string, v any) {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		lines = append(lines, what+string(raw))
	}
	for _, e := range events {
		line("event ", e)
	}
	for ref, records := range history {
		for _, r := range records {
			line("history "+ref.String()+" ", r)
		}
	}
	slices.Sort(lines)
	memory.Runs = slices.Clone(memory.Runs)
	for i := range memory.Runs {
		memory.Runs[i].Last = 0 // the records say it
	}
	line("memory ", memory)
	h := sha256.New()
	for _, l := range lines {
		h.Write(append([]byte(l), '\n'))
	}
	return content(h.Sum(nil))
}

// at says how many tries were durable, and how many begun, when so many operations of the trace had ended.
func (s *story) at(seen int) (acked, tried int) {
	return sort.SearchInts(s.acked, seen+1), sort.SearchInts(s.tried, seen+1)
}

// check opens what a cut left as a starting gate does, and says what is wrong with it. It says also how many records
// of acknowledged commits are missing.
func (s *story) check(dir string, cut powercut.Cut) (lost int, err error) {
	if cut.Kind != powercut.Absent {
		if err := cut.Image.Save(filepath.Join(dir, "journal.db")); err != nil {
			return 0, err
		}
	}
	acked, tried := s.at(cut.Seen)
	return s.checkJournal(dir, acked, tried, s.pulsed(cut.Seen))
}

func (s *story) pulsed(seen int) (scans []admit.ScanID) {
	for _, p := range s.pulses {
		if p.seen <= seen {
			scans = append(scans, p.scan)
		}
	}
	return scans
}

func (s *story) checkJournal(dir string, acked, tried int, pulsed []admit.ScanID) (lost int, err error) {
	j, err := bolt.OpenJournal(dir)
	if err != nil {
		return 0, err
	}
	defer j.Close()
	if aside, damage := j.SetAside(); aside != "" {
		err = fmt.Errorf("set aside: %s", damage)
	}
	found, events, readErr := readAll(j)
	if err = cmp.Or(err, readErr); err != nil {
		return s.missing(acked, events), err
	}
	if !slices.Contains(s.wanted[acked:tried+1], contentOf(events, found.History, found.Memory)) {
		return s.missing(acked, events), fmt.Errorf("holds neither the %d commits that were durable nor one more: %d records, %d missing", acked, len(events), s.missing(acked, events))
	}
	if err := admissions(events, pulsed); err != nil {
		return 0, err
	}
	return 0, goOn(j, found)
}

// readAll reads every run from its first record to its last.
func readAll(j *bolt.Journal) (found bolt.Recalled, events []wire.Event, err error) {
	if found, err = j.Recall(); err != nil {
		return found, nil, err
	}
	if len(found.Damaged) > 0 {
		return found, nil, fmt.Errorf("damaged: %v", found.Damaged)
	}
	for _, run := range found.Memory.Runs {
		for next := uint64(1); next <= run.Last; {
			part, err := j.Read(run.Run, next, 1000)
			if err != nil || len(part) == 0 {
				return found, events, fmt.Errorf("run %s ends before %d of %d: %w", run.Run, next, run.Last, err)
			}
			for _, e := range part {
				if e.Seq != next {
					return found, events, fmt.Errorf("run %s has %d where %d should be", run.Run, e.Seq, next)
				}
				next++
			}
			events = append(events, part...)
		}
	}
	return found, events, nil
}

// missing counts the records of the first tries that are not there.
func (s *story) missing(acked int, events []wire.Event) (lost int) {
	type id struct {
		run wire.Run
		seq uint64
	}
	there := map[id]bool{}
	for _, e := range events {
		there[id{e.Run, e.Seq}] = true
	}
	for _, t := range s.tries[:acked] {
		for _, e := range t.Events {
			if !there[id{e.Run, e.Seq}] {
				lost++
			}
		}
	}
	return lost
}

// admissions: whoever was let in has a record.
func admissions(events []wire.Event, pulsed []admit.ScanID) error {
	recorded := map[admit.ScanID]bool{}
	for _, e := range events {
		recorded[e.Scan] = true
	}
	for _, scan := range pulsed {
		if !recorded[scan] {
			return fmt.Errorf("scan %s was let in and has no record", scan)
		}
	}
	return nil
}

// goOn starts the gate's core on what was found, and lets it write its first record, in a run that nobody has seen.
func goOn(j *bolt.Journal, found bolt.Recalled) error {
	_, effects := gate.New(gate.Boot{Gate: "g1", Memory: found.Memory, History: found.History, Intents: found.Intents, Random: 99})
	var memory gate.Memory
	var events []wire.Event
	for _, effect := range effects {
		switch e := effect.(type) {
		case gate.Persist:
			memory = e.Memory
		case gate.Commit:
			events = append(events, e.Events...)
		}
	}
	for _, run := range found.Memory.Runs {
		if len(events) == 0 || events[0].Run.Start <= run.Run.Start {
			return fmt.Errorf("the gate does not go on above start %d", run.Run.Start)
		}
	}
	return j.Commit(context.Background(), events, nil, &memory)
}

func textOf(e wire.Event) string {
	raw, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return string(raw)
}
