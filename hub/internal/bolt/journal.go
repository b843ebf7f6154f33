package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// The journal has a value for each piece: records of one run that follow each other and were stored together. In an
// evening's rush most have one record; after an outage a piece saves what a key, a checksum and a place in the tree cost
// for each. Stores of programs before this have single records, not in an array; both are read, and a program that knows
// single ones only ends at its start with an error.

// maxPiece bounds the records of a piece, so that one record is read without many others.
const maxPiece = 64

// full is how much of a page is used: runs grow at their end only, so room in the middle is never needed.
const full = 1.0

// writeEvents stores the records of all commits, and what they add to histories.
func writeEvents(tx *bbolt.Tx, commits []venue.Commit) error {
	tx.Bucket(journal).FillPercent = full
	var piece []wire.Event
	var said []saying
	for _, c := range commits {
		for _, e := range c.Events {
			if len(piece) == maxPiece || len(piece) > 0 && !follows(&piece[len(piece)-1], &e) {
				if err := putPiece(tx, piece); err != nil {
					return err
				}
				piece = piece[:0]
			}
			piece = append(piece, e)
			said = appendSaying(said, &e)
		}
	}
	return errors.Join(putPiece(tx, piece), putPast(tx, said))
}

func follows(last, e *wire.Event) bool {
	return e.Gate == last.Gate && e.Run == last.Run && e.Seq == last.Seq+1
}

// putPiece never shortens what is there: a longer piece that begins with the same record stays.
func putPiece(tx *bbolt.Tx, piece []wire.Event) error {
	if len(piece) == 0 {
		return nil
	}
	b, key := tx.Bucket(journal), seqKey(piece[0].Gate, piece[0].Run, piece[0].Seq)
	if sealed := b.Get(key); sealed != nil {
		was, err := decodePiece(key, sealed)
		if err != nil || len(was) >= len(piece) {
			return err
		}
	}
	return put(b, key, piece)
}

func decodePiece(key, sealed []byte) (piece []wire.Event, err error) {
	raw, err := bolt.Unseal(key, sealed)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(raw, []byte("[")) {
		e, err := wire.DecodeEvent(raw)
		return []wire.Event{e}, err
	}
	return wire.DecodeEvents(raw)
}

// Journal reads records of a run from a seq on, at most limit.
func (s *Store) Journal(gate string, run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	var out []wire.Event
	err := s.journal.View(func(tx *bbolt.Tx) error {
		c, last, next := tx.Bucket(journal).Cursor(), seqKey(gate, run, ^uint64(0)), from
		for key, sealed := seekPiece(c, gate, run, from); key != nil && bytes.Compare(key, last) <= 0 && len(out) < limit; key, sealed = c.Next() {
			piece, err := decodePiece(key, sealed)
			if err != nil {
				return err
			}
			for _, e := range piece {
				if e.Seq >= next && len(out) < limit {
					out, next = append(out, e), e.Seq+1
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the journal of gate %s run %s from %d: %w", gate, run, from, err)
	}
	return out, nil
}

// seekPiece goes to the piece of a run that may hold a seq: the last that begins before it, or the first of all.
func seekPiece(c *bbolt.Cursor, gate string, run wire.Run, seq uint64) (key, sealed []byte) {
	key, sealed = c.Seek(seqKey(gate, run, seq))
	if bytes.Equal(key, seqKey(gate, run, seq)) {
		return key, sealed
	}
	before, what := c.Prev()
	if key == nil { // nothing comes after it
		before, what = c.Last()
	}
	if len(before) == len(runKey(gate, run))+8 && bytes.HasPrefix(before, runKey(gate, run)) {
		return before, what
	}
	return c.Seek(seqKey(gate, run, seq))
}

// EachEvent reads every record of the journal, run by run, each in order of seq.
func (s *Store) EachEvent(do func(wire.Event)) error {
	return s.journal.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(journal).ForEach(func(key, sealed []byte) error {
			piece, err := decodePiece(key, sealed)
			if err != nil {
				return fmt.Errorf("read %s: %w", journal, err)
			}
			for _, e := range piece {
				do(e)
			}
			return nil
		})
	})
}

// pruneStep bounds one transaction of Prune, in pieces.
const pruneStep = 5000

// Prune deletes journal records of a run up to a seq. What they added to a history stays.
func (s *Store) Prune(ctx context.Context, gate string, run wire.Run, to uint64) error {
	for more := true; more; {
		err := s.journal.Commit(ctx, func(tx *bbolt.Tx) (err error) {
			more, err = pruneSome(tx, gate, run, to)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune the journal of gate %s run %s to %d: %w", gate, run, to, err)
		}
	}
	return nil
}

// pruneSome deletes pieces. Of the last one the records that are not to be pruned stay, under another key; it alone must
// be read: the others end where the next one begins.
func pruneSome(tx *bbolt.Tx, gate string, run wire.Run, to uint64) (more bool, err error) {
	b := tx.Bucket(journal)
	keys := upTo(b.Cursor(), seqKey(gate, run, 0), seqKey(gate, run, to))
	if len(keys) == 0 {
		return false, nil
	}
	if more = len(keys) == pruneStep; more {
		keys = keys[:pruneStep-1]
	}
	var rest []wire.Event
	if !more {
		last := keys[len(keys)-1]
		if rest, err = decodePiece(last, b.Get(last)); err != nil {
			return false, err
		}
		for len(rest) > 0 && rest[0].Seq <= to {
			rest = rest[1:]
		}
	}
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return false, err
		}
	}
	return more, putPiece(tx, rest)
}

// upTo is the first pruneStep keys from first to last.
func upTo(c *bbolt.Cursor, first, last []byte) (keys [][]byte) {
	for key, _ := c.Seek(first); key != nil && bytes.Compare(key, last) <= 0 && len(keys) < pruneStep; key, _ = c.Next() {
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
