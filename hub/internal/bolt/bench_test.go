package bolt_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/bolt"
)

// BenchmarkCatchUp is an evening's admissions that come at once: 1,000 of one gate in each transaction, of rights that are
// all over the tree.
func BenchmarkCatchUp(b *testing.B) {
	const each = 1000
	store, _, err := bolt.Open(b.TempDir())
	require.NoError(b, err)
	defer store.Close()
	seq := uint64(0)
	for b.Loop() {
		var c venue.Commit
		for range each {
			seq++
			c.Events = append(c.Events, entrance(seq))
		}
		require.NoError(b, store.Commit(b.Context(), []venue.Commit{c}))
	}
	b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "records/s")
}

func entrance(seq uint64) wire.Event {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], seq*0x9e3779b97f4a7c15)
	return wire.Event{Gate: "gate-1", Run: run, Seq: seq, Type: wire.Admission, Scan: admit.ScanID(id), Ref: whitelist.Ref(id), Lane: 1,
		At: 1790000000000, Clock: admit.Synced, Checkpoint: "door", Reason: admit.OK, Terms: &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1},
		Record: &admit.Record{Scan: admit.ScanID(id), Kind: admit.Entry, At: 1790000000000, Gate: "gate-1", Lane: 1, Checkpoint: "door"}}
}
