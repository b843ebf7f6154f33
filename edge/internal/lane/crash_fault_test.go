package lane_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	var result faults
	t.Run("each", func(t *testing.T) { // returns when all that run side by side have ended
		result.each(t, scans, step, count)
	})
	assert.NotZero(t, result.ended.Load())
	assert.NotZero(t, result.acked.Load())
	t.Logf("crash faults: failed calls=%d gate ended=%d went on=%d lanes refused=%d durable commits=%d lost=%d", result.calls.Load(),
		result.ended.Load(), result.calls.Load()-result.ended.Load(), result.refused.Load(), result.acked.Load(), result.lost.Load())
}

// faults is what came of them.
type faults struct{ calls, ended, refused, acked, lost atomic.Int64 }

func (f *faults) each(t *testing.T, scans, step int, count map[powercut.Kind]int) {
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
			t.Run(fmt.Sprintf("%s number %d fails with %s", row.call, n, row.fault), func(t *testing.T) {
				t.Parallel()
				f.calls.Add(1)
				f.lane(t, scans, fmt.Sprintf("inject=%s:error=%s:when=%d", row.call, row.fault, n), row.words)
			})
		}
	}
}

// lane runs a lane that meets a fault: it ends with one line, has let nobody in whose record is not there, and
// what it left is opened and gone on with.
func (f *faults) lane(t *testing.T, scans int, inject, words string) {
	dir, trace := fastDir(t), filepath.Join(t.TempDir(), "trace")
	defer os.RemoveAll(dir)
	stderr, failed := runLane(t, dir, trace, scans, dieEnv+"=", "-e", inject)
	if failed != nil {
		f.ended.Add(1)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
		assert.Contains(t, stderr, words)
	}
	ops := readTrace(t, dir, trace)
	wholeTrace(t, dir, ops)
	s, err := tell(ops)
	require.NoError(t, err)
	acked, tried := s.at(len(ops))
	f.acked.Add(int64(acked))
	pulsed := s.pulsed(len(ops))
	lost, err := s.checkJournal(dir, acked, tried, pulsed)
	f.lost.Add(int64(lost))
	assert.NoError(t, err)
	for _, shown := range s.shown {
		if shown.Admit {
			assert.Contains(t, pulsed, shown.Scan, "somebody saw green and the turnstile stayed shut")
		} else if shown.Reason == admit.CheckpointClosed {
			f.refused.Add(1)
		}
	}
}

// wholeTrace holds the marks in a trace to the file that they were written to.
func wholeTrace(t *testing.T, dir string, ops []powercut.Op) {
	t.Helper()
	var seen []byte
	for _, op := range ops {
		if op.Kind == powercut.Mark {
			seen = append(seen, op.Data...)
		}
	}
	written, err := os.ReadFile(marksFile(dir))
	require.NoError(t, err)
	require.Equal(t, strings.Split(string(written), "\n"), strings.Split(string(seen), "\n"), "strace saw everything, in order")
}
