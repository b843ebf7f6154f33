package lane_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/bolt/powercut"
	"portaria/edge/admit"
)

// TestAWriteOrASyncThatFailsEndsTheGateAndLosesNothing lets each write of a lane run fail, one at a time, and each sync.
func TestAWriteOrASyncThatFailsEndsTheGateAndLosesNothing(t *testing.T) {
	const scans = 3
	step := sizeOf().step
	dir, trace := t.TempDir(), filepath.Join(t.TempDir(), "trace")
	stderr, err := runLane(t, dir, trace, scans, dieEnv+"=")
	require.NoError(t, err, stderr)
	count := map[powercut.Kind]int{}
	for _, op := range readTrace(t, dir, trace) {
		count[op.Kind]++
	}
	result := map[string]int{}
	for _, row := range []struct {
		call, fault, words string
		n                  int
	}{
		{"pwrite64", "EIO", "input/output error", count[powercut.Write]},
		{"pwrite64", "ENOSPC", "no space left on device", count[powercut.Write]},
		{"fdatasync", "EIO", "input/output error", count[powercut.Sync]},
		{"fsync", "EIO", "input/output error", 4}, // of the directory, and of what is written ahead
	} {
		for n := 1 + (step-1)/2; n <= row.n; n += step {
			name := fmt.Sprintf("%s number %d fails with %s", row.call, n, row.fault)
			result["faults"]++
			faultyLane(t, name, scans, fmt.Sprintf("inject=%s:error=%s:when=%d", row.call, row.fault, n), row.words, result)
		}
	}
	assert.NotZero(t, result["ended"])
	assert.NotZero(t, result["acked"])
	t.Logf("crash faults: failed calls=%d gate ended=%d went on=%d lanes refused=%d durable commits=%d lost=%d", result["faults"],
		result["ended"], result["faults"]-result["ended"], result["refused"], result["acked"], result["lost"])
}

// faultyLane runs a lane that meets a fault: it ends with one line, has let nobody in whose record is not there, and
// what it left is opened and gone on with.
func faultyLane(t *testing.T, name string, scans int, inject, words string, result map[string]int) {
	t.Helper()
	dir, trace := fastDir(t), filepath.Join(t.TempDir(), "trace")
	stderr, failed := runLane(t, dir, trace, scans, dieEnv+"=", "-e", inject)
	if failed != nil {
		result["ended"]++
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s: %s", name, stderr)
		assert.Contains(t, stderr, words, name)
	}
	ops := readTrace(t, dir, trace)
	s, err := tell(ops)
	require.NoError(t, err, name)
	acked, tried := s.at(len(ops))
	result["acked"] += acked
	pulsed := s.pulsed(len(ops))
	lost, err := s.checkJournal(dir, acked, tried, pulsed)
	result["lost"] += lost
	assert.NoError(t, err, name)
	for _, shown := range s.shown {
		if shown.Admit {
			assert.Contains(t, pulsed, shown.Scan, "%s: somebody saw green and the turnstile stayed shut", name)
		} else if shown.Reason == admit.CheckpointClosed {
			result["refused"]++
		}
	}
}
