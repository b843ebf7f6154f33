package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"portaria/edge/whitelist"
	"portaria/scanner-sim/sim"
)

var errBroken = errors.New("an invariant was broken")

type simCommand struct {
	Policy string `help:"Checkpoint policy: strict, home, free or all." enum:"strict,home,free,all" default:"all"`
	Seeds  int    `help:"How many seeds to live." default:"1000"`
	Seed   uint64 `help:"The first seed." default:"1"`
	Faults string `help:"What goes wrong: usual, all, none, or names of faults; a minus leaves one out." default:"usual"`
	Trace  bool   `help:"Tell the story of every seed."`
	Wire   bool   `help:"Encode and read back every message."`
	Trust  bool   `help:"Put before each arbiter the judge that keeps a stolen gate in its bounds: no honest gate may be refused."`
	Quick  bool   `help:"Stop at the first violation."`

	Every time.Duration `help:"How often to say how far it is." default:"30s"`
}

// Run lives many simulated evenings with the real protocol cores and counts what broke.
func (c simCommand) Run(ctx context.Context, std streams) error {
	// Evenings are short-lived, so memory is cheaper than marking it; one that runs wild must not take the machine along.
	debug.SetGCPercent(3200)
	debug.SetMemoryLimit(1 << 30)
	faults, err := sim.ParseFaults(c.Faults)
	if err != nil {
		return err
	}
	policies := []whitelist.PolicyName{whitelist.PolicyName(c.Policy)}
	if c.Policy == "all" {
		policies = []whitelist.PolicyName{whitelist.Strict, whitelist.Home, whitelist.Free}
	}
	broken := false
	for _, policy := range policies {
		batch := c.batch(std, sim.Options{Policy: policy, Faults: faults, Wire: c.Wire, Trust: c.Trust})
		report := sim.RunBatch(ctx, batch)
		printReport(std.out, batch.Options, report)
		broken = broken || len(report.Failed) > 0
		if ctx.Err() != nil {
			return fmt.Errorf("stopped; go on with --policy %s --seed %d --seeds %d: %w", policy, report.Next,
				c.Seeds-int(report.Next-c.Seed), ctx.Err())
		}
	}
	if broken {
		return errBroken
	}
	return nil
}

func (c simCommand) batch(std streams, o sim.Options) sim.Batch {
	b := sim.Batch{Options: o, First: c.Seed, Seeds: c.Seeds, Quick: c.Quick}
	if c.Trace {
		b.Options.Trace, b.Workers = std.out, 1
		return b
	}
	b.Every, b.Progress = c.Every, func(r sim.Report) {
		fmt.Fprintf(std.err, "%s %s: %d of %d seeds, %.0f seeds/s, violations %d; every seed below %d is lived\n", time.Now().UTC().Format(time.TimeOnly),
			o.Policy, r.Seeds, c.Seeds, perSecond(r), total(r.Counts), r.Next)
		for _, f := range r.Failed {
			fmt.Fprintf(std.err, "  seed %d: %s\n", f.Seed, f.Broken)
		}
	}
	return b
}

func perSecond(r sim.Report) float64 { return float64(r.Seeds) / r.Took.Seconds() }

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// printReport says all that matters in the first line.
func printReport(out io.Writer, o sim.Options, r sim.Report) {
	s := r.Stats
	fmt.Fprintf(out, "%s: %d seeds in %.1f s, %.0f seeds/s, %d events, faults (%s)", o.Policy, r.Seeds, r.Took.Seconds(), perSecond(r), s.Steps, o.Faults)
	for f, n := range s.Faults {
		if n > 0 {
			fmt.Fprintf(out, " %s=%d", sim.Fault(f), n)
		}
	}
	fmt.Fprintf(out, ", violations %d %v\n", total(r.Counts), r.Counts)
	fmt.Fprintf(out, "  scans %d, passes %d, exits %d, duplicates %d, conflicts %d (%d without a duplicate), pruned %d, old lists refused %d, evenings without a hub %d\n  verdicts",
		s.Scans, s.Passes, s.Exits, s.Duplicates, s.Conflicts, s.FalseConflicts, s.Pruned, s.OldLists, s.Hubless)
	for _, reason := range byCount(s.Verdicts) {
		fmt.Fprintf(out, " %s=%d", reason, s.Verdicts[reason])
	}
	fmt.Fprintln(out)
	for _, f := range r.Failed {
		fmt.Fprintf(out, "  seed %d: %s\n    go run ./scanner-sim/cmd/scanner-sim sim --policy %s --faults %s --seeds 1 --seed %d --trace\n", f.Seed,
			f.Broken, o.Policy, o.Faults, f.Seed)
	}
}

func byCount[K cmp.Ordered](m map[K]int) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
}
