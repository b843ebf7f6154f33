package output_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/output"
)

func simulated(t *testing.T, after time.Duration, profiles ...string) (*output.Simulated, *output.Board, *heard) {
	device, h := output.NewSimulated(after, t.TempDir()), &heard{}
	var lanes []output.Lane
	for i, name := range profiles {
		lanes = append(lanes, device.Lane(i+1, profile(t, name)))
	}
	b := output.NewBoard(lanes)
	b.Start(h.hear)
	t.Cleanup(b.Close)
	return device, b, h
}

func TestSomebodyPassesByThemselvesAfterAPulse(t *testing.T) {
	for _, name := range []string{"trial", "perco-turnstile", "drop-arm", "door-strike"} {
		synctest.Test(t, func(t *testing.T) {
			_, b, h := simulated(t, time.Second, name)
			for n := range byte(3) {
				require.NoError(t, b.Pulse(1, admit.ScanID{n}, true))
				wait(3 * time.Second)
			}
			b.Close()
			assert.Equal(t, []string{"passed", "passed", "passed"}, h.kinds(), name)
			assert.EqualValues(t, 3, h.all[2].Count)
		})
	}
}

func TestNobodyPassesATurnstileThatHasLockedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b, h := simulated(t, 8*time.Second, "perco-turnstile")
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
		wait(20 * time.Second)
		b.Close()
		assert.Empty(t, h.kinds())
	})
}

func TestContactsArePlayedByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b, h := simulated(t, 0, "trial", "handheld-post")
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, true))
		assert.True(t, d.Level(1, "unlock_b"))
		require.NoError(t, d.Passage(1))
		require.NoError(t, d.Passage(1), "one who climbed over")
		require.NoError(t, d.Contact(1, "tamper", true))
		require.NoError(t, d.Contact(1, "fire", true))
		synctest.Wait()
		assert.Equal(t, []string{"passed", "passed", "tamper", "fire"}, h.kinds())
		assert.ErrorIs(t, d.Passage(9), output.ErrNoLane)
		assert.ErrorIs(t, d.Contact(9, "fire", true), output.ErrNoLane)
		assert.ErrorContains(t, d.Passage(2), "no passage contact")
		assert.ErrorContains(t, d.Contact(2, "fire", true), "no contact")
		b.Close()
	})
}

func TestABoardThatIsOffMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b, h := simulated(t, time.Second, "trial")
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
		b.Close()
		wait(2 * time.Second)
		assert.Empty(t, h.kinds())
		assert.False(t, d.Level(1, "unlock_a"))
		assert.Error(t, b.Pulse(1, admit.ScanID{2}, false))
	})
}

func TestATurnstileThatCountsKeepsItsCountWhileTheGateIsOff(t *testing.T) {
	dir := t.TempDir()
	readings := func(passages int) (out []int64) {
		device, h := output.NewSimulated(0, dir), &heard{}
		b := output.NewBoard([]output.Lane{device.Lane(1, profile(t, "trial-counter"))})
		b.Start(h.hear)
		for range passages {
			require.NoError(t, device.Passage(1))
		}
		require.Eventually(t, func() bool { return len(h.kinds()) == passages+1 }, 5*time.Second, time.Millisecond)
		b.Close()
		assert.Equal(t, output.Counter, h.all[0].Kind, "it is read before anybody passes")
		for _, happening := range h.all {
			out = append(out, happening.Count)
		}
		return out
	}
	assert.Equal(t, []int64{0, 1, 2}, readings(2))
	assert.Equal(t, []int64{2, 1}, readings(1), "its own count first, then passages of this start")
	assert.Equal(t, []int64{3}, readings(0))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "simulated-turnstile-1.count"), nil, 0o600)) // torn by a power cut
	device, h := output.NewSimulated(0, dir), &heard{}
	b := output.NewBoard([]output.Lane{device.Lane(1, profile(t, "trial-counter"))})
	b.Start(h.hear)
	b.Close()
	assert.Empty(t, h.kinds(), "no reading rather than a wrong one")
}
