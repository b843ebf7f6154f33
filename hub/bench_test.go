package hub_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/hubtest"
)

// BenchmarkClaims is 50 gates that each ask again as soon as they are answered, about another right: durable rulings a second over real
// MQTT, the time from claim to ruling, and beside them what the disk alone can do.
func BenchmarkClaims(b *testing.B) {
	const gates = 50
	w := newWorld(b)
	w.cfg.Gates = nil
	for n := range gates {
		w.cfg.Gates = append(w.cfg.Gates, gateName(n))
	}
	w.restart()
	w.sendVenue(1, evening)
	var all []*hubtest.Gate
	for n := range gates {
		g := hubtest.NewGate(b, w.hub.MQTTAddr(), w.cloud.Venue, gateName(n), run7)
		g.WaitHeld(0, 0)
		all = append(all, g)
	}
	each := max(b.N/gates, 1)
	times := make([][]time.Duration, gates)
	b.ResetTimer()
	began := time.Now()
	var wg sync.WaitGroup
	for n, g := range all {
		wg.Go(func() {
			for req := uint64(1); req <= uint64(each); req++ {
				var id [16]byte
				binary.BigEndian.PutUint64(id[:], uint64(n)<<32|req)
				sent := time.Now()
				g.Ask(req, evening, whitelist.Ref(id), admit.ScanID(id), req-1) // the one before was not used
				<-g.Answered(req)
				times[n] = append(times[n], time.Since(sent))
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(each*gates)/time.Since(began).Seconds(), "rulings/s")
	took := slices.Sorted(slices.Values(slices.Concat(times...)))
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(fdatasync(b).Microseconds())/1000, "fdatasync-ms")
}

func gateName(n int) string { return "gate-" + wire.Run{Start: uint32(n)}.String() } //nolint:gosec // small

// fdatasync is the median of what one durable write of 4 KiB takes.
func fdatasync(b *testing.B) time.Duration {
	file, err := os.Create(filepath.Join(b.TempDir(), "x"))
	require.NoError(b, err)
	defer file.Close()
	var took []time.Duration
	for range 200 {
		began := time.Now()
		_, err := file.Write(make([]byte, 4096))
		require.NoError(b, err)
		require.NoError(b, file.Sync())
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
