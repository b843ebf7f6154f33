package bolt

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/wire"
)

var doorsKey = []byte("doors")

// Incidents reads the book of incidents, by number.
func (s *Store) Incidents() (out [][]byte, err error) {
	err = s.journal.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(book).ForEach(func(key, sealed []byte) error {
			raw, err := bolt.Unseal(key, sealed)
			out = append(out, append([]byte(nil), raw...))
			return err
		})
	})
	return out, err
}

// SetIncidents keeps some incidents and deletes others, in one transaction.
func (s *Store) SetIncidents(ctx context.Context, put map[int64][]byte, drop []int64) error {
	return s.journal.Commit(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(book)
		for number, raw := range put {
			if err := bolt.Put(b, numberKey(number), raw); err != nil {
				return err
			}
		}
		for _, number := range drop {
			if err := b.Delete(numberKey(number)); err != nil {
				return err
			}
		}
		return nil
	})
}

func numberKey(number int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(number)) //nolint:gosec // from 1
}

// Orders reads the orders about doors in force; none is no error.
func (s *Store) Orders() (d wire.Doors, err error) {
	err = s.journal.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(orders).Get(doorsKey) == nil {
			return nil
		}
		raw, err := bolt.Get(tx.Bucket(orders), doorsKey)
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &d)
	})
	if err != nil {
		return d, fmt.Errorf("read the orders about doors: %w", err)
	}
	return d, nil
}

// SetOrders keeps the orders about doors.
func (s *Store) SetOrders(ctx context.Context, d wire.Doors) error {
	return s.journal.Commit(ctx, func(tx *bbolt.Tx) error { return put(tx.Bucket(orders), doorsKey, d) })
}
