package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/mqtt/broker"
)

// A machine that is short of processors stops a connection that ends wherever it likes.
func TestAClientThatComesBackWhileItsLastConnectionIsStillEndingHearsWhatIsPublishedToIt(t *testing.T) {
	b := start(t, &kept{}, nil)
	leaving, back := make(chan error, 1), make(chan struct{})
	require.NoError(t, b.WhenLeaving(func() {
		leaving <- nil
		select {
		case <-back:
		case <-time.After(300 * time.Millisecond): // the new connection waits for the end of this one
		}
	}))
	connect(t, b, "gate-1").Disconnect(10)
	await(t, leaving)

	acks := read(t, connect(t, b, "gate-1"), gate1.Ack())
	close(back)
	last := tellFor(t, b, 200*time.Millisecond)
	for next(t, acks) != last { //nolint:revive // the others came before
	}
}

// tellFor publishes acks for a while, so that the last is published when nothing of what went before goes on any more.
func tellFor(t *testing.T, b *broker.Broker, while time.Duration) (last string) {
	t.Helper()
	turn, end := time.NewTicker(time.Millisecond), time.After(while)
	defer turn.Stop()
	for n := 0; ; n++ {
		select {
		case <-end:
			return last
		case <-turn.C:
			last = fmt.Sprint(n)
			require.NoError(t, b.Publish(gate1.Ack(), []byte(last), 0, false))
		}
	}
}
