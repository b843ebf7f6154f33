package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the bench loads, and the numbers that it writes beside, must be what counting gives: else it measures a lie.
func TestTheLoadedNumbersAreTheRecords(t *testing.T) {
	a, err := openArena(t.Context(), 6400)
	require.NoError(t, err)
	defer a.close()
	const digest = `SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM (SELECT event_id, venue_id, slot, gate_id, checkpoint, came_from, went_to, what, which, n FROM attendance) x`
	look := func() (sum string, rights int) {
		require.NoError(t, a.pool.QueryRow(context.Background(), digest).Scan(&sum))
		require.NoError(t, a.pool.QueryRow(context.Background(), "SELECT count(*) FROM attendance_arrivals").Scan(&rights))
		return sum, rights
	}
	sum, rights := look()
	records, err := a.store1.Recount(t.Context())
	require.NoError(t, err)
	require.Equal(t, 6400, records)
	again, counted := look()
	require.Equal(t, rights, counted)
	require.Equal(t, sum, again)
}
