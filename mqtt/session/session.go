// Package session is one MQTT 3.1.1 client session as every program of Portaria keeps it: gate to hub and hub to cloud.
//
// It keeps trying for ever, subscribes again after every connection, never blocks its callers, and promises nothing
// about what was published: acknowledgement is a message of the protocol (wire.Ack), never a token or a PUBACK. It
// keeps nothing on disk. It does not know what a message means.
package session

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"portaria/edge/wire"
)

// Errors of Publish. After either the message is gone, and its sender sends it again when its watermark says so.
var (
	ErrOffline = errors.New("no connection to the broker")
	ErrBusy    = errors.New("too many messages wait to be sent")
)

// Config is what a session needs. Zero values take the defaults below.
type Config struct {
	URL      string // tcp://host:port or mqtts://host:port; of a cluster several, separated by commas, tried in turn
	ClientID string // a gate's or hub's name
	// Dial opens each connection, to host:port of the URL in turn; it may know better. It must be set for mqtts, and is
	// then who checks the other side. Nil = plain TCP.
	Dial      func(ctx context.Context, address string) (net.Conn, error)
	User      string // for brokers that ask; empty = none
	Password  string
	Subscribe map[string]byte // filter to QoS, made anew after every connection
	OnLink    func(up bool)   // hears of connection and loss; must not block

	Log *slog.Logger

	KeepAlive   time.Duration // 10 s
	MaxInterval time.Duration // longest pause between attempts; 10 s
	Waiting     int           // messages that may wait in either direction; 1,024
	// Silence is how long nothing may come from a broker whose program answers what this one sends, before the connection is
	// given up for a new one: one that has lost a session answers pings all the same. A new one that hears nothing either gets
	// twice as long, and so on. 0 = as long as it likes.
	Silence time.Duration
}

// Message is one that came in.
type Message struct {
	Topic    string
	Payload  []byte
	Retained bool
}

type outgoing struct {
	topic    string
	qos      byte
	retained bool
	payload  []byte
}

// Session is an open session.
type Session struct {
	cfg  Config
	urls []string
	in   chan Message
	out  chan outgoing
	up   atomic.Bool
	stop context.CancelFunc
	done chan struct{}

	overflow atomic.Bool
	heard    atomic.Uint64 // messages that came
}

// Open starts connecting and returns at once; OnLink tells when there is a connection.
func Open(cfg Config) (*Session, error) {
	urls, err := check(cfg)
	if err != nil {
		return nil, err
	}
	cfg.defaults()
	ctx, stop := context.WithCancel(context.Background())
	s := &Session{cfg: cfg, urls: urls, in: make(chan Message, cfg.Waiting), out: make(chan outgoing, cfg.Waiting),
		stop: stop, done: make(chan struct{})}
	go s.run(ctx)
	return s, nil
}

func check(cfg Config) ([]string, error) {
	urls, err := ParseURLs(cfg.URL)
	if err != nil {
		return nil, err
	}
	if err := wire.CheckName(cfg.ClientID); err != nil {
		return nil, fmt.Errorf("MQTT client id: %w", err)
	}
	if cfg.Dial == nil && slices.ContainsFunc(urls, Encrypted) {
		return nil, errors.New("MQTT address: nobody was named to check the other side of an encrypted connection")
	}
	if cfg.Password != "" && cfg.User == "" {
		return nil, errors.New("MQTT password: there is no user for it")
	}
	return urls, nil
}

// ParseURLs splits the address of a broker, or of a cluster's brokers, and checks each.
func ParseURLs(list string) ([]string, error) {
	urls := strings.Split(list, ",")
	for i, text := range urls {
		urls[i] = strings.TrimSpace(text)
		where, err := url.Parse(urls[i])
		if err != nil || where.Scheme != "tcp" && where.Scheme != "mqtts" || where.Port() == "" || where.Hostname() == "" || where.User != nil ||
			strings.Trim(where.Path, "/") != "" {
			return nil, fmt.Errorf("MQTT address %q is not like tcp://host:1883 or mqtts://host:8883", text)
		}
	}
	return urls, nil
}

// Encrypted says whether a broker's address means TLS.
func Encrypted(address string) bool { return strings.HasPrefix(address, "mqtts://") }

// TLS is a Dial that speaks TLS by that configuration.
func TLS(cfg *tls.Config) func(ctx context.Context, address string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		return (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", address)
	}
}

func (c *Config) defaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OnLink == nil {
		c.OnLink = func(bool) {}
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", address)
		}
	}
	if c.KeepAlive == 0 {
		c.KeepAlive = 10 * time.Second
	}
	if c.MaxInterval == 0 {
		c.MaxInterval = 10 * time.Second
	}
	if c.Waiting == 0 {
		c.Waiting = 1024
	}
}

// Messages gives what comes in, in order. When nobody reads it for long, the newest are thrown away and everything
// retained is asked for again once there is room.
func (s *Session) Messages() <-chan Message { return s.in }

// Up tells whether there is a connection now.
func (s *Session) Up() bool { return s.up.Load() }

// Publish hands a message over to be sent, and never waits. Nil promises nothing about its arrival.
func (s *Session) Publish(topic string, qos byte, payload []byte) error {
	return s.send(outgoing{topic: topic, qos: qos, payload: payload})
}

// Retain is Publish for a message that the broker also keeps for later readers; an empty one takes that away.
func (s *Session) Retain(topic string, qos byte, payload []byte) error {
	return s.send(outgoing{topic: topic, qos: qos, retained: true, payload: payload})
}

func (s *Session) send(m outgoing) error {
	if !s.Up() {
		return fmt.Errorf("publish %s: %w", m.topic, ErrOffline)
	}
	select {
	case s.out <- m:
		return nil
	default:
		return fmt.Errorf("publish %s: %w", m.topic, ErrBusy)
	}
}

// Close ends the session; what was handed over in the last moment may be lost.
func (s *Session) Close() error {
	s.stop()
	<-s.done
	return nil
}

func (s *Session) received(_ mqtt.Client, m mqtt.Message) {
	s.heard.Add(1)
	select {
	case s.in <- Message{Topic: m.Topic(), Payload: m.Payload(), Retained: m.Retained()}:
	default:
		if !s.overflow.Swap(true) {
			s.cfg.Log.Warn("MQTT messages come faster than they are read; what is retained will be asked for again",
				"topic", m.Topic())
		}
	}
}
