package broker_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/mqtt/broker"
)

// shelf takes messages and answers them when the test says so.
type shelf struct {
	mu      sync.Mutex
	taken   []string
	answers []func(error)
}

func (s *shelf) take(_, _ string, payload []byte, answer func(error)) bool {
	if string(payload) == "not mine" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken, s.answers = append(s.taken, string(payload)), append(s.answers, answer)
	return true
}

func (s *shelf) await(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.taken) == n }, patience, time.Millisecond)
}

func laying(s *shelf) func(*broker.Config) { return func(c *broker.Config) { c.Later = s.take } }

// unanswered says that a moment passes and none of these is acknowledged.
func unanswered(t *testing.T, tokens ...mqtt.Token) {
	t.Helper()
	for _, token := range tokens {
		assert.False(t, token.WaitTimeout(100*time.Millisecond), "acknowledged before its time")
	}
}

func TestMessagesUnderWayTogetherAreAcknowledgedInTheirOrder(t *testing.T) {
	s := &shelf{}
	b := start(t, &kept{}, laying(s))
	seen := read(t, connect(t, b, "watch"), gate1.Events())
	c := connect(t, b, "gate-1")
	var tokens []mqtt.Token
	for _, payload := range []string{"one", "two", "three"} {
		tokens = append(tokens, c.Publish(gate1.Events(), 1, false, payload))
	}
	s.await(t, 3)
	assert.Equal(t, []string{"one", "two", "three"}, s.taken)
	s.answers[1](nil)
	s.answers[2](broker.ErrDrop)
	unanswered(t, tokens...)
	s.answers[0](nil)
	s.answers[0](errors.New("said twice, which counts once"))
	for _, token := range tokens {
		require.NoError(t, done(t, token))
	}
	assert.Equal(t, "one", next(t, seen))
	assert.Equal(t, "two", next(t, seen))
	require.NoError(t, done(t, c.Publish(gate1.Events(), 1, false, "not mine")))
	assert.Equal(t, "not mine", next(t, seen), "what was dropped went no further")
}

func TestAMessageStoredAtOnceWaitsForThoseBeforeIt(t *testing.T) {
	s, k := &shelf{}, &kept{}
	c := connect(t, start(t, k, laying(s)), "gate-1")
	before := c.Publish(gate1.Events(), 1, false, "one")
	after := c.Publish(gate1.Events(), 1, false, "not mine")
	require.Eventually(t, func() bool { return len(k.list()) == 1 }, patience, time.Millisecond)
	unanswered(t, before, after)
	s.answers[0](nil)
	require.NoError(t, done(t, before))
	require.NoError(t, done(t, after))
}

func TestNothingIsAcknowledgedAfterAMessageThatWasNotStored(t *testing.T) {
	s, k := &shelf{}, &kept{}
	b := start(t, k, laying(s))
	lost := make(chan error, 1)
	c := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	require.NoError(t, done(t, c.Connect()))
	first, second := c.Publish(gate1.Events(), 1, false, "one"), c.Publish(gate1.Events(), 1, false, "two")
	s.await(t, 2)
	s.answers[1](nil)
	s.answers[0](errors.New("disk full"))
	await(t, lost)
	assert.Error(t, done(t, first))
	assert.Error(t, done(t, second))
	assert.Contains(t, k.logs.String(), "disk full")
}

func TestAnAnswerMayComeAfterTheClientAndTheBrokerHaveGone(t *testing.T) {
	s := &shelf{}
	b := start(t, &kept{}, laying(s))
	c := connect(t, b, "gate-1")
	for range 3 {
		c.Publish(gate1.Events(), 1, false, "x")
	}
	s.await(t, 3)
	c.Disconnect(0)
	s.answers[0](nil)
	require.NoError(t, b.Close())
	s.answers[1](nil)
	s.answers[2](errors.New("nobody is there to be told"))
}
