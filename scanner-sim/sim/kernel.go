package sim

import (
	"math/rand/v2"
	"sync"
)

// kernel is simulated time: what is due next, and the one source of chance.
type kernel struct {
	rng   *rand.Rand
	now   int64 // ms
	count int64
	queue []due // a heap by key, four children to each
	tasks []task
	free  []int32 // places of tasks that are done
	steps int
}

// due is a time and the order of asking in one number, so that a comparison is one instruction.
type due struct {
	key  int64
	task int32
}

const orderBits = 40 // of a key; a thousand milliards of tasks are more than any evening has

// task is something to do later, unless its process has died by then or its cable is cut.
type task struct {
	do      func()
	life    *int // the process number of whom it belongs to, nil = nobody
	process int  // what that was when this was asked for
	on      *cable
}

func newKernel(seed uint64) kernel {
	k := kernel{rng: rand.New(rand.NewPCG(seed, 0x706f7274))}
	if used, ok := spare.Get().(*kernel); ok {
		k.queue, k.tasks, k.free = used.queue[:0], used.tasks[:0], used.free[:0]
	}
	return k
}

// spare are the lists of evenings that are over: the next one need not let its own grow.
var spare sync.Pool

// end gives the lists back.
func (k *kernel) end() {
	clear(k.tasks)
	spare.Put(&kernel{queue: k.queue, tasks: k.tasks, free: k.free})
}

// after runs do once delay has passed; things due at the same time run in the order they were asked for.
func (k *kernel) after(delay int64, do func()) { k.ask(delay, task{do: do}) }

// during is after, while a process still lives.
func (k *kernel) during(life *int, delay int64, do func()) {
	k.ask(delay, task{do: do, life: life, process: *life})
}

func (k *kernel) ask(delay int64, t task) {
	k.count++
	d := due{key: (k.now+max(delay, 0))<<orderBits | k.count, task: k.keep(t)}
	k.queue = append(k.queue, d)
	i := len(k.queue) - 1
	for i > 0 {
		up := (i - 1) / 4
		if k.queue[up].key < d.key {
			break
		}
		k.queue[i] = k.queue[up]
		i = up
	}
	k.queue[i] = d
}

func (k *kernel) keep(t task) int32 {
	if n := len(k.free); n > 0 {
		at := k.free[n-1]
		k.free = k.free[:n-1]
		k.tasks[at] = t
		return at
	}
	k.tasks = append(k.tasks, t)
	return int32(len(k.tasks) - 1)
}

// next takes what is due first.
func (k *kernel) next() (at int64, t task) {
	first := k.queue[0]
	n := len(k.queue) - 1
	last := k.queue[n]
	k.queue = k.queue[:n]
	if n > 0 {
		k.sink(last)
	}
	t = k.tasks[first.task]
	k.tasks[first.task] = task{}
	k.free = append(k.free, first.task)
	return first.key >> orderBits, t
}

// sink puts a task at the top of the heap and lets it find its place.
func (k *kernel) sink(d due) {
	i, n := 0, len(k.queue)
	for {
		least := 4*i + 1
		if least >= n {
			break
		}
		for c := least + 1; c < min(4*i+5, n); c++ {
			if k.queue[c].key < k.queue[least].key {
				least = c
			}
		}
		if d.key < k.queue[least].key {
			break
		}
		k.queue[i] = k.queue[least]
		i = least
	}
	k.queue[i] = d
}

// advance runs all that is due until a time, or until stop says so.
func (k *kernel) advance(until int64, stop func() bool) {
	for len(k.queue) > 0 && k.queue[0].key>>orderBits <= until && !stop() {
		at, t := k.next()
		k.now = at
		k.steps++
		switch {
		case t.life != nil && *t.life != t.process:
		case t.on == nil || t.on.cuts == 0:
			t.do()
		case t.on.stored != nil:
			t.on.stored(t)
		}
	}
	k.now = max(k.now, until)
}

func (k *kernel) between(from, to int64) int64 { return from + k.rng.Int64N(max(to-from, 1)) }
func (k *kernel) chance(p float64) bool        { return p > 0 && k.rng.Float64() < p }
func (k *kernel) oneOf(n int) int              { return k.rng.IntN(n) }
