package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"portaria/bolt"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Buckets of the journal's file.
var (
	inEvents  = []byte("events")  // run 8 ‖ seq 8 -> JSON of wire.Event
	inHistory = []byte("history") // see record.go; never pruned
	inOpen    = []byte("open")    // scan -> key in events of an admission whose end is not known
	inMemory  = []byte("memory")  // "memory" -> JSON of gate.Memory
)

var memoryKey = []byte("memory")

// Journal is a gate's journal file.
type Journal struct {
	db       *bolt.DB
	salvaged []string // see Salvaged

	waiting    atomic.Int64 // records whose histories have not been moved, see history.go
	moving     sync.Mutex
	background sync.WaitGroup
}

// OpenJournal opens journal.db in dir, or makes it. What a damaged one still held is taken over into the new one.
func OpenJournal(dir string) (*Journal, error) {
	path := filepath.Join(dir, "journal.db")
	db, err := bolt.Open(path, bolt.Options{MaxSize: min(2<<30, math.MaxInt), Prewrite: 16 << 20, Near: true, Check: checkJournal})
	if err != nil {
		return nil, fmt.Errorf("the journal: %w", err)
	}
	j := &Journal{db: db}
	err = db.Commit(context.Background(), func(tx *bbolt.Tx) error {
		if err := makeBuckets(inEvents, inHistory, inOpen, inMemory)(tx); err != nil {
			return err
		}
		return dropPruned(tx)
	})
	if err == nil {
		err = j.salvage(context.Background(), path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the journal: %w", err), db.Close())
	}
	return j, nil
}

func makeBuckets(names ...[]byte) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		for _, name := range names {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	}
}

// Close lets go of the file.
func (j *Journal) Close() error {
	j.background.Wait()
	err := j.move(context.Background())
	if j.Err() != nil {
		err = nil // it has been told why
	}
	return errors.Join(err, j.db.Close())
}

// Broken is closed when the journal can no longer be written.
func (j *Journal) Broken() <-chan struct{} { return j.db.Broken() }

// Err says why Broken was closed.
func (j *Journal) Err() error { return j.db.Err() }

// SetAside says where a damaged journal was put, and what was wrong with it; empty when it was whole.
func (j *Journal) SetAside() (path, damage string) { return j.db.SetAside() }

// Commit makes records, what was learnt of other gates and the memory (nil = as it was) durable, together with
// whatever else waits, or none of them.
func (j *Journal) Commit(ctx context.Context, events []wire.Event, learnt []gate.Remember, memory *gate.Memory) error {
	err := j.db.Commit(ctx, func(tx *bbolt.Tx) error {
		for _, e := range events {
			if err := putEvent(tx, e); err != nil {
				return fmt.Errorf("write record %d of run %s: %w", e.Seq, e.Run, err)
			}
		}
		for _, r := range learnt {
			err := errors.Join(putHistory(tx, r.Ref, r.Record, r.Right), closeOpen(tx.Bucket(inOpen), r.Record))
			if err != nil {
				return fmt.Errorf("write history of %s: %w", r.Ref, err)
			}
		}
		return putMemory(tx, memory)
	})
	if err == nil {
		j.moveLater(len(events))
	}
	return err
}

func putEvent(tx *bbolt.Tx, e wire.Event) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	key := eventKey(e.Run, e.Seq)
	if err := bolt.Put(tx.Bucket(inEvents), key, raw); err != nil {
		return err
	}
	return trackOpen(tx.Bucket(inOpen), e, key)
}

// trackOpen keeps the admissions whose end is not known, so that a start need not read the whole journal. UNKNOWN is no
// end: a supervisor may find it out at this start or a later one, or the person may show the ticket again.
func trackOpen(b *bbolt.Bucket, e wire.Event, key []byte) error {
	if e.Record == nil {
		return nil
	}
	if e.Type == wire.Admission {
		if err := b.Put(e.Scan[:], key); err != nil {
			return err
		}
	}
	return closeOpen(b, *e.Record)
}

// closeOpen forgets an admission whose end a record tells, or whose place a newer scan has taken.
func closeOpen(b *bbolt.Bucket, r admit.Record) error {
	switch {
	case r.Kind == admit.Passed, r.Kind == admit.Abort, r.Kind == admit.ForcedPass:
		return b.Delete(r.Scan[:])
	case r.Resumes != admit.ScanID{}:
		return b.Delete(r.Resumes[:])
	}
	return nil
}

// dropPruned forgets open admissions whose records have been pruned: the cloud has had them for a week, and settles them.
func dropPruned(tx *bbolt.Tx) error {
	open, events := tx.Bucket(inOpen), tx.Bucket(inEvents)
	var gone [][]byte
	err := open.ForEach(func(scan, key []byte) error {
		if events.Get(key) == nil {
			gone = append(gone, bytes.Clone(scan))
		}
		return nil
	})
	for _, scan := range gone {
		err = errors.Join(err, open.Delete(scan))
	}
	return err
}

func putHistory(tx *bbolt.Tx, ref whitelist.Ref, r admit.Record, right *wire.Right) error {
	return bolt.Put(tx.Bucket(inHistory), recordKey(ref, r), encodeRecord(r, right))
}

func putMemory(tx *bbolt.Tx, memory *gate.Memory) error {
	if memory == nil {
		return nil
	}
	raw, err := json.Marshal(memory)
	if err != nil {
		return err
	}
	return bolt.Put(tx.Bucket(inMemory), memoryKey, raw)
}

// Prune deletes the records of a run up to a seq. What they added to histories stays.
func (j *Journal) Prune(ctx context.Context, run wire.Run, to uint64) error {
	if err := j.move(ctx); err != nil {
		return err
	}
	const portion = 500 // bounds the transaction: a scan may be waiting behind it
	for done := false; !done; {
		err := j.db.Commit(ctx, func(tx *bbolt.Tx) (err error) {
			done, err = pruneSome(tx.Bucket(inEvents), run, to, portion)
			return err
		})
		if err != nil {
			return fmt.Errorf("prune run %s to %d: %w", run, to, err)
		}
	}
	return nil
}

func pruneSome(b *bbolt.Bucket, run wire.Run, to uint64, portion int) (done bool, err error) {
	var keys [][]byte
	c := b.Cursor()
	for k, _ := c.Seek(eventKey(run, 0)); within(k, run, to); k, _ = c.Next() {
		if len(keys) == portion {
			break
		}
		keys = append(keys, append([]byte(nil), k...))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return false, err
		}
	}
	return len(keys) < portion, nil
}

func within(key []byte, run wire.Run, to uint64) bool {
	r, seq, ok := parseEventKey(key)
	return ok && r == run && seq <= to
}

func eventKey(run wire.Run, seq uint64) []byte {
	key := binary.BigEndian.AppendUint32(make([]byte, 0, 16), run.Start)
	key = binary.BigEndian.AppendUint32(key, run.Random)
	return binary.BigEndian.AppendUint64(key, seq)
}

func parseEventKey(key []byte) (run wire.Run, seq uint64, ok bool) {
	if len(key) != 16 {
		return run, 0, false
	}
	run = wire.Run{Start: binary.BigEndian.Uint32(key), Random: binary.BigEndian.Uint32(key[4:])}
	return run, binary.BigEndian.Uint64(key[8:]), true
}
