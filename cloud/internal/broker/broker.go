// Package broker is the hubs' door to the cloud: an MQTT broker inside the program for lists, records and heartbeats,
// and HTTP handlers for blobs and secrets.
//
// A hub may use exactly its own topics. What it publishes is stored before it is acknowledged, and answered by an
// ack message. Until hubs have certificates, MQTT takes a hub's word for its id: the composition root binds it to the
// loopback interface, or says loudly that it does not.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
	mqtt "portaria/mqtt/broker"
)

// Hubs knows the hubs that are in service. gatehouse.ErrNoHub.
type Hubs interface {
	Hub(ctx context.Context, id string) (gatehouse.Hub, error)
}

// Intake takes what hubs publish. An error that is ingest.ErrRefused is not worth another attempt.
type Intake interface {
	Events(ctx context.Context, hub ingest.Hub, payload []byte) ([]wire.Ack, error)
	State(ctx context.Context, hub ingest.Hub, payload []byte) ([]wire.Ack, error)
}

// Config is what the broker needs.
type Config struct {
	Listen string // host:port; port 0 picks one
	Hubs   Hubs
	Intake Intake
	Log    *slog.Logger
}

const (
	storeLimit = 15 * time.Second // for one message, before the hub is told to send again
	knockLimit = 5 * time.Second  // for looking a hub up when it connects
	checkEvery = 3 * time.Second  // a hub out of service is cut off within 5 s
)

// Broker is a running broker. It sends for the gatehouse.
type Broker struct {
	config Config
	mqtt   *mqtt.Broker
	ctx    context.Context //nolint:containedctx // the broker's life: callbacks of the engine have no other
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	hubs map[string]ingest.Hub // connected
}

var _ gatehouse.Sender = (*Broker)(nil)

// Start listens and serves until Close.
func Start(ctx context.Context, config Config) (*Broker, error) {
	b := &Broker{config: config, hubs: map[string]ingest.Hub{}}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	b.mqtt, err = mqtt.Start(b.ctx, mqtt.Config{
		Listen: config.Listen, Rights: b.rights, OnPublish: b.take, OnLink: b.link, Log: config.Log,
	})
	if err != nil {
		b.cancel()
		return nil, err
	}
	b.done.Go(b.watch)
	return b, nil
}

// Addr is where hubs connect.
func (b *Broker) Addr() net.Addr { return b.mqtt.Addr() }

// Connected says whether a hub is connected here.
func (b *Broker) Connected(hub string) bool { return b.mqtt.Connected(hub) }

// Close ends every connection. It returns when nothing is being stored any more.
func (b *Broker) Close() error {
	err := b.mqtt.Close()
	b.cancel()
	b.done.Wait()
	return err
}

// Send publishes a message of the gatehouse.
func (b *Broker) Send(topic string, payload []byte, retained bool) error {
	return b.mqtt.Publish(topic, payload, 1, retained)
}

// rights lets a hub in service use its own topics, and nobody else anything.
func (b *Broker) rights(client string) (wire.Rights, bool) {
	ctx, cancel := context.WithTimeout(b.ctx, knockLimit)
	defer cancel()
	hub, err := b.config.Hubs.Hub(ctx, client)
	if err != nil {
		if errors.Is(err, gatehouse.ErrNoHub) {
			b.config.Log.Warn("a hub that is not in service was turned away", "hub", client)
		} else {
			b.config.Log.Error("a hub could not be looked up", "hub", client, "error", err)
		}
		return wire.Rights{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hubs[client] = ingest.Hub{ID: hub.ID, Organizer: hub.Organizer, Venue: hub.Venue}
	return wire.HubTopics{Hub: client}.Rights(), true
}

func (b *Broker) link(client string, up bool) {
	b.config.Log.Info("hub", "hub", client, "connected", up)
}

// take stores a hub's message and sends the answer, before the broker acknowledges it.
func (b *Broker) take(client, topic string, payload []byte) error {
	b.mu.Lock()
	hub, ok := b.hubs[client]
	b.mu.Unlock()
	if !ok {
		return fmt.Errorf("take a message of %s: %w", client, gatehouse.ErrNoHub)
	}
	ctx, cancel := context.WithTimeout(b.ctx, storeLimit)
	defer cancel()
	acks, err := b.store(ctx, hub, topic, payload)
	if errors.Is(err, ingest.ErrRefused) {
		return mqtt.ErrDrop
	}
	if err != nil {
		b.config.Log.Error("a hub's message was not stored; it will send again", "hub", client, "error", err)
		return err
	}
	for _, ack := range acks {
		if err := b.answer(hub, ack); err != nil {
			b.config.Log.Error("a hub was not answered; it will send again", "hub", client, "error", err)
		}
	}
	return nil
}

func (b *Broker) store(ctx context.Context, hub ingest.Hub, topic string, payload []byte) ([]wire.Ack, error) {
	topics := wire.HubTopics{Hub: hub.ID}
	switch topic {
	case topics.Events():
		return b.config.Intake.Events(ctx, hub, payload)
	case topics.State():
		return b.config.Intake.State(ctx, hub, payload)
	}
	return nil, ingest.ErrRefused
}

func (b *Broker) answer(hub ingest.Hub, ack wire.Ack) error {
	payload, err := wire.Encode(ack)
	if err != nil {
		return err
	}
	return b.mqtt.Publish(wire.HubTopics{Hub: hub.ID}.Ack(), payload, 1, false)
}

// watch cuts off hubs that were taken out of service, also by another process.
func (b *Broker) watch() {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-b.ctx.Done():
			return
		case <-tick.C:
			b.check()
		}
	}
}

func (b *Broker) check() {
	for _, hub := range b.known() {
		ctx, cancel := context.WithTimeout(b.ctx, knockLimit)
		_, err := b.config.Hubs.Hub(ctx, hub)
		cancel()
		if errors.Is(err, gatehouse.ErrNoHub) {
			b.config.Log.Warn("a hub was taken out of service and is cut off", "hub", hub)
			b.mqtt.Kick(hub)
			b.forget(hub)
		}
	}
}

func (b *Broker) known() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]string, 0, len(b.hubs))
	for hub := range b.hubs {
		out = append(out, hub)
	}
	return out
}

func (b *Broker) forget(hub string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.hubs, hub)
}
