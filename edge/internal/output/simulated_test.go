package output_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/internal/output"
)

type passage struct {
	lane    int
	counter int64
}

func board(after time.Duration) (*output.Simulated, *[]passage) {
	var passed []passage
	b := output.NewSimulated([]int{1, 2}, after, func(lane int, counter int64) { passed = append(passed, passage{lane, counter}) })
	return b, &passed
}

func TestSomebodyPassesByThemselvesAfterAPulse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, passed := board(time.Second)
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
		require.NoError(t, b.Pulse(2, admit.ScanID{2}, true))
		require.NoError(t, b.Release(2)) // nobody came
		time.Sleep(2 * time.Second)      // virtual
		synctest.Wait()
		assert.Equal(t, []passage{{1, 1}}, *passed)
	})
}

func TestARelayMovesOnceForAScan(t *testing.T) {
	b, _ := board(0)
	require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
	assert.ErrorIs(t, b.Pulse(1, admit.ScanID{1}, false), output.ErrDoubled)
	assert.ErrorIs(t, b.Pulse(2, admit.ScanID{1}, false), output.ErrDoubled, "nor another lane's")
	assert.Len(t, b.Pulses(), 1)
}

func TestThePassageContactIsPlayedByHand(t *testing.T) {
	b, passed := board(0)
	require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
	require.NoError(t, b.Passage(1))
	require.NoError(t, b.Passage(1), "one who climbed over")
	assert.Equal(t, []passage{{1, 1}, {1, 2}}, *passed)
	assert.ErrorIs(t, b.Passage(9), output.ErrNoLane)
	assert.ErrorIs(t, b.Pulse(9, admit.ScanID{3}, false), output.ErrNoLane)
	assert.ErrorIs(t, b.Release(9), output.ErrNoLane)
}

func TestABoardThatIsOffMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, passed := board(time.Second)
		require.NoError(t, b.Pulse(1, admit.ScanID{1}, false))
		b.Close()
		time.Sleep(2 * time.Second) // virtual
		synctest.Wait()
		assert.Empty(t, *passed)
		assert.Error(t, b.Pulse(1, admit.ScanID{2}, false))
	})
}

func TestTheLogIsBounded(t *testing.T) {
	b, _ := board(0)
	for n := range 2000 {
		require.NoError(t, b.Pulse(1, admit.ScanID{byte(n >> 8), byte(n), 1}, false))
	}
	assert.Len(t, b.Pulses(), 1000)
}
