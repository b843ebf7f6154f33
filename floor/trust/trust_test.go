package trust_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/trust"
)

var ref = whitelist.Ref{1}

func life(start uint32) wire.Run { return wire.Run{Start: start, Random: 7} }

// venue knows one entry of gate-1, and that gate-1 and gate-2 are here.
func venue() trust.Venue {
	return trust.Venue{Term: 3, Head: 900,
		Records: func(of whitelist.Ref) []admit.Record {
			if of != ref {
				return nil
			}
			return []admit.Record{{Scan: admit.ScanID{1}, Kind: admit.Entry, Gate: "gate-1", Zone: "hall"}}
		},
		Here: func(gate string) bool { return gate == "gate-1" || gate == "gate-2" }}
}

func TestWhatAGateMayHandBack(t *testing.T) {
	known := admit.Record{Scan: admit.ScanID{1}, Kind: admit.Entry, Gate: "gate-1", Zone: "hall"}
	other := admit.Record{Scan: admit.ScanID{1}, Kind: admit.Entry, Gate: "gate-1", From: "hall", Zone: "stage"}
	for _, row := range []struct {
		name   string
		record admit.Record
		taken  bool
	}{
		{"what is known already", known, true},
		{"an entry that nobody else knows", admit.Record{Scan: admit.ScanID{2}, Kind: admit.Entry, Gate: "gate-2"}, true},
		{"a passage", admit.Record{Scan: admit.ScanID{1}, Kind: admit.Passed, Gate: "gate-1"}, true},
		{"an abort of a gate that is gone", admit.Record{Scan: admit.ScanID{5}, Kind: admit.Abort, Gate: "gate-9"}, true},
		{"the arbiter's own surrender", admit.Record{Scan: admit.ScanID{1}, Kind: admit.Surrender}, true},
		{"its own surrender", admit.Record{Scan: admit.ScanID{1}, Kind: admit.Surrender, Gate: "gate-3"}, true},
		{"an abort of a gate that is here", admit.Record{Scan: admit.ScanID{1}, Kind: admit.Abort, Gate: "gate-1"}, false},
		{"an abort before its entry", admit.Record{Scan: admit.ScanID{5}, Kind: admit.Abort, Gate: "gate-2"}, false},
		{"its own abort of another's scan", admit.Record{Scan: admit.ScanID{1}, Kind: admit.Abort, Gate: "gate-3"}, false},
		{"another entry in the place of one that is known", other, false},
		{"a surrender of a gate that is here", admit.Record{Scan: admit.ScanID{8}, Kind: admit.Surrender, Gate: "gate-2"}, false},
		{"a name that fits no message", admit.Record{Scan: admit.ScanID{8}, Kind: admit.Entry, Gate: "gate-3", Zone: string(make([]byte, 65))}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			heard := []wire.KnownFact{{Ref: ref, Record: row.record}}
			s := wire.State{Gate: "gate-3", Run: life(1), Others: 10, Own: 10, Heard: heard}
			require.NoError(t, trust.New().State("gate-3", &s, 0, venue()))
			require.Len(t, s.Heard, 1, "it counts as handed back")
			assert.Equal(t, row.taken, s.Heard[0].Ref == ref)
			assert.Equal(t, ref, heard[0].Ref, "the message itself stays as it is")
			if !row.taken {
				assert.EqualValues(t, 19, s.Others+s.Own, "and is not asked for again")
			}
		})
	}
}

func TestOnlyRequestsThatAGateCanHaveEndedAreKept(t *testing.T) {
	j := trust.New()
	s := wire.State{Gate: "gate-1", Run: life(1), OpenMin: 5_000, Closed: []uint64{1, 5_001, 9_095, 9_096, math.MaxUint64}}
	require.NoError(t, j.State("gate-1", &s, 0, venue()))
	assert.Equal(t, []uint64{5_001, 9_095}, s.Closed)
	c := wire.Claim{Run: life(1), Req: 5_003, Closed: []uint64{5_002, 900_000}}
	require.NoError(t, j.Claim("gate-1", &c, 0))
	assert.Equal(t, []uint64{5_002}, c.Closed)
}

func TestAScanIsWhosItWasClaimed(t *testing.T) {
	j := trust.New()
	j.Asked("gate-1", admit.ScanID{9}, 0)
	require.ErrorIs(t, j.Claim("gate-2", &wire.Claim{Run: life(1), Scan: admit.ScanID{9}}, 0), trust.ErrAnothersScan)
	require.NoError(t, j.Claim("gate-1", &wire.Claim{Run: life(1), Scan: admit.ScanID{9}}, 0), "it asks again")
	for i := range 300 {
		j.Asked("gate-1", admit.ScanID{10, byte(i), byte(i >> 8)}, 0)
	}
	require.NoError(t, j.Claim("gate-2", &wire.Claim{Run: life(1), Scan: admit.ScanID{9}}, 0), "long ago; it is not kept for ever")
}

func TestAGateDoesNoMoreThanAGateCan(t *testing.T) {
	j, second := trust.New(), int64(1_000)
	beat := func(n int, now int64) error {
		return j.State("gate-1", &wire.State{Run: wire.Run{Start: uint32(n + 1)}}, now, venue()) //nolint:gosec // small
	}
	for n := range 4096 {
		require.NoError(t, beat(n, 0))
	}
	require.ErrorIs(t, beat(4096, 0), trust.ErrRuns)
	require.NoError(t, beat(1, 0), "one that was met before")
	require.NoError(t, beat(4096, 5*second), "a machine may start again")
	full := make([]wire.Event, wire.MaxBatch)
	for range 4 * 1024 * 1024 / wire.MaxBatch {
		require.NoError(t, j.Events("gate-2", wire.Events{Run: life(1), Events: full}, 0, venue()))
	}
	require.ErrorIs(t, j.Events("gate-2", wire.Events{Run: life(1), Events: full}, 0, venue()), trust.ErrRecords)
}
