package floor

import (
	"context"
	"sync"

	"portaria/edge/venue"
)

// What may share one transaction: others wait for the next, claims among them.
const (
	maxJoined  = 256  // commits
	maxRecords = 2048 // of which a last batch may make more
)

// writer is the goroutine that waits for the disk. Its queue has no bound of its own: each piece of work comes from an
// input whose sender waits, or from a tick.
type writer struct {
	store   Store
	recent  *recent
	results chan result

	mu     sync.Mutex
	queue  []work
	failed int // life whose work is thrown away
	wake   chan struct{}
}

// work is either a commit or a prune.
type work struct {
	life   int
	commit *venue.Commit
	prune  venue.Prune
}

// result is how the transaction with this commit as its last ended.
type result struct {
	life   int
	number uint64
	err    error
}

func newWriter(store Store, recent *recent) *writer {
	return &writer{store: store, recent: recent, results: make(chan result, 16), wake: make(chan struct{}, 1)}
}

func (w *writer) add(work work) {
	w.mu.Lock()
	w.queue = append(w.queue, work)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run works until ctx ends, and then writes what is left.
func (w *writer) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-w.wake:
		}
		for w.once(ctx) {
		}
	}
}

// once takes what waits; false when nothing does.
func (w *writer) once(ctx context.Context) bool {
	life, commits, prune := w.next()
	switch {
	case len(commits) > 0:
		err := w.store.Commit(context.WithoutCancel(ctx), commits)
		if err != nil {
			w.fail(life)
		} else {
			w.recent.keep(commits)
		}
		w.tell(ctx, result{life, commits[len(commits)-1].Number, err})
	case prune != nil:
		// What is left of a failed prune is asked for again; it makes no promise.
		_ = w.store.Prune(ctx, prune.Gate, prune.Run, prune.To)
	default:
		return false
	}
	return true
}

func (w *writer) tell(ctx context.Context, r result) {
	select {
	case w.results <- r:
	case <-ctx.Done():
	}
}

func (w *writer) fail(life int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = life
}

// next takes the commits at the head of the queue, or one prune.
func (w *writer) next() (life int, commits []venue.Commit, prune *venue.Prune) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for records := 0; len(w.queue) > 0 && len(commits) < maxJoined && records < maxRecords; {
		first := w.queue[0]
		switch {
		case first.life <= w.failed:
		case first.commit == nil && len(commits) > 0, len(commits) > 0 && first.life != life:
			return life, commits, nil
		case first.commit == nil:
			w.queue = w.queue[1:]
			return first.life, nil, &first.prune
		default:
			life, commits = first.life, append(commits, *first.commit)
			records += len(first.commit.Events)
		}
		w.queue = w.queue[1:]
	}
	if len(w.queue) == 0 {
		w.queue = nil // give a burst's memory back
	}
	return life, commits, nil
}
