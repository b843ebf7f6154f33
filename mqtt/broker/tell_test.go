package broker_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatTheProgramSaysReachesWhoReadsItAtThatMoment(t *testing.T) {
	b := start(t, &kept{}, nil)
	say := func(text string) { require.NoError(t, b.Publish(venue.Used(), []byte(text), 0, false)) }
	say("to nobody")
	one := connect(t, b, "gate-1")
	first := read(t, one, venue.Used())
	say("to one")
	second := read(t, connect(t, b, "gate-2"), venue.Used())
	all := read(t, connect(t, b, "watch"), venue.Everything())
	say("to three")
	assert.Equal(t, "to one", next(t, first))
	assert.Equal(t, "to three", next(t, first))
	assert.Equal(t, "to three", next(t, second))
	assert.Equal(t, "to three", next(t, all))

	require.NoError(t, done(t, one.Unsubscribe(venue.Used())))
	say("to two")
	assert.Equal(t, "to two", next(t, second))
	again := read(t, connect(t, b, "gate-1"), venue.Used()) // in the place of the older connection
	say("to three again")
	assert.Equal(t, "to three again", next(t, again))
	assert.Equal(t, "to three again", next(t, second))
	assert.Empty(t, first, "who has unsubscribed is told nothing")
}

func TestWhatTheProgramSaysArrivesAsItIsWhateverItsLength(t *testing.T) {
	b := start(t, &kept{}, nil)
	got := read(t, connect(t, b, "gate-1"), venue.Used())
	around := len(venue.Used()) + 2
	for _, length := range []int{0, 127 - around, 128 - around, 16383 - around, 16384 - around} {
		text := strings.Repeat("x", length)
		require.NoError(t, b.Publish(venue.Used(), []byte(text), 0, false))
		assert.Equal(t, text, next(t, got))
	}
	assert.Error(t, b.Publish(strings.Repeat("x", 200), nil, 0, false))
}
