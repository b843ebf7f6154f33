package sim

import (
	"container/heap"
	"math/rand/v2"
)

// kernel is simulated time: what is due next, and the one source of chance.
type kernel struct {
	rng   *rand.Rand
	now   int64 // ms
	count int64
	queue queue
	steps int
}

type due struct {
	at, order int64
	do        func()
}

type queue []due

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(due)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func newKernel(seed uint64) kernel { return kernel{rng: rand.New(rand.NewPCG(seed, 0x706f7274))} }

// after runs do once delay has passed; things due at the same time run in the order they were asked for.
func (k *kernel) after(delay int64, do func()) {
	k.count++
	heap.Push(&k.queue, due{at: k.now + max(delay, 0), order: k.count, do: do})
}

// every runs do until it says false, with a period drawn anew each time.
func (k *kernel) every(from, to int64, do func() bool) {
	k.after(k.between(from, to), func() {
		if do() {
			k.every(from, to, do)
		}
	})
}

// advance runs all that is due until a time, or until stop says so.
func (k *kernel) advance(until int64, stop func() bool) {
	for len(k.queue) > 0 && k.queue[0].at <= until && !stop() {
		next := heap.Pop(&k.queue).(due)
		k.now = next.at
		k.steps++
		next.do()
	}
	k.now = max(k.now, until)
}

func (k *kernel) between(from, to int64) int64 { return from + k.rng.Int64N(max(to-from, 1)) }
func (k *kernel) chance(p float64) bool        { return p > 0 && k.rng.Float64() < p }
func (k *kernel) oneOf(n int) int              { return k.rng.IntN(n) }
