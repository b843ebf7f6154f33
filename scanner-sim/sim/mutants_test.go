//go:build mutants

package sim_test

import (
	"context"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/cloud/entry"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/scanner-sim/sim"
)

// mostSeeds is how many evenings a mistake may survive.
const mostSeeds = 5_000

// TestEveryMutantIsCaught switches one mistake on after the other, lives evenings until an invariant breaks, and prints
// how many it took.
func TestEveryMutantIsCaught(t *testing.T) {
	debug.SetGCPercent(1600)
	debug.SetMemoryLimit(1 << 30) // a mistake may fill an evening with messages without end
	fmt.Printf("%-24s %-8s %-6s %s\n", "mutant", "policy", "seeds", "first violation")
	switches := []map[string]*bool{admit.Mutants, gate.Mutants, venue.Mutants, whitelist.Mutants, entry.Mutants}
	hunted := map[string]bool{}
	for _, mutants := range switches {
		for _, name := range slices.Sorted(maps.Keys(mutants)) {
			if hunted[name] {
				continue
			}
			hunted[name] = true
			t.Run(name, func(t *testing.T) {
				set(switches, name, true)
				defer set(switches, name, false)
				hunt(t, name)
			})
		}
	}
}

// set switches a mistake. One that two guards stand against, in two packages, has the same name in both.
func set(switches []map[string]*bool, name string, on bool) {
	for _, mutants := range switches {
		if mutant := mutants[name]; mutant != nil {
			*mutant = on
		}
	}
}

// matters are the policies under which each of these mistakes must be noticed; for the others one policy is enough.
var matters = map[string][]whitelist.PolicyName{
	"term_ignored": policies, "restore_unnoticed": policies, "skip_recall": {whitelist.Home}, "home_uncompared": {whitelist.Home},
	"homes_move_at_once": {whitelist.Home}, "surrender_at_once": {whitelist.Home}, "surrender_old_run": {whitelist.Home},
	"budget_restart": {whitelist.Free}, "recall_for_homes": {whitelist.Home}, "home_unheard": {whitelist.Home},
	"no_take_granted": {whitelist.Home}, "no_take_lost": {whitelist.Home}, "own_surrender_only": {whitelist.Home},
	"run_not_kept": {whitelist.Home}, "homes_undurable": {whitelist.Home},
	"unlisted_unsaid": {whitelist.Home}, "unset_is_open": {whitelist.Free}, "reissued_alone": {whitelist.Free},
}

func hunt(t *testing.T, name string) {
	if must := matters[name]; must != nil {
		for _, policy := range must {
			assert.True(t, caught(name, policy), "%s is not noticed under %s", name, policy)
		}
		return
	}
	assert.True(t, slices.ContainsFunc(policies, func(p whitelist.PolicyName) bool { return caught(name, p) }),
		"%s is not noticed under any policy", name)
}

func caught(name string, policy whitelist.PolicyName) bool {
	report := sim.RunBatch(context.Background(), sim.Batch{Options: sim.Options{Policy: policy, Faults: sim.Usual}, First: 1, Seeds: mostSeeds, Quick: true})
	if len(report.Failed) == 0 {
		fmt.Printf("%-24s %-8s %-6s survives\n", name, policy, fmt.Sprintf(">%d", mostSeeds))
		return false
	}
	first := report.Failed[0] // every seed before it was lived
	fmt.Printf("%-24s %-8s %-6d %s\n", name, policy, first.Seed, first.Broken)
	return true
}
