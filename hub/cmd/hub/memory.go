package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// leastMemory is how much the hub may use before it collects its garbage at every chance, in bytes: a Raspberry Pi has
// room for that. Below it garbage is collected seldom, which is what a hub does most while gates catch up.
const leastMemory = 208 << 20

// keepSmall bounds the memory by what is in use, whatever the venue's size: three tenths more, and at least leastMemory. Who has set
// GOGC or GOMEMLIMIT is obeyed instead.
func keepSmall(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(200)
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		debug.SetMemoryLimit(limitFor(inUse()))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func limitFor(used uint64) int64 {
	return max(leastMemory, int64(used/10*13)) //nolint:gosec // bytes of this machine
}

// inUse is what the last collection left, in bytes.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
