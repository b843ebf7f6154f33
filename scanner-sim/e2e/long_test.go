//go:build e2e

package e2e_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/scanner-sim/e2e"
)

// E2E_SEED and E2E_SECONDS choose another evening.
func TestThreeBadMinutesLoseNothing(t *testing.T) {
	seconds := int(number(t, "E2E_SECONDS", 180))
	r := live(t, e2e.Options{Seed: number(t, "E2E_SEED", uint64(time.Now().UnixNano()%1e6)), Seconds: seconds, Gates: 4, Disks: true})
	for _, kind := range []e2e.Kind{e2e.Kill, e2e.Stall, e2e.Cut, e2e.Slow, e2e.BlackHole, e2e.Full} {
		assert.Positive(t, r.Done[kind], "nothing was hit by %s", kind)
	}
	assert.Positive(t, r.Alone, "no gate was ever alone")
}

// Where every ticket has a home, or the hub alone decides, nobody comes in twice however long the gates can't hear each other.
func TestABadMinuteWhereNoDoorIsFreeLetsNobodyInTwice(t *testing.T) {
	policy := os.Getenv("E2E_POLICY")
	if policy == "" {
		policy = "home"
	}
	r := live(t, e2e.Options{Seed: number(t, "E2E_SEED", uint64(time.Now().UnixNano()%1e6)), Seconds: int(number(t, "E2E_SECONDS", 60)), Gates: 4, Disks: true, Policy: policy})
	if policy == "home" {
		assert.Positive(t, r.Alone, "no gate ever let its own people in alone")
	}
}
