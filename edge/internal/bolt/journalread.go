package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Recalled is what a starting gate finds in its journal.
type Recalled struct {
	Memory  gate.Memory
	History map[whitelist.Ref][]admit.Record
	Rights  map[whitelist.Ref]wire.Right // what refs with a history stand for, as far as known
	Intents []wire.Event                 // admissions whose end is not known: no outcome names them but UNKNOWN; oldest first
	Damaged []string                     // what could not be read; to be reported, the gate starts without it
}

// Recall reads what a starting gate needs. Each run's last seq comes from the records themselves: they are the truth,
// and the memory may be older.
func (j *Journal) Recall() (Recalled, error) {
	r := Recalled{History: map[whitelist.Ref][]admit.Record{}, Rights: map[whitelist.Ref]wire.Right{}}
	err := j.db.View(func(tx *bbolt.Tx) error {
		if err := errors.Join(r.history(tx.Bucket(inHistory)), r.unmoved(tx)); err != nil {
			return err
		}
		r.memory(tx)
		r.runs(tx.Bucket(inEvents))
		return r.intents(tx)
	})
	if err != nil {
		return Recalled{}, fmt.Errorf("read the journal: %w", err)
	}
	return r, nil
}

func (r *Recalled) damage(what string, err error) {
	r.Damaged = append(r.Damaged, fmt.Sprintf("%s: %v", what, err))
}

func (r *Recalled) history(b *bbolt.Bucket) error {
	return b.ForEach(func(key, sealed []byte) error {
		value, err := bolt.Unseal(key, sealed)
		if err != nil {
			r.damage("history", err)
			return nil
		}
		ref, record, right, err := decodeRecord(key, value)
		if err != nil {
			r.damage("history", fmt.Errorf("key %x: %w", key, err))
			return nil
		}
		r.add(ref, record, right)
		return nil
	})
}

func (r *Recalled) add(ref whitelist.Ref, record admit.Record, right *wire.Right) {
	r.History[ref] = append(r.History[ref], record)
	if right != nil {
		r.Rights[ref] = r.Rights[ref].Join(*right)
	}
}

// unmoved adds the histories that are still in the records alone. A history is a set: one that has been moved by now is
// not added twice.
func (r *Recalled) unmoved(tx *bbolt.Tx) error {
	return eachUnmoved(tx, func(key, sealed []byte) (bool, error) {
		event, err := decodeEvent(key, sealed)
		if err != nil {
			r.damage("record", err)
		} else if event.Record != nil && tx.Bucket(inHistory).Get(recordKey(event.Ref, *event.Record)) == nil {
			r.add(event.Ref, *event.Record, wire.RightOf(event))
		}
		return true, nil
	})
}

func (r *Recalled) memory(tx *bbolt.Tx) {
	raw, err := bolt.Get(tx.Bucket(inMemory), memoryKey)
	if raw != nil {
		err = json.Unmarshal(raw, &r.Memory)
	}
	if err != nil {
		r.damage("memory", err)
		r.Memory = gate.Memory{}
	}
}

// runs finds every run that has records and the last seq of each, by jumping from run to run. Starts never falls
// below a run that is there, even when the memory was lost.
func (r *Recalled) runs(b *bbolt.Bucket) {
	for i := range r.Memory.Runs {
		r.Memory.Runs[i].Last = max(lastSeq(b, r.Memory.Runs[i].Run), r.Memory.Runs[i].Cloud, r.Memory.Runs[i].Pruned)
	}
	for run, ok := nextRun(b, wire.Run{}); ok; run, ok = nextRun(b, run) {
		r.Memory.Starts = max(r.Memory.Starts, run.Start)
		if !r.knows(run) {
			r.Memory.Runs = append(r.Memory.Runs, gate.RunMemory{Run: run, Last: lastSeq(b, run)})
		}
	}
}

func (r *Recalled) knows(run wire.Run) bool {
	for _, m := range r.Memory.Runs {
		if m.Run == run {
			return true
		}
	}
	return false
}

func nextRun(b *bbolt.Bucket, after wire.Run) (wire.Run, bool) {
	c := b.Cursor()
	k, _ := c.Seek(eventKey(after, ^uint64(0)))
	if run, _, ok := parseEventKey(k); ok && run == after {
		k, _ = c.Next() // the very last seq there can be
	}
	run, _, ok := parseEventKey(k)
	return run, ok
}

// lastSeq is the newest seq of a run in the journal, 0 when it has no records.
func lastSeq(b *bbolt.Bucket, run wire.Run) uint64 {
	c := b.Cursor()
	k, _ := c.Seek(eventKey(run, ^uint64(0)))
	if k == nil {
		k, _ = c.Last()
	} else if r, _, _ := parseEventKey(k); r != run {
		k, _ = c.Prev()
	}
	if r, seq, ok := parseEventKey(k); ok && r == run {
		return seq
	}
	return 0
}

func (r *Recalled) intents(tx *bbolt.Tx) error {
	keys := map[string]bool{}
	err := tx.Bucket(inOpen).ForEach(func(_, key []byte) error {
		keys[string(key)] = true
		return nil
	})
	if err != nil || len(keys) == 0 {
		return err
	}
	for _, key := range sorted(keys) {
		if event, err := readEvent(tx.Bucket(inEvents), []byte(key)); err != nil {
			r.damage("record", err)
		} else if event != nil {
			r.Intents = append(r.Intents, *event)
		}
	}
	return nil
}

func readEvent(b *bbolt.Bucket, key []byte) (*wire.Event, error) {
	sealed := b.Get(key)
	if sealed == nil {
		return nil, nil
	}
	return decodeEvent(key, sealed)
}

func decodeEvent(key, sealed []byte) (*wire.Event, error) {
	raw, err := bolt.Unseal(key, sealed)
	if err != nil {
		return nil, err
	}
	e, err := wire.DecodeEvent(raw)
	if err != nil {
		return nil, fmt.Errorf("key %x: %w", key, err)
	}
	return &e, nil
}

// Read returns up to limit records of a run from a seq on, without a gap: it stops, with an error, at one that is
// damaged.
func (j *Journal) Read(run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	var events []wire.Event
	err := j.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(inEvents).Cursor()
		for k, sealed := c.Seek(eventKey(run, from)); within(k, run, ^uint64(0)) && len(events) < limit; k, sealed = c.Next() {
			event, err := decodeEvent(k, sealed)
			if err != nil {
				return err
			}
			events = append(events, *event)
		}
		return nil
	})
	if err != nil {
		return events, fmt.Errorf("read run %s from %d: %w", run, from, err)
	}
	return events, nil
}

func sorted(set map[string]bool) []string {
	return slices.Sorted(maps.Keys(set))
}
