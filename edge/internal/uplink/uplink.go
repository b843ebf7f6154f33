// Package uplink is a gate's MQTT session to its hub: claims, records and heartbeats up; rulings, acks and lists down.
//
// It knows topics and encodings. It promises nothing about what it sends, and what comes in that is not of the
// protocol is dropped and counted.
package uplink

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// Handlers take what the hub sends, from one goroutine. None may block for long: a ruling may be behind it.
type Handlers struct {
	Ruling  func(wire.Ruling)
	Recall  func(wire.Recall)
	Pulse   func(wire.Pulse)
	Used    func(wire.Used)
	Ack     func(wire.Ack)
	Command func(wire.Command)
	List    func(ticket.EventID, wire.ListNotice)
	Patch   func(ticket.EventID, wire.PatchNotice)
	Venue   func(wire.VenueNotice)
	Link    func(up bool)
}

// Dial opens a connection to the hub and checks who is there; the address is that of the URL.
type Dial = func(ctx context.Context, address string) (net.Conn, error)

// silence is many times what a hub takes to answer a heartbeat, of which there is one a second.
const silence = 15 * time.Second

// Config is what a link needs.
type Config struct {
	URL      string // tcp://host:1883, or mqtts://…
	Dial     Dial   // nil = plain TCP to the host of the URL
	Gate     string
	Venue    ticket.EventID
	Handlers Handlers
	Log      *slog.Logger
}

// Uplink is an open link, up or not.
type Uplink struct {
	cfg     Config
	gate    wire.GateTopics
	session *session.Session
	done    chan struct{}
	stop    sync.Once
	quit    chan struct{}
	strange atomic.Uint64
}

// Open starts connecting and returns at once.
func Open(cfg Config) (*Uplink, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	u := &Uplink{cfg: cfg, gate: wire.GateTopics{Venue: cfg.Venue, Gate: cfg.Gate}, done: make(chan struct{}), quit: make(chan struct{})}
	s, err := session.Open(session.Config{URL: cfg.URL, Dial: cfg.Dial, ClientID: cfg.Gate, Subscribe: u.filters(), OnLink: cfg.Handlers.Link, Log: cfg.Log,
		Silence:     silence,
		MaxInterval: 3 * time.Second}) // the hub is in the same building, and guests are waiting
	if err != nil {
		return nil, err
	}
	u.session = s
	go u.receive()
	return u, nil
}

// filters are what a gate reads, each with the QoS that a loss of it would cost: manifests and patches come once.
func (u *Uplink) filters() map[string]byte {
	venue := wire.VenueTopics{Venue: u.cfg.Venue}
	return map[string]byte{
		u.gate.Ruling(): 0, u.gate.Ack(): 0, u.gate.Pulse(): 0, u.gate.Recall(): 0, venue.Used(): 0,
		u.gate.Command(): 1, venue.Lists(): 1, venue.Patches(): 1, venue.Notice(): 1,
	}
}

// Up tells whether there is a connection now. Whether the hub answers is for its pulses to say.
func (u *Uplink) Up() bool { return u.session.Up() }

// Strange is how many messages came that are not of the protocol.
func (u *Uplink) Strange() uint64 { return u.strange.Load() }

// Claim asks the arbiter, QoS 0: a claim that is late is worthless.
func (u *Uplink) Claim(m wire.Claim) error { return send(u, u.gate.Claim(), 0, m) }

// Events sends records, QoS 1.
func (u *Uplink) Events(m wire.Events) error { return send(u, u.gate.Events(), 1, m) }

// State sends a heartbeat, QoS 0: the next one is a second away.
func (u *Uplink) State(m wire.State) error { return send(u, u.gate.State(), 0, m) }

func send[T any, P wire.Pointer[T]](u *Uplink, topic string, qos byte, m T) error {
	raw, err := wire.Encode[T, P](m)
	if err != nil {
		return err
	}
	return u.session.Publish(topic, qos, raw)
}

// Close ends the link.
func (u *Uplink) Close() error {
	err := u.session.Close()
	u.stop.Do(func() { close(u.quit) })
	<-u.done
	return err
}

func (u *Uplink) receive() {
	defer close(u.done)
	for {
		select {
		case <-u.quit:
			return
		case m := <-u.session.Messages():
			if err := u.deliver(m); err != nil && u.strange.Add(1)%1000 == 1 {
				u.cfg.Log.Warn("dropped a message that is not of the protocol", "topic", m.Topic, "why", err)
			}
		}
	}
}

func (u *Uplink) deliver(m session.Message) error {
	topic, err := wire.ParseTopic(m.Topic)
	if err != nil {
		return err
	}
	h := u.cfg.Handlers
	switch topic.Leaf {
	case wire.LeafRuling:
		return decode(m.Payload, h.Ruling)
	case wire.LeafRecall:
		return decode(m.Payload, h.Recall)
	case wire.LeafPulse:
		return decode(m.Payload, h.Pulse)
	case wire.LeafUsed:
		return decode(m.Payload, h.Used)
	case wire.LeafAck:
		return decode(m.Payload, h.Ack)
	case wire.LeafCommand:
		return decode(m.Payload, h.Command)
	case wire.LeafVenue:
		return decode(m.Payload, h.Venue)
	case wire.LeafList:
		return decode(m.Payload, func(n wire.ListNotice) { h.List(topic.Event, n) })
	case wire.LeafPatch:
		return decode(m.Payload, func(n wire.PatchNotice) { h.Patch(topic.Event, n) })
	}
	return wire.ErrTopic
}

func decode[T any, P wire.Pointer[T]](raw []byte, give func(T)) error {
	m, err := wire.Decode[T, P](raw)
	if err == nil && give != nil {
		give(m)
	}
	return err
}
