package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"portaria/cloud/internal/gatehouse"
	"portaria/cloud/internal/ingest"
	"portaria/edge/wire"
	"portaria/identity"
	mqtt "portaria/mqtt/broker"
	"portaria/mqtt/session"
)

// messageRate is how many messages a second a hub may send before it is slowed down. What waits to be stored has a bound
// of its own, so this is only against floods.
const messageRate = 10_000

// Embedded is a broker inside the program. A hub's messages wait in its lane; when there is no room, its connection waits.
type Embedded struct {
	counter
	mqtt   *mqtt.Broker
	lanes  *lanes
	begun  chan struct{}   // closed when mqtt is there: a hub may be faster
	ctx    context.Context //nolint:containedctx // the broker's life: callbacks of the engine have no other
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu   sync.Mutex
	hubs map[string]ingest.Hub     // connected
	keys map[string]identity.Print // of those that came over TLS
}

var _ Line = (*Embedded)(nil)

// Start listens and serves until Close.
func Start(ctx context.Context, config Config) (*Embedded, error) {
	b := &Embedded{begun: make(chan struct{}), hubs: map[string]ingest.Hub{}, keys: map[string]identity.Print{}}
	b.counter = counter{config: config, send: b.Send}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	b.lanes = newLanes(b.serve)
	var err error
	cfg := mqtt.Config{Listen: config.Listen, Rights: b.rights, OnPublish: b.publish, OnLink: b.link, Log: config.Log, MessageRate: messageRate}
	if config.TLS != nil {
		cfg.TLS, cfg.Client = config.TLS, b.client
	}
	b.mqtt, err = mqtt.Start(b.ctx, cfg)
	if err != nil {
		b.cancel() // and no hub has been heard
		return nil, err
	}
	close(b.begun)
	b.done.Go(b.watch)
	return b, nil
}

// Addr is where hubs connect.
func (b *Embedded) Addr() net.Addr { return b.mqtt.Addr() }

// Connected says whether a hub is connected here.
func (b *Embedded) Connected(hub string) bool { return b.mqtt.Connected(hub) }

// Stale is nothing: this broker and what it retains live and die with the program.
func (b *Embedded) Stale() []string { return nil }

// Close ends every connection. It returns when nothing is being stored any more.
func (b *Embedded) Close() error {
	b.lanes.stop()
	err := b.mqtt.Close()
	b.cancel()
	b.done.Wait()
	b.lanes.wait()
	return err
}

// Send publishes a message of the gatehouse.
func (b *Embedded) Send(topic string, payload []byte, retained bool) error {
	return b.mqtt.Publish(topic, payload, 1, retained)
}

// client says whose a connection is, by its certificate and by the books.
func (b *Embedded) client(state tls.ConnectionState) (string, error) {
	ctx, cancel := context.WithTimeout(b.ctx, knockLimit)
	defer cancel()
	hub, err := b.config.Holder(ctx, &state)
	if err != nil {
		return "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys[hub.ID] = hub.Key
	return hub.ID, nil
}

// rights lets a hub in service use its own topics, and nobody else anything.
func (b *Embedded) rights(client string) (wire.Rights, bool) {
	hub, err := b.find(b.ctx, client)
	if err != nil {
		return wire.Rights{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hubs[client] = hub
	return wire.HubTopics{Hub: client}.Rights(), true
}

func (b *Embedded) link(client string, up bool) {
	b.config.Log.Info("hub", "hub", client, "connected", up)
}

// publish queues a hub's message; the broker's acknowledgement of it says no more than that it came.
func (b *Embedded) publish(client, topic string, payload []byte) error {
	b.mu.Lock()
	_, ok := b.hubs[client]
	b.mu.Unlock()
	if !ok {
		return fmt.Errorf("take a message of %s: %w", client, gatehouse.ErrNoHub)
	}
	if b.heard(client, topic, payload) {
		return mqtt.ErrDrop
	}
	if !b.lanes.push(client, session.Message{Topic: topic, Payload: payload}) {
		return errors.New("this cloud is closing")
	}
	return mqtt.ErrDrop // nobody else reads it
}

// serve stores a hub's messages and answers them. A hub whose messages are not stored is cut off, so that it sends again.
func (b *Embedded) serve(client, topic string, payloads [][]byte) (stored bool) {
	<-b.begun
	b.mu.Lock()
	hub, ok := b.hubs[client]
	b.mu.Unlock()
	if !ok {
		return true // it was taken out of service since
	}
	if err := b.take(b.ctx, hub, topic, payloads); err != nil && !errors.Is(err, ingest.ErrRefused) {
		b.mqtt.Kick(client)
		return false
	}
	return true
}

// watch cuts off hubs that were taken out of service, also by another process.
func (b *Embedded) watch() {
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

func (b *Embedded) check() {
	for _, hub := range b.known() {
		ctx, cancel := context.WithTimeout(b.ctx, knockLimit)
		now, err := b.config.Hubs.Hub(ctx, hub)
		cancel()
		if errors.Is(err, gatehouse.ErrNoHub) || err == nil && b.replaced(hub, now.Key) {
			b.config.Log.Warn("a hub was taken out of service, or another computer has its place; it is cut off", "hub", hub)
			b.mqtt.Kick(hub)
			b.forget(hub)
		}
	}
}

// replaced says whether a hub that came over TLS has another key now.
func (b *Embedded) replaced(hub string, key identity.Print) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	was, known := b.keys[hub]
	return known && was != key
}

func (b *Embedded) known() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]string, 0, len(b.hubs))
	for hub := range b.hubs {
		out = append(out, hub)
	}
	return out
}

func (b *Embedded) forget(hub string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.hubs, hub)
	delete(b.keys, hub)
}
