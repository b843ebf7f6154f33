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

// E2E_TICKETS and E2E_SALES choose other sizes.
func TestASaleIsScannedWithinTwoSecondsAndAColdGateIsReadyInTen(t *testing.T) {
	r, err := e2e.Lists(t.Context(), e2e.ListOptions{Bin: bin, Tickets: int(number(t, "E2E_TICKETS", 200_000)),
		Sales: int(number(t, "E2E_SALES", 40)), Say: t.Logf})
	require.NoError(t, err)
	fmt.Println(r.Line())
	fmt.Print(r.Histogram())
	assert.Less(t, e2e.At(r.Sold, 95), 2*time.Second, "from the sale to the turnstile, p95")
	assert.Less(t, e2e.At(r.Refunded, 95), 2*time.Second, "from the refund to the gates, p95")
	assert.Equal(t, 3, r.Behind, "refunds during an import are refused within two seconds")
	assert.Less(t, r.Cold, 10*time.Second, "a gate with no list")
	assert.Less(t, r.Broken, 10*time.Second, "a gate that lost power while it loaded")
}
