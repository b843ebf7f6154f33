package broker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/broker"
)

// A store that is too slow for many messages at once would be asked for as many again and again.
func TestWhatIsTooMuchAtOnceIsTriedInSmallerPartsAndThenInLargerOnesAgain(t *testing.T) {
	assert.Equal(t, []int{64, 32, 16, 8, 4, 8, 4}, sizesOf(t, 400, func(call, messages int) bool { return call == 0 || messages <= 5 })[:7])
	assert.Equal(t, []int{64, 32, 16, 32, 64, 64}, sizesOf(t, 400, func(call, _ int) bool { return call == 0 || call > 2 })[:6])
}

// sizesOf is how many messages of a hub were worked on together, call by call, while all of them waited; the first call, which may
// have come before the others, is left out.
func sizesOf(t *testing.T, messages int, done func(call, messages int) bool) (sizes []int) {
	t.Helper()
	hold, got := make(chan struct{}), make(chan int, messages)
	calls := 0
	lanes := broker.NewLanes(func(_ string, n int) bool {
		<-hold
		got <- n
		calls++
		return done(calls-1, n)
	})
	defer lanes.Close()
	for range messages {
		require.True(t, lanes.Push("hub-1"))
	}
	close(hold)
	for sum := 0; sum < messages; {
		select {
		case n := <-got:
			sizes, sum = append(sizes, n), sum+n
		case <-time.After(outage):
			require.FailNow(t, "the lane stands still")
		}
	}
	return sizes[1:]
}
