package sim_test

import (
	"context"
	"hash/fnv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
	"portaria/scanner-sim/sim"
)

var policies = []whitelist.PolicyName{whitelist.Strict, whitelist.Home, whitelist.Free}

func usual(policy whitelist.PolicyName) sim.Options {
	return sim.Options{Policy: policy, Faults: sim.Usual}
}

func TestEveryInvariantHolds(t *testing.T) {
	for _, policy := range policies {
		t.Run(string(policy), func(t *testing.T) {
			report := sim.RunBatch(context.Background(), sim.Batch{Options: usual(policy), First: 1, Seeds: 200})
			assert.Equal(t, 200, report.Seeds)
			for _, f := range report.Failed {
				t.Errorf("seed %d: %s", f.Seed, f.Broken)
			}
		})
	}
}

func TestAnEveningIsWorthLivingThrough(t *testing.T) {
	s := sim.RunBatch(context.Background(), sim.Batch{Options: usual(whitelist.Free), First: 1, Seeds: 200}).Stats
	assert.Greater(t, s.Passes, 1000, "people come in")
	assert.Greater(t, s.Exits, 100, "and out")
	assert.Greater(t, s.Duplicates, 10, "free gates that can't hear each other let two in on one ticket")
	assert.Greater(t, s.Conflicts, 10, "which is found")
	assert.Positive(t, s.Pruned)
	assert.Positive(t, s.Presumed, "somebody turns round where nothing tells who goes through")
	for f, n := range s.Faults {
		if sim.Usual.Has(sim.Fault(f)) {
			assert.Positive(t, n, "%s happens", sim.Fault(f))
		}
	}
}

func TestNoFaultsNoTrouble(t *testing.T) {
	for _, policy := range policies {
		report := sim.RunBatch(context.Background(), sim.Batch{Options: sim.Options{Policy: policy}, First: 1, Seeds: 50})
		assert.Empty(t, report.Failed)
		assert.Zero(t, report.Stats.Duplicates)
		assert.Zero(t, report.Stats.Conflicts)
	}
}

func TestASeedIsTheSameStoryEveryTime(t *testing.T) {
	for seed := range uint64(20) {
		assert.Equal(t, story(t, seed, false), story(t, seed, false), "seed %d", seed)
	}
}

func TestADayOnEveryClockChangesNothing(t *testing.T) {
	for seed := range uint64(30) {
		o := usual(policies[seed%3])
		today := sim.Run(seed, o)
		o.Later = 24 * 3600 * 1000
		assert.Equal(t, today, sim.Run(seed, o), "seed %d", seed)
	}
}

func TestNothingIsLostOnTheWire(t *testing.T) {
	for seed := range uint64(10) {
		assert.Equal(t, story(t, seed, false), story(t, seed, true), "seed %d", seed)
	}
}

// What keeps a stolen gate in its bounds is in no honest gate's way, whatever fails.
func TestNoHonestGateIsRefused(t *testing.T) {
	for _, policy := range policies {
		o := sim.Options{Policy: policy, Trust: true}
		o.Faults, _ = sim.ParseFaults("all")
		report := sim.RunBatch(context.Background(), sim.Batch{Options: o, First: 7000, Seeds: 100})
		assert.Empty(t, report.Failed, "%s", policy)
	}
}

// story is a seed's whole trace, as a hash.
func story(t *testing.T, seed uint64, wire bool) uint64 {
	t.Helper()
	hash := fnv.New64a()
	o := usual(policies[seed%3])
	o.Trace, o.Wire = hash, wire
	out := sim.Run(seed, o)
	require.Empty(t, out.Broken, "seed %d", seed)
	require.Positive(t, out.Stats.Steps)
	return hash.Sum64()
}

func TestTheOracleSeesWhatADiskThatLiesDoes(t *testing.T) {
	for _, policy := range policies {
		o := usual(policy)
		o.LyingDisks = true
		report := sim.RunBatch(context.Background(), sim.Batch{Options: o, First: 1, Seeds: 50})
		assert.NotEmpty(t, report.Failed, "%s", policy)
	}
}

func TestFaultsAreNamed(t *testing.T) {
	for _, c := range []struct {
		text string
		has  []sim.Fault
		not  []sim.Fault
	}{
		{"all", []sim.Fault{sim.Loss, sim.HubSwapped}, nil},
		{"usual", []sim.Fault{sim.Loss, sim.EqualTerms}, nil},
		{"none", nil, []sim.Fault{sim.Loss, sim.SameTicket}},
		{"gate_crash, clock_step", []sim.Fault{sim.GateCrash, sim.ClockStep}, []sim.Fault{sim.Loss}},
		{"all,-hub_swapped", []sim.Fault{sim.HubDiskLost}, []sim.Fault{sim.HubSwapped}},
	} {
		s, err := sim.ParseFaults(c.text)
		require.NoError(t, err, c.text)
		for _, f := range c.has {
			assert.True(t, s.Has(f), "%s: %s", c.text, f)
		}
		for _, f := range c.not {
			assert.False(t, s.Has(f), "%s: %s", c.text, f)
		}
		again, err := sim.ParseFaults(s.String())
		require.NoError(t, err)
		assert.Equal(t, s, again, c.text)
	}
	_, err := sim.ParseFaults("usual,gremlins")
	assert.ErrorContains(t, err, "gremlins")
}
