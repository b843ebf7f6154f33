//go:build e2e

package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/identity/tpm/tpmtest"
	"portaria/scanner-sim/e2e"
)

func TestAVenueWhoseHubMovesWhoseGateIsStolenAndWhoseRootChangesLosesNobody(t *testing.T) {
	r, err := e2e.Identity(t.Context(), e2e.IdentityOptions{Bin: bin, TPM: tpmtest.New(t), Say: t.Logf})
	require.NoError(t, err)
	fmt.Println(r.Line())
	assert.Less(t, r.Moved, 40*time.Second)
	assert.Less(t, r.Changed, 10*time.Second)
}
