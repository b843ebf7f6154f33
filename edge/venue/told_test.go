package venue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestAConflictIsToldAgainByAnArbiterThatStarts(t *testing.T) {
	entry := func(scan byte, gate string) admit.Record {
		return admit.Record{Scan: admit.ScanID{scan}, Kind: admit.Entry, Gate: gate, Zone: "park"}
	}
	b := newBench(t, func(boot *venue.Boot) {
		boot.History = map[whitelist.Ref][]admit.Record{{1}: {entry(1, "gate-1"), entry(2, "gate-2")}, {2}: {entry(3, "gate-1")}}
		single := wire.Right{Terms: admit.Terms{Use: whitelist.UseSingle, Uses: 1}}
		boot.Rights = map[whitelist.Ref]wire.Right{{1}: single, {2}: single}
	})
	found := of[venue.Incident](b.all)
	require.Len(t, found, 1, "the one before it may have died before it told")
	assert.Equal(t, venue.Conflict, found[0].Kind)
	assert.Equal(t, []admit.ScanID{{1}, {2}}, found[0].Scans)
}
