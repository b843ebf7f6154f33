package nearby_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/nearby"
)

// heard asks until somebody answers under that service.
func heard(t *testing.T, service string, many int) (answers []nearby.Answer) {
	t.Helper()
	require.Eventually(t, func() bool {
		answers = nearby.Ask(t.Context(), service)
		return len(answers) >= many
	}, 15*time.Second, time.Millisecond)
	return answers
}

func announced(t *testing.T, thing nearby.Thing) {
	t.Helper()
	closer, err := nearby.Announce(thing)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, closer.Close()) })
}

func TestTwoThingsOfOneMachineAreHeardEachWhereItIs(t *testing.T) {
	const service = "_portaria-test-a._tcp"
	for i, name := range []string{"one", "two"} {
		announced(t, nearby.Thing{Service: service, Name: name, Port: 1000 + i, Listened: net.IPv4(127, 0, 0, byte(1+i)), Text: []string{"v=1", "name=" + name}})
	}
	answers := heard(t, service, 2)
	require.Len(t, answers, 2)
	for i, name := range []string{"one", "two"} {
		assert.Equal(t, name, answers[i].Fields["name"])
		assert.Equal(t, 1000+i, answers[i].Port)
		assert.True(t, answers[i].IP.Equal(net.IPv4(127, 0, 0, byte(1+i))), "%s", answers[i].IP)
	}
}

func TestWhatListensEverywhereIsHeardOnTheNetworkOrAtHome(t *testing.T) {
	const service = "_portaria-test-b._tcp"
	announced(t, nearby.Thing{Service: service, Name: "one", Port: 1, Listened: net.IPv4zero, Text: []string{"v=1"}})
	for _, answer := range heard(t, service, 1) {
		_, err := net.ResolveTCPAddr("tcp", net.JoinHostPort(answer.IP.String(), "1"))
		require.NoError(t, err)
		assert.False(t, answer.IP.IsUnspecified())
	}
}

func TestWhatIsClosedIsHeardNoMore(t *testing.T) {
	const service = "_portaria-test-c._tcp"
	closer, err := nearby.Announce(nearby.Thing{Service: service, Name: "one", Port: 1, Listened: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	heard(t, service, 1)
	require.NoError(t, closer.Close())
	assert.Empty(t, nearby.Ask(t.Context(), service))
}

func TestAskingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Empty(t, nearby.Ask(ctx, "_portaria-test-d._tcp"))
}

func TestAStrangersNameIsHarmless(t *testing.T) {
	for name, shown := range map[string]string{
		"Gate-3.local": "gate-3.local", "<script>alert(1)</script>": "scriptalert1script", "": "", "portão 3": "porto3",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	} {
		assert.Equal(t, shown, nearby.Clean(name))
	}
}
