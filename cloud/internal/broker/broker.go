// Package broker is the hubs' door to the cloud: MQTT for lists, records and heartbeats, and HTTP handlers for blobs and
// secrets.
//
// The MQTT broker is one inside the program (Embedded), or one that runs elsewhere (Outside): any that speaks MQTT
// 3.1.1. Both do the same: what a hub publishes is stored, and then answered by an ack message, which is the only promise
// there is. An outside broker's PUBACK says that the broker has a message, not that the cloud does.
//
// Who a hub is, the embedded broker takes from CONNECT, and an outside one has to say by its rights: it must let a hub
// publish under its own name only. The composition root binds plain links to loopback, or says loudly that it does not.
// DESIGN.md has the reasons.
package broker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
)

// Hubs knows the hubs that are in service. gatehouse.ErrNoHub.
type Hubs interface {
	Hub(ctx context.Context, id string) (gatehouse.Hub, error)
}

// Intake takes what hubs publish. An error that is ingest.ErrRefused is not worth another attempt.
type Intake interface {
	// Events takes batches of records together. Its answers hold although there is an error.
	Events(ctx context.Context, hub ingest.Hub, payloads ...[]byte) ([]wire.Ack, error)
	State(ctx context.Context, hub ingest.Hub, payload []byte) ([]wire.Ack, error)
	// Want answers a hub that lacks records; without events there is nothing to send back.
	Want(ctx context.Context, hub ingest.Hub, payload []byte) (wire.Events, error)
}

// Line is the way to the hubs, whoever runs the broker. It sends for the gatehouse.
type Line interface {
	// Send publishes a message of the gatehouse. Nil promises nothing about its arrival.
	Send(topic string, payload []byte, retained bool) error
	// Stale names retained topics that the broker does not hold as they were sent: send them again.
	Stale() []string
	// Connected says whether a hub is there now.
	Connected(hub string) bool
	// Addr is where hubs connect.
	Addr() net.Addr
	// Close returns when nothing is being stored any more.
	Close() error
}

// Config is what a line needs.
type Config struct {
	Listen string // host:port of the embedded broker; port 0 picks one
	// TLS is what the embedded broker speaks, and Holder says whose a connection is, at this moment. Nil = plain.
	TLS     *tls.Config
	Holder  func(ctx context.Context, state *tls.ConnectionState) (gatehouse.Hub, error)
	Outside Account
	Hubs    Hubs
	Intake  Intake
	// OnAnswer is told what a hub answers to a question of Asks. It must not block. Nil = nobody asks.
	OnAnswer func(hub string, answer wire.Answer)
	Log      *slog.Logger
}

// Account is this cloud's at an outside broker. Without a URL the embedded broker runs.
type Account struct {
	URL      string // tcp://host:port; of a cluster several, separated by commas
	User     string // also the client id, so every cloud of several needs one of its own; empty = a random client id
	Password string
	Dial     func(ctx context.Context, address string) (net.Conn, error) // nil = plain TCP
}

const (
	storeLimit = 15 * time.Second // for what is stored together, before the hub is told to send again
	knockLimit = 5 * time.Second  // for looking a hub up
	checkEvery = 3 * time.Second  // a hub out of service is cut off within 5 s
)

// Open starts the embedded broker, or the session to the outside one.
func Open(ctx context.Context, config Config) (Line, error) {
	if config.Outside.URL != "" {
		return orNone(Dial(ctx, config))
	}
	return orNone(Start(ctx, config))
}

// orNone keeps a nil pointer from looking like a broker.
func orNone[B Line](b B, err error) (Line, error) {
	if err != nil {
		return nil, err
	}
	return b, nil
}
