package wicket_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// turnstile is a gate of one lane, with the core that gates have, its guests, and its link to the hub. Its own disk and process
// never fail here: that is the simulator's to try (scanner-sim/sim).
type turnstile struct {
	e    *evening
	name string

	mu      sync.Mutex
	chance  *rand.Rand
	state   *gate.State // nil = switched off
	began   time.Time
	cut     time.Time // until when its cable is cut
	journal []wire.Event
	busy    time.Time // until when somebody stands at it
	alone   map[admit.ScanID]bool
	shown   admit.Reason
}

func (e *evening) openGates() {
	if !e.hasGates() {
		return
	}
	for n, name := range gateNames {
		g := &turnstile{e: e, name: name, chance: e.own(50 + uint64(n)), began: time.Now(), alone: map[admit.ScanID]bool{}} //nolint:gosec // small
		e.gates = append(e.gates, g)
		g.mu.Lock()
		state, effects := gate.New(gate.Boot{Gate: name, Lanes: []gate.Lane{{Number: 1, Checkpoint: "door"}}, Random: g.chance.Uint32()})
		g.state = state
		g.perform(effects)
		g.mu.Unlock()
		g.obey(e.manifest)
		g.tick()
		e.group.Go(g.guests)
	}
}

func (g *turnstile) feed(in gate.Input) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == nil {
		return
	}
	now := time.Now()
	g.perform(gate.Step(g.state, in, gate.Now{Unix: now.UnixMilli(), Mono: now.Sub(g.began).Milliseconds(), Clock: admit.Synced}))
}

func (g *turnstile) obey(v *whitelist.Venue) { g.feed(gate.VenueChanged{Venue: v}) }

func (g *turnstile) off() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state = nil
}

// tick is the driver's promise of a Tick a second.
func (g *turnstile) tick() {
	g.feed(gate.Tick{})
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state != nil {
		time.AfterFunc(between(g.chance, 900_000, 999_000), g.tick)
	}
}

// perform does what the core asks for. Under the lock.
func (g *turnstile) perform(effects []gate.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case gate.Commit:
			time.AfterFunc(between(g.chance, 200, 5_000), func() { g.durable(e.Events) })
		case gate.SendClaim:
			g.up(venue.ClaimCame{Gate: g.name, Claim: e.Claim})
		case gate.SendEvents:
			g.up(venue.EventsCame{Gate: g.name, Events: e.Events})
		case gate.SendState:
			g.up(venue.StateCame{Gate: g.name, State: e.State})
		case gate.ReadJournal:
			g.read(e)
		case gate.Pulse:
			g.moved(e)
		case gate.Show:
			g.shown = e.Verdict.Reason
		case gate.Wake:
			time.AfterFunc(max(time.Until(time.UnixMilli(e.At)), time.Millisecond), func() { g.feed(gate.Tick{}) })
		case gate.Restart:
			g.e.truth.fault("%s wants to start anew: %s", g.name, e.Why)
		}
	}
}

func (g *turnstile) durable(events []wire.Event) {
	g.mu.Lock()
	g.journal = append(g.journal, events...)
	for _, e := range events {
		if e.Type == wire.Admission {
			g.alone[e.Scan] = e.Record.Offline
		}
	}
	g.mu.Unlock()
	g.feed(gate.Committed{Seq: events[len(events)-1].Seq})
}

func (g *turnstile) read(q gate.ReadJournal) {
	from := min(q.From-1, uint64(len(g.journal)))
	events := slices.Clone(g.journal[from:min(from+uint64(q.Limit), uint64(len(g.journal)))]) //nolint:gosec // small
	time.AfterFunc(time.Millisecond, func() { g.feed(gate.JournalRead{Run: q.Run, Events: events}) })
}

// lossy is the cable: false = the message is lost, and how long one takes.
func (g *turnstile) lossy() (time.Duration, bool) {
	if !g.e.isCalm() {
		if g.chance.IntN(400) == 0 {
			g.cut = time.Now().Add(between(g.chance, 500_000, 6_000_000))
		}
		if time.Now().Before(g.cut) || g.chance.IntN(40) == 0 {
			return 0, false
		}
	}
	return between(g.chance, 500, 25_000), true
}

func (g *turnstile) up(in venue.Input) {
	delay, arrives := g.lossy()
	if !arrives {
		return
	}
	time.AfterFunc(delay, func() {
		if s := g.e.current(); s != nil && s.of != byCloud {
			s.floor.Do(in)
		}
	})
}

// toGates is the hub's broker.
func (e *evening) toGates(s *seat) func(string, []byte, byte) error {
	return func(topic string, payload []byte, _ byte) error {
		t, err := wire.ParseTopic(topic)
		if err != nil {
			return err
		}
		in := read(t.Leaf, payload)
		for _, g := range e.gates {
			if in != nil && (t.Gate == "" || t.Gate == g.name) {
				g.down(s, in)
			}
		}
		return nil
	}
}

func read(leaf wire.Leaf, payload []byte) gate.Input {
	switch leaf {
	case wire.LeafRuling:
		r, err := wire.Decode[wire.Ruling](payload)
		return must(gate.RulingCame{Ruling: r}, err)
	case wire.LeafPulse:
		p, err := wire.Decode[wire.Pulse](payload)
		return must(gate.PulseCame{Pulse: p}, err)
	case wire.LeafAck:
		a, err := wire.Decode[wire.Ack](payload)
		return must(gate.AckCame{Ack: a}, err)
	case wire.LeafRecall:
		r, err := wire.Decode[wire.Recall](payload)
		return must(gate.RecallCame{Recall: r}, err)
	case wire.LeafUsed:
		u, err := wire.Decode[wire.Used](payload)
		return must(gate.UsedCame{Used: u}, err)
	}
	return nil
}

func must(in gate.Input, err error) gate.Input {
	if err != nil {
		panic(err) // the hub's own message
	}
	return in
}

func (g *turnstile) down(s *seat, in gate.Input) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if delay, arrives := g.lossy(); arrives {
		time.AfterFunc(delay, func() {
			if !s.process.isDead() {
				g.feed(in)
			}
		})
	}
}

// guests come one after the other.
func (g *turnstile) guests() {
	for !g.e.isCalm() || g.e.isShut() {
		g.mu.Lock()
		pause := between(g.chance, 300_000, 2_500_000)
		g.mu.Unlock()
		time.Sleep(pause)
		if !g.e.isShut() && !g.e.isCalm() {
			g.mu.Lock()
			r := g.e.pick(g.chance)
			exit := r.kind.Use == whitelist.UseReentr && g.chance.IntN(2) == 0
			g.mu.Unlock()
			g.guest(r, exit)
			time.Sleep(2 * time.Second)
			g.mu.Lock()
			busy := g.busy
			g.mu.Unlock()
			time.Sleep(time.Until(busy))
		}
	}
	time.Sleep(12 * time.Second) // the last one has gone in, or has not
}

func (g *turnstile) guest(r right, exit bool) {
	g.mu.Lock()
	id := newScan(g.chance)
	g.e.truth.add(&visit{right: r, scan: id})
	g.mu.Unlock()
	g.feed(gate.Scan{Lane: 1, ID: id, Code: r.code(), Exit: exit})
}

// moved: the arm is free. Most go in at once, some turn round, some come through after its time.
func (g *turnstile) moved(p gate.Pulse) {
	for _, v := range g.e.truth.all() {
		if v.scan != p.Scan || p.Exit {
			continue
		}
		alone := g.alone[p.Scan]
		wait, goes := between(g.chance, 200_000, 1_500_000), true
		switch g.chance.IntN(12) {
		case 0:
			goes = false
		case 1:
			wait = between(g.chance, 5_100_000, 6_500_000)
		}
		late := wait > 5*time.Second
		g.busy = time.Now().Add(max(wait, 5*time.Second) + time.Second)
		if goes {
			time.AfterFunc(wait, func() {
				g.e.truth.set(func() { v.in, v.apart = true, alone || late })
				g.feed(gate.Passage{Lane: 1})
			})
		}
		return
	}
	time.AfterFunc(between(g.chance, 200_000, 900_000), func() { g.feed(gate.Passage{Lane: 1}) }) // somebody leaves
}

func (t *truth) all() []*visit {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.visits)
}

// probe: a ticket that nobody has shown is let in, by the arbiter's word.
func (g *turnstile) probe(r right) {
	g.guest(r, false)
	time.Sleep(3 * time.Second)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shown != admit.OK {
		g.e.truth.fault("a fresh ticket at %s: %s", g.name, g.shown)
	}
}
