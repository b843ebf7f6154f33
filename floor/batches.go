package floor

import (
	"sync"

	"portaria/edge/venue"
)

// underWay bounds the batches that gates have handed over and that are not durable: enough that they share fsyncs, and
// few enough that a claim, which waits for the transactions before its own, is not late.
const underWay = 64

// batches are what is on its way to the disk.
type batches struct {
	slots chan struct{}
	*failures
}

// failures are the gates whose records did not come to the disk.
type failures struct {
	mu sync.Mutex
	by map[string]error
}

func newBatches() batches {
	return batches{make(chan struct{}, underWay), &failures{by: map[string]error{}}}
}

// hand hands a gate's records over as soon as there is room.
func (f *Floor) hand(input venue.EventsCame) error {
	if err := f.batches.take(input.Gate); err != nil {
		return err
	}
	select {
	case f.batches.slots <- struct{}{}:
	case <-f.ended:
		return ErrStopped
	}
	done := func(err error) {
		f.batches.note(input.Gate, err)
		<-f.batches.slots
	}
	select {
	case f.inbox <- job{input, done}:
		return nil
	case <-f.ended:
		return ErrStopped
	}
}

func (f *failures) note(gate string, err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.by) > 1024 {
		clear(f.by)
	}
	f.by[gate] = err
}

// take returns what became of a gate's records, once.
func (f *failures) take(gate string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.by[gate]
	delete(f.by, gate)
	return err
}
