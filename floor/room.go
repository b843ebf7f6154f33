package floor

import "sync"

// underWay bounds the batches of gates that are on their way to the disk beyond one of each: enough that a gate that
// catches up has its share of each transaction, and few enough that a claim, which waits for the transactions before its
// own, is not late.
const underWay = 64

// room is how many batches may be under way. Each gate always has room for one, whatever the others send.
type room struct {
	mu     sync.Mutex
	freed  *sync.Cond
	left   int            // beyond the first of each gate
	of     map[string]int // batches under way
	closed bool
}

func newRoom() *room {
	r := &room{left: underWay, of: map[string]int{}}
	r.freed = sync.NewCond(&r.mu)
	return r
}

// enter waits for room; false when there will be none any more.
func (r *room) enter(gate string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.of[gate] > 0 && r.left == 0 && !r.closed {
		r.freed.Wait()
	}
	if r.closed {
		return false
	}
	if r.of[gate] > 0 {
		r.left--
	}
	r.of[gate]++
	return true
}

func (r *room) leave(gate string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of[gate]--; r.of[gate] > 0 {
		r.left++
	} else {
		delete(r.of, gate)
	}
	r.freed.Broadcast()
}

func (r *room) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.freed.Broadcast()
}
