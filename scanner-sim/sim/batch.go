package sim

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Batch is many seeds of one kind of evening.
type Batch struct {
	Options Options
	First   uint64
	Seeds   int
	Workers int  // 0 = one for each processor
	Quick   bool // stop at the first violation

	Every    time.Duration // how often Progress hears how far it is
	Progress func(Report)
}

// Report is what became of a batch so far.
type Report struct {
	Seeds  int
	Next   uint64 // every seed of the batch below it has been lived
	Took   time.Duration
	Stats  Stats
	Failed []Outcome      // the first of them, by seed
	Counts map[string]int // of violations, by invariant
}

// mostFailed outcomes are kept.
const mostFailed = 20

// run is a batch under way.
type run struct {
	Batch
	began time.Time
	next  atomic.Int64
	stop  atomic.Bool
	at    []atomic.Int64 // which evening each worker is in, by its number in the batch

	mu    sync.Mutex
	total Report
}

// RunBatch lives all evenings of a batch, each by one worker. Which worker makes no difference to any of them.
func RunBatch(ctx context.Context, b Batch) Report {
	if b.Workers <= 0 {
		b.Workers = runtime.GOMAXPROCS(0)
	}
	r := &run{Batch: b, began: time.Now(), at: make([]atomic.Int64, b.Workers), total: Report{Counts: map[string]int{}}}
	var all sync.WaitGroup
	for i := range b.Workers {
		all.Go(func() { r.work(ctx, &r.at[i]) })
	}
	done := make(chan struct{})
	var telling sync.WaitGroup
	if b.Progress != nil {
		telling.Go(func() { r.tell(done) })
	}
	all.Wait()
	close(done)
	telling.Wait()
	return r.report()
}

func (r *run) work(ctx context.Context, at *atomic.Int64) {
	for !r.stop.Load() && ctx.Err() == nil {
		n := r.next.Add(1) - 1
		at.Store(n)
		if n >= int64(r.Seeds) {
			return
		}
		out := Run(r.First+uint64(n), r.Options)
		r.take(out)
		if r.Quick && out.Broken != "" {
			r.stop.Store(true)
		}
	}
}

func (r *run) tell(done <-chan struct{}) {
	ticks := time.NewTicker(r.Every)
	defer ticks.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticks.C:
			r.Progress(r.report())
		}
	}
}

func (r *run) take(out Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.Seeds++
	r.total.Stats.add(out.Stats)
	if out.Broken == "" {
		return
	}
	name, _, _ := strings.Cut(out.Broken, ":")
	r.total.Counts[name]++
	at, _ := slices.BinarySearchFunc(r.total.Failed, out.Seed, func(o Outcome, seed uint64) int { return cmp.Compare(o.Seed, seed) })
	r.total.Failed = slices.Insert(r.total.Failed, at, out)
	r.total.Failed = r.total.Failed[:min(len(r.total.Failed), mostFailed)]
}

func (r *run) report() Report {
	next := r.next.Load()
	for i := range r.at {
		next = min(next, r.at[i].Load())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	report := r.total
	report.Took, report.Next = time.Since(r.began), r.First+uint64(next)
	report.Stats.Verdicts, report.Counts = maps.Clone(report.Stats.Verdicts), maps.Clone(report.Counts)
	report.Failed = slices.Clone(report.Failed)
	return report
}
