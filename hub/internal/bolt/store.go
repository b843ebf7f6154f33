// Package bolt keeps what a hub must not lose: the journals of its gates, the history of every right, grants,
// watermarks, and the signed lists.
//
// There are two files: journal.db is written at every entry, lists.db when lists change, so that neither waits for the
// other. Every value has a checksum. The package knows how things are laid out and nothing of what they mean.
package bolt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"go.etcd.io/bbolt"

	"portaria/bolt"
)

// Buckets of journal.db.
var (
	journal = []byte("journal") // gate ‖ 0 ‖ run ‖ seq of the first -> array of wire.Event; see journal.go
	past    = []byte("past")    // number of 8 bytes, as they came -> array of saying: what rights' histories are made of
	grants  = []byte("grants")  // scan -> venue.Grant
	marks   = []byte("marks")   // gate ‖ 0 ‖ run -> venue.Mark
	gates   = []byte("gates")   // name -> venue.Gate
	memory  = []byte("memory")  // "memory" -> venue.Memory, "homes" -> whitelist.Homes
	orders  = []byte("orders")  // "doors" -> wire.Doors
	book    = []byte("book")    // number of 8 bytes -> incident
)

// Buckets of lists.db.
var (
	signed  = []byte("signed")  // "venue", or an event's id -> a signed manifest
	secrets = []byte("secrets") // an event's or venue's id -> list secrets, where the configuration allows it
)

// JournalLimit is how large journal.db may become, in bytes; a commit beyond it gives ErrFull.
const JournalLimit int64 = 8 << 30

// ErrFull is why a commit failed that may succeed later.
var ErrFull = bolt.ErrFull

// Store is an open store.
type Store struct {
	journal, lists *bolt.DB
}

// Open opens or creates the store in a directory. A damaged file is set aside and named in notices: what an operator
// must be told.
func Open(dir string) (s *Store, notices []string, err error) {
	s = &Store{}
	s.journal, notices, err = open(filepath.Join(dir, "journal.db"), int(min(JournalLimit, math.MaxInt)), journal, past, grants, marks, gates, memory, orders, book)
	if err != nil {
		return nil, nil, err
	}
	var more []string
	s.lists, more, err = open(filepath.Join(dir, "lists.db"), 1<<30, signed, secrets)
	if err != nil {
		return nil, nil, errors.Join(err, s.journal.Close())
	}
	return s, append(notices, more...), nil
}

func open(path string, size int, buckets ...[]byte) (*bolt.DB, []string, error) {
	db, err := bolt.Open(path, bolt.Options{MaxSize: size})
	if err != nil {
		return nil, nil, err
	}
	var notices []string
	if aside, damage := db.SetAside(); aside != "" {
		notices = []string{fmt.Sprintf("%s was damaged (%s); it is kept as %s and a new one was begun", path, damage, aside)}
	}
	err = db.Commit(context.Background(), func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("prepare %s: %w", path, err), db.Close())
	}
	return db, notices, nil
}

// Broken is closed when a write to the journal failed for good: the program must end and start anew.
func (s *Store) Broken() <-chan struct{} { return s.journal.Broken() }

// ListsBroken is the same for the lists.
func (s *Store) ListsBroken() <-chan struct{} { return s.lists.Broken() }

// Err is the failure that closed either.
func (s *Store) Err() error { return errors.Join(s.journal.Err(), s.lists.Err()) }

// Close lets go of both files.
func (s *Store) Close() error { return errors.Join(s.journal.Close(), s.lists.Close()) }

// put stores a value as JSON.
func put(b *bbolt.Bucket, key []byte, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.Put(key, bolt.SealOwn(key, raw))
}

// each reads a bucket's values in order of key.
func each[T any](tx *bbolt.Tx, bucket []byte, do func(key []byte, value T) error) error {
	return tx.Bucket(bucket).ForEach(func(key, sealed []byte) error {
		value, err := decode[T](key, sealed)
		if err != nil {
			return fmt.Errorf("read %s: %w", bucket, err)
		}
		return do(key, value)
	})
}

// one reads a value of the memory bucket; what is not there stays as it is.
func one[T any](tx *bbolt.Tx, key []byte, into *T) error {
	sealed := tx.Bucket(memory).Get(key)
	if sealed == nil {
		return nil
	}
	value, err := decode[T](key, sealed)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	*into = value
	return nil
}

func decode[T any](key, sealed []byte) (value T, err error) {
	raw, err := bolt.Unseal(key, sealed)
	if err != nil {
		return value, err
	}
	return value, json.Unmarshal(raw, &value)
}
