package lane

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/scanner"
	"portaria/edge/lookup"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Journal keeps records. Commit is all or nothing, and nil means durable.
type Journal interface {
	Commit(ctx context.Context, events []wire.Event, learnt []gate.Remember, memory *gate.Memory) error
	Read(run wire.Run, from uint64, limit int) ([]wire.Event, error)
	Prune(ctx context.Context, run wire.Run, to uint64) error
}

// Link carries messages to the hub. Losing any does no harm; none of the methods may block.
type Link interface {
	Claim(wire.Claim) error
	Events(wire.Events) error
	State(wire.State) error
}

// Board is what moves: relays of turnstiles and doors. None of the methods may block.
type Board interface {
	Pulse(lane int, scan admit.ScanID, exit bool) error
	Release(lane int) error
}

// Place is one lane as it is configured.
type Place struct {
	Number     int
	Checkpoint string
	Exit       bool          // its scans leave; at a checkpoint that only lets out they do anyway
	Stays      time.Duration // after a pulse its device lets somebody through for so long, whatever happens; 0 = it obeys
}

// Config is what a driver needs.
type Config struct {
	Gate     string
	Lanes    []Place
	Boot     gate.Boot
	Journal  Journal
	Link     Link
	Board    Board
	Signs    Signs // nil = none
	Resolver lookup.Resolver
	Clock    *Clock
	Log      *slog.Logger
	Damaged  func() // a stored list could not be read; must not block
}

// Driver runs one gate.
type Driver struct {
	cfg    Config
	inputs chan gate.Input
	turns  chan func(context.Context) // between two inputs
	state  *gate.State
	obeys  uint64  // epoch of the venue manifest that the core has
	wakes  []int64 // mono ms at which a Tick was asked for
	ticked int64   // mono ms of the last Tick

	// What goes with the next commit, and the writer it goes to.
	learnt []gate.Remember
	memory *gate.Memory
	writes chan write
	reads  chan gate.ReadJournal
	prunes chan gate.Prune
	failed chan error // the journal's one and only failure

	again error // why the core must start again from the disk

	status    status
	strangers strangers
	short     map[int]time.Duration // pass times that are shorter than the device's own, by lane; of VenueChanged alone
}

// ErrStartAgain ends a driver whose core must start again from the disk; what it asked for is durable.
var ErrStartAgain = errors.New("the gate must start again")

// tick is how often the core hears of time passing, at least.
const tick = time.Second

// New makes a driver. Nothing moves until Run.
func New(cfg Config) *Driver {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Damaged == nil {
		cfg.Damaged = func() {}
	}
	d := &Driver{cfg: cfg, inputs: make(chan gate.Input, 1024), turns: make(chan func(context.Context)), writes: make(chan write, 1024),
		reads: make(chan gate.ReadJournal, 64), prunes: make(chan gate.Prune, 64), failed: make(chan error, 1), short: map[int]time.Duration{}}
	d.status.begin(cfg)
	return d
}

// Run starts a new run of the gate and drives it until ctx ends or the journal fails. The error of a failed journal is
// for the process to end with: nobody knows any more what is on the disk.
func (d *Driver) Run(ctx context.Context) error {
	work, stop := context.WithCancel(ctx)
	ended := make(chan error, 3)
	go func() { ended <- d.write(work) }()
	go func() { ended <- d.read(work) }()
	go func() { ended <- d.prune(work) }()
	err := d.loop(work)
	stop()
	for range 3 {
		err = errors.Join(err, <-ended)
	}
	return err
}

func (d *Driver) loop(ctx context.Context) error {
	boot := d.cfg.Boot
	boot.Gate = d.cfg.Gate
	boot.Random = random32()
	boot.Lanes = nil
	for _, p := range d.cfg.Lanes {
		boot.Lanes = append(boot.Lanes, gate.Lane{Number: p.Number, Checkpoint: p.Checkpoint})
	}
	state, effects := gate.New(boot)
	d.state = state
	d.do(ctx, effects)
	d.status.unknown(d.unknown())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case in := <-d.inputs:
			d.step(ctx, in)
		case do := <-d.turns:
			do(ctx)
		case <-timer.C:
			d.tick(ctx)
		case err := <-d.failed:
			d.step(ctx, gate.CommitFailed{Err: err.Error()}) // whoever waits for the disk is told, not left standing
			return err
		}
		if d.again != nil {
			d.flush(ctx, nil) // what the core asked to keep; the writer ends only when it is durable
			return d.again
		}
		timer.Reset(d.untilTick())
	}
}

// step gives the core one input and does what it answers.
func (d *Driver) step(ctx context.Context, in gate.Input) (effects []gate.Effect) {
	if p, ok := in.(gate.PulseCame); ok {
		d.hear(p.Pulse)
	}
	if v, ok := in.(gate.VenueChanged); ok && v.Venue != nil {
		d.obeys = v.Venue.Epoch
	}
	effects = gate.Step(d.state, in, d.cfg.Clock.Now())
	d.do(ctx, effects)
	return effects
}

// hear takes the time from a pulse, and what it shows. One that answers no heartbeat of this process, or was long on its way, proves
// nothing about now: a broker may have kept it for the last life of this gate.
func (d *Driver) hear(p wire.Pulse) {
	trip, answer := d.state.Trip(p, d.cfg.Clock.Now().Mono)
	if answer {
		d.cfg.Clock.Heard(p.At, time.Duration(trip)*time.Millisecond)
	}
	d.status.pulse(p, answer)
}

// tick tells the core that time has passed, and writes small facts that no record took along.
func (d *Driver) tick(ctx context.Context) {
	d.ticked = d.cfg.Clock.Now().Mono
	d.wakes = slices.DeleteFunc(d.wakes, func(at int64) bool { return at <= d.ticked })
	d.step(ctx, gate.Tick{})
	d.flush(ctx, nil)
	d.status.unknown(d.unknown())
	d.signs()
}

// untilTick is the time to the next Tick. It is counted from the last one: a stream of inputs must not put it off.
func (d *Driver) untilTick() time.Duration {
	next := d.ticked + tick.Milliseconds()
	for _, at := range d.wakes {
		next = min(next, at)
	}
	return time.Duration(max(0, next-d.cfg.Clock.Now().Mono)) * time.Millisecond
}

// Give hands the core an input. It waits while many others do; nothing is dropped.
func (d *Driver) Give(ctx context.Context, in gate.Input) {
	select {
	case d.inputs <- in:
	case <-ctx.Done():
	}
}

// Scanned takes a reading of a lane's scanner: the scan gets its id before anything else is done with it.
func (d *Driver) Scanned(ctx context.Context, lane Place, r scanner.Reading) admit.ScanID {
	d.hold(ctx, lane.Number)
	id := newScanID()
	if r.Unreadable {
		d.Give(ctx, gate.Unreadable{Lane: lane.Number, ID: id, Text: r.Text})
		return id
	}
	code, err := d.cfg.Resolver.Resolve(r.Text, lane.Checkpoint)
	if err != nil {
		d.cfg.Damaged()
		d.Note(ctx, lane.Number, "a stored list is damaged and will be fetched again: "+err.Error())
	}
	if code.Match == admit.Garbled {
		d.Give(ctx, gate.Unreadable{Lane: lane.Number, ID: id, Text: r.Text})
		return id
	}
	d.Give(ctx, gate.Scan{Lane: lane.Number, ID: id, Code: code, Text: r.Text, Exit: lane.Exit || d.leadsOut(lane.Checkpoint)})
	return id
}

// leadsOut says whether a checkpoint only lets people out.
func (d *Driver) leadsOut(checkpoint string) bool {
	venue, _ := d.cfg.Resolver.Lists.Venue()
	door := venue.Venue.Checkpoint(checkpoint)
	return door != nil && door.Direction == whitelist.Out
}

// DeviceChanged takes the state of one of a lane's scanners (scanner.Ready, scanner.Gone); why is told to the operator.
func (d *Driver) DeviceChanged(ctx context.Context, lane int, device, state string, why error) {
	var fault scanner.Fault
	if state != scanner.Ready {
		fault = scanner.FaultOf(why)
		d.Note(ctx, lane, fmt.Sprintf("scanner %s: %v", state, why))
	}
	d.Give(ctx, d.status.scanner(lane, device, state, fault))
}

// Passed takes the passage contact of a lane; counter is nil where the turnstile has none.
func (d *Driver) Passed(ctx context.Context, lane int, counter *int64) {
	d.Give(ctx, gate.Passage{Lane: lane, Counter: counter})
}

// Note puts something an operator should know into the journal and the log.
func (d *Driver) Note(ctx context.Context, lane int, text string) {
	d.cfg.Log.Warn(text, "lane", lane)
	d.Give(ctx, gate.Noted{Lane: lane, Text: cut(text, wire.MaxText)})
}

// VenueChanged tells the core which venue manifest and lists are in force now.
func (d *Driver) VenueChanged(ctx context.Context) {
	signed, ok := d.cfg.Resolver.Lists.Venue()
	if !ok {
		return
	}
	venue := signed.Venue
	zone, err := time.LoadLocation(venue.TimeZone)
	if err != nil {
		d.Note(ctx, 0, fmt.Sprintf("time zone %q is not known; deciding in UTC", venue.TimeZone))
	}
	d.cfg.Clock.Floor(time.Unix(venue.IssuedAt, 0))
	d.status.venue(&venue)
	d.comparePassTimes(ctx, &venue)
	d.Give(ctx, gate.VenueChanged{Venue: &venue, Zone: zone})
	d.Give(ctx, gate.ListsChanged{Lists: d.listStates(&venue)})
}

// listStates is what the hub is told of the lists held; people see the missing ones too.
func (d *Driver) listStates(venue *whitelist.Venue) []wire.ListState {
	told, seen := []wire.ListState{}, []ListStatus{}
	for _, e := range venue.Events {
		_, known := d.cfg.Resolver.Lists.Secrets(e.Event)
		held, whole := d.cfg.Resolver.Lists.List(e.Event).Held()
		if !whole {
			seen = append(seen, ListStatus{Event: e.Event, Name: e.Name})
			continue
		}
		d.cfg.Clock.Floor(held.IssuedAt)
		told = append(told, wire.ListState{Event: e.Event, Epoch: held.Epoch, Count: held.Count})
		seen = append(seen, ListStatus{Event: e.Event, Name: e.Name, Ready: known, Epoch: held.Epoch, Count: held.Count,
			Issued: held.IssuedAt.Unix(), Until: held.GoodUntil.Unix()})
	}
	d.status.lists(seen)
	return told
}

func newScanID() (id admit.ScanID) {
	rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return id
}

func random32() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
