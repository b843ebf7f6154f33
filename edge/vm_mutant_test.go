//go:build vm && mutants

package edge_test

import (
	"os"

	"portaria/edge/gate"
)

// init switches on the mistake that MUTANT names, in the gate that this test runs in its own place.
func init() {
	if mistake := gate.Mutants[os.Getenv("MUTANT")]; mistake != nil && os.Getenv(gateEnv) != "" {
		*mistake = true
	}
}
