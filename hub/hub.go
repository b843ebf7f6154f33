// Package hub is the venue computer: the broker of its gates, the arbiter of who was first, the carrier of lists down
// and of records up. It works for hours with no cloud.
//
// This file joins the parts: the store, the arbiter's floor, the broker, the relay of lists, the session to the cloud,
// the pages. What each part does is in its own package.
package hub

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"portaria/alive"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
	"portaria/floor/wicket"
	"portaria/hub/internal/announce"
	"portaria/hub/internal/blobs"
	"portaria/hub/internal/bolt"
	"portaria/hub/internal/enrol"
	"portaria/hub/internal/incident"
	"portaria/hub/internal/orders"
	"portaria/hub/internal/relay"
	"portaria/hub/internal/tally"
	"portaria/hub/internal/upstream"
	"portaria/identity"
	"portaria/mqtt/broker"
)

// Hub is a running hub.
type Hub struct {
	cfg     *Config
	log     *slog.Logger
	venue   ticket.EventID
	started time.Time

	self    *enrol.Self  // nil = insecure
	roll    *enrol.Roll  // nil = insecure
	cloud   CloudConfig  // as it is in force
	door    *http.Server // gates' HTTPS
	at      net.Listener // of door
	counter *http.Server // the socket of people at this machine

	store    *bolt.Store
	shelf    *blobs.Shelf
	floor    *floor.Floor
	phones   *wicket.House
	asking   chan struct{} // questions of telephones that are being answered
	manifest atomic.Pointer[manifest]
	tally    *tally.Tally
	book     *incident.Book
	orders   *orders.Orders
	doubles  doubles // while the arbiter starts
	broker   *broker.Broker
	relay    *relay.Relay
	upstream *upstream.Link // nil = no cloud
	obeyed   floor.Obeyed
	web      *http.Server
	page     *http.Server // nil = the venue's page is at this machine only
	pageAt   net.Addr
	socket   net.Listener
	announce io.Closer // nil = not announced
	near     announce.Watch

	fatal    chan error
	carry    context.CancelFunc // ends relay and upstream
	carrying context.Context    //nolint:containedctx // until carry: what starts later joins it
	arbiter  context.CancelFunc // ends the floor
	carried  sync.WaitGroup
	decided  sync.WaitGroup
}

// Run starts a hub and serves until ctx ends. An error means that it could not start, or that its store has failed.
func Run(ctx context.Context, cfg *Config, log *slog.Logger) error {
	h, err := Start(ctx, cfg, log)
	if err != nil {
		return err
	}
	guarded, unguard := context.WithCancel(ctx)
	defer unguard()
	go alive.Guard(guarded, h.prove, log)
	select {
	case <-ctx.Done():
	case err = <-h.fatal:
	case <-h.store.Broken():
	case <-h.store.ListsBroken():
	}
	if broken := h.store.Err(); broken != nil {
		err = errors.Join(err, fmt.Errorf("the hub's store failed, and must be read anew: %w", broken))
	}
	return errors.Join(err, h.Close())
}

// Start starts a hub. Its addresses may have port 0.
func Start(ctx context.Context, cfg *Config, log *slog.Logger) (*Hub, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	venueID, err := ticket.ParseEventID(cfg.Venue)
	if err != nil {
		return nil, err
	}
	h := &Hub{cfg: cfg, log: log, venue: venueID, started: time.Now(), fatal: make(chan error, 8)}
	if cfg.Insecure {
		log.Warn("INSECURE: insecure = true is set, so no link is encrypted or authenticated; all of them stay on this machine")
	}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	log.Info("hub ready", "hub", cfg.ID, "venue", cfg.Venue, "mqtt", h.MQTTAddr().String(),
		"status", "http://"+h.HTTPAddr().String()+"/status", "gates", len(h.gates()), "cloud", h.cloud.MQTT)
	return h, nil
}

// open starts the parts, each before those that need it.
func (h *Hub) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		h.openStore, h.openIdentity, h.openShelf, h.openBooks, h.openFloor, h.openBroker, h.openSocket, h.openRelay, h.openUpstream,
		h.run, h.openWeb, h.openDoor, h.openCounter, h.openPage,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	h.openAnnounce()
	return nil
}

func (h *Hub) openStore(context.Context) error {
	store, notices, err := bolt.Open(h.cfg.StateDir)
	if err != nil {
		return err
	}
	for _, notice := range notices {
		h.log.Error(notice)
	}
	h.store = store
	return nil
}

func (h *Hub) openShelf(context.Context) error {
	token, err := h.cfg.token()
	if err != nil {
		return err
	}
	cfg := blobs.Config{Dir: filepath.Join(h.cfg.StateDir, "blobs"), Cloud: h.cloud.HTTP, Hub: h.cfg.ID, Token: token,
		TLS: h.cloudTLS(), Log: h.log}
	if h.cfg.SecretAtRest == "disk" {
		h.log.Info("list secrets are kept on the disk, as configured")
		cfg.Secrets = h.store
	}
	h.shelf, err = blobs.New(cfg)
	return err
}

func (h *Hub) openFloor(context.Context) (err error) {
	h.doubles = doubles{}
	h.obeyed.Tell = h.beat
	h.openPhones()
	h.floor, err = floor.New(floor.Config{Hub: h.cfg.ID, Venue: h.venue, Run: rand.Text()[:16], Store: h.store,
		Send:   func(topic string, payload []byte, qos byte) error { return h.send(topic, payload, qos, false) },
		SendUp: h.sendUp, Cloud: h.cloud.MQTT != "", Ask: h.askCloud, Beat: h.beat, Enrolled: h.gates, Term: h.cfg.Term,
		Heard: h.heard, Stored: h.stored, Report: h.report, Inside: h.phones, Log: h.log})
	if err == nil {
		h.phones.Serve(h.floor)
		h.book.Retain(string(venue.Conflict), h.doubles, "all records are here now: nobody entered twice")
	}
	h.doubles = nil
	return err
}

func (h *Hub) send(topic string, payload []byte, qos byte, retained bool) error {
	if h.broker == nil {
		return errors.New("the broker is not there yet")
	}
	return h.broker.Publish(topic, payload, qos, retained)
}

func (h *Hub) sendUp(events wire.Events) error {
	if h.upstream == nil {
		return errors.New("there is no cloud")
	}
	return h.upstream.SendUp(events)
}

func (h *Hub) askCloud(want wire.Want) error {
	if h.upstream == nil {
		return errors.New("there is no cloud")
	}
	return h.upstream.Ask(want)
}

func (h *Hub) beat() {
	if h.upstream != nil {
		h.upstream.Beat()
	}
}

func (h *Hub) openBroker(ctx context.Context) (err error) {
	cfg := broker.Config{Listen: h.cfg.MQTTListen, Rights: h.rights, OnPublish: h.published, Later: h.stores, OnLink: h.linked, Log: h.log}
	if h.roll != nil {
		cfg.TLS, cfg.Client = h.roll.ForMQTT(), h.roll.Client
	}
	h.broker, err = broker.Start(context.WithoutCancel(ctx), cfg)
	return err
}

func (h *Hub) rights(client string) (wire.Rights, bool) {
	switch h.role(client) {
	case identity.Gate:
		return wire.GateTopics{Venue: h.venue, Gate: client}.Rights(), true
	case identity.Observer:
		return wire.Rights{Subscribe: []string{wire.VenueTopics{Venue: h.venue}.Everything()}}, true
	}
	return wire.Rights{}, false
}

// published stores a gate's message before the broker acknowledges it. What can never be taken is acknowledged, so that
// a broken gate does not send it for ever.
func (h *Hub) published(gate, topic string, payload []byte) error {
	return verdict(h.floor.Publish(gate, topic, payload))
}

// stores is the same for records, which share the wait for the disk.
func (h *Hub) stores(gate, topic string, payload []byte, answer func(error)) bool {
	return h.floor.PublishLater(gate, topic, payload, func(err error) { answer(verdict(err)) })
}

// verdict is what the broker does about a message.
func verdict(err error) error {
	if errors.Is(err, floor.ErrRefused) {
		return broker.ErrDrop
	}
	return err
}

func (h *Hub) linked(client string, up bool) {
	if up {
		h.log.Info("connected", "client", client)
		return
	}
	h.log.Warn("disconnected", "client", client)
}

func (h *Hub) openRelay(context.Context) error {
	platform, err := h.cfg.platform()
	if err != nil {
		return err
	}
	owner, err := ticket.ParseEventID(h.cfg.Organizer)
	if err != nil {
		return err
	}
	h.relay, err = relay.New(relay.Config{Venue: h.venue, Owner: owner, Platform: platform, Store: h.store, Blobs: h.shelf,
		Send: func(topic string, payload []byte, retained bool) error {
			return h.broker.Publish(topic, payload, 1, retained)
		},
		Changed: h.venueChanged, Now: time.Now, Log: h.log})
	return err
}

func (h *Hub) venueChanged(v *whitelist.Venue) {
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		h.log.Error("the venue's time zone is not known here; days are counted in UTC", "zone", v.TimeZone, "why", err)
		zone = time.UTC
	}
	h.manifest.Store(&manifest{v, zone})
	h.floor.Do(venue.VenueChanged{Venue: v, Zone: zone})
}

func (h *Hub) openUpstream(context.Context) (err error) {
	if h.cloud.MQTT == "" {
		h.log.Warn("no cloud is configured: lists stay as they are, and records stay here")
		return nil
	}
	password, err := h.cfg.password()
	if err != nil {
		return err
	}
	dial, err := h.cloudDial()
	if err != nil {
		return err
	}
	h.upstream, err = upstream.Open(upstream.Config{URL: h.cloud.MQTT, Dial: dial, Password: password, Hub: h.cfg.ID, Log: h.log,
		State: h.cloudState, OnLink: h.cloudLinked,
		OnAck:   func(ack wire.Ack) { h.floor.Do(venue.CloudAcked{Ack: ack}) },
		OnBack:  func(events wire.Events) { h.floor.Do(venue.BackCame{Events: events}) },
		OnOrder: h.ordered, OnAsk: h.asked,
		OnVenue: h.relay.Venue, OnList: h.relay.List, OnPatch: h.relay.Patch})
	return err
}

func (h *Hub) cloudLinked(up bool) {
	h.floor.Do(venue.CloudLink{Up: up})
	if up {
		h.relay.Wake()
	}
}

// run starts the goroutines. The floor outlives relay and upstream, because the broker waits for it while it closes.
func (h *Hub) run(ctx context.Context) error {
	carry, stopCarry := context.WithCancel(context.WithoutCancel(ctx))
	decide, stopDecide := context.WithCancel(context.WithoutCancel(ctx))
	h.carry, h.carrying, h.arbiter = stopCarry, carry, stopDecide
	h.decided.Go(func() {
		if err := h.floor.Run(decide); err != nil {
			h.fatal <- err
		}
	})
	h.carried.Go(func() { h.relay.Run(carry) })
	h.carried.Go(func() { h.book.Run(carry, h.unkept) })
	h.carried.Go(func() { h.watch(carry) })
	h.carried.Go(func() { h.watchDisk(carry) })
	if h.upstream != nil {
		h.carried.Go(func() { h.upstream.Run(carry) })
	}
	return nil
}

func (h *Hub) openSocket(ctx context.Context) (err error) {
	h.socket, err = listen(ctx, "http_listen", h.cfg.HTTPListen)
	return err
}

func listen(ctx context.Context, key, address string) (net.Listener, error) {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("HTTP cannot listen on %s: another program has this port; stop it or choose another (%s): %w",
			address, key, syscall.EADDRINUSE)
	}
	if err != nil {
		return nil, fmt.Errorf("HTTP cannot listen on %s (%s): %w", address, key, err)
	}
	return socket, nil
}

func (h *Hub) openWeb(context.Context) error {
	routes, err := h.routes()
	if err != nil {
		return err
	}
	h.web = h.server(routes)
	h.serve(h.web, h.socket)
	return nil
}

// server has limits on everything that a client decides.
func (h *Hub) server(handler http.Handler) *http.Server {
	return &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn)}
}

func (h *Hub) serve(server *http.Server, socket net.Listener) {
	h.carried.Go(func() {
		if err := server.Serve(socket); !errors.Is(err, http.ErrServerClosed) {
			h.fatal <- fmt.Errorf("serve HTTP: %w", err)
		}
	})
}

func (h *Hub) openAnnounce() {
	if !h.cfg.Announce {
		return
	}
	cfg := announce.Config{Hub: h.cfg.ID, Venue: h.cfg.Venue, MQTT: h.MQTTAddr().(*net.TCPAddr), HTTP: h.HTTPAddr().(*net.TCPAddr)}
	if h.self != nil {
		cfg.HTTP, cfg.CA = h.GatesAddr().(*net.TCPAddr), fmt.Sprintf("%x", identity.PrintOf(h.self.Member().CA.Chain.Leaf()))
	}
	if h.self == nil { // plain links are this machine's own
		return
	}
	h.carried.Go(func() { h.near.Run(h.carrying) })
	closer, err := announce.Start(cfg)
	if err != nil {
		h.log.Warn("gates will not find this hub by themselves; its address in their configuration works", "why", err)
		return
	}
	h.announce = closer
}

// MQTTAddr is where gates connect.
func (h *Hub) MQTTAddr() net.Addr { return h.broker.Addr() }

// HTTPAddr is where gates fetch blobs.
func (h *Hub) HTTPAddr() net.Addr { return h.socket.Addr() }

// Close stops the parts in the order that loses nothing: first what brings work, then who decides, then the disk.
func (h *Hub) Close() error {
	var faults []error
	if h.announce != nil {
		faults = append(faults, h.announce.Close())
	}
	faults = append(faults, closeServer(h.door), closeServer(h.counter), closeServer(h.page))
	switch {
	case h.web != nil:
		faults = append(faults, closeServer(h.web))
	case h.socket != nil:
		faults = append(faults, h.socket.Close())
	}
	if h.carry != nil {
		h.carry()
		h.carried.Wait()
	}
	if h.broker != nil {
		faults = append(faults, h.broker.Close())
	}
	if h.arbiter != nil {
		h.arbiter()
		h.decided.Wait()
	}
	if h.shelf != nil {
		h.shelf.Close()
	}
	if h.store != nil {
		faults = append(faults, h.store.Close())
	}
	return errors.Join(faults...)
}

func closeServer(server *http.Server) error {
	if server == nil {
		return nil
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}
