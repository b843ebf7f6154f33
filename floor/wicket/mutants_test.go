//go:build mutants

package wicket_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/floor/wicket"
)

// TestEachMutantSpoilsAnEvening switches one mistake on at a time: evenings that nobody can spoil prove nothing.
func TestEachMutantSpoilsAnEvening(t *testing.T) {
	most := number("WICKET_SEEDS", 1200)
	for _, name := range slices.Sorted(maps.Keys(wicket.Mutants)) {
		t.Run(name, func(t *testing.T) {
			*wicket.Mutants[name] = true
			defer func() { *wicket.Mutants[name] = false }()
			for seed := uint64(1); seed <= most; seed++ {
				if faults := lived(t, seed).truth.faults; len(faults) > 0 {
					t.Logf("caught by evening %d: %s", seed, faults[0])
					return
				}
			}
			assert.Fail(t, "no evening notices", "%d evenings", most)
		})
	}
}
