package venue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

func TestAnArbiterSpeaksInTheCloudsNameOnlyWhileItHasItsWord(t *testing.T) {
	b := newBench(t)
	said := func() string {
		b.beat("gate-1", 1, 1)
		b.commit()
		ack, ok := last[venue.SendAck](b.all)
		require.True(t, ok)
		return ack.Ack.Incarnation
	}
	b.bring("gate-1", 1, refusal())
	assert.Empty(t, said(), "it has not heard from its cloud")

	b.feed(venue.CloudAcked{Ack: wire.Ack{Incarnation: "db-1"}})
	b.commit()
	assert.Equal(t, "db-1", said())
	b.pass(9 * time.Second)
	assert.Equal(t, "db-1", said())
	b.pass(2 * time.Second)
	assert.Empty(t, said(), "the database may have been restored meanwhile")
}
