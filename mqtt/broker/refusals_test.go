package broker_test

import (
	"bytes"
	"errors"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/broker"
)

// hello connects over a bare socket and subscribes, and then reads nothing more.
func hello(t *testing.T, conn net.Conn, id, filter string) {
	t.Helper()
	c := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	c.ProtocolName, c.ProtocolVersion, c.ClientIdentifier, c.CleanSession, c.Keepalive = "MQTT", 4, id, true, 60
	require.NoError(t, c.Write(conn))
	_, err := packets.ReadPacket(conn)
	require.NoError(t, err)
	s := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	s.Topics, s.Qoss, s.MessageID = []string{filter}, []byte{1}, 1
	require.NoError(t, s.Write(conn))
	_, err = packets.ReadPacket(conn)
	require.NoError(t, err)
}

// ends tells that the broker closes the connection.
func ends(t *testing.T, conn net.Conn) {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	for {
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			var timeout net.Error
			require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "the connection stays open")
			return
		}
	}
}

func dial(t *testing.T, b *broker.Broker) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", b.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestConnectionsThatAreRefused(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	for why, o := range map[string]*mqtt.ClientOptions{
		"an unknown client":                options(b, "gate-3"),
		"no id":                            options(b, ""),
		"an id that is a path":             options(b, "gate-1/../gate-2"),
		"a long id":                        options(b, strings.Repeat("a", 60)),
		"MQTT 3.1":                         options(b, "gate-1").SetProtocolVersion(3),
		"a will on another's topic":        options(b, "gate-1").SetWill(gate2.Events(), "boo", 1, false),
		"a retained will on its own topic": options(b, "gate-1").SetWill(gate1.Events(), "boo", 0, true),
	} {
		c := mqtt.NewClient(o)
		assert.Error(t, done(t, c.Connect()), why)
		c.Disconnect(0)
	}
	assert.Contains(t, k.logs.String(), "it brings a will")
	assert.Contains(t, k.logs.String(), "no such client is known here")
	assert.Empty(t, k.list())
}

func TestAnMQTT5ClientIsRefused(t *testing.T) {
	b := start(t, &kept{}, nil)
	host, port, _ := net.SplitHostPort(b.Addr().String())
	out, err := exec.CommandContext(t.Context(), "mosquitto_sub", "-V", "mqttv5", "-h", host, "-p", port, "-i", "watch",
		"-t", venue.Everything(), "-W", "5", "-C", "1").CombinedOutput()
	assert.Error(t, err, string(out))
}

func TestAClientPublishesOnlyItsOwnTopics(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	for why, topic := range map[string]string{
		"another gate's":        gate2.Events(),
		"its own ruling":        gate1.Ruling(),
		"the venue's list":      venue.List(ticket.EventID{9}),
		"used":                  venue.Used(),
		"the broker's own":      "$SYS/broker/version",
		"another system's":      "zigbee2mqtt/set",
		"a filter":              "portaria/1/+/gate/gate-1/events",
		"its own with a suffix": gate1.Events() + "/x",
	} {
		c := mqtt.NewClient(options(b, "gate-1"))
		require.NoError(t, done(t, c.Connect()))
		token := c.Publish(topic, 1, false, why)
		token.WaitTimeout(300 * time.Millisecond)
		c.Disconnect(0)
	}
	c := connect(t, b, "gate-1")
	require.NoError(t, done(t, c.Publish(gate1.Events(), 1, false, "good")))
	assert.Equal(t, []string{"gate-1 " + gate1.Events() + " good"}, k.list())
}

func TestAnObserverPublishesNothing(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	c := connect(t, b, "watch")
	c.Publish(gate1.Claim(), 0, false, "x").WaitTimeout(patience)
	assert.Error(t, done(t, c.Publish(gate1.Events(), 1, false, "x")))
	assert.Empty(t, k.list())
}

func TestAClientReadsOnlyWhatItMay(t *testing.T) {
	b := start(t, &kept{}, nil)
	c := connect(t, b, "gate-1")
	for filter, may := range map[string]bool{
		gate1.Ruling():                true,
		venue.Lists():                 true,
		venue.List(ticket.EventID{9}): true,
		venue.Patches():               true,
		venue.Notice():                true,
		gate2.Ruling():                false,
		gate2.Claim():                 false,
		"#":                           false,
		"+/+/+/+/+/+":                 false,
		venue.Everything():            false,
		strings.Replace(gate1.Ruling(), "gate-1", "+", 1): false,
		venue.Lists() + "/#":                              false,
		"$SYS/#":                                          false,
		"$share/g/" + gate2.Ruling():                      false,
		"$share/g/" + gate1.Ruling():                      false,
		wire.VenueTopics{Venue: ticket.EventID{7}}.Used(): false,
	} {
		token := c.Subscribe(filter, 1, nil)
		require.True(t, token.WaitTimeout(patience), filter)
		granted := token.Error() == nil
		for _, code := range token.(*mqtt.SubscribeToken).Result() { // paho names a shared filter without its prefix
			granted = granted && code <= 1
		}
		assert.Equal(t, may, granted, filter)
	}
}

func TestAMegabyteIsRefusedAndOthersGoOn(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	other := connect(t, b, "gate-2")
	lost := make(chan error, 1)
	c := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	require.NoError(t, done(t, c.Connect()))
	c.Publish(gate1.Events(), 1, false, bytes.Repeat([]byte("x"), 1<<20))
	await(t, lost)
	require.NoError(t, done(t, other.Publish(gate2.Events(), 1, false, "fine")))
	assert.Equal(t, []string{"gate-2 " + gate2.Events() + " fine"}, k.list())
	assert.Eventually(t, func() bool { return strings.Contains(k.logs.String(), "packet too large") }, patience, time.Millisecond)
}

func TestTheLargestAllowedMessagePasses(t *testing.T) {
	k := &kept{}
	c := connect(t, start(t, k, nil), "gate-1")
	require.NoError(t, done(t, c.Publish(gate1.Events(), 1, false, bytes.Repeat([]byte("x"), wire.MaxMessage))))
	assert.Len(t, k.list(), 1)
}

func TestPublishesOfAForbiddenKindEndTheConnection(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	for why, publish := range map[string]func(mqtt.Client){
		"retained": func(c mqtt.Client) { c.Publish(gate1.State(), 0, true, "x") },
		"QoS 2":    func(c mqtt.Client) { c.Publish(gate1.Events(), 2, false, "x") },
	} {
		lost := make(chan error, 1)
		c := mqtt.NewClient(options(b, "gate-1").SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
		require.NoError(t, done(t, c.Connect()), why)
		publish(c)
		await(t, lost)
	}
	assert.Empty(t, k.list())
}

func TestGarbageAndSilenceAreCutOff(t *testing.T) {
	k := &kept{}
	b := start(t, k, func(c *broker.Config) { c.HelloTimeout = 100 * time.Millisecond })
	ends(t, dial(t, b)) // says nothing
	for _, junk := range []string{"GET / HTTP/1.1\r\n\r\n", "\x10\xff\xff\xff\xff\x01", "\x10\x02\x00\x04", "\x30\x02\x00\x00",
		"\x10\x80\x80\x80\x01", strings.Repeat("\x00", 100)} {
		conn := dial(t, b)
		_, err := conn.Write([]byte(junk))
		require.NoError(t, err)
		ends(t, conn)
	}
	require.NoError(t, done(t, connect(t, b, "gate-1").Publish(gate1.Events(), 1, false, "fine")))
	assert.Len(t, k.list(), 1)
}

func TestAFloodIsSlowedDownNotDropped(t *testing.T) {
	k := &kept{}
	b := start(t, k, func(c *broker.Config) { c.MessageRate = 100 })
	c := connect(t, b, "gate-1")
	began := time.Now()
	var tokens []mqtt.Token
	for range 140 {
		tokens = append(tokens, c.Publish(gate1.Events(), 1, false, "x"))
	}
	for _, token := range tokens {
		require.NoError(t, done(t, token))
	}
	assert.Len(t, k.list(), 140)
	assert.Greater(t, time.Since(began), 300*time.Millisecond)
}

func TestMosquittoClientsWork(t *testing.T) {
	k := &kept{}
	b := start(t, k, nil)
	host, port, _ := net.SplitHostPort(b.Addr().String())
	var seen bytes.Buffer
	sub := exec.CommandContext(t.Context(), "mosquitto_sub", "-h", host, "-p", port, "-i", "watch", "-t", venue.Everything(),
		"-v", "-C", "1", "-W", "20")
	sub.Stdout = &seen
	require.NoError(t, sub.Start())
	require.Eventually(t, func() bool { return b.Connected("watch") }, patience, 10*time.Millisecond)
	finished := make(chan error, 1)
	go func() { finished <- sub.Wait() }()
	for n := 0; ; n++ { // it may still be subscribing
		out, err := exec.CommandContext(t.Context(), "mosquitto_pub", "-h", host, "-p", port, "-i", "gate-1", "-t", gate1.Events(),
			"-m", "hello", "-q", "1").CombinedOutput()
		require.NoError(t, err, string(out))
		select {
		case err := <-finished:
			require.NoError(t, err)
			assert.Equal(t, gate1.Events()+" hello\n", seen.String())
			assert.Contains(t, k.list(), "gate-1 "+gate1.Events()+" hello")
			return
		case <-time.After(100 * time.Millisecond):
			require.Less(t, n, 50)
		}
	}
}
