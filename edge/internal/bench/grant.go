package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/internal/bolt"
	"portaria/edge/internal/lane"
	"portaria/edge/internal/scanner"
	"portaria/edge/wire"
	"portaria/figure"
)

// station is a whole gate, but for its devices: from a reading to the relay.
type station struct {
	*house
	driver  *lane.Driver
	journal *bolt.Journal
	board   relays
	commits chan struct{}
	stop    context.CancelFunc
	ended   chan error
	next    int
}

// relays tell when each moved, by lane from 1: a real one moves within Pulse, whenever the scheduler lets its reader run.
type relays []chan time.Time

func (r relays) Pulse(lane int, _ admit.ScanID, _ bool) error { r[lane-1] <- time.Now(); return nil }
func (relays) Release(int) error                              { return nil }

// nowhere is a hub that is away: the gate decides alone, by the free policy.
type nowhere struct{}

var errAway = errors.New("no hub in a measurement")

func (nowhere) Claim(wire.Claim) error   { return errAway }
func (nowhere) Events(wire.Events) error { return errAway }
func (nowhere) State(wire.State) error   { return errAway }

// counted is a journal that tells of every commit, while somebody listens.
type counted struct {
	*bolt.Journal
	commits chan struct{}
}

func (c counted) Commit(ctx context.Context, events []wire.Event, learnt []gate.Remember, memory *gate.Memory) error {
	err := c.Journal.Commit(ctx, events, learnt, memory)
	if len(events) > 0 {
		select {
		case c.commits <- struct{}{}:
		default:
		}
	}
	return err
}

func place(number int) lane.Place { return lane.Place{Number: number, Checkpoint: door} }

// recalled is an open journal and what a starting gate reads from it.
type recalled struct {
	*bolt.Journal
	was bolt.Recalled
}

func recall(dir string) (r recalled, err error) {
	if r.Journal, err = bolt.OpenJournal(dir); err != nil {
		return r, err
	}
	if r.was, err = r.Recall(); err != nil {
		return r, errors.Join(err, r.Close())
	}
	return r, nil
}

// startStation starts a gate of so many lanes with the list of a house and a journal.
func startStation(ctx context.Context, h *house, journal recalled, lanes int) *station {
	s := &station{house: h, journal: journal.Journal, commits: make(chan struct{}, 1024), ended: make(chan error, 1)}
	var places []lane.Place
	for n := range lanes {
		places = append(places, place(n+1))
		s.board = append(s.board, make(chan time.Time, 1))
	}
	s.driver = lane.New(lane.Config{Gate: "bench", Lanes: places, Resolver: h.resolver,
		Journal: counted{journal.Journal, s.commits}, Link: nowhere{}, Board: s.board, Clock: lane.NewClock(),
		Boot: gate.Boot{Memory: journal.was.Memory, History: journal.was.History, Intents: journal.was.Intents}})
	ctx, s.stop = context.WithCancel(ctx)
	go func() { s.ended <- s.driver.Run(ctx) }()
	s.driver.VenueChanged(ctx)
	return s
}

// openStation starts a gate and waits until it is at rest.
func openStation(ctx context.Context, h *house, lanes int) (*station, error) {
	journal, err := recall(h.dir)
	if err != nil {
		return nil, err
	}
	s := startStation(ctx, h, journal, lanes)
	rand.New(rand.NewPCG(4, 5)).Shuffle(len(h.tickets), func(i, j int) { h.tickets[i], h.tickets[j] = h.tickets[j], h.tickets[i] })
	return s, s.settle(ctx)
}

// settle waits until the journal has been quiet for a moment.
func (s *station) settle(ctx context.Context) error {
	for {
		select {
		case <-s.commits:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
			return nil
		}
	}
}

func (s *station) close() error {
	s.stop()
	return errors.Join(<-s.ended, s.journal.Close(), s.lists.Close())
}

// grants lets n people in, one after the other, and returns how long each took from the reading to the relay. The
// record of the passage, which follows the relay, is waited for but not counted.
func (s *station) grants(ctx context.Context, n int) ([]time.Duration, error) {
	times := make([]time.Duration, n)
	for i := range n {
		code, err := s.code(s.next)
		if err != nil {
			return nil, err
		}
		s.next++
		text := code.Text()
		started := time.Now()
		moved, err := s.grant(ctx, 1, text)
		if err != nil {
			return nil, fmt.Errorf("grant %d: %w", i, err)
		}
		times[i] = moved.Sub(started)
		if err := s.recorded(); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// grant scans a text at a lane and waits for its relay.
func (s *station) grant(ctx context.Context, lane int, text string) (moved time.Time, err error) {
	s.driver.Scanned(ctx, place(lane), scanner.Reading{Text: text})
	select {
	case moved = <-s.board[lane-1]:
		return moved, nil
	case <-time.After(5 * time.Second):
		return moved, fmt.Errorf("the relay of lane %d did not move: %+v", lane, s.driver.Status().Lanes[lane-1].Last[:1])
	}
}

// recorded waits for the two commits of one person: the admission and the passage.
func (s *station) recorded() error {
	for range 2 {
		select {
		case <-s.commits:
		case <-time.After(5 * time.Second):
			return errors.New("the passage was not recorded")
		}
	}
	return nil
}

// Grant measures a durable grant, from the reading to the relay, against two bare durable writes.
func Grant(ctx context.Context, c Config) error {
	c.defaults()
	dir, remove, err := figure.WorkDir(c.Dir)
	if err != nil {
		return err
	}
	defer remove()
	h, err := buildHouse(ctx, dir, c.Tickets)
	if err != nil {
		return err
	}
	s, err := openStation(ctx, h, 1)
	if err != nil {
		return err
	}
	bare, err := figure.NewBareSync(dir)
	if err != nil {
		return err
	}
	n := c.People
	var ratios, grants, syncs []float64
	for range blocks {
		written, err := figure.Each(n, bare.Twice)
		if err != nil {
			return err
		}
		granted, err := s.grants(ctx, n)
		if err != nil {
			return err
		}
		grants, syncs = append(grants, figure.P50(granted)), append(syncs, figure.P50(written))
		ratios = append(ratios, figure.P50(granted)/figure.P50(written))
	}
	if err := s.close(); err != nil {
		return err
	}
	return c.print(figure.Figure{Name: "grant", Ratio: figure.Median(ratios), Goal: 1.5, About: fmt.Sprintf(
		"scan to relay, p50 %.0f µs / two bare 4 KiB fdatasyncs, p50 %.0f µs, n=%d x %d, %d tickets, %s",
		figure.Median(grants)/1000, figure.Median(syncs)/1000, n, blocks, c.Tickets, figure.Medium(dir))})
}
