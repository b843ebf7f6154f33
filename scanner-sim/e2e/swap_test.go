//go:build e2e

package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
)

func TestAHubIsSwappedDuringAnEventWithNothingLost(t *testing.T) {
	const each = 85 // with each person's passage these are over 500 records
	r, err := e2e.Swap(t.Context(), e2e.SwapOptions{Bin: bin, Tickets: each, Say: t.Logf})
	require.NoError(t, err)
	fmt.Println(r.Line())
	assert.Equal(t, 3*each, r.Before)
	assert.Equal(t, 3*each, r.Again, "each is refused by the new hub, those of the gate that is off too")
	assert.Positive(t, r.After)
	assert.EqualValues(t, 2, r.Term)
	assert.EqualValues(t, 2, r.Rival, "the old hub knows who has taken over")
	assert.Positive(t, r.Silent)
	assert.Greater(t, r.Records, 500)
	assert.Zero(t, r.Doubled)
}
