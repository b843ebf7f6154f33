// Package edge is the gate node: it reads tickets, decides with what it holds, moves the turnstile, and brings every
// entry to the hub. This file tells in order how its parts are joined, and nothing else does.
package edge

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"portaria/alive"
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/duty"
	"portaria/edge/internal/fetch"
	"portaria/edge/internal/gpio"
	"portaria/edge/internal/handheld"
	"portaria/edge/internal/keeper"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/machine"
	"portaria/edge/internal/output"
	"portaria/edge/internal/panel"
	"portaria/edge/internal/scanner"
	"portaria/edge/internal/uplink"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/wire"
	firmwareconfig "portaria/firmware-config"
)

// Running is what a started gate can be asked.
type Running struct {
	Panel string // address of the panel, host:port; empty = none
}

// Run opens the store, loads the lists, tests itself, and then serves its lanes until ctx ends or the journal fails.
// It calls ready (which may be nil) once codes can be judged by what the gate holds. A gate that was killed at any
// moment can be run again on the same state directory.
func Run(ctx context.Context, cfg Config, log *slog.Logger, ready func(Running)) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	for _, warning := range cfg.warnings() {
		log.Warn(warning)
	}
	if cfg.fresh() {
		if err := cfg.joinHub(ctx, log); err != nil {
			return stopped(ctx, err)
		}
		if err := cfg.Validate(); err != nil {
			return fmt.Errorf("configuration:\n%w", err)
		}
	}
	defer cfg.announce(log)()
	for {
		n, err := open(cfg, log)
		if err != nil {
			log.Error("the gate cannot start", "why", err)
			cfg.outOfOrder(ctx, err, log)
			return err
		}
		cfg.Panel.Listen = n.running().Panel // the same port, should the gate start again
		err = n.serve(ctx, ready)
		n.close()
		if ctx.Err() != nil || !errors.Is(err, lane.ErrStartAgain) {
			return err
		}
		log.Warn("the gate starts again from its disk", "why", err)
		ready = nil
	}
}

// stopped is nil when it was asked for.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// node holds a gate's parts while it runs.
type node struct {
	cfg      Config
	log      *slog.Logger
	platform ed25519.PublicKey

	journal *bolt.Journal
	lists   *bolt.Lists
	recall  bolt.Recalled
	blobs   lateBlobs
	link    lateLink
	clock   *lane.Clock
	board   *output.Board
	played  *output.Simulated // nil when every lane has a device
	driver  *lane.Driver
	duty    *duty.Desk
	keeper  *keeper.Keeper
	socket  net.Listener
	disk    *disk
	phones  net.Listener // where handhelds come
	tokens  []handheld.Lane
	code    string        // with which a screen elsewhere may act
	changed chan struct{} // a list or the venue has changed: tell the driver

	pulses pulses // of the scanners' readers
}

// open makes every part and moves none. It undoes what it did when one fails.
func open(cfg Config, log *slog.Logger) (*node, error) {
	n := &node{cfg: cfg, log: log, clock: lane.NewClock(), changed: make(chan struct{}, 1)}
	for _, step := range []func() error{n.openStores, n.selfTest, n.makeBoard, n.openPanel, n.openHandhelds} {
		if err := step(); err != nil {
			n.close()
			return nil, err
		}
	}
	n.makeDriver()
	n.makeKeeper()
	return n, nil
}

func (n *node) openStores() (err error) {
	if n.platform, err = n.cfg.platformKey(); err != nil {
		return err
	}
	n.link.machine = machine.Open(n.cfg.StateDir)
	if err := checkStateDir(n.cfg.StateDir); err != nil {
		return err
	}
	n.disk = newDisk(n.cfg.StateDir)
	if tell := n.disk.look(); tell != "" { // before the journal needs the room
		n.log.Warn(tell)
		n.disk.said = "" // and again, once there is a journal to write it into
	}
	rest, err := n.cfg.openRest()
	if err != nil {
		return err
	}
	var errJournal, errLists error
	var both sync.WaitGroup // each reads all of its file, and a door waits
	both.Go(func() { errJournal = n.openJournal() })
	both.Go(func() { n.lists, errLists = bolt.OpenLists(n.cfg.StateDir, n.platform, rest) })
	both.Wait()
	return errors.Join(errJournal, errLists)
}

func (n *node) openJournal() (err error) {
	if n.journal, err = bolt.OpenJournal(n.cfg.StateDir); err == nil {
		n.recall, err = n.journal.Recall()
	}
	return err
}

// selfTest proves before the first guest that this machine can sign and verify, and that its disk takes a write.
func (n *node) selfTest() error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil || !ed25519.Verify(public, []byte("self-test"), ed25519.Sign(private, []byte("self-test"))) {
		return errors.Join(errors.New("self-test: this machine cannot verify signatures"), err)
	}
	started := time.Now()
	if err := n.journal.Commit(context.Background(), nil, nil, &n.recall.Memory); err != nil {
		return fmt.Errorf("self-test: write to the state directory: %w", err)
	}
	n.log.Info("self-test passed", "durable_write", time.Since(started).Round(time.Microsecond).String())
	return nil
}

func (n *node) openPanel() (err error) {
	if n.cfg.Panel.Listen == "" {
		return nil
	}
	if n.code, err = n.cfg.Panel.accessCode(); err != nil {
		return err
	}
	if n.socket, err = net.Listen("tcp", n.cfg.Panel.Listen); err != nil {
		return fmt.Errorf("open the panel; is another program on this port? Set panel.listen: %w", err)
	}
	return nil
}

func (n *node) makeBoard() (err error) {
	n.board, n.played, err = makeBoard(n.cfg, gpio.Linux{})
	return err
}

func (n *node) makeDriver() {
	var places []lane.Place
	for _, l := range n.cfg.Lanes {
		places = append(places, l.place())
	}
	n.driver = lane.New(lane.Config{
		Gate: n.cfg.Gate, Lanes: places, Journal: n.journal, Link: &n.link, Board: n.board, Signs: n.board, Clock: n.clock, Log: n.log,
		Boot:     gate.Boot{Memory: n.recall.Memory, History: n.recall.History, Rights: n.recall.Rights, Intents: n.recall.Intents},
		Resolver: lookup.Resolver{Lists: listed{n.lists}}, Damaged: func() { n.keeper.Wake() },
	})
	n.recall.History, n.recall.Rights = nil, nil // the core has its own copies
	doors := map[int]string{}
	for _, l := range n.cfg.Lanes {
		doors[l.Number] = l.Checkpoint
	}
	n.duty = duty.New(n.driver, n.lists, doors, n.log)
}

func (l Lane) place() lane.Place {
	return lane.Place{Number: l.Number, Checkpoint: l.Checkpoint, Exit: l.Exit, Stays: l.Output.stays()}
}

func (n *node) makeKeeper() {
	n.keeper = keeper.New(keeper.Config{
		Lists: n.lists, Blobs: &n.blobs, Platform: n.platform, Venue: n.cfg.Venue, Owner: n.cfg.Organizer, Now: n.clock.Time, Log: n.log,
		Report:  func(text string) { go n.driver.Note(context.Background(), 0, text) },
		Changed: n.listsChanged,
	})
}

func (n *node) listsChanged() {
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

// serve starts the parts: first what decides, then what asks it. They stop in the opposite order, so that a scan in hand
// is still recorded; but when the journal has failed nothing is waited for that would want to be recorded.
func (n *node) serve(ctx context.Context, ready func(Running)) error {
	deciding, stopDeciding := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDeciding()
	asking, stopAsking := context.WithCancel(ctx)
	failed := make(chan error, 1)
	var deciders, askers sync.WaitGroup
	deciders.Go(func() { failed <- n.driver.Run(deciding) })
	n.startBoard(deciding)
	n.tellFindings(deciding)
	n.driver.VenueChanged(deciding)

	askers.Go(func() { n.keeper.Run(asking) })
	askers.Go(func() { n.followLists(asking) })
	for _, l := range n.cfg.Lanes {
		for at, device := range l.scanners() {
			askers.Go(func() { n.readScanner(asking, l, at, device) })
		}
	}
	n.servePanel(asking, &askers)
	n.serveHandhelds(asking, &askers)
	askers.Go(func() { n.findHub(asking, deciding) })
	askers.Go(func() { alive.Guard(asking, n.prove, n.log) })
	askers.Go(func() { n.confirm(asking) })
	askers.Go(func() { n.watchDisk(asking) })
	err := n.wait(ctx, ready, failed)
	stopAsking()
	if err != nil {
		stopDeciding()
	}
	askers.Wait()
	n.board.Close()
	n.link.close()
	stopDeciding()
	deciders.Wait()
	return err
}

// wait ends with ctx, or with the error of a journal that failed.
func (n *node) wait(ctx context.Context, ready func(Running), failed <-chan error) error {
	if ready != nil {
		ready(n.running())
	}
	n.log.Info("gate ready", "gate", n.cfg.Gate, "lanes", len(n.cfg.Lanes), "panel", n.running().Panel)
	select {
	case <-ctx.Done():
		n.log.Info("gate stops", "gate", n.cfg.Gate)
		return nil
	case err := <-failed:
		return err
	}
}

func (n *node) running() Running {
	if n.socket == nil {
		return Running{}
	}
	return Running{Panel: n.socket.Addr().String()}
}

// tellFindings puts what the start found wrong on the disk into the log and the journal.
func (n *node) tellFindings(ctx context.Context) {
	findings := append(n.recall.Damaged, n.lists.Faults()...)
	for name, store := range map[string]interface{ SetAside() (string, string) }{"journal": n.journal, "lists": n.lists} {
		if aside, damage := store.SetAside(); aside != "" {
			findings = append(findings, fmt.Sprintf("the %s were %s; kept as %s", name, damage, aside))
		}
	}
	findings = append(findings, n.journal.Salvaged()...)
	for _, finding := range findings {
		n.driver.Note(ctx, 0, finding)
	}
}

func (n *node) followLists(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.changed:
			n.driver.VenueChanged(ctx)
			n.duty.Recheck(ctx)
		}
	}
}

// readScanner reads one of a lane's scanners for as long as the gate runs, plugged in or not.
func (n *node) readScanner(ctx context.Context, l Lane, at int, device Also) {
	profile, err := firmwareconfig.ScannerNamed(device.profile())
	if err != nil || device.Scanner == network {
		return // Validate has seen it; a handheld comes by itself
	}
	scanner.Named(device.Scanner, profile, n.pulses.of(l.Number, at)).Run(ctx,
		func(r scanner.Reading) { n.read(ctx, l.place(), r) },
		func(state string, why error) { n.driver.DeviceChanged(ctx, l.Number, device.Scanner, state, why) })
}

// read takes what a lane's scanner gave: a test card, a badge, or else a guest's code.
func (n *node) read(ctx context.Context, place lane.Place, r scanner.Reading) admit.ScanID {
	switch {
	case !r.Unreadable && r.Text == lane.TestCard:
		n.driver.Tested(ctx, place.Number)
	case !r.Unreadable && n.duty.Read(ctx, place.Number, r.Text):
	default:
		return n.driver.Scanned(ctx, place, r)
	}
	return admit.ScanID{}
}

// findHub connects to the hub: the one that this gate has joined, wherever it is, or in the clear one of this machine.
// A gate without one goes on alone.
func (n *node) findHub(ctx, deciding context.Context) {
	var err error
	switch {
	case n.cfg.member != nil:
		line := &hubLine{cfg: &n.cfg, log: n.log, member: n.cfg.member, last: learnt(n.cfg.identityDir()), keep: true}
		err = n.connect(deciding, "mqtts://hub:8883", "https://hub", line.dialMQTT, line.dialHTTP)
		line.renew(ctx)
	case n.cfg.Hub.MQTT != "":
		err = n.connect(deciding, n.cfg.Hub.MQTT, n.cfg.Hub.HTTP, nil, nil)
	}
	if err != nil {
		n.log.Error("this hub cannot be used; the gate works alone", "why", err)
	}
}

// connect starts the session with a hub; it goes on trying for as long as the gate runs.
func (n *node) connect(ctx context.Context, mqtt, http string, dialMQTT uplink.Dial, dialHTTP fetch.Dial) error {
	hub, err := fetch.New(http, n.cfg.Gate, dialHTTP)
	if err != nil {
		return err
	}
	n.blobs.set(hub)
	link, err := uplink.Open(uplink.Config{URL: mqtt, Dial: dialMQTT, Gate: n.cfg.Gate, Venue: n.cfg.Venue, Log: n.log,
		Handlers: uplink.Handlers{
			Ruling:  func(m wire.Ruling) { n.driver.Give(ctx, gate.RulingCame{Ruling: m}) },
			Recall:  func(m wire.Recall) { n.driver.Give(ctx, gate.RecallCame{Recall: m}) },
			Pulse:   func(m wire.Pulse) { n.driver.Give(ctx, gate.PulseCame{Pulse: m}) },
			Used:    func(m wire.Used) { n.driver.Give(ctx, gate.UsedCame{Used: m}) },
			Ack:     func(m wire.Ack) { n.driver.Give(ctx, gate.AckCame{Ack: m}) },
			Command: func(m wire.Command) { go n.driver.Ordered(ctx, m) }, // it may wait for the loop
			List:    func(event ticket.EventID, m wire.ListNotice) { n.keeper.ListNotice(event, m) },
			Patch:   func(event ticket.EventID, m wire.PatchNotice) { n.keeper.PatchNotice(event, m) },
			Venue:   n.keeper.VenueNotice,
			Link: func(up bool) {
				if up {
					n.keeper.Wake()
				}
			},
		}})
	if err != nil {
		return err
	}
	n.link.set(link)
	return nil
}

func (n *node) servePanel(ctx context.Context, running *sync.WaitGroup) {
	if n.socket == nil {
		return
	}
	server := &http.Server{
		Handler:           panel.Handler(panel.Config{Gate: n.driver, Staff: n.duty, Lanes: n.hands(), Board: n.playable(), AccessCode: n.code, Log: n.log}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }, // ends the streams at a stop
	}
	running.Go(func() {
		if err := n.cfg.Panel.serve(server, n.socket); !errors.Is(err, http.ErrServerClosed) {
			n.log.Error("the panel ended", "why", err)
		}
	})
	running.Go(func() {
		<-ctx.Done()
		_ = server.Close()
	})
}

// playable is the board whose contacts can be played, if there is one.
func (n *node) playable() panel.Board {
	if n.played == nil {
		return nil
	}
	return n.played
}

func (n *node) close() {
	for _, socket := range []net.Listener{n.socket, n.phones} {
		if socket != nil {
			_ = socket.Close()
		}
	}
	n.blobs.close()
	if n.lists != nil {
		n.complain(n.lists.Close())
	}
	if n.journal != nil {
		n.complain(n.journal.Close())
	}
}

func (n *node) complain(err error) {
	if err != nil {
		n.log.Error("a file was not closed well", "why", err)
	}
}
