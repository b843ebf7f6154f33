package bolt

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors of Commit that are not the caller's own.
var (
	// ErrFull: the file has reached MaxSize. Nothing was stored, reads go on, and deleting makes room.
	ErrFull = errors.New("the store is full")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("the store is closed")
	// ErrBroken: an earlier write failed. After a failed fsync nobody knows what is on the disk, so nothing more is
	// written until the process starts anew and reads the file again.
	ErrBroken = errors.New("the store stopped after a failed write; restart to read it again")
)

// maxGroup bounds the callers that share one transaction.
const maxGroup = 256

// DB is an open file with one writer at a time: a caller of Commit, who serves whatever waits in one transaction. A
// goroutine of its own for that would cost a lone caller two more switches, and a guest waits behind each.
type DB struct {
	inner         *bbolt.DB
	ahead         *ahead
	aside, damage string

	queue  chan *request
	writer chan struct{} // holds one token while somebody writes
	closed chan struct{} // Close was called
	close  sync.Once

	broken   chan struct{}
	cause    error // set before broken is closed
	commits  atomic.Uint64
	requests atomic.Uint64
}

type request struct {
	do    func(*bbolt.Tx) error
	state atomic.Int32 // waiting -> taken or abandoned
	done  chan error   // one answer, buffered
}

const (
	waiting = iota
	taken
	abandoned
)

func start(inner *bbolt.DB, ahead *ahead, aside string) *DB {
	return &DB{inner: inner, ahead: ahead, aside: aside, queue: make(chan *request, maxGroup), writer: make(chan struct{}, 1),
		closed: make(chan struct{}), broken: make(chan struct{})}
}

// SetAside says where a damaged file was put and what was wrong with it; empty when the file was whole.
func (db *DB) SetAside() (path, damage string) { return db.aside, db.damage }

// View runs read in a read transaction. Keep it short: pages that it can see are not reused meanwhile. A sector that
// cannot be read is an error here, where touching a mapped page would otherwise end the process.
func (db *DB) View(read func(*bbolt.Tx) error) error {
	tx, err := db.inner.Begin(false)
	if err != nil {
		return err
	}
	err = guarded(read, tx)
	return errors.Join(err, tx.Rollback())
}

// Broken is closed when a write failed for good; Err then says how. The program should report it and end.
func (db *DB) Broken() <-chan struct{} { return db.broken }

// Err is the failure that closed Broken, nil before.
func (db *DB) Err() error {
	select {
	case <-db.broken:
		return db.cause
	default:
		return nil
	}
}

// Groups returns how many transactions were committed, and for how many callers.
func (db *DB) Groups() (transactions, callers uint64) { return db.commits.Load(), db.requests.Load() }

// Commit runs do in a transaction shared with whoever else waits, and returns nil only once it is durable. When do
// fails, only its own caller hears of it; the others' work is done again without it, so do may run more than once and
// must change nothing but the transaction. A ctx that ends before the turn comes abandons the work; after that the
// answer is the truth about the disk, however late.
func (db *DB) Commit(ctx context.Context, do func(*bbolt.Tx) error) error {
	req := &request{do: do, done: make(chan error, 1)}
	select {
	case <-db.closed: // first, or a closed store could still take work
		return ErrClosed
	default:
	}
	select {
	case db.queue <- req:
	case <-ctx.Done():
		return ctx.Err()
	case <-db.closed:
		return ErrClosed
	}
	return db.await(ctx, req)
}

// await waits for the answer, and writes for everybody who waits when nobody else does.
func (db *DB) await(ctx context.Context, req *request) error {
	for {
		select {
		case err := <-req.done:
			return err
		case db.writer <- struct{}{}:
			db.turn()
		case <-ctx.Done():
			if req.state.CompareAndSwap(waiting, abandoned) {
				return ctx.Err()
			}
			return <-req.done
		}
	}
}

// turn serves one group and gives the token back. Whoever is left in the queue waits for the token too, so nothing is
// forgotten, and nobody writes for others once they have their own answer.
func (db *DB) turn() {
	defer func() { <-db.writer }()
	select {
	case first := <-db.queue:
		db.serve(db.gather(first))
	default:
	}
}

// Close lets the transaction in hand end, and lets go of the file. Work still waiting gets ErrClosed.
func (db *DB) Close() error {
	db.close.Do(func() { close(db.closed) })
	db.writer <- struct{}{}
	defer func() { <-db.writer }()
	return db.inner.Close()
}

// gather takes whatever waits, without waiting for more: a lone caller pays no delay, a crowd shares one fsync.
func (db *DB) gather(first *request) []*request {
	group := take(nil, first)
	for len(group) < maxGroup {
		select {
		case next := <-db.queue:
			group = take(group, next)
		default:
			return group
		}
	}
	return group
}

func take(group []*request, req *request) []*request {
	if req.state.CompareAndSwap(waiting, taken) {
		return append(group, req)
	}
	return group
}

func (db *DB) serve(group []*request) {
	for len(group) > 0 {
		select {
		case <-db.closed:
			answer(group, ErrClosed)
			return
		default:
		}
		if db.Err() != nil {
			answer(group, fmt.Errorf("%w: %w", ErrBroken, db.cause))
			return
		}
		failed, err := db.try(group)
		if failed < 0 {
			db.settle(group, err)
			return
		}
		group[failed].done <- err
		group = append(group[:failed:failed], group[failed+1:]...)
	}
}

// try runs the group in one transaction. It returns the index of the first request that failed with its error, or -1
// with the outcome of the commit.
func (db *DB) try(group []*request) (failed int, err error) {
	tx, err := db.inner.Begin(true)
	if err != nil {
		return -1, err
	}
	for i, req := range group {
		if err := guarded(req.do, tx); err != nil {
			if err := tx.Rollback(); err != nil {
				return -1, err
			}
			return i, err
		}
	}
	used := tx.Size()
	if err := guarded((*bbolt.Tx).Commit, tx); err != nil {
		_ = guarded((*bbolt.Tx).Rollback, tx) // gives the locks back after a panic; otherwise it is closed already
		return -1, err
	}
	db.ahead.extend(db.inner, used)
	return -1, nil
}

// guarded turns a panic into an error: one caller's bug, or a damaged page, must not end the writer in silence.
func guarded(do func(*bbolt.Tx) error, tx *bbolt.Tx) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return do(tx)
}

func (db *DB) settle(group []*request, err error) {
	switch {
	case err == nil:
		db.commits.Add(1)
		db.requests.Add(uint64(len(group)))
	case errors.Is(err, berrors.ErrMaxSizeReached):
		err = ErrFull
	default:
		db.cause = err
		close(db.broken)
		err = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	answer(group, err)
}

func answer(group []*request, err error) {
	for _, req := range group {
		req.done <- err
	}
}
