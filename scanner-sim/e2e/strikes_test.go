package e2e_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/scanner-sim/e2e"
)

func TestASeedIsAnEvening(t *testing.T) {
	gates := []string{"gate-1", "gate-2"}
	plan := e2e.Plan(7, time.Minute, gates, []string{"hub"})
	assert.Equal(t, plan, e2e.Plan(7, time.Minute, gates, []string{"hub"}))
	assert.NotEqual(t, plan, e2e.Plan(8, time.Minute, gates, []string{"hub"}))
}

func TestThreeMinutesHaveEverythingInThem(t *testing.T) {
	kinds, targets := map[e2e.Kind]int{}, map[string]int{}
	for _, s := range e2e.Plan(1, 3*time.Minute, []string{"gate-1", "gate-2", "gate-3", "gate-4"}, []string{"hub", "gate-1"}) {
		kinds[s.Kind]++
		targets[s.Target]++
		assert.Less(t, s.At, 3*time.Minute)
		assert.Positive(t, s.For)
	}
	for _, kind := range []e2e.Kind{e2e.Kill, e2e.Stall, e2e.Cut, e2e.Slow, e2e.BlackHole, e2e.Reset, e2e.Slice, e2e.Full} {
		assert.Positive(t, kinds[kind], kind)
	}
	for _, target := range []string{"gate-1", "gate-2", "gate-3", "gate-4", "hub", "cloud", "cloud-cable"} {
		assert.Positive(t, targets[target], target)
	}
}
