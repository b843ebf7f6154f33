//go:build mutants

package sim_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/scanner-sim/sim"
)

// mostSeeds is how many evenings a mistake may survive.
const mostSeeds = 5_000

// TestEveryMutantIsCaught switches one mistake on after the other, lives evenings under each policy until an invariant
// breaks, and prints how many it took.
func TestEveryMutantIsCaught(t *testing.T) {
	fmt.Printf("%-26s %-8s %-8s %s\n", "mutant", "policy", "seeds", "first violation")
	for _, mutants := range []map[string]*bool{admit.Mutants, gate.Mutants, venue.Mutants, whitelist.Mutants} {
		for _, name := range slices.Sorted(maps.Keys(mutants)) {
			t.Run(name, func(t *testing.T) {
				*mutants[name] = true
				defer func() { *mutants[name] = false }()
				hunt(t, name)
			})
		}
	}
}

// matters are the policies under which a mistake must be noticed, where it is not enough that it is under one.
var matters = map[string][]whitelist.PolicyName{
	"term_ignored": policies, "restore_unnoticed": policies, "skip_recall": {whitelist.Home}, "home_uncompared": {whitelist.Home},
	"homes_move_at_once": {whitelist.Home}, "surrender_at_once": {whitelist.Home},
}

func hunt(t *testing.T, name string) {
	caught, most := false, mostSeeds
	for _, policy := range policies {
		if must := matters[name]; must != nil {
			caught, most = !slices.Contains(must, policy), 500
			if !caught {
				most = mostSeeds
			}
		}
		seeds, broken := firstBroken(sim.Options{Policy: policy, Faults: sim.Usual}, most)
		if broken == "" {
			fmt.Printf("%-26s %-8s %-8s survives\n", name, policy, fmt.Sprintf(">%d", seeds))
			if matters[name] != nil && !caught {
				t.Errorf("%s is not noticed under %s", name, policy)
			}
			continue
		}
		caught, most = true, 500 // under the other policies a shorter look is enough
		fmt.Printf("%-26s %-8s %-8d %s\n", name, policy, seeds, broken)
	}
	if !caught {
		t.Errorf("%s is not noticed in %d evenings under any policy", name, mostSeeds)
	}
}

// firstBroken lives evenings in portions until one breaks, and counts them up to that one.
func firstBroken(options sim.Options, most int) (seeds int, broken string) {
	const portion = 250
	for seeds < most {
		report := sim.RunBatch(context.Background(), sim.Batch{Options: options, First: uint64(seeds) + 1, Seeds: portion})
		if len(report.Failed) > 0 {
			first := report.Failed[0]
			return int(first.Seed), first.Broken
		}
		seeds += portion
	}
	return seeds, ""
}
