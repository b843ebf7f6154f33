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
	Quick  bool   `help:"Stop at the first violation."`
}

// Run lives many simulated evenings with the real protocol cores and counts what broke.
func (c simCommand) Run(ctx context.Context, std streams) error {
	debug.SetGCPercent(3200) // evenings are short-lived: memory is cheaper than marking it
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
		batch := sim.Batch{Options: sim.Options{Policy: policy, Faults: faults, Wire: c.Wire}, First: c.Seed, Seeds: c.Seeds, Quick: c.Quick}
		if c.Trace {
			batch.Options.Trace, batch.Workers = std.out, 1
		}
		report := sim.RunBatch(ctx, batch)
		printReport(std.out, batch.Options, report)
		broken = broken || len(report.Failed) > 0
	}
	if broken {
		return errBroken
	}
	return ctx.Err()
}

func printReport(out io.Writer, o sim.Options, r sim.Report) {
	s := r.Stats
	fmt.Fprintf(out, "%s: %d seeds in %.1f s, %.0f seeds/s, faults %s\n", o.Policy, r.Seeds, r.Took.Seconds(),
		float64(r.Seeds)/r.Took.Seconds(), o.Faults)
	fmt.Fprintf(out, "  events %d, scans %d, passes %d, exits %d, duplicates %d, conflicts %d (%d without a duplicate), pruned %d, old lists refused %d\n",
		s.Steps, s.Scans, s.Passes, s.Exits, s.Duplicates, s.Conflicts, s.FalseConflicts, s.Pruned, s.OldLists)
	fmt.Fprint(out, "  faults")
	for f, n := range s.Faults {
		fmt.Fprintf(out, " %s=%d", sim.Fault(f), n)
	}
	fmt.Fprint(out, "\n  verdicts")
	for _, reason := range byCount(s.Verdicts) {
		fmt.Fprintf(out, " %s=%d", reason, s.Verdicts[reason])
	}
	fmt.Fprintf(out, "\n  violations %v\n", r.Counts)
	for _, f := range r.Failed {
		fmt.Fprintf(out, "  seed %d: %s\n    go run ./scanner-sim/cmd/scanner-sim sim --policy %s --faults %s --seeds 1 --seed %d --trace\n", f.Seed,
			f.Broken, o.Policy, o.Faults, f.Seed)
	}
}

func byCount[K cmp.Ordered](m map[K]int) []K {
	return slices.SortedFunc(maps.Keys(m), func(a, b K) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
}
