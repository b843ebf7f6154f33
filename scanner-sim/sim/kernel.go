package sim

import "math/rand/v2"

// kernel is simulated time: what is due next, and the one source of chance.
type kernel struct {
	rng   *rand.Rand
	now   int64 // ms
	count int64
	queue []due // a heap by time, then by order
	steps int
}

type due struct {
	at, order int64
	do        func()
}

func (d due) before(other due) bool {
	return d.at < other.at || d.at == other.at && d.order < other.order
}

func newKernel(seed uint64) kernel {
	return kernel{rng: rand.New(rand.NewPCG(seed, 0x706f7274)), queue: make([]due, 0, 256)}
}

// after runs do once delay has passed; things due at the same time run in the order they were asked for.
func (k *kernel) after(delay int64, do func()) {
	k.count++
	k.queue = append(k.queue, due{at: k.now + max(delay, 0), order: k.count, do: do})
	for i := len(k.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !k.queue[i].before(k.queue[up]) {
			return
		}
		k.queue[i], k.queue[up] = k.queue[up], k.queue[i]
		i = up
	}
}

func (k *kernel) next() due {
	first := k.queue[0]
	n := len(k.queue) - 1
	k.queue[0] = k.queue[n]
	k.queue[n].do = nil
	k.queue = k.queue[:n]
	for i := 0; ; {
		least := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < n && k.queue[down].before(k.queue[least]) {
				least = down
			}
		}
		if least == i {
			return first
		}
		k.queue[i], k.queue[least] = k.queue[least], k.queue[i]
		i = least
	}
}

// advance runs all that is due until a time, or until stop says so.
func (k *kernel) advance(until int64, stop func() bool) {
	for len(k.queue) > 0 && k.queue[0].at <= until && !stop() {
		next := k.next()
		k.now = next.at
		k.steps++
		next.do()
	}
	k.now = max(k.now, until)
}

func (k *kernel) between(from, to int64) int64 { return from + k.rng.Int64N(max(to-from, 1)) }
func (k *kernel) chance(p float64) bool        { return p > 0 && k.rng.Float64() < p }
func (k *kernel) oneOf(n int) int              { return k.rng.IntN(n) }
