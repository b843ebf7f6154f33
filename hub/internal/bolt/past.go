package bolt

import (
	"slices"

	"go.etcd.io/bbolt"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// What rights' histories are made of is kept in the order in which it came, so that a transaction writes it in one place:
// under its ref each record would lie in another page of the tree, and be two or three pages to write. It is read at the
// start alone, as a whole, and outlives the journal. Stores of programs before this have it by ref too, as history and
// rights; both are read, and what is there stays.

var (
	history = []byte("history") // ref ‖ hash of the record -> admit.Record; of older programs
	rights  = []byte("rights")  // ref -> wire.Right; of older programs
)

// saying is what one record of the journal adds to a right's history.
type saying struct {
	Ref    whitelist.Ref `json:"ref"`
	Right  *wire.Right   `json:"right,omitempty"`
	Record *admit.Record `json:"record,omitempty"`
}

// maxSaid bounds the sayings of one value.
const maxSaid = 64

func appendSaying(said []saying, e *wire.Event) []saying {
	s := saying{Ref: e.Ref, Right: wire.RightOf(e), Record: e.Record}
	if s.Ref == (whitelist.Ref{}) || s.Right == nil && s.Record == nil {
		return said // nobody's: somebody left on a code that is not known
	}
	return append(said, s)
}

func putPast(tx *bbolt.Tx, said []saying) error {
	b := tx.Bucket(past)
	b.FillPercent = full
	for part := range slices.Chunk(said, maxSaid) {
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if err := put(b, numberKey(int64(n)), part); err != nil { //nolint:gosec // from 1
			return err
		}
	}
	return nil
}

func join(boot *venue.Boot, ref whitelist.Ref, said wire.Right) {
	boot.Rights[ref] = boot.Rights[ref].Join(said)
}

// readPast makes histories, and what rights stand for by all that was said.
func readPast(tx *bbolt.Tx, boot *venue.Boot) error {
	learn := func(ref whitelist.Ref, r admit.Record) {
		if ref != (whitelist.Ref{}) && !slices.Contains(boot.History[ref], r) {
			boot.History[ref] = append(boot.History[ref], r)
		}
	}
	if tx.Bucket(history) != nil {
		err := each(tx, history, func(key []byte, r admit.Record) error { learn(whitelist.Ref(key[:whitelist.RefLen]), r); return nil })
		if err != nil {
			return err
		}
	}
	if tx.Bucket(rights) != nil {
		err := each(tx, rights, func(key []byte, r wire.Right) error { join(boot, whitelist.Ref(key), r); return nil })
		if err != nil {
			return err
		}
	}
	return each(tx, past, func(_ []byte, said []saying) error {
		for _, s := range said {
			if s.Right != nil {
				join(boot, s.Ref, *s.Right)
			}
			if s.Record != nil {
				learn(s.Ref, *s.Record)
			}
		}
		return nil
	})
}
