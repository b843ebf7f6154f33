package bolt

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// Salvage is what a journal that was set aside still holds, and what is done about the rest.
type Salvage struct {
	From    string // the damaged file
	Records []wire.Event
	Filled  []wire.Event // notes in place of lost records, so that those behind them are taken by the hub
	History map[string][]byte
	Memory  *gate.Memory // the newest that was found, nil = none
	Runs    []SalvagedRun
	Unread  int64 // bytes that the disk would not give
}

// SalvagedRun is what was found of one run.
type SalvagedRun struct {
	Run         wire.Run
	First, Last uint64
	Found, Lost int // Lost counts those missing between First and Last; what came after Last is not known
}

// maxHole is the longest row of lost records that is filled with notes. A longer one was pruned, long ago, and what is
// seen before it was left on pages out of use.
const maxHole = 5000

// PlanSalvage reads a damaged journal and says what can be taken over. Nothing is changed.
func PlanSalvage(path string) (Salvage, error) {
	s := Salvage{From: path, History: map[string][]byte{}}
	records := map[string]wire.Event{}
	wreck, err := bolt.Salvage(path, func(key, value []byte) error {
		s.take(records, key, value)
		return nil
	})
	if err != nil {
		return Salvage{}, err
	}
	s.Unread = wreck.Unread
	for _, key := range slices.Sorted(maps.Keys(records)) {
		s.Records = append(s.Records, records[key])
	}
	s.examine()
	return s, nil
}

// take sorts one value by what only its own kind can be: buckets have no names on their pages.
func (s *Salvage) take(records map[string]wire.Event, key, value []byte) {
	if run, seq, ok := parseEventKey(key); ok {
		var e wire.Event
		if json.Unmarshal(value, &e) == nil && e.Run == run && e.Seq == seq && seq > 0 {
			records[string(key)] = e
		}
		return
	}
	if bytes.Equal(key, memoryKey) {
		var m gate.Memory
		if json.Unmarshal(value, &m) == nil && (s.Memory == nil || newer(m, *s.Memory)) {
			s.Memory = &m
		}
		return
	}
	if _, _, _, err := decodeRecord(key, value); err == nil {
		s.History[string(key)] = bytes.Clone(value)
	}
}

// newer compares two memories of one gate by what only grows. What the chosen one does not know yet, the hub tells.
func newer(a, b gate.Memory) bool {
	return cmp.Or(cmp.Compare(a.Starts, b.Starts), cmp.Compare(a.Term, b.Term), cmp.Compare(a.Head, b.Head),
		cmp.Compare(progress(a), progress(b))) > 0
}

func progress(m gate.Memory) (sum uint64) {
	for _, r := range m.Runs {
		sum += r.Last + r.Hub
	}
	return sum
}

// examine goes through the records run by run: pruned ones that lay about are dropped, holes are filled.
func (s *Salvage) examine() {
	var kept []wire.Event
	for len(s.Records) > 0 {
		run := s.Records[0].Run
		n := slices.IndexFunc(s.Records, func(e wire.Event) bool { return e.Run != run })
		if n < 0 {
			n = len(s.Records)
		}
		kept = append(kept, s.examineRun(s.pruned(run), s.Records[:n])...)
		s.Records = s.Records[n:]
	}
	s.Records = kept
}

func (s *Salvage) pruned(run wire.Run) uint64 {
	if s.Memory != nil {
		for _, r := range s.Memory.Runs {
			if r.Run == run {
				return r.Pruned
			}
		}
	}
	return 0
}

func (s *Salvage) examineRun(pruned uint64, records []wire.Event) []wire.Event {
	start, next := 0, pruned+1
	for i, e := range records {
		if e.Seq <= pruned {
			start, next = i+1, pruned+1
			continue
		}
		if e.Seq-next > maxHole {
			start = i
		}
		next = e.Seq + 1
	}
	records = records[start:]
	if len(records) == 0 {
		return nil
	}
	first := records[0].Seq
	if first-pruned <= maxHole {
		first = pruned + 1 // lost at the beginning
	}
	found := SalvagedRun{Run: records[0].Run, First: first, Last: records[len(records)-1].Seq, Found: len(records)}
	for _, e := range records {
		for ; first < e.Seq; first++ {
			s.Filled = append(s.Filled, filling(e, first))
			found.Lost++
		}
		first++
	}
	s.Runs = append(s.Runs, found)
	return records
}

// filling takes a lost record's place. Whoever has the record already keeps it: an event id is taken once.
func filling(next wire.Event, seq uint64) wire.Event {
	return wire.Event{Gate: next.Gate, Run: next.Run, Seq: seq, Type: wire.Note, At: next.At, Mono: next.Mono, Clock: next.Clock,
		Text: "a record was lost here: the journal was damaged"}
}

// Report says in sentences what was taken over and what may be missing.
func (s Salvage) Report() []string {
	report := []string{fmt.Sprintf("salvaged %d records of %d runs and %d entries of history from %s", len(s.Records), len(s.Runs),
		len(s.History), filepath.Base(s.From))}
	for _, r := range s.Runs {
		if r.Lost > 0 {
			report = append(report, fmt.Sprintf("start %d: %d records lost between %d and %d", r.Run.Start, r.Lost, r.First, r.Last))
		}
	}
	if n := len(s.Runs); n > 0 {
		report = append(report, fmt.Sprintf("start %d: what came after record %d may be lost", s.Runs[n-1].Run.Start, s.Runs[n-1].Last))
	}
	if s.Memory == nil {
		report = append(report, "what this gate knew of its hub is lost; it asks again")
	}
	if s.Unread > 0 {
		report = append(report, fmt.Sprintf("the disk did not give %d bytes: replace the card", s.Unread))
	}
	return report
}

// salvagePortion bounds one transaction of a takeover, in values.
const salvagePortion = 500

// takeOver writes what was salvaged into this journal, and then that it was, so that a start which dies half way is
// done again by the next.
func (j *Journal) takeOver(ctx context.Context, s Salvage) error {
	records := slices.Concat(s.Records, s.Filled)
	slices.SortFunc(records, func(a, b wire.Event) int {
		return bytes.Compare(eventKey(a.Run, a.Seq), eventKey(b.Run, b.Seq)) // an outcome comes after its admission
	})
	for portion := range slices.Chunk(records, salvagePortion) {
		if err := j.db.Commit(ctx, func(tx *bbolt.Tx) error { return putSalvaged(tx, portion) }); err != nil {
			return err
		}
	}
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(s.History)), salvagePortion) {
		if err := j.db.Commit(ctx, func(tx *bbolt.Tx) error { return putRaw(tx.Bucket(inHistory), keys, s.History) }); err != nil {
			return err
		}
	}
	return j.db.Commit(ctx, func(tx *bbolt.Tx) error {
		known, err := bolt.Get(tx.Bucket(inMemory), memoryKey)
		if err == nil && known == nil { // a journal that has run since knows better
			err = putMemory(tx, s.Memory)
		}
		if err != nil {
			return err
		}
		return bolt.Put(tx.Bucket(inMemory), salvagedKey(s.From), nil)
	})
}

// putSalvaged puts histories in their place at once: these records may be older than those of which that is done.
func putSalvaged(tx *bbolt.Tx, records []wire.Event) error {
	for _, e := range records {
		if err := putEvent(tx, e); err != nil {
			return fmt.Errorf("write record %d of run %s: %w", e.Seq, e.Run, err)
		}
		if e.Record == nil {
			continue
		}
		if err := putHistory(tx, e.Ref, *e.Record, wire.RightOf(&e)); err != nil {
			return fmt.Errorf("write history of %s: %w", e.Ref, err)
		}
	}
	return nil
}

func putRaw(b *bbolt.Bucket, keys []string, values map[string][]byte) error {
	for _, key := range keys {
		if err := bolt.Put(b, []byte(key), values[key]); err != nil {
			return err
		}
	}
	return nil
}

func salvagedKey(from string) []byte { return []byte("salvaged " + filepath.Base(from)) }

// salvage takes over every journal that was set aside beside this one and is not taken over yet. A wreck that cannot
// be read is told, and no reason to keep the gate shut.
func (j *Journal) salvage(ctx context.Context, path string) error {
	wrecks, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		return err
	}
	for _, wreck := range wrecks {
		if done, err := j.salvagedBefore(wreck); err != nil || done {
			j.tell(err)
			continue
		}
		plan, err := PlanSalvage(wreck)
		if err != nil {
			j.tell(err)
			continue
		}
		if err := j.takeOver(ctx, plan); err != nil {
			return fmt.Errorf("take over what %s still held: %w", wreck, err)
		}
		j.salvaged = append(j.salvaged, plan.Report()...)
	}
	return nil
}

func (j *Journal) tell(err error) {
	if err != nil {
		j.salvaged = append(j.salvaged, err.Error())
	}
}

func (j *Journal) salvagedBefore(wreck string) (done bool, err error) {
	err = j.db.View(func(tx *bbolt.Tx) error {
		done = tx.Bucket(inMemory).Get(salvagedKey(wreck)) != nil
		return nil
	})
	return done, err
}

// Salvaged says what was taken over from damaged files when this journal was opened.
func (j *Journal) Salvaged() []string { return j.salvaged }

// checkJournal holds every value to its checksum. A record that is damaged in one place would otherwise be a hole in
// its run, and a damaged history an admission that is forgotten.
func checkJournal(tx *bbolt.Tx) error {
	for _, bucket := range [][]byte{inEvents, inHistory, inMemory} {
		if err := bolt.CheckSums(tx, bucket); err != nil {
			return err
		}
	}
	return nil
}
