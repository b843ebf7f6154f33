//go:build e2e

package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/e2e"
)

// E2E_CHANGES chooses another number.
func TestADoorThatIsClosedAtTheDeskIsClosedWithinTwoSeconds(t *testing.T) {
	r, err := e2e.Changes(t.Context(), e2e.ChangeOptions{Bin: bin, Changes: int(number(t, "E2E_CHANGES", 40)), Say: t.Logf})
	require.NoError(t, err)
	fmt.Println(r.Line())
	assert.Less(t, e2e.At(r.Obeyed, 95), 2*time.Second, "from saving to the gate, p95")
	// Gates say it in their heartbeat, one a second; on a busy machine one comes late.
	assert.Less(t, e2e.At(r.Shown, 95), 3*time.Second, "from saving until the desk says that every lane obeys, p95")
}
