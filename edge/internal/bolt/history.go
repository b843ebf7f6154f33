package bolt

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/wire"
)

// A record's history is first read from the record itself, and moved into its own bucket some records later, many at
// once. An admission then writes two pages fewer, and a guest waits for each: histories are sorted by right, so every
// one lies on a page of its own.

// movedKey -> key in events up to which histories have been moved.
var movedKey = []byte("moved")

const (
	moveAt   = 64  // records that wait to be moved
	moveMost = 500 // in one transaction: a scan may be waiting behind it
)

// moveLater begins a move once enough records wait, and not while another one runs.
func (j *Journal) moveLater(records int) {
	if j.waiting.Add(int64(records)) < moveAt || !j.moving.TryLock() {
		return
	}
	j.waiting.Store(0)
	j.background.Go(func() {
		defer j.moving.Unlock()
		_, _ = j.moveSome(context.Background()) // a store that failed tells of itself; the next move does what is left
	})
}

// move moves everything that waits.
func (j *Journal) move(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = j.moveSome(ctx); err != nil {
			return fmt.Errorf("move records into histories: %w", err)
		}
	}
	return nil
}

func (j *Journal) moveSome(ctx context.Context) (more bool, err error) {
	err = j.db.Commit(ctx, func(tx *bbolt.Tx) error {
		var last []byte
		moved := 0
		err := eachUnmoved(tx, func(key, sealed []byte) (bool, error) {
			if err := moveOne(tx, key, sealed); err != nil {
				return false, err
			}
			last = bytes.Clone(key)
			moved++
			return moved < moveMost, nil
		})
		if more = moved == moveMost; err != nil || moved == 0 {
			return err
		}
		return bolt.Put(tx.Bucket(inMemory), movedKey, last)
	})
	return more, err
}

// moveOne passes over a record that is damaged: reading the journal reports it.
func moveOne(tx *bbolt.Tx, key, sealed []byte) error {
	event, err := decodeEvent(key, sealed)
	if err != nil || event.Record == nil {
		return nil //nolint:nilerr // see above
	}
	return putHistory(tx, event.Ref, *event.Record, wire.RightOf(event))
}

// eachUnmoved reads the records whose histories have not been moved, oldest first, while do wants more.
func eachUnmoved(tx *bbolt.Tx, do func(key, sealed []byte) (more bool, err error)) error {
	moved, err := bolt.Get(tx.Bucket(inMemory), movedKey)
	if err != nil {
		moved = nil // all of it again: histories are sets
	}
	c := tx.Bucket(inEvents).Cursor()
	key, sealed := c.Seek(moved)
	if moved != nil && bytes.Equal(key, moved) {
		key, sealed = c.Next()
	}
	for ; key != nil; key, sealed = c.Next() {
		if more, err := do(key, sealed); err != nil || !more {
			return err
		}
	}
	return nil
}
