package floor

import (
	"context"
	"log/slog"
	"sync"

	"portaria/edge/venue"
)

// reader is the goroutine that reads journals, so that claims don't wait for it. The arbiter has one question open for
// each run at most.
type reader struct {
	store   Store
	recent  *recent
	log     *slog.Logger
	results chan read

	mu    sync.Mutex
	queue []question
	wake  chan struct{}
}

type question struct {
	life int
	venue.ReadJournal
}

// read is what an arbiter that had this life asked for.
type read struct {
	life int
	venue.JournalRead
}

func newReader(store Store, recent *recent, log *slog.Logger) *reader {
	return &reader{store: store, recent: recent, log: log, results: make(chan read), wake: make(chan struct{}, 1)}
}

func (r *reader) add(q question) {
	r.mu.Lock()
	r.queue = append(r.queue, q)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *reader) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		for _, q := range r.take() {
			select {
			case r.results <- r.read(q):
			case <-ctx.Done():
				return
			}
		}
	}
}

func (r *reader) take() []question {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.queue
	r.queue = nil
	return all
}

func (r *reader) read(q question) read {
	if events := r.recent.read(q.Gate, q.Run, q.From, q.Limit); len(events) > 0 {
		return read{q.life, venue.JournalRead{Gate: q.Gate, Run: q.Run, Events: events}}
	}
	events, err := r.store.Journal(q.Gate, q.Run, q.From, q.Limit)
	if err != nil {
		// The arbiter hears of nothing read, and asks again later.
		r.log.Error("the journal could not be read", "gate", q.Gate, "run", q.Run, "from", q.From, "why", err)
	}
	return read{q.life, venue.JournalRead{Gate: q.Gate, Run: q.Run, Events: events}}
}
