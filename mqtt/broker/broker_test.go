package broker_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

var (
	venue = wire.VenueTopics{Venue: ticket.EventID{1}}
	gate1 = wire.GateTopics{Venue: venue.Venue, Gate: "gate-1"}
	gate2 = wire.GateTopics{Venue: venue.Venue, Gate: "gate-2"}
)

// rights knows two gates and an observer that may read everything.
func rights(client string) (wire.Rights, bool) {
	switch client {
	case "gate-1":
		return gate1.Rights(), true
	case "gate-2":
		return gate2.Rights(), true
	case "watch":
		return wire.Rights{Subscribe: []string{venue.Everything()}}, true
	}
	return wire.Rights{}, false
}

// kept is the program behind a broker: it keeps what it is handed.
type kept struct {
	mu    sync.Mutex
	all   []string
	fault error
	hold  chan struct{}
	logs  lockedBuffer
}

func (k *kept) take(client, topic string, payload []byte) error {
	if k.hold != nil {
		<-k.hold
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fault != nil {
		return k.fault
	}
	k.all = append(k.all, client+" "+topic+" "+string(payload))
	return nil
}

func (k *kept) list() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string(nil), k.all...)
}

func (k *kept) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault = err
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func start(t *testing.T, k *kept, change func(*broker.Config)) *broker.Broker {
	t.Helper()
	cfg := broker.Config{Listen: "127.0.0.1:0", Rights: rights, OnPublish: k.take,
		Log: slog.New(slog.NewTextHandler(&k.logs, nil))}
	if change != nil {
		change(&cfg)
	}
	b, err := broker.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func options(b *broker.Broker, id string) *mqtt.ClientOptions {
	return mqtt.NewClientOptions().AddBroker("tcp://" + b.Addr().String()).SetClientID(id).SetProtocolVersion(4).
		SetAutoReconnect(false).SetConnectTimeout(patience)
}

func connect(t *testing.T, b *broker.Broker, id string) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(options(b, id))
	token := c.Connect()
	require.True(t, token.WaitTimeout(patience))
	require.NoError(t, token.Error())
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func done(t *testing.T, token mqtt.Token) error {
	t.Helper()
	require.True(t, token.WaitTimeout(patience), "no answer")
	return token.Error()
}

func await(t *testing.T, lost <-chan error) {
	t.Helper()
	select {
	case <-lost:
	case <-time.After(patience):
		t.Fatal("the connection stays open")
	}
}

// read subscribes and gives what comes.
func read(t *testing.T, c mqtt.Client, filter string) <-chan mqtt.Message {
	t.Helper()
	got := make(chan mqtt.Message, 1000)
	token := c.Subscribe(filter, 1, func(_ mqtt.Client, m mqtt.Message) { got <- m })
	require.NoError(t, done(t, token))
	return got
}

func next(t *testing.T, from <-chan mqtt.Message) string {
	t.Helper()
	select {
	case m := <-from:
		return string(m.Payload())
	case <-time.After(patience):
		t.Fatal("no message came")
		return ""
	}
}

func TestAMessageIsStoredBeforeItIsAcknowledged(t *testing.T) {
	k := &kept{hold: make(chan struct{})}
	c := connect(t, start(t, k, nil), "gate-1")
	token := c.Publish(gate1.Events(), 1, false, "first")
	assert.False(t, token.WaitTimeout(300*time.Millisecond), "acknowledged before it was stored")
	close(k.hold)
	require.NoError(t, done(t, token))
	assert.Equal(t, []string{"gate-1 " + gate1.Events() + " first"}, k.list())
}

func TestWhatCannotBeStoredIsNotAcknowledgedAndTheClientIsCutOff(t *testing.T) {
	k := &kept{}
	k.fail(errors.New("disk full"))
	b := start(t, k, nil)
	lost := make(chan error, 1)
	c := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	require.NoError(t, done(t, c.Connect()))
	assert.Error(t, done(t, c.Publish(gate1.Events(), 1, false, "lost")))
	await(t, lost)
	assert.Contains(t, k.logs.String(), "disk full")

	k.fail(nil)
	again := connect(t, b, "gate-1")
	assert.NoError(t, done(t, again.Publish(gate1.Events(), 1, false, "again")))
}

func TestADroppedMessageIsAcknowledgedButGoesNoFurther(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	seen := read(t, connect(t, b, "watch"), gate1.Events())
	c := connect(t, b, "gate-1")
	k.fail(broker.ErrDrop)
	require.NoError(t, done(t, c.Publish(gate1.Events(), 1, false, "junk")))
	k.fail(nil)
	require.NoError(t, done(t, c.Publish(gate1.Events(), 1, false, "good")))
	assert.Equal(t, "good", next(t, seen))
}

func TestRetainedMessagesOfTheProgramReachWhoComesLater(t *testing.T) {
	b := start(t, &kept{}, nil)
	event := ticket.EventID{9}
	require.NoError(t, b.Publish(venue.List(event), []byte("epoch 1"), 1, true))
	require.NoError(t, b.Publish(venue.List(event), []byte("epoch 2"), 1, true))
	got := read(t, connect(t, b, "gate-1"), venue.Lists())
	assert.Equal(t, "epoch 2", next(t, got))
	require.NoError(t, b.Publish(venue.List(event), []byte("epoch 3"), 1, true))
	assert.Equal(t, "epoch 3", next(t, got))
}

func TestATakenPortIsOneClearError(t *testing.T) {
	b := start(t, &kept{}, nil)
	_, err := broker.Start(t.Context(), broker.Config{Listen: b.Addr().String(), Rights: rights, OnPublish: (&kept{}).take})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "another program has this port")
	assert.Contains(t, err.Error(), b.Addr().String())
}

func TestASecondConnectionOfAClientReplacesTheFirst(t *testing.T) {
	k := &kept{}
	var mu sync.Mutex
	var links []bool
	b := start(t, k, func(c *broker.Config) {
		c.OnLink = func(_ string, up bool) {
			mu.Lock()
			defer mu.Unlock()
			links = append(links, up)
		}
	})
	lost := make(chan error, 1)
	first := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	require.NoError(t, done(t, first.Connect()))
	second := connect(t, b, "gate-1")
	await(t, lost)
	require.NoError(t, done(t, second.Publish(gate1.Events(), 1, false, "from the second")))
	assert.True(t, b.Connected("gate-1"))
	second.Disconnect(50)
	require.Eventually(t, func() bool { return !b.Connected("gate-1") }, patience, 5*time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	// Whether the old connection's end is seen before the new one's begin is chance; after it, it is no news.
	assert.Contains(t, [][]bool{{true, true, false}, {true, false, true, false}}, links)
}

func TestAKickedClientIsGone(t *testing.T) {
	b := start(t, &kept{}, nil)
	lost := make(chan error, 1)
	c := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	require.NoError(t, done(t, c.Connect()))
	b.Kick("gate-1")
	await(t, lost)
	require.Eventually(t, func() bool { return !b.Connected("gate-1") }, patience, 5*time.Millisecond)
}

func TestASlowReaderHoldsUpNobody(t *testing.T) {
	for _, qos := range []byte{0, 1} {
		t.Run(fmt.Sprint("QoS ", qos), func(t *testing.T) { slowReader(t, qos) })
	}
}

func slowReader(t *testing.T, qos byte) {
	k := &kept{}
	b := start(t, k, func(c *broker.Config) { c.WriteBuffer = 256 << 10 })
	stuck, err := net.Dial("tcp", b.Addr().String())
	require.NoError(t, err)
	defer stuck.Close()
	hello(t, stuck, "gate-2", venue.Used())
	require.Eventually(t, func() bool { return b.Connected("gate-2") }, patience, 5*time.Millisecond)
	got := read(t, connect(t, b, "gate-1"), venue.Used())

	began := time.Now()
	payload := bytes.Repeat([]byte("x"), 8<<10)
	for b.Connected("gate-2") && time.Since(began) < patience {
		require.NoError(t, b.Publish(venue.Used(), payload, qos, false))
		next(t, got)
	}
	assert.False(t, b.Connected("gate-2"), "the slow reader is cut off")
	assert.Less(t, time.Since(began), patience)
}
