package lane_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
	"portaria/edge/lookup"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// With laneEnv set, TestLane is a process of its own for the crash tests: a gate with three lanes and a real journal
// in that directory. It says on a file beside it what it is about to write, what is durable and whom it let in.
const (
	laneEnv  = "PORTARIA_LANE"
	scansEnv = "PORTARIA_LANE_SCANS" // per lane
	dieEnv   = "PORTARIA_LANE_DIES"  // it ends by kill -9 of itself, in the middle
)

const lanes = 3

// mark is one line that says what a lane run did; exactly one field is set.
type mark struct {
	Begin string        `json:"begin,omitempty"` // a life: the content of the journal that it found
	Try   *try          `json:"try,omitempty"`   // goes to the journal now
	Acked bool          `json:"acked,omitempty"` // the last try is durable, says the journal
	Pulse *admit.ScanID `json:"pulse,omitempty"` // somebody is let in
	Shown *lane.Shown   `json:"shown,omitempty"` // the last verdict of a lane, when the journal had failed
}

// try is one commit.
type try struct {
	Events []wire.Event    `json:"events,omitempty"`
	Learnt []gate.Remember `json:"learnt,omitempty"`
	Memory *gate.Memory    `json:"memory,omitempty"`
}

func marksFile(dir string) string { return filepath.Join(dir, "marks") }

func TestLane(t *testing.T) {
	dir := os.Getenv(laneEnv)
	if dir == "" {
		return // nothing by itself: see laneEnv
	}
	l := &laneRun{t: t, recorded: map[int]chan wire.EventType{}}
	if err := l.run(dir); err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// laneRun is a gate without a hub, its scanners and its turnstiles.
type laneRun struct {
	t        *testing.T
	marks    *os.File
	marking  sync.Mutex
	disk     chan func()
	journal  *bolt.Journal
	driver   *lane.Driver
	recorded map[int]chan wire.EventType // per lane, of what became durable
}

func (l *laneRun) run(dir string) (err error) {
	if l.marks, err = os.OpenFile(marksFile(dir), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	l.disk = make(chan func())
	go l.serveDisk()
	var recalled bolt.Recalled
	var events []wire.Event
	l.onDisk(func() {
		if l.journal, err = bolt.OpenJournal(dir); err == nil {
			recalled, events, err = readAll(l.journal)
		}
	})
	if err != nil {
		return err
	}
	l.mark(mark{Begin: contentOf(events, recalled.History, recalled.Memory).String()})
	return errors.Join(l.serve(recalled), l.journal.Close())
}

// serveDisk keeps every system call about the journal on one thread: strace counts by thread what it lets fail.
func (l *laneRun) serveDisk() {
	runtime.LockOSThread()
	for do := range l.disk {
		do()
	}
}

func (l *laneRun) onDisk(do func()) {
	done := make(chan struct{})
	l.disk <- func() { do(); close(done) }
	<-done
}

// die is kill -9 between two system calls: of one cut in half strace would not say whether it was done. What a cut
// within a commit leaves is made from the trace.
func (l *laneRun) die() {
	l.onDisk(func() {
		l.marking.Lock()
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	})
}

func (l *laneRun) mark(m mark) {
	raw, err := json.Marshal(m)
	l.marking.Lock()
	defer l.marking.Unlock()
	if err == nil {
		_, err = l.marks.Write(append(raw, '\n'))
	}
	if err != nil {
		panic(err)
	}
}

// Commit, Read and Prune are the driver's journal, watched.
func (l *laneRun) Commit(ctx context.Context, events []wire.Event, learnt []gate.Remember, memory *gate.Memory) (err error) {
	l.onDisk(func() {
		l.mark(mark{Try: &try{events, learnt, memory}})
		if err = l.journal.Commit(ctx, events, learnt, memory); err == nil {
			l.mark(mark{Acked: true})
		}
	})
	if err == nil {
		for _, e := range events {
			if c := l.recorded[e.Lane]; c != nil {
				c <- e.Type
			}
		}
	}
	return err
}

func (l *laneRun) Read(run wire.Run, from uint64, limit int) ([]wire.Event, error) {
	return l.journal.Read(run, from, limit)
}

func (l *laneRun) Prune(ctx context.Context, run wire.Run, to uint64) error {
	return l.journal.Prune(ctx, run, to)
}

// Pulse and Release are the board. Everybody but the tenth passes.
func (l *laneRun) Pulse(number int, scan admit.ScanID, _ bool) error {
	l.mark(mark{Pulse: &scan})
	if scan[0]%10 != 0 {
		go l.driver.Passed(l.t.Context(), number, nil)
	}
	return nil
}

func (*laneRun) Release(int) error { return nil }

// away is a hub that is not there.
type away struct{}

func (away) Claim(wire.Claim) error   { return os.ErrClosed }
func (away) Events(wire.Events) error { return os.ErrClosed }
func (away) State(wire.State) error   { return os.ErrClosed }

func (l *laneRun) serve(found bolt.Recalled) error {
	s, today, _ := newShelf(l.t)
	door := s.venue.Venue.Checkpoints[0]
	door.PassSeconds = 1
	s.venue = s.src.Sign(whitelist.Venue{Events: s.venue.Venue.Events, Checkpoints: []whitelist.Checkpoint{door}})
	for _, entry := range today.Tickets(lanes * ticketsPerLane) {
		today.Entries[entry.Key] = entry
	}
	var places []lane.Place
	for n := 1; n <= lanes; n++ {
		places = append(places, lane.Place{Number: n, Checkpoint: "door"})
		l.recorded[n] = make(chan wire.EventType, 64)
	}
	l.driver = lane.New(lane.Config{Gate: "g1", Lanes: places, Journal: l, Link: away{}, Board: l, Clock: lane.NewClock(),
		Boot: gate.Boot{Memory: found.Memory, History: found.History, Intents: found.Intents}, Resolver: lookup.Resolver{Lists: s}})
	ctx, stop := context.WithCancel(l.t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- l.driver.Run(ctx) }()
	l.driver.VenueChanged(ctx)
	err := l.crowd(ctx, places, int(found.Memory.Starts)*1000, ended)
	if err == nil {
		stop()
		return <-ended
	}
	for _, seen := range l.driver.Status().Lanes {
		if len(seen.Last) > 0 {
			l.mark(mark{Shown: &seen.Last[0]})
		}
	}
	return err
}

// ticketsPerLane is more than any run of any lane uses.
const ticketsPerLane = 20_000

// crowd sends people through all lanes at once, until all are through or the gate ends.
func (l *laneRun) crowd(ctx context.Context, places []lane.Place, first int, ended <-chan error) error {
	scans, _ := strconv.Atoi(os.Getenv(scansEnv))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var people sync.WaitGroup
	for _, place := range places {
		people.Go(func() { l.queue(ctx, place, first, scans) })
	}
	through := make(chan struct{})
	go func() { people.Wait(); close(through) }()
	select {
	case err := <-ended:
		return err
	case <-through:
		return nil
	}
}

// queue is the people of one lane: each holds a ticket, every fifth one that was used before, every seventh none. Now
// and then a hub is heard, and what other gates did.
func (l *laneRun) queue(ctx context.Context, place lane.Place, first, scans int) {
	own := place.Number*ticketsPerLane - ticketsPerLane + 1 + first
	for i := range scans {
		text := ticket.ID(own + i).Short()
		switch {
		case i%5 == 4:
			text = ticket.ID(own + i - 3).Short()
		case i%7 == 6:
			text = fmt.Sprintf("NO TICKET %d", i)
		}
		if i%4 == 3 {
			l.hear(ctx, place.Number*1000+first+i)
		}
		l.driver.Scanned(ctx, place, scanner.Reading{Text: text})
		if !l.settled(ctx, place.Number) {
			return
		}
		if os.Getenv(dieEnv) != "" && place.Number == lanes && i == scans/2 {
			l.die()
		}
	}
}

func (l *laneRun) hear(ctx context.Context, n int) {
	id := admit.ScanID{0: 0xff, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}
	l.driver.Give(ctx, gate.PulseCame{Pulse: wire.Pulse{Hub: "h1", Term: 3, Head: uint64(n), At: time.Now().UnixMilli()}})
	l.driver.Give(ctx, gate.UsedCame{Used: wire.Used{HubRun: "r", Number: uint64(n), Ref: whitelist.Ref(id),
		Record: admit.Record{Scan: id, Kind: admit.Entry, Gate: "g2", At: int64(n)}}})
}

// settled waits until the person before a lane has passed, has not, or was refused, and that is durable.
func (l *laneRun) settled(ctx context.Context, number int) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case recorded := <-l.recorded[number]:
			if recorded == wire.Outcome || recorded == wire.Refusal {
				return true
			}
		}
	}
}
