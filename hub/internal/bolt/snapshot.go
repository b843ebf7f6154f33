package bolt

import (
	"io"

	"go.etcd.io/bbolt"
)

// Databases are the files of a store.
var Databases = []string{"journal.db", "lists.db"}

// Snapshot reads one of the Databases as it is now, whole, while others go on writing: do gets its size in bytes and the
// copy.
func (s *Store) Snapshot(name string, do func(size int64, from io.WriterTo) error) error {
	db := s.journal
	if name == Databases[1] {
		db = s.lists
	}
	return db.View(func(tx *bbolt.Tx) error { return do(tx.Size(), tx) })
}
