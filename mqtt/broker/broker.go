// Package broker is an MQTT 3.1.1 broker inside the program: a hub's for its gates, a cloud's for its hubs.
//
// It knows who may connect and what each may publish and read (wire.Rights), and hands every message of a client to
// the program before it acknowledges it, so that the program may store it first, or hold up a client that sends faster
// than it stores. It keeps no session and no message but the retained ones, in memory: the program publishes those again when it starts. It
// does not know what a message means.
//
// Over TLS the certificate says who a client is, and its client id must be that name; without, on loopback, the id is
// taken at its word.
//
// The engine is mochi-mqtt; what it leaves open is closed here: connections that never say CONNECT or come in floods,
// wills (which pass its rights), sessions and messages in flight that outlive who they were for, MQTT 5 topic aliases,
// subscribers that read too slowly (which would hold the lock a publisher needs), panics in a packet decoder, and store failures that it would acknowledge.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"portaria/edge/wire"
)

// ErrDrop from Config.OnPublish throws a message away but acknowledges it: what can never be stored must not come
// again for ever.
var ErrDrop = errors.New("message dropped")

// Config is what a broker needs. Zero numbers take the defaults below.
type Config struct {
	Listen string // host:port; port 0 picks one
	// TLS, if set, is what connections speak; it must demand a certificate. Client says whose it is: that is the only
	// client id that this connection may use.
	TLS    *tls.Config
	Client func(state tls.ConnectionState) (id string, err error)

	// Rights says what the client of this id may do; false refuses the connection.
	Rights func(client string) (wire.Rights, bool)

	// OnPublish takes each message of a client, in the client's order, on the client's own goroutine. Nil
	// acknowledges it and passes it on to readers with the right; ErrDrop acknowledges it only; any other error
	// leaves it unacknowledged and ends the connection, so that the client sends again.
	OnPublish func(client, topic string, payload []byte) error

	// Later, if set, is asked before OnPublish, and may take a message that it will answer later: true, and then answer
	// must be called once, from wherever, with what OnPublish would have returned; it does not block. The client's next
	// messages come meanwhile, so that many of them may share a wait; acknowledged they are in order. Later may block to
	// hold up a client with too many under way.
	Later func(client, topic string, payload []byte, answer func(error)) bool

	// OnLink, if set, hears of clients that came and went. It must not block.
	OnLink func(client string, up bool)

	Log *slog.Logger

	MaxClients    int           // connections at once; 512
	MaxPayload    int           // bytes; wire.MaxMessage
	ConnectRate   float64       // connections a second from one address, of which 5 s may come at once; 20
	MessageRate   float64       // messages a second that a client may send before it is slowed down; 1,000
	WriteBuffer   int           // bytes that may wait for one reader before it is cut off; 4 MiB
	HelloTimeout  time.Duration // from connection to CONNECT; 10 s
	MaxKeepalive  time.Duration // longest silence a client may ask for; 2 minutes
	Subscriptions int           // of one client; 256
}

func (c *Config) defaults() {
	set(&c.MaxClients, 512)
	set(&c.MaxPayload, wire.MaxMessage)
	set(&c.ConnectRate, 20)
	set(&c.MessageRate, 1000)
	set(&c.WriteBuffer, 4<<20)
	set(&c.HelloTimeout, 10*time.Second)
	set(&c.MaxKeepalive, 2*time.Minute)
	set(&c.Subscriptions, 256)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OnLink == nil {
		c.OnLink = func(string, bool) {}
	}
}

func set[T comparable](field *T, value T) {
	if *field == *new(T) {
		*field = value
	}
}

// Broker is a running broker.
type Broker struct {
	server   *mqtt.Server
	listener *listener
	guard    *guard
	stop     func() bool
	closed   chan struct{}
	unwatch  context.CancelFunc
}

// Start listens and serves until Close, or until ctx ends. A taken port is one clear error.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	if cfg.Rights == nil || cfg.OnPublish == nil || (cfg.TLS == nil) != (cfg.Client == nil) {
		return nil, errors.New("start the broker: Rights and OnPublish must be set, and Client where there is TLS")
	}
	cfg.defaults()
	socket, err := listen(ctx, cfg.Listen)
	if err != nil {
		return nil, err
	}
	b := &Broker{server: mqtt.New(options(cfg)), guard: newGuard(cfg), closed: make(chan struct{})}
	b.listener, b.guard.pass = newListener(socket, cfg), b.server.Publish
	if err := b.serve(); err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	watch, stop := context.WithCancel(ctx)
	b.unwatch = stop
	go b.guard.watchExpiry(watch)
	b.stop = context.AfterFunc(ctx, b.shut)
	return b, nil
}

func (b *Broker) serve() error {
	if err := b.server.AddHook(b.guard, nil); err != nil {
		return err
	}
	if err := b.server.AddListener(b.listener); err != nil {
		return err
	}
	return b.server.Serve()
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("MQTT cannot listen on %s: another program has this port; stop it or choose another: %w",
			address, syscall.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("MQTT cannot listen on %s: %w", address, err)
	}
	return socket, nil
}

func options(cfg Config) *mqtt.Options {
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(cfg.MaxClients)
	caps.MaximumPacketSize = uint32(cfg.MaxPayload + wire.MaxTopic + 64) //nolint:gosec // a setting of this program
	caps.MaximumMessageExpiryInterval = 0                                // a retained list must not vanish after a day
	caps.MaximumSessionExpiryInterval = 60
	caps.MaximumClientWritesPending = 1024
	caps.MaximumInflight = 1024
	caps.ReceiveMaximum = 1024
	caps.TopicAliasMaximum = 0
	caps.SharedSubAvailable = 0
	caps.MinimumProtocolVersion = protocol
	return &mqtt.Options{
		Capabilities: caps,
		InlineClient: true,
		// Its log prints whole packets; what an operator needs is logged by the guard.
		Logger:                 slog.New(slog.DiscardHandler),
		SysTopicResendInterval: 3600,
	}
}

// Addr is where the broker listens.
func (b *Broker) Addr() net.Addr { return b.listener.socket.Addr() }

// Publish sends a message from the program itself to all who read the topic. It never waits for a reader: one that
// does not keep up is cut off, and reads what is retained when it is back.
func (b *Broker) Publish(topic string, payload []byte, qos byte, retained bool) error {
	if qos == 0 && !retained {
		return b.tell(topic, payload)
	}
	if err := b.server.Publish(topic, payload, retained, qos); err != nil {
		return fmt.Errorf("publish %s: %w", topic, err)
	}
	return nil
}

// Connected tells whether a client has a connection now.
func (b *Broker) Connected(client string) bool { return b.guard.connected(client) }

// Kick ends a client's connection, if it has one.
func (b *Broker) Kick(client string) {
	if cl, ok := b.server.Clients.Get(client); ok {
		cl.Stop(packets.ErrAdministrativeAction)
	}
}

// Close ends every connection and stops listening. It returns when no client's goroutine runs any more.
func (b *Broker) Close() error {
	if b.stop() {
		b.shut()
	}
	<-b.closed
	return nil
}

func (b *Broker) shut() {
	defer close(b.closed)
	b.unwatch()
	_ = b.server.Close() // it has no error to give
	b.listener.wait()
}
