package wire_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// saidOf is what anybody may say of a right, also a gate that lies.
func saidOf(rng *rand.Rand) wire.Right {
	uses := []whitelist.Use{"", whitelist.UseSingle, whitelist.UseDaily, whitelist.UseReentr, "weekly", "yearly"}
	numbers := []int{math.MinInt, -1, 0, 1, 2, 3, 255, 256, math.MaxInt}
	number := func() int { return numbers[rng.IntN(len(numbers))] }
	return wire.Right{Event: ticket.EventID{byte(rng.IntN(3))}, Kind: uint16(rng.UintN(3)), Terms: admit.Terms{Use: uses[rng.IntN(len(uses))],
		Uses: number(), Group: number(), ReentryAfter: number(), Inner: []string{"", "box"}[rng.IntN(2)]}}
}

func learnt(words ...wire.Right) (r wire.Right) {
	for _, w := range words {
		r = r.Join(w)
	}
	return r
}

func TestWhatARightAllowsDependsOnWhatWasSaidAndNotOnTheOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, b, c := saidOf(rng), saidOf(rng), saidOf(rng)
		require.Equal(t, a.Join(b), b.Join(a), "%v, %v", a, b)
		require.Equal(t, a.Join(b).Join(c), a.Join(b.Join(c)), "%v, %v, %v", a, b, c)
		require.Equal(t, learnt(a, b, c), learnt(c, a, b), "%v, %v, %v", a, b, c)
		require.Equal(t, learnt(a, b), learnt(a, b, a, b, a), "said again: %v, %v", a, b)
		require.Equal(t, learnt(a), learnt(wire.Right{}, a, wire.Right{}), "nothing said: %v", a)
	}
}

func TestNoWordMakesARightAllowLess(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		known, word := learnt(saidOf(rng)), saidOf(rng)
		both := known.Join(word)
		require.GreaterOrEqual(t, both.Terms.Allowed(), known.Terms.Allowed(), "%v, %v", known, word)
		require.GreaterOrEqual(t, both.Terms.Allowed(), learnt(word).Terms.Allowed(), "%v, %v", known, word)
		require.LessOrEqual(t, both.Terms.Allowed(), 255*255)
		require.Empty(t, both.Terms.Inner)
	}
}

func TestASignatureTakesNothingFromWhatAListSays(t *testing.T) {
	listed := wire.Right{Event: ticket.EventID{1}, Kind: 4, Terms: admit.Terms{Use: whitelist.UseReentr, Uses: 1, Group: 2, ReentryAfter: 15}}
	signed := listed
	signed.Terms.Group = 1
	assert.Equal(t, listed, listed.Join(signed))
	assert.Equal(t, listed, signed.Join(listed))
}
