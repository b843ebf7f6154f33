package arbiter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
	"portaria/floor/wicket"
)

// Name is the cloud's as an arbiter, where a hub has its id.
const Name = "the-cloud"

// Times of a lease.
const (
	life       = 6 * time.Second // without a word from its holder a venue may be taken by another process
	renewEvery = 2 * time.Second
	lookEvery  = time.Second      // for a newer venue manifest
	idle       = 10 * time.Minute // without a scan a venue is given up
)

// Config is what arbiters need.
type Config struct {
	Leases Leases
	Holder string // this process, as others name it
	// Venue is the manifest in force, from a memory that is fresh to about a second.
	Venue  func(ctx context.Context, organizer, venue ticket.EventID) (*whitelist.Venue, *time.Location, error)
	Report func(v ticket.EventID, incident venue.Incident) // nil = nobody asks
	Log    *slog.Logger
}

// Arbiters are those of this process.
type Arbiters struct {
	Config
	ctx  context.Context //nolint:containedctx // the process's life: an arbiter outlives the request that began it
	stop context.CancelFunc
	done sync.WaitGroup

	mu    sync.Mutex
	slots map[ticket.EventID]*slot
}

// slot is one venue's place: its lock is held while an arbiter begins.
type slot struct {
	mu   sync.Mutex
	seat *Seat
}

// New makes none yet: a venue's arbiter begins with its first scan.
func New(ctx context.Context, c Config) *Arbiters {
	a := &Arbiters{Config: c, slots: map[ticket.EventID]*slot{}}
	a.ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	return a
}

// Close ends all arbiters and gives their venues up.
func (a *Arbiters) Close() {
	a.stop()
	a.done.Wait()
}

// Seat is a running arbiter.
type Seat struct {
	*wicket.House
	lease Lease
	store Store
	floor *floor.Floor
	ended chan struct{}
	stop  context.CancelFunc

	mu     sync.Mutex
	used   time.Time
	doors  map[string]wicket.Door
	epoch  uint64
	loaded map[ticket.EventID]bool
}

// At is the arbiter of a venue; it begins here if nobody is. HubError, ElsewhereError, ErrNoVenue.
func (a *Arbiters) At(ctx context.Context, at ticket.EventID) (*Seat, error) {
	place := a.slot(at)
	place.mu.Lock()
	defer place.mu.Unlock()
	if s := place.seat; s != nil && s.alive() {
		s.touch()
		return s, nil
	}
	if a.ctx.Err() != nil {
		return nil, ErrLost
	}
	lease, err := a.Leases.Take(ctx, at, a.Holder, life)
	if err != nil {
		return nil, err
	}
	s, err := a.begin(ctx, lease)
	if err != nil {
		return nil, errors.Join(err, a.Leases.Leave(context.WithoutCancel(ctx), lease))
	}
	place.seat = s
	return s, nil
}

func (a *Arbiters) slot(at ticket.EventID) *slot {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.slots[at] == nil {
		a.slots[at] = &slot{}
	}
	return a.slots[at]
}

func (a *Arbiters) begin(ctx context.Context, lease Lease) (*Seat, error) {
	s := &Seat{lease: lease, store: a.Leases.Store(lease), ended: make(chan struct{}), used: time.Now()}
	s.House = wicket.New(s.door)
	manifest, zone, err := a.Venue(ctx, lease.Organizer, lease.Venue)
	if err != nil {
		return nil, fmt.Errorf("read the venue manifest: %w", err)
	}
	s.floor, err = floor.New(floor.Config{Hub: Name, Venue: lease.Venue, Run: rand.Text()[:16], Store: s.store, Term: lease.Term,
		Send: func(string, []byte, byte) error { return nil }, SendUp: func(wire.Events) error { return nil }, Inside: s.House,
		Report: func(i venue.Incident) {
			if a.Report != nil {
				a.Report(lease.Venue, i)
			}
		}, Log: a.Log.With("venue", lease.Venue)})
	if err != nil {
		return nil, err
	}
	s.Serve(s.floor)
	s.loaded = s.store.Loaded()
	s.obey(manifest, zone)
	a.Log.Info("the cloud is the arbiter of a venue", "venue", lease.Venue, "fence", lease.Fence, "term", lease.Term)
	a.run(s)
	return s, nil
}

// run decides until the process ends, the lease is lost, or nobody scans any more.
func (a *Arbiters) run(s *Seat) {
	ctx, stop := context.WithCancel(a.ctx)
	s.stop = stop
	a.done.Go(func() {
		defer close(s.ended)
		defer stop()
		if err := s.floor.Run(ctx); err != nil && !errors.Is(err, ErrLost) {
			a.Log.Error("an arbiter ended", "venue", s.lease.Venue, "error", err)
		}
		leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewEvery)
		defer cancel()
		if err := a.Leases.Leave(leave, s.lease); err != nil {
			a.Log.Debug("a venue was not given up; its lease runs out", "venue", s.lease.Venue, "error", err)
		}
		a.Log.Info("the cloud is no longer the arbiter of a venue here", "venue", s.lease.Venue)
	})
	a.done.Go(func() { a.attend(ctx, s) })
}

// attend renews the lease and looks for a newer manifest.
func (a *Arbiters) attend(ctx context.Context, s *Seat) {
	renewed := time.Now()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended:
			return
		case <-tick.C:
		}
		if manifest, zone, err := a.Venue(ctx, s.lease.Organizer, s.lease.Venue); err == nil {
			s.obey(manifest, zone)
		}
		if time.Since(renewed) < renewEvery {
			continue
		}
		renewed = time.Now()
		if err := a.Leases.Renew(ctx, s.lease, life); errors.Is(err, ErrLost) || s.idleFor() > idle {
			s.stop()
			return
		}
	}
}

// obey takes a manifest in force.
func (s *Seat) obey(manifest *whitelist.Venue, zone *time.Location) {
	s.mu.Lock()
	if manifest.Epoch <= s.epoch {
		s.mu.Unlock()
		return
	}
	s.epoch, s.doors = manifest.Epoch, map[string]wicket.Door{}
	for _, c := range manifest.Checkpoints {
		s.doors[c.ID] = wicket.Door{Checkpoint: c, Zone: zone}
	}
	s.mu.Unlock()
	s.floor.Do(venue.VenueChanged{Venue: manifest, Zone: zone})
}

func (s *Seat) door(id string) (wicket.Door, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, known := s.doors[id]
	return d, known
}

func (s *Seat) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = time.Now()
}

func (s *Seat) idleFor() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.used)
}

func (s *Seat) alive() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// Covers makes sure that all there is of an event's rights is known here. An event that was over when this arbiter began,
// and whose times have changed since, has records that it has not read: then the arbiter ends, and the next one reads them.
func (s *Seat) Covers(ctx context.Context, event ticket.EventID) error {
	s.mu.Lock()
	known := s.loaded[event] || event == ticket.EventID{}
	s.mu.Unlock()
	if known {
		return nil
	}
	has, err := s.store.HasRecords(ctx, event)
	if err != nil {
		return fmt.Errorf("look for records of event %s: %w", event, err)
	}
	if has {
		s.stop()
		<-s.ended
		return ErrLost
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded[event] = true
	return nil
}

// View is what the arbiter knows at this moment.
func (s *Seat) View() venue.View { return s.floor.View().Venue }
