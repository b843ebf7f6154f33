package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var (
	memoryKey = []byte("memory")
	homesKey  = []byte("homes")
)

// Boot reads what a starting arbiter needs. Hub and Run are the caller's to fill in.
func (s *Store) Boot() (venue.Boot, error) {
	boot := venue.Boot{History: map[whitelist.Ref][]admit.Record{}, Rights: map[whitelist.Ref]wire.Right{}}
	err := s.journal.View(func(tx *bbolt.Tx) error {
		return errors.Join(
			one(tx, memoryKey, &boot.Memory),
			one(tx, homesKey, &boot.Homes),
			each(tx, gates, func(_ []byte, g venue.Gate) error { boot.Gates = append(boot.Gates, g); return nil }),
			each(tx, marks, func(_ []byte, m venue.Mark) error { boot.Marks = append(boot.Marks, m); return nil }),
			each(tx, grants, func(_ []byte, g venue.Grant) error { boot.Grants = append(boot.Grants, g); return nil }),
			each(tx, rights, func(key []byte, r wire.Right) error { boot.Rights[whitelist.Ref(key)] = r; return nil }),
			each(tx, history, func(key []byte, r admit.Record) error {
				ref := whitelist.Ref(key[:whitelist.RefLen])
				boot.History[ref] = append(boot.History[ref], r)
				return nil
			}),
		)
	})
	if err != nil {
		return venue.Boot{}, fmt.Errorf("read the hub's store: %w", err)
	}
	return boot, nil
}

// full is how much of a page the journal uses: each run grows at its end only, so room in its middle is never needed.
const full = 0.95

// Commit makes all of these durable in one transaction, in order.
func (s *Store) Commit(ctx context.Context, commits []venue.Commit) error {
	err := s.journal.Commit(ctx, func(tx *bbolt.Tx) error {
		tx.Bucket(journal).FillPercent = full
		for _, c := range commits {
			if err := write(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store %d changes: %w", len(commits), err)
	}
	return nil
}

func write(tx *bbolt.Tx, c venue.Commit) error {
	for _, e := range c.Events {
		if err := writeEvent(tx, e); err != nil {
			return err
		}
	}
	for _, g := range c.Grants {
		if err := put(tx.Bucket(grants), g.Scan[:], g); err != nil {
			return err
		}
	}
	for _, scan := range c.Closed {
		if err := tx.Bucket(grants).Delete(scan[:]); err != nil {
			return err
		}
	}
	for _, m := range c.Marks {
		if err := put(tx.Bucket(marks), runKey(m.Gate, m.Run), m); err != nil {
			return err
		}
	}
	for _, g := range c.Gates {
		if err := put(tx.Bucket(gates), []byte(g.Name), g); err != nil {
			return err
		}
	}
	if c.Homes != nil {
		if err := put(tx.Bucket(memory), homesKey, c.Homes); err != nil {
			return err
		}
	}
	return put(tx.Bucket(memory), memoryKey, c.Memory)
}

func writeEvent(tx *bbolt.Tx, e wire.Event) error {
	if err := put(tx.Bucket(journal), seqKey(e.Gate, e.Run, e.Seq), e); err != nil {
		return err
	}
	if what := wire.RightOf(&e); what != nil {
		if err := put(tx.Bucket(rights), e.Ref[:], what); err != nil {
			return err
		}
	}
	if e.Record == nil {
		return nil
	}
	return writeRecord(tx, e.Ref, e.Record)
}

// writeRecord adds to a right's history, which is a set: a record is its own key.
func writeRecord(tx *bbolt.Tx, ref whitelist.Ref, record *admit.Record) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	key := append(append([]byte(nil), ref[:]...), sum[:16]...)
	return bolt.Put(tx.Bucket(history), key, raw)
}

// Journal reads records of a run from a seq on, at most limit.
func (s *Store) Journal(gate string, run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	var out []wire.Event
	err := s.journal.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(journal).Cursor()
		last := seqKey(gate, run, ^uint64(0))
		for key, sealed := c.Seek(seqKey(gate, run, from)); key != nil && len(out) < limit; key, sealed = c.Next() {
			if string(key) > string(last) {
				break
			}
			e, err := decode[wire.Event](key, sealed)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal of gate %s run %s from %d: %w", gate, run, from, err)
	}
	return out, nil
}

// pruneStep bounds one transaction of Prune.
const pruneStep = 5000

// Prune deletes journal records of a run up to a seq. What they added to a history stays.
func (s *Store) Prune(ctx context.Context, gate string, run wire.Run, to uint64) error {
	for more := true; more; {
		err := s.journal.Commit(ctx, func(tx *bbolt.Tx) error {
			keys := upTo(tx.Bucket(journal).Cursor(), seqKey(gate, run, 0), seqKey(gate, run, to))
			for _, key := range keys {
				if err := tx.Bucket(journal).Delete(key); err != nil {
					return err
				}
			}
			more = len(keys) == pruneStep
			return nil
		})
		if err != nil {
			return fmt.Errorf("prune the journal of gate %s run %s to %d: %w", gate, run, to, err)
		}
	}
	return nil
}

// upTo is the first pruneStep keys from first to last.
func upTo(c *bbolt.Cursor, first, last []byte) (keys [][]byte) {
	for key, _ := c.Seek(first); key != nil && string(key) <= string(last) && len(keys) < pruneStep; key, _ = c.Next() {
		keys = append(keys, bytes.Clone(key))
	}
	return keys
}

// runKey needs the 0: no gate's name is then another's beginning.
func runKey(gate string, run wire.Run) []byte {
	key := append([]byte(gate), 0)
	key = binary.BigEndian.AppendUint32(key, run.Start)
	return binary.BigEndian.AppendUint32(key, run.Random)
}

func seqKey(gate string, run wire.Run, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(runKey(gate, run), seq)
}
