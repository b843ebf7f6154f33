// Package floor runs the arbiter of a venue: it drives venue.Step with the real store, the real gates and the real
// clock. The hub has one, over its disk; the cloud has one for each venue without a hub, over its database.
//
// One goroutine owns the arbiter's state. Another writes the disk, taking whatever waits in one transaction, so that
// many batches share an fsync; a third reads what the cloud is sent of it. A gate's batch is answered once it is durable,
// and not acknowledged by the broker before; meanwhile the gate's next ones come. The package decides nothing: what to grant, store, send and prune are the arbiter's effects.
package floor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/trust"
)

// ErrRefused from Publish: the message can never be taken; it is counted and logged, and must not come again.
var ErrRefused = errors.New("message refused")

// ErrStopped from Publish: the floor has ended.
var ErrStopped = errors.New("the floor has stopped")

// ErrStale from StoreWhile: what the input rested on is no more.
var ErrStale = errors.New("the input came too late")

// Store keeps what the arbiter commits. Commit returns nil only once everything is durable.
type Store interface {
	Boot() (venue.Boot, error)
	Commit(ctx context.Context, commits []venue.Commit) error
	Journal(gate string, run wire.Run, from uint64, limit int) ([]wire.Event, error)
	Prune(ctx context.Context, gate string, run wire.Run, to uint64) error
}

// Config is what a floor needs.
type Config struct {
	Hub   string
	Venue ticket.EventID
	Run   string // random, new at every start
	Store Store
	// Send publishes to gates. It must not block; what it loses is sent again.
	Send func(topic string, payload []byte, qos byte) error
	// SendUp sends to the cloud, in the same way.
	SendUp func(events wire.Events) error
	// Cloud says that there is one; Ask sends it a question for records that this hub lacks, and Beat a heartbeat at once.
	Cloud bool
	Ask   func(want wire.Want) error
	Beat  func()
	// Enrolled are the gates that may take part, and Term is the one that a person has given this hub, 0 = none.
	Enrolled func() []string
	Term     uint64
	// Heard is told every heartbeat, Stored every record that is to be stored, Report every incident. Nil = nobody asks.
	Heard  func(gate string, state wire.State)
	Stored func(events []wire.Event)
	Report func(incident venue.Incident)
	// Inside are gates that stand in this process, beside the arbiter. Nil = none.
	Inside Inside
	Log    *slog.Logger
}

// Inside are gates whose messages go by hand. Its methods are called on the loop, and must not wait for it; what Begin and
// Beat give is taken as the next inputs.
type Inside interface {
	Has(gate string) bool
	// Begin says that an arbiter was made from the store.
	Begin(boot venue.Boot) []venue.Input
	// Beat is once a second: the gates' heartbeats.
	Beat(now venue.Now) []venue.Input
	// Hear is what the arbiter says to a gate: a ruling, a pulse, an incident.
	Hear(gate string, said venue.Effect)
	// Obey says which venue manifest the arbiter has taken.
	Obey(v *whitelist.Venue)
}

// Floor is a running arbiter.
type Floor struct {
	cfg     Config
	inbox   chan job
	queries chan func()
	writer  *writer
	reader  *reader
	room    *room
	started time.Time
	ended   chan struct{}
	used    string // topic of what is told of every ticket that was used

	// Owned by the loop.
	state    *venue.State
	life     int // counts the arbiters made after failed commits
	outside  outside
	issued   uint64
	durable  uint64
	waiters  []waiter
	sentUp   uint64 // number of the newest records sent to the cloud
	refusals refusals
	trust    *trust.Judge
	reported map[fault]int64 // mono, ms
}

type job struct {
	input   venue.Input
	done    func(error) // nil = nobody waits for it to be durable; must not block
	outside bool        // a message of a gate that is not in this process
}

func (j job) fail(err error) {
	if j.done != nil {
		j.done(err)
	}
}

// waiter waits for a commit of the current life.
type waiter struct {
	number uint64
	done   func(error)
}

// New reads the store and makes the arbiter; nothing moves until Run.
func New(cfg Config) (*Floor, error) {
	f := &Floor{cfg: cfg, inbox: make(chan job, 256), queries: make(chan func()), started: time.Now(),
		room: newRoom(), ended: make(chan struct{}), trust: trust.New(), reported: map[fault]int64{},
		used: wire.VenueTopics{Venue: cfg.Venue}.Used()}
	stored := &recent{}
	f.writer, f.reader = newWriter(cfg.Store, stored), newReader(cfg.Store, stored, cfg.Log)
	if err := f.boot(); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *Floor) boot() error {
	boot, err := f.cfg.Store.Boot()
	if err != nil {
		return fmt.Errorf("start the arbiter: %w", err)
	}
	f.life++
	boot.Hub, boot.Run = f.cfg.Hub, fmt.Sprintf("%s-%d", f.cfg.Run, f.life)
	boot.Cloud, boot.Term, boot.Disk = f.cfg.Cloud, f.cfg.Term, rand.Text()[:16]
	if f.cfg.Enrolled != nil {
		boot.Enrolled = f.cfg.Enrolled()
	}
	f.issued, f.durable, f.sentUp = 0, 0, 0
	state, effects := venue.New(boot)
	f.state = state
	f.perform(effects)
	f.steps(f.outside.again())
	if f.cfg.Inside != nil {
		f.steps(f.cfg.Inside.Begin(boot))
	}
	return nil
}

func (f *Floor) steps(inputs []venue.Input) {
	for _, input := range inputs {
		f.step(input)
	}
}

// Run works until ctx ends. An error means that the store could not be read any more.
func (f *Floor) Run(ctx context.Context) error {
	defer f.room.close()
	defer close(f.ended)
	write, stop := context.WithCancel(context.WithoutCancel(ctx))
	written := make(chan struct{})
	go func() { defer close(written); f.writer.run(write) }()
	read := make(chan struct{})
	go func() { defer close(read); f.reader.run(write) }()
	defer func() { stop(); <-written; <-read }()
	defer f.release(ErrStopped)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			f.tick()
		case ask := <-f.queries:
			ask()
		case j := <-f.inbox:
			f.take(j)
		case r := <-f.writer.results:
			err = f.settle(ctx, r)
		case r := <-f.reader.results:
			if r.life == f.life {
				f.step(r.JournalRead)
			}
		}
		if err != nil {
			return err
		}
	}
}

func (f *Floor) tick() {
	f.step(venue.Tick{})
	if f.cfg.Inside != nil {
		f.steps(f.cfg.Inside.Beat(f.now()))
	}
}

// take steps, and remembers who waits. A step that commits nothing may still rest on commits that are under way: a
// batch sent twice is durable only when the first one is.
func (f *Floor) take(j job) {
	if c, ok := j.input.(whileTrue); ok {
		if !c.still() {
			j.fail(ErrStale)
			return
		}
		j.input = c.Input
	}
	if j.outside {
		if err := f.believe(&j.input); err != nil {
			j.fail(err)
			return
		}
	}
	f.step(j.input)
	switch {
	case j.done == nil:
	case f.durable >= f.issued:
		j.done(nil)
	default:
		f.waiters = append(f.waiters, waiter{f.issued, j.done})
	}
}

func (f *Floor) step(input venue.Input) {
	f.outside.note(input)
	if c, ok := input.(venue.ClaimCame); ok {
		f.trust.Asked(c.Gate, c.Claim.Scan, f.now().Mono)
	}
	f.perform(venue.Step(f.state, input, f.now()))
	if v, ok := input.(venue.VenueChanged); ok && f.cfg.Inside != nil {
		f.cfg.Inside.Obey(v.Venue)
	}
}

func (f *Floor) now() venue.Now {
	now := time.Now()
	return venue.Now{Unix: now.UnixMilli(), Mono: now.Sub(f.started).Milliseconds()}
}

// settle tells the arbiter how a transaction ended. After a failure nobody knows what the arbiter promised itself, so
// a new one is made from what the disk holds.
func (f *Floor) settle(ctx context.Context, r result) error {
	if r.life != f.life {
		return nil
	}
	if r.err == nil {
		f.durable = r.number
		f.step(venue.Committed{Number: r.number})
		f.releaseDurable()
		return nil
	}
	f.cfg.Log.Error("the arbiter's store failed; nothing is acknowledged until it works again", "why", r.err)
	f.step(venue.CommitFailed{Err: r.err.Error()})
	f.release(r.err)
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return f.boot()
}

func (f *Floor) releaseDurable() {
	kept := f.waiters[:0]
	for _, w := range f.waiters {
		if w.number <= f.durable {
			w.done(nil)
		} else {
			kept = append(kept, w)
		}
	}
	f.waiters = kept
}

func (f *Floor) release(err error) {
	for _, w := range f.waiters {
		w.done(err)
	}
	f.waiters = nil
}

// Ended is closed when Run has returned.
func (f *Floor) Ended() <-chan struct{} { return f.ended }

// Do hands an input over, in order with all others.
func (f *Floor) Do(input venue.Input) { f.hand(job{input: input}) }

func (f *Floor) hand(j job) {
	select {
	case f.inbox <- j:
	case <-f.ended:
	}
}

// DoWhile is Do of an input that is void once still says no, which is asked on the loop.
func (f *Floor) DoWhile(input venue.Input, still func() bool) { f.Do(whileTrue{input, still}) }

// Records is what is known of a right's history, at this moment. ErrStopped.
func (f *Floor) Records(ref whitelist.Ref) (records []admit.Record, err error) {
	err = ErrStopped
	f.ask(func() { records, err = f.state.Records(ref), nil })
	return records, err
}

// StoreWhile is Store of an input that is void once still says no, which is asked on the loop. ErrStale.
func (f *Floor) StoreWhile(input venue.Input, still func() bool) error {
	return f.Store(whileTrue{input, still})
}

// whileTrue is an input with its condition.
type whileTrue struct {
	venue.Input
	still func() bool
}

// Store hands an input over and returns when everything it rests on is durable.
func (f *Floor) Store(input venue.Input) error { return f.store(job{input: input}) }

// Bring takes records that a gate in this process made elsewhere: they are judged like those of any gate. ErrRefused.
func (f *Floor) Bring(gate string, events wire.Events) error {
	return f.store(job{input: venue.EventsCame{Gate: gate, Events: events}, outside: true})
}

func (f *Floor) store(j job) error {
	done := make(chan error, 1)
	j.done = func(err error) { done <- err }
	select {
	case f.inbox <- j:
	case <-f.ended:
		return ErrStopped
	}
	select {
	case err := <-done:
		return err
	case <-f.ended:
		return ErrStopped
	}
}
