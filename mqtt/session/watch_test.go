package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/mqtt/session"
)

func TestABrokerThatAnswersPingsAndSaysNothingElseIsLeftForANewConnection(t *testing.T) {
	b := serve(t, "127.0.0.1:0", &inbox{})
	links := make(chan bool, 100)
	s := open(t, b, func(c *session.Config) {
		c.Silence, c.OnLink = time.Second, func(up bool) { links <- up }
	})
	up(t, s)
	for _, want := range []bool{true, false, true} {
		select {
		case got := <-links:
			require.Equal(t, want, got)
		case <-time.After(patience):
			t.Fatal("the silent connection is kept")
		}
	}
	require.NoError(t, b.Publish(gate.Ruling(), []byte("heard"), 0, false))
	require.Equal(t, "heard", string(next(t, s).Payload))
}

func TestASilentConnectionIsGivenUpAndTheNextOneGetsTwiceAsLong(t *testing.T) {
	w := session.NewWatch(10 * time.Second)
	w.Begin(0, 7)
	assert.True(t, w.Keeps(9, true, 7))
	assert.True(t, w.Keeps(10, true, 8), "a message came")
	assert.True(t, w.Keeps(19, true, 8))
	assert.False(t, w.Keeps(20, true, 8))
	w.Begin(100, 8)
	assert.True(t, w.Keeps(119, true, 8))
	assert.False(t, w.Keeps(120, true, 8))
	w.Begin(200, 8)
	assert.True(t, w.Keeps(239, true, 9))
	assert.False(t, w.Keeps(249, true, 9), "who was heard again is waited for as at first")
}

func TestAConnectionThatIsGoneIsGivenUpThoughNobodySaysSo(t *testing.T) {
	w := session.NewWatch(0)
	w.Begin(0, 0)
	assert.True(t, w.Keeps(1000, true, 0), "nobody asked to be told of silence")
	assert.True(t, w.Keeps(1001, false, 0))
	assert.True(t, w.Keeps(1004, false, 0))
	assert.False(t, w.Keeps(1005, false, 0))
}
