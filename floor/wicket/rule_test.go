package wicket_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/floor"
	"portaria/floor/wicket"
)

// seat is one process that decides.
type seat struct {
	e       *evening
	of      era
	house   *wicket.House
	floor   *floor.Floor
	process *process
	upwards *upwards // to the cloud; nil = none
	stop    context.CancelFunc
	ended   chan struct{}
}

// rule has the venue decided for during an era, by one process after the other.
func (e *evening) rule(of era, last bool) {
	e.begin(of)
	until := time.Now().Add(e.between(6_000_000, 12_000_000))
	if last {
		until = until.Add(8 * time.Second)
	}
	for {
		s := e.sit(of)
		if !e.chaos(s, until) {
			break // it lives on to the end
		}
		s.end()
		e.count(func(t *tally) { t.deaths++ })
		time.Sleep(e.pause(100_000, 2_500_000))
	}
	s := e.current()
	switch {
	case last:
		e.close(s)
	case of == byCloud: // a hub comes: the cloud falls silent in mid-sentence
		s.end()
	default: // a hub is retired when everything has come up
		e.retire(s)
	}
	e.count(func(t *tally) { t.swaps++ })
}

func (e *evening) pause(from, to int) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.between(from, to)
}

// begin sets up what outlives a process: a hub's disk.
func (e *evening) begin(of era) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if of == byCloud {
		e.hub = nil
		return
	}
	e.hub = newDisk()
	e.hubs++
}

// sit starts a process.
func (e *evening) sit(of era) *seat {
	e.mu.Lock()
	store, name := e.hub, fmt.Sprint("hub-", e.hubs)
	if of == byCloud {
		store, name = e.db, "the-cloud"
	}
	e.starts++
	run, manifest := fmt.Sprint("run-", e.starts), e.manifest
	e.mu.Unlock()
	s := &seat{e: e, of: of, process: newProcess(store, e.luck), ended: make(chan struct{})}
	s.house = wicket.New(e.door)
	cfg := floor.Config{Hub: name, Venue: theatre, Run: run, Store: s.process, Inside: s.house, Log: slog.New(slog.DiscardHandler), Send: e.toGates(s),
		SendUp: s.sendUp, Ask: s.ask, Beat: s.beat, Cloud: of != byCloud && of != byLoneHub, Report: e.truth.report}
	if cfg.Cloud {
		s.upwards = newUpwards(e, s)
	}
	if of == byCloud {
		cfg.Term = e.cloudTerm()
	} else if e.hasGates() {
		cfg.Enrolled = func() []string { return gateNames }
	}
	var err error
	if s.floor, err = floor.New(cfg); err != nil {
		e.truth.fault("a process could not begin: %v", err)
		return nil
	}
	s.house.Serve(s.floor)
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { defer close(s.ended); _ = s.floor.Run(ctx) }()
	s.floor.Do(venue.VenueChanged{Venue: manifest, Zone: time.UTC})
	if s.upwards != nil {
		go s.upwards.run(ctx)
	}
	e.mu.Lock()
	e.seat = s
	e.mu.Unlock()
	return s
}

// end ends a process as a power cut does: what it has not made durable is gone.
func (s *seat) end() {
	s.e.mu.Lock()
	if s.e.seat == s {
		s.e.seat = nil
	}
	s.e.mu.Unlock()
	s.process.die()
	s.stop()
	<-s.ended
}

// chaos lets time go by; it says whether the process has died of it.
func (e *evening) chaos(s *seat, until time.Time) bool {
	own := e.own(1000 + uint64(e.starts)) //nolint:gosec // small
	for time.Now().Before(until) {
		select {
		case <-s.process.died:
			return true
		case <-time.After(between(own, 500_000, 4_000_000)):
		}
		switch own.IntN(12) {
		case 0, 1, 2:
			return true // kill -9
		case 3:
			e.evacuate(s, between(own, 500_000, 1_500_000))
		}
	}
	return false
}

// evacuate has every door only count, for a while.
func (e *evening) evacuate(s *seat, long time.Duration) {
	e.count(func(t *tally) { t.evacuations++ })
	e.obey(s, whitelist.Evacuation)
	time.Sleep(long)
	e.obey(s, whitelist.Open)
}

func (e *evening) obey(s *seat, mode whitelist.Mode) {
	e.mu.Lock()
	v := e.venue(e.manifest.Epoch+1, mode)
	e.manifest = v
	e.mu.Unlock()
	s.floor.Do(venue.VenueChanged{Venue: v, Zone: time.UTC})
	for _, g := range e.gates {
		g.obey(v)
	}
}

func (e *evening) current() *seat {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seat
}

// retire ends a hub once the cloud has all that it has.
func (e *evening) retire(s *seat) {
	e.mu.Lock()
	e.shut, e.calm = true, true
	e.mu.Unlock()
	time.Sleep(6 * time.Second) // what is under way ends
	select {
	case <-s.process.died:
		s.end()
		s = e.sit(s.of)
	default:
	}
	for n := 0; s.floor.View().Venue.Pending > 0 || !s.floor.View().Venue.Ready; n++ {
		if time.Sleep(time.Second); n > 60 {
			e.truth.fault("the hub does not bring what it has: %+v", s.floor.View().Venue)
			break
		}
	}
	s.end()
	e.mu.Lock()
	e.shut, e.calm = false, false
	e.mu.Unlock()
}

// close ends the evening: faults cease, everybody finishes what they began, and it is judged.
func (e *evening) close(s *seat) {
	e.mu.Lock()
	e.calm = true
	e.mu.Unlock()
	if s.process.isDead() {
		s.end()
		s = e.sit(s.of)
	}
	e.group.Wait() // telephones and guests
	time.Sleep(20 * time.Second)
	e.judge(s)
	for _, g := range e.gates {
		g.off()
	}
	s.end()
}

// open are the grants that are neither used nor given back.
func open(v venue.View) (names []string) {
	for _, g := range v.Gates {
		if g.Grants > 0 {
			names = append(names, fmt.Sprint(g.Name, ": ", g.Grants))
		}
	}
	for _, g := range v.Unknown {
		names = append(names, fmt.Sprint("unsettled of ", g.Gate))
	}
	slices.Sort(names)
	return names
}
