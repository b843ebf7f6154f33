package sim

import (
	"context"
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
}

// Report is what became of a batch.
type Report struct {
	Seeds  int
	Took   time.Duration
	Stats  Stats
	Failed []Outcome      // the first of them, by seed
	Counts map[string]int // of violations, by invariant
}

// mostFailed outcomes are kept.
const mostFailed = 20

// RunBatch lives all evenings of a batch, each by one worker. Which worker makes no difference to any of them.
func RunBatch(ctx context.Context, b Batch) Report {
	workers := b.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	began := time.Now()
	var next atomic.Int64
	var stop atomic.Bool
	parts := make([]Report, workers)
	var all sync.WaitGroup
	for i := range parts {
		all.Go(func() {
			for !stop.Load() && ctx.Err() == nil {
				n := next.Add(1) - 1
				if n >= int64(b.Seeds) {
					return
				}
				out := Run(b.First+uint64(n), b.Options)
				parts[i].take(out)
				if b.Quick && out.Broken != "" {
					stop.Store(true)
				}
			}
		})
	}
	all.Wait()
	total := Report{Counts: map[string]int{}}
	for _, p := range parts {
		total.merge(p)
	}
	slices.SortFunc(total.Failed, func(a, b Outcome) int { return int(int64(a.Seed - b.Seed)) })
	total.Failed = total.Failed[:min(len(total.Failed), mostFailed)]
	total.Took = time.Since(began)
	return total
}

func (r *Report) take(out Outcome) {
	r.Seeds++
	r.Stats.add(out.Stats)
	if out.Broken == "" {
		return
	}
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	name, _, _ := strings.Cut(out.Broken, ":")
	r.Counts[name]++
	if len(r.Failed) < 4*mostFailed {
		r.Failed = append(r.Failed, out)
	}
}

func (r *Report) merge(p Report) {
	r.Seeds += p.Seeds
	r.Stats.add(p.Stats)
	r.Failed = append(r.Failed, p.Failed...)
	for name, n := range p.Counts {
		r.Counts[name] += n
	}
}
