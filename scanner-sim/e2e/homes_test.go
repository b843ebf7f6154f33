//go:build e2e

package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
)

func TestEveryTicketHasAHomeWithTheHubAndWithoutIt(t *testing.T) {
	const n = 16
	r, err := e2e.Homes(t.Context(), e2e.HomeOptions{Bin: bin, Tickets: n, Say: t.Logf})
	require.NoError(t, err)
	fmt.Println(r.Line())
	assert.Positive(t, r.Recalled, "the hub fetched some tickets from the other gate")
	assert.Less(t, r.Recalled, n, "and not those at home at the gate itself")
	assert.Len(t, r.Alone, 2, "without the hub both gates let their own in")
	assert.Equal(t, n, r.Alone["gate-1"]+r.Alone["gate-2"], "each ticket once")
	assert.Equal(t, n, r.SentOn, "and the other gate says where to go")
	assert.Equal(t, 4*n, r.Again)
	assert.Zero(t, r.Doubled)
}
