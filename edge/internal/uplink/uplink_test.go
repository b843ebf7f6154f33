package uplink_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/uplink"
	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
)

var venue = ticket.EventID{1, 2, 3}

type sent struct {
	topic   string
	payload []byte
}

func start(t *testing.T) (*broker.Broker, chan sent) {
	t.Helper()
	got := make(chan sent, 100)
	b, err := broker.Start(t.Context(), broker.Config{Listen: "127.0.0.1:0",
		Rights: func(id string) (wire.Rights, bool) {
			return wire.GateTopics{Venue: venue, Gate: id}.Rights(), id == "g1"
		},
		OnPublish: func(_, topic string, payload []byte) error { got <- sent{topic, payload}; return nil }})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	return b, got
}

type inbox struct {
	pulses  chan wire.Pulse
	lists   chan wire.ListNotice
	patches chan ticket.EventID
	venues  chan wire.VenueNotice
	links   chan bool
}

func open(t *testing.T, b *broker.Broker) (*uplink.Uplink, inbox) {
	t.Helper()
	in := inbox{make(chan wire.Pulse, 9), make(chan wire.ListNotice, 9), make(chan ticket.EventID, 9), make(chan wire.VenueNotice, 9), make(chan bool, 9)}
	u, err := uplink.Open(uplink.Config{URL: "tcp://" + b.Addr().String(), Gate: "g1", Venue: venue, Handlers: uplink.Handlers{
		Pulse: func(m wire.Pulse) { in.pulses <- m },
		List:  func(_ ticket.EventID, m wire.ListNotice) { in.lists <- m },
		Patch: func(event ticket.EventID, _ wire.PatchNotice) { in.patches <- event },
		Venue: func(m wire.VenueNotice) { in.venues <- m },
		Link:  func(up bool) { in.links <- up },
	}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = u.Close() })
	require.True(t, take(t, in.links))
	return u, in
}

func take[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(5 * time.Second):
		require.Fail(t, "nothing came")
		panic("not reached")
	}
}

func TestMessagesGoUpAndComeDownOnTheirTopics(t *testing.T) {
	b, got := start(t)
	u, in := open(t, b)
	run := wire.Run{Start: 1, Random: 2}
	require.NoError(t, u.State(wire.State{V: 1, Number: 7, Gate: "g1", Run: run}))
	m := take(t, got)
	assert.Equal(t, wire.GateTopics{Venue: venue, Gate: "g1"}.State(), m.topic)
	state, err := wire.Decode[wire.State](m.payload)
	require.NoError(t, err)
	assert.EqualValues(t, 7, state.Number)

	raw, err := wire.Encode(wire.Pulse{V: 1, Number: 7, Hub: "hub-1", At: 5})
	require.NoError(t, err)
	require.NoError(t, b.Publish(wire.GateTopics{Venue: venue, Gate: "g1"}.Pulse(), raw, 0, false))
	assert.EqualValues(t, 5, take(t, in.pulses).At)

	event := ticket.EventID{9}
	raw, err = wire.Encode(wire.PatchNotice{V: 1, Patch: []byte("patch")})
	require.NoError(t, err)
	require.NoError(t, b.Publish(wire.VenueTopics{Venue: venue}.Patch(event), raw, 1, false))
	assert.Equal(t, event, take(t, in.patches), "the topic says whose patch it is")
}

func TestWhatIsNotOfTheProtocolIsDroppedAndTheRestStillComes(t *testing.T) {
	b, _ := start(t)
	u, in := open(t, b)
	topics := wire.GateTopics{Venue: venue, Gate: "g1"}
	for _, bad := range []string{"", "{", "null", "[]", `{"v":99}`, `{"v":1,"hub":"no such name!"}`, "\x00\xff", strings.Repeat("{", 16_000)} {
		require.NoError(t, b.Publish(topics.Pulse(), []byte(bad), 0, false))
	}
	require.Eventually(t, func() bool { return u.Strange() == 8 }, 5*time.Second, 5*time.Millisecond)
	raw, err := wire.Encode(wire.Pulse{V: 1, Hub: "hub-1", At: 5})
	require.NoError(t, err)
	require.NoError(t, b.Publish(topics.Pulse(), raw, 0, false))
	assert.EqualValues(t, 5, take(t, in.pulses).At)
	assert.Empty(t, in.pulses)
}

func TestRetainedNoticesComeAtEveryConnection(t *testing.T) {
	b, _ := start(t)
	raw, err := wire.Encode(wire.VenueNotice{V: 1, Venue: []byte("signed")})
	require.NoError(t, err)
	require.NoError(t, b.Publish(wire.VenueTopics{Venue: venue}.Notice(), raw, 1, true))
	_, in := open(t, b)
	assert.Equal(t, "signed", string(take(t, in.venues).Venue))
	b.Kick("g1")
	assert.False(t, take(t, in.links))
	assert.True(t, take(t, in.links))
	assert.Equal(t, "signed", string(take(t, in.venues).Venue))
}

func TestNothingIsSentWithoutALink(t *testing.T) {
	u, err := uplink.Open(uplink.Config{URL: "tcp://127.0.0.1:1", Gate: "g1", Venue: venue, Handlers: uplink.Handlers{Link: func(bool) {}}})
	require.NoError(t, err)
	defer u.Close()
	assert.Error(t, u.Claim(wire.Claim{V: 1, Run: wire.Run{Start: 1}, Req: 1}))
	assert.False(t, u.Up())
	_, err = uplink.Open(uplink.Config{URL: "hub", Gate: "g1", Venue: venue})
	assert.ErrorContains(t, err, "tcp://host:1883")
}
