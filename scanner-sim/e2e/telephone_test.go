//go:build e2e

package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
)

func TestATelephoneAsksTheHubThroughTheCloud(t *testing.T) {
	r, err := e2e.Telephone(t.Context(), bin, t.Logf)
	require.NoError(t, err)
	fmt.Println(r.Line())
	assert.Equal(t, "ask already_used by hub", r.AtGateFirst, "refused, unless a supervisor says otherwise")
	assert.Equal(t, "admit ok by hub", r.AtPhoneFirst)
	assert.Equal(t, "already_used", r.GateAfter)
	assert.Equal(t, "hub_away", r.HubGone)
}
