package wicket_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"portaria/edge/venue"
	"portaria/edge/wire"
)

// upwards is a hub's link to its cloud: it loses and delays, and the cloud keeps what comes, in order.
type upwards struct {
	e *evening
	s *seat

	mu     sync.Mutex
	chance *rand.Rand
}

func newUpwards(e *evening, s *seat) *upwards {
	return &upwards{e: e, s: s, chance: e.own(2000 + uint64(e.starts))} //nolint:gosec // small
}

// later does something after a message's time on its way, or never.
func (u *upwards) later(do func()) {
	u.mu.Lock()
	lost, delay := u.chance.IntN(20) == 0, between(u.chance, 2_000, 60_000)
	u.mu.Unlock()
	if lost && !u.e.isCalm() {
		return
	}
	time.AfterFunc(delay, do)
}

func (u *upwards) run(ctx context.Context) {
	u.s.floor.Do(venue.CloudLink{Up: true})
	for ctx.Err() == nil {
		u.beat()
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
}

// beat tells the cloud of the hub, which says what it holds.
func (u *upwards) beat() {
	state := u.s.floor.HubState()
	u.later(func() {
		if u.s.process.isDead() {
			return // what it says of itself is over; one that comes after the next process's is another story
		}
		ack := wire.Ack{V: wire.Version, Number: state.Number, Incarnation: "db", Word: u.e.word(state)}
		for at, held := range u.e.db.held() {
			ack.Watermarks = append(ack.Watermarks, wire.Watermark{Gate: at.gate, Run: at.run, Cloud: held})
		}
		if ack.Word != nil {
			ack.Word.Of = len(ack.Watermarks)
		}
		u.later(func() { u.s.floor.Do(venue.CloudAcked{Ack: ack}) })
	})
}

func (s *seat) beat() {
	if s.upwards != nil {
		time.AfterFunc(time.Millisecond, s.upwards.beat)
	}
}

// sendUp gives the cloud records.
func (s *seat) sendUp(events wire.Events) error {
	if s.upwards == nil || len(events.Events) == 0 {
		return nil
	}
	s.upwards.later(func() {
		s.e.db.accept(events.Events)
		first := events.Events[0]
		held := s.e.db.held()[life{first.Gate, first.Run}]
		s.upwards.later(func() {
			s.floor.Do(venue.CloudAcked{Ack: wire.Ack{V: wire.Version, Number: events.Number, Incarnation: "db",
				Watermarks: []wire.Watermark{{Gate: first.Gate, Run: first.Run, Cloud: held}}}})
		})
	})
	return nil
}

// ask has the cloud hand records back.
func (s *seat) ask(want wire.Want) error {
	s.upwards.later(func() {
		back := wire.Events{V: wire.Version, Gate: want.Gate, Run: want.Run, Events: s.e.db.from(want.Gate, want.Run, want.From, 20)}
		s.upwards.later(func() { s.floor.Do(venue.BackCame{Events: back}) })
	})
	return nil
}

// held is how far each run is in the cloud.
func (d *disk) held() map[life]uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[life]uint64{}
	for at, events := range d.journal {
		out[at] = uint64(len(events))
	}
	return out
}

// word gives each hub's disk its term: a new one is above all that there were. Of one without a name yet it says nothing.
func (e *evening) word(state wire.HubState) *wire.Word {
	if state.Disk == "" {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	newest := uint64(0)
	for _, term := range e.terms {
		newest = max(newest, term)
	}
	if e.terms[state.Disk] == 0 {
		e.terms[state.Disk] = newest + 1
		newest++
	}
	return &wire.Word{Disk: state.Disk, Run: state.Run, Term: e.terms[state.Disk], Newest: newest, Whole: state.Whole}
}

// cloudTerm is above every hub's.
func (e *evening) cloudTerm() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	hubs := uint64(0)
	for disk, term := range e.terms {
		if disk != "" {
			hubs = max(hubs, term)
		}
	}
	e.terms[""] = max(e.terms[""], hubs+1)
	return e.terms[""]
}
