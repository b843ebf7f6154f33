package session_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
	"portaria/mqtt/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var (
	venue = wire.VenueTopics{Venue: ticket.EventID{1}}
	gate  = wire.GateTopics{Venue: venue.Venue, Gate: "gate-1"}
)

type inbox struct {
	mu  sync.Mutex
	all []string
}

func (i *inbox) take(_, _ string, payload []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all = append(i.all, string(payload))
	return nil
}

func (i *inbox) list() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.all...)
}

func serve(t *testing.T, address string, in *inbox) *broker.Broker {
	t.Helper()
	b, err := broker.Start(t.Context(), broker.Config{Listen: address, OnPublish: in.take,
		Rights: func(string) (wire.Rights, bool) { return gate.Rights(), true }})
	require.NoError(t, err)
	t.Cleanup(func() { b.Close() })
	return b
}

func open(t *testing.T, b *broker.Broker, change func(*session.Config)) *session.Session {
	t.Helper()
	cfg := session.Config{URL: "tcp://" + b.Addr().String(), ClientID: "gate-1", MaxInterval: 200 * time.Millisecond,
		Subscribe: map[string]byte{venue.Lists(): 1, gate.Ruling(): 0}}
	if change != nil {
		change(&cfg)
	}
	s, err := session.Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func up(t *testing.T, s *session.Session) {
	t.Helper()
	require.Eventually(t, s.Up, patience, time.Millisecond)
}

func next(t *testing.T, s *session.Session) session.Message {
	t.Helper()
	select {
	case m := <-s.Messages():
		return m
	case <-time.After(patience):
		t.Fatal("no message came")
		return session.Message{}
	}
}

func TestMessagesGoBothWaysInOrder(t *testing.T) {
	in := &inbox{}
	b := serve(t, "127.0.0.1:0", in)
	s := open(t, b, nil)
	up(t, s)
	var want []string
	for n := range 300 {
		text := fmt.Sprint(n)
		want = append(want, text)
		require.NoError(t, s.Publish(gate.Events(), 1, []byte(text)))
		require.NoError(t, b.Publish(gate.Ruling(), []byte(text), 0, false))
	}
	require.Eventually(t, func() bool { return len(in.list()) == 300 }, patience, time.Millisecond)
	assert.Equal(t, want, in.list())
	for _, text := range want {
		assert.Equal(t, text, string(next(t, s).Payload))
	}
}

func TestAnOutageEndsByItselfAndWhatIsRetainedComesAgain(t *testing.T) {
	in := &inbox{}
	first := serve(t, "127.0.0.1:0", in)
	var mu sync.Mutex
	var links []bool
	s := open(t, first, func(c *session.Config) {
		c.OnLink = func(up bool) {
			mu.Lock()
			defer mu.Unlock()
			links = append(links, up)
		}
	})
	up(t, s)
	address := first.Addr().String()
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool { return !s.Up() }, patience, time.Millisecond)
	assert.ErrorIs(t, s.Publish(gate.Events(), 1, []byte("lost")), session.ErrOffline)

	second := serve(t, address, in)
	require.NoError(t, second.Publish(venue.List(ticket.EventID{9}), []byte("epoch 2"), 1, true))
	up(t, s)
	got := next(t, s)
	assert.Equal(t, "epoch 2", string(got.Payload))
	require.NoError(t, s.Publish(gate.Events(), 1, []byte("after")))
	require.Eventually(t, func() bool { return len(in.list()) == 1 }, patience, time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []bool{true, false, true}, links)
}

func TestAnOverflowIsHealedByWhatIsRetained(t *testing.T) {
	b := serve(t, "127.0.0.1:0", &inbox{})
	s := open(t, b, func(c *session.Config) { c.Waiting = 4 })
	up(t, s)
	for n := range 50 {
		require.NoError(t, b.Publish(venue.List(ticket.EventID{9}), []byte(fmt.Sprint(n)), 1, true))
	}
	require.Eventually(t, func() bool { return string(next(t, s).Payload) == "49" }, 3*patience, time.Millisecond)
}

func TestCloseEndsASessionThatNeverConnected(t *testing.T) {
	s, err := session.Open(session.Config{URL: "tcp://127.0.0.1:1", ClientID: "gate-1"})
	require.NoError(t, err)
	assert.False(t, s.Up())
	began := time.Now()
	require.NoError(t, s.Close())
	assert.Less(t, time.Since(began), 5*time.Second)
}

func TestARefusedSubscriptionIsNoConnection(t *testing.T) {
	b := serve(t, "127.0.0.1:0", &inbox{})
	s := open(t, b, func(c *session.Config) { c.Subscribe = map[string]byte{"#": 0} })
	assert.Never(t, s.Up, 500*time.Millisecond, 5*time.Millisecond)
}

func TestBadSettingsAreRefused(t *testing.T) {
	for why, cfg := range map[string]session.Config{
		"no address":     {ClientID: "gate-1"},
		"another scheme": {URL: "http://127.0.0.1:80", ClientID: "gate-1"},
		"no port":        {URL: "tcp://127.0.0.1", ClientID: "gate-1"},
		"no client id":   {URL: "tcp://127.0.0.1:1883"},
		"a bad id":       {URL: "tcp://127.0.0.1:1883", ClientID: "Gate 1"},
	} {
		_, err := session.Open(cfg)
		assert.Error(t, err, why)
	}
}
