package broker

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"portaria/edge/wire"
)

// protocol is MQTT 3.1.1. MQTT 5 is refused: its topic aliases and session properties are doors nobody needs here.
const protocol = 4

// Reasons for ending a connection.
var (
	errQoS2     = errors.New("published with QoS 2; this broker takes 0 and 1")
	errRetained = errors.New("published a retained message; only the broker's own program may")
	errMany     = errors.New("made too many subscriptions")
	errUnread   = errors.New("does not acknowledge what it reads")
	errStore    = errors.New("its message could not be stored")
	errPapers   = errors.New("its certificate is no longer good")
)

// guard is the hook through which everything a client does passes.
type guard struct {
	mqtt.HookBase
	cfg      Config
	refused  limiter // of log lines about refused connections
	turns    turns
	readings readings
	pass     func(topic string, payload []byte, retained bool, qos byte) error

	mu      sync.Mutex
	clients map[*mqtt.Client]*client
	current map[string]*mqtt.Client
}

// client is what the guard knows of a connection.
type client struct {
	rights wire.Rights
	rate   limiter
	open   promises
	until  time.Time // its certificate, and its issuers', are good until then; zero = there is none
}

func newGuard(cfg Config) *guard {
	return &guard{cfg: cfg, refused: limiter{rate: 1, burst: 20},
		clients: map[*mqtt.Client]*client{}, current: map[string]*mqtt.Client{}}
}

func (g *guard) ID() string { return "guard" }

func (g *guard) Provides(hook byte) bool {
	switch hook {
	case mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnSessionEstablish, mqtt.OnSessionEstablished, mqtt.OnDisconnect, mqtt.OnACLCheck,
		mqtt.OnPacketRead, mqtt.OnPublish, mqtt.OnQosPublish, mqtt.OnSubscribed, mqtt.OnUnsubscribed:
		return true
	}
	return false
}

// OnConnect makes every session a clean one with a bounded silence, before the engine looks at either.
func (g *guard) OnConnect(cl *mqtt.Client, _ packets.Packet) error {
	cl.Properties.Clean = true
	longest := uint16(min(g.cfg.MaxKeepalive/time.Second, 1<<15)) //nolint:gosec // bounded by min
	if cl.State.Keepalive == 0 || cl.State.Keepalive > longest {
		cl.State.Keepalive = longest
	}
	return nil
}

func (g *guard) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	_, why := g.judge(cl, pk)
	// The engine publishes a will without asking for rights, so none is left standing.
	cl.Properties.Will = mqtt.Will{}
	if why != "" {
		if g.refused.take(time.Now()) {
			g.cfg.Log.Warn("MQTT connection refused", "client", clip(cl.ID), "from", cl.Net.Remote, "why", why)
		}
		return false
	}
	return true
}

func (g *guard) judge(cl *mqtt.Client, pk packets.Packet) (wire.Rights, string) {
	if cl.Properties.ProtocolVersion != protocol {
		return wire.Rights{}, "not MQTT 3.1.1"
	}
	if pk.Connect.WillFlag {
		return wire.Rights{}, "it brings a will"
	}
	if err := wire.CheckName(cl.ID); err != nil {
		return wire.Rights{}, err.Error()
	}
	if err := g.named(cl); err != nil {
		return wire.Rights{}, err.Error()
	}
	rights, ok := g.cfg.Rights(cl.ID)
	if !ok {
		return wire.Rights{}, "no such client is known here"
	}
	return rights, ""
}

// named holds the client id to the certificate, where there is one.
func (g *guard) named(cl *mqtt.Client) error {
	if g.cfg.TLS == nil {
		return nil
	}
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return errors.New("it is not of this listener")
	}
	state, ok := c.tlsState()
	if !ok {
		return errors.New("it is not encrypted")
	}
	id, err := g.cfg.Client(state)
	if err != nil {
		return err
	}
	if id != cl.ID {
		return fmt.Errorf("its certificate is of %q", id)
	}
	return nil
}

// OnSessionEstablish is called before the engine puts this connection in the place of an older one of the same client.
func (g *guard) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) { g.turn(cl) }

func (g *guard) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	defer leaveTurn(cl)
	rights, ok := g.cfg.Rights(cl.ID)
	if !ok || g.named(cl) != nil { // taken away since it said CONNECT
		cl.Stop(packets.ErrNotAuthorized)
		return
	}
	g.mu.Lock()
	_, again := g.current[cl.ID]
	g.current[cl.ID] = cl
	g.clients[cl] = &client{rights: rights, rate: limiter{rate: g.cfg.MessageRate, burst: g.cfg.MessageRate}, until: goodUntil(cl)}
	g.mu.Unlock()
	g.readings.changed()
	if again {
		g.cfg.Log.Warn("MQTT client connected again; its older connection is closed", "client", cl.ID, "from", cl.Net.Remote)
	}
	g.cfg.OnLink(cl.ID, true)
}

// OnDisconnect is called before the engine takes away what this connection had; its turn ends with its goroutine.
func (g *guard) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	g.turn(cl)
	g.mu.Lock()
	delete(g.clients, cl)
	last := g.current[cl.ID] == cl
	if last {
		delete(g.current, cl.ID)
	}
	g.mu.Unlock()
	g.readings.changed()
	if cause := cl.StopCause(); cause != nil {
		err = cause
	}
	if err != nil && !errors.Is(err, packets.CodeDisconnect) {
		g.cfg.Log.Warn("MQTT connection ended", "client", cl.ID, "from", cl.Net.Remote, "why", err)
	}
	if last {
		g.cfg.OnLink(cl.ID, false)
	}
}

func (g *guard) connected(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.current[id] != nil
}

func (g *guard) of(cl *mqtt.Client) *client {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.clients[cl]
}

// OnPacketRead sees a packet before the engine does. An error ends the connection; the engine swallows all but
// ErrRejectPacket.
func (g *guard) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if err := g.fault(cl, pk); err != nil {
		return pk, fmt.Errorf("%w: %w", err, packets.ErrRejectPacket)
	}
	return pk, nil
}

func (g *guard) fault(cl *mqtt.Client, pk packets.Packet) error {
	switch pk.FixedHeader.Type {
	case packets.Publish:
		if pk.FixedHeader.Qos > 1 {
			return errQoS2
		}
		if pk.FixedHeader.Retain {
			return errRetained
		}
	case packets.Subscribe:
		if cl.State.Subscriptions.Len()+len(pk.Filters) > g.cfg.Subscriptions {
			return errMany
		}
	}
	return nil
}

// OnACLCheck is asked for each publish, each filter and each delivery.
func (g *guard) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	known := g.of(cl)
	if known == nil || strings.HasPrefix(topic, "$") {
		return false
	}
	if !write {
		return mayRead(known.rights, topic)
	}
	if mayPublish(known.rights, topic) {
		return true
	}
	g.cfg.Log.Warn("MQTT publish refused", "client", cl.ID, "topic", clip(topic))
	return false
}

// OnPublish hands the message over before the engine acknowledges it. The engine would acknowledge after any error but
// ErrRejectPacket.
func (g *guard) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	known := g.of(cl)
	if known == nil {
		return pk, packets.ErrRejectPacket
	}
	known.rate.wait()
	if g.cfg.Later != nil && pk.FixedHeader.Qos == 1 {
		g.take(cl, known, pk)
		return pk, packets.ErrRejectPacket
	}
	err := g.cfg.OnPublish(cl.ID, pk.TopicName, pk.Payload)
	switch {
	case err == nil:
		return pk, nil
	case errors.Is(err, ErrDrop):
		return pk, packets.CodeSuccessIgnore
	}
	g.unstored(cl, pk.TopicName, err)
	return pk, packets.ErrRejectPacket
}

// OnQosPublish is told of each QoS 1 message put in flight to a reader. At the limit the engine would drop all later
// ones without a word; a cut connection is told again what is retained.
func (g *guard) OnQosPublish(cl *mqtt.Client, _ packets.Packet, _ int64, _ int) {
	if cl.State.Inflight.Len() >= int(g.Opts.Capabilities.MaximumInflight) {
		cl.Stop(errUnread)
	}
}

func clip(text string) slog.Value {
	if len(text) > 60 {
		text = text[:60] + "…"
	}
	return slog.StringValue(text)
}
