// Package upstream is a hub's session to the cloud: it hands on what the cloud sends by topic, and publishes records
// and heartbeats. It keeps nothing: what must arrive is sent again by those who wait for its ack.
package upstream

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/wire"
	"portaria/mqtt/session"
)

// Config is what the session needs. The functions must not block.
type Config struct {
	URL      string // tcp://host:port; of a cluster several, separated by commas
	Password string // for a broker that asks; the user is the hub's name
	Hub      string
	// Dial opens each connection and checks the other side; nil = plain TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	Log  *slog.Logger

	State   func() wire.HubState // the heartbeat
	Every   time.Duration        // between heartbeats; 5 s
	OnLink  func(up bool)
	OnAck   func(wire.Ack)
	OnBack  func(wire.Events)
	OnOrder func(wire.Command)
	OnAsk   func(wire.Ask)
	OnVenue func(payload []byte)
	OnList  func(event ticket.EventID, payload []byte)
	OnPatch func(event ticket.EventID, payload []byte)
}

// waiting is how many messages may wait in either direction: what an arbiter sends at once of a hundred gates.
const waiting = 4096

// silence is several times what a busy cloud takes to answer a heartbeat.
const silence = time.Minute

// Link is an open session.
type Link struct {
	cfg     Config
	topics  wire.HubTopics
	session *session.Session
	beat    chan struct{}
}

// Open starts connecting and returns at once.
func Open(cfg Config) (*Link, error) {
	if cfg.Every == 0 {
		cfg.Every = 5 * time.Second
	}
	l := &Link{cfg: cfg, topics: wire.HubTopics{Hub: cfg.Hub}, beat: make(chan struct{}, 1)}
	user := ""
	if cfg.Password != "" {
		user = cfg.Hub
	}
	var err error
	l.session, err = session.Open(session.Config{URL: cfg.URL, Dial: cfg.Dial, ClientID: cfg.Hub, User: user, Password: cfg.Password,
		OnLink: l.linked, Log: cfg.Log, Waiting: waiting, Silence: silence,
		Subscribe: map[string]byte{
			l.topics.Ack(): 1, l.topics.Back(): 0, l.topics.Ask(): 0, l.topics.Command(): 1, l.topics.Notice(): 1, l.topics.Lists(): 1, l.topics.Patches(): 1,
		}})
	if err != nil {
		return nil, fmt.Errorf("open the session to the cloud: %w", err)
	}
	return l, nil
}

// linked also asks for a heartbeat at once: the cloud's answer says what it holds.
func (l *Link) linked(up bool) {
	if up {
		l.Beat()
	}
	l.cfg.OnLink(up)
}

// Run reads and beats until ctx ends, and then closes the session.
func (l *Link) Run(ctx context.Context) {
	defer func() { _ = l.session.Close() }() // it has no error to give
	tick := time.NewTicker(l.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-l.session.Messages():
			l.take(m)
		case <-tick.C:
			l.sendState()
		case <-l.beat:
			l.sendState()
		}
	}
}

// Up tells whether the cloud is connected.
func (l *Link) Up() bool { return l.session.Up() }

// SendUp publishes records. Nil promises nothing.
func (l *Link) SendUp(events wire.Events) error {
	payload, err := wire.Encode(events)
	if err != nil {
		return err
	}
	return l.session.Publish(l.topics.Events(), 1, payload)
}

func (l *Link) sendState() {
	if !l.Up() {
		return
	}
	states, err := wire.SplitHubState(l.cfg.State())
	for _, state := range states {
		var payload []byte
		if payload, err = wire.Encode(state); err == nil {
			err = l.session.Publish(l.topics.State(), 0, payload)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		l.cfg.Log.Warn("the heartbeat was not sent to the cloud", "why", err)
	}
}

func (l *Link) take(m session.Message) {
	topic, err := wire.ParseTopic(m.Topic)
	if err != nil || topic.Hub != l.cfg.Hub {
		l.cfg.Log.Warn("the cloud's broker sent a topic that is not this hub's", "topic", m.Topic)
		return
	}
	switch topic.Leaf {
	case wire.LeafAck:
		hand(l, "an ack", m.Payload, l.cfg.OnAck)
	case wire.LeafVenue:
		l.cfg.OnVenue(m.Payload)
	case wire.LeafList:
		l.cfg.OnList(topic.Event, m.Payload)
	case wire.LeafPatch:
		l.cfg.OnPatch(topic.Event, m.Payload)
	case wire.LeafBack:
		hand(l, "records", m.Payload, l.cfg.OnBack)
	case wire.LeafAsk:
		if l.cfg.OnAsk != nil {
			hand(l, "a question", m.Payload, l.cfg.OnAsk)
		}
	case wire.LeafCommand:
		hand(l, "a command", m.Payload, l.cfg.OnOrder)
	}
}

// hand reads a message of the cloud and hands it on.
func hand[T any, P wire.Pointer[T]](l *Link, what string, payload []byte, do func(T)) {
	message, err := wire.Decode[T, P](payload)
	if err != nil {
		l.cfg.Log.Warn("the cloud sent "+what+" that can't be read", "why", err)
		return
	}
	do(message)
}

// Ask sends a question for records that this hub lacks. Nil promises nothing.
func (l *Link) Ask(want wire.Want) error {
	payload, err := wire.Encode(want)
	if err != nil {
		return err
	}
	return l.session.Publish(l.topics.Want(), 0, payload)
}

// Answer answers a telephone. Nil promises nothing.
func (l *Link) Answer(a wire.Answer) error {
	payload, err := wire.Encode(a)
	if err != nil {
		return err
	}
	return l.session.Publish(l.topics.Answer(), 0, payload)
}

// Beat asks for a heartbeat at once. It does not wait.
func (l *Link) Beat() {
	select {
	case l.beat <- struct{}{}:
	default:
	}
}
