package venue_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// together is a few gates and one arbiter on a bad network: messages are lost, doubled and late, processes die between
// a decision and its disk. Only what is durable survives.
type together struct {
	t     *testing.T
	rng   *rand.Rand
	now   int64
	gates []*gateSim
	hub   hubSim
	post  []letter // on their way
	calm  bool
	venue whitelist.Venue

	pulses  map[admit.ScanID]int
	granted map[whitelist.Ref]int // passages that the arbiter had granted
	scans   uint32
}

type letter struct {
	at      int64
	deliver func()
}

type gateSim struct {
	w       *together
	name    string
	state   *gate.State
	life    int
	memory  gate.Memory
	journal map[wire.Run][]wire.Event
	heard   map[whitelist.Ref][]admit.Record
	waiting []gate.Effect // Persist, Commit and Remember not yet durable
}

type hubSim struct {
	w       *together
	state   *venue.State
	life    int
	disk    venue.Boot
	journal []wire.Event
	waiting []venue.Commit
}

// send puts a letter into the post: lost, late or doubled as it may be.
func (w *together) send(deliver func()) {
	copies := 1
	if !w.calm {
		copies = w.rng.IntN(10) / 3 // 0, 1, 1, 1, 2 ...
		copies = min(copies, 2)
	}
	for range copies {
		late := int64(1 + w.rng.IntN(20))
		if !w.calm && w.rng.IntN(20) == 0 {
			late += int64(w.rng.IntN(2000))
		}
		w.post = append(w.post, letter{w.now + late, deliver})
	}
}

// strikes says whether the process dies right here, between two effects.
func (w *together) strikes() bool { return !w.calm && w.rng.IntN(60) == 0 }

func (w *together) advance(ms int64) {
	for until := w.now + ms; w.now < until; w.now++ {
		due := w.post
		w.post = nil
		for _, l := range due {
			if l.at <= w.now {
				l.deliver()
			} else {
				w.post = append(w.post, l)
			}
		}
		if w.now%100 == 0 {
			for _, g := range w.gates {
				g.feed(gate.Tick{})
			}
			w.hub.feed(venue.Tick{})
		}
	}
}

func (g *gateSim) boot() {
	g.life++
	g.waiting = nil
	boot := gate.Boot{Gate: g.name, Lanes: []gate.Lane{{Number: 1, Checkpoint: "door"}, {Number: 2, Checkpoint: "door"}}, Memory: g.memory,
		Random: g.w.rng.Uint32(), History: map[whitelist.Ref][]admit.Record{}}
	boot.Memory.Runs = slices.Clone(boot.Memory.Runs)
	for ref, records := range g.heard {
		boot.History[ref] = slices.Clone(records)
	}
	for i, r := range boot.Memory.Runs {
		boot.Memory.Runs[i].Last = uint64(len(g.journal[r.Run]))
		for _, e := range g.journal[r.Run] {
			if e.Record != nil && e.Ref != (whitelist.Ref{}) {
				boot.History[e.Ref] = append(boot.History[e.Ref], *e.Record)
			}
			if e.Type == wire.Admission {
				boot.Intents = append(boot.Intents, e)
			}
		}
	}
	state, effects := gate.New(boot)
	g.state = state
	g.do(effects)
	g.feed(gate.VenueChanged{Venue: &g.w.venue})
}

func (g *gateSim) feed(in gate.Input) {
	g.do(gate.Step(g.state, in, gate.Now{Unix: noon + g.w.now, Mono: g.w.now, Clock: admit.Synced}))
}

func (g *gateSim) do(effects []gate.Effect) {
	w, life := g.w, g.life
	toHub := func(in venue.Input) { w.send(func() { w.hub.feed(in) }) }
	for _, effect := range effects {
		if w.strikes() {
			g.crash()
		}
		if g.life != life {
			return
		}
		switch e := effect.(type) {
		case gate.Commit, gate.Persist, gate.Remember:
			g.waiting = append(g.waiting, e)
			w.post = append(w.post, letter{w.now + int64(1+w.rng.IntN(5)), func() { g.sync(life) }})
		case gate.SendClaim:
			toHub(venue.ClaimCame{Gate: g.name, Claim: e.Claim})
		case gate.SendEvents:
			toHub(venue.EventsCame{Gate: g.name, Events: e.Events})
		case gate.SendState:
			toHub(venue.StateCame{Gate: g.name, State: e.State})
		case gate.ReadJournal:
			all := g.journal[e.Run]
			from := min(int(e.From)-1, len(all))
			events := slices.Clone(all[from:min(len(all), from+e.Limit)])
			w.post = append(w.post, letter{w.now + 1, func() {
				if g.life == life {
					g.feed(gate.JournalRead{Run: e.Run, Events: events})
				}
			}})
		case gate.Pulse:
			g.pulse(e, life)
		}
	}
}

// pulse: most people go through.
func (g *gateSim) pulse(e gate.Pulse, life int) {
	w := g.w
	w.pulses[e.Scan]++
	require.Equal(w.t, 1, w.pulses[e.Scan], "one pulse per scan id")
	intent := g.find(e.Scan)
	require.NotNil(w.t, intent, "the relay moved before its record was durable")
	if w.rng.IntN(5) == 0 {
		return
	}
	w.post = append(w.post, letter{w.now + int64(w.rng.IntN(4000)), func() {
		if g.life != life {
			return // the relay fell off with the process
		}
		if !intent.Record.Offline {
			w.granted[intent.Ref]++
			require.LessOrEqual(w.t, w.granted[intent.Ref], 1, "the arbiter granted a right twice")
		}
		g.feed(gate.Passage{Lane: e.Lane})
	}})
}

func (g *gateSim) find(scan admit.ScanID) *wire.Event {
	for _, events := range g.journal {
		for _, e := range events {
			if e.Type == wire.Admission && e.Scan == scan {
				return &e
			}
		}
	}
	return nil
}

func (g *gateSim) sync(life int) {
	if g.life != life {
		return
	}
	done := g.keep(min(len(g.waiting), 1+g.w.rng.IntN(3)))
	if done > 0 {
		g.feed(gate.Committed{Seq: done})
	}
}

// keep makes the first n things that wait durable, and returns the last seq among them.
func (g *gateSim) keep(n int) (seq uint64) {
	taken := g.waiting[:n]
	g.waiting = slices.Clone(g.waiting[n:])
	for _, effect := range taken {
		switch e := effect.(type) {
		case gate.Commit:
			for _, r := range e.Events {
				require.Equal(g.w.t, uint64(len(g.journal[r.Run]))+1, r.Seq, "the journal has no gaps")
				g.journal[r.Run] = append(g.journal[r.Run], r)
				seq = r.Seq
			}
		case gate.Persist:
			g.memory = e.Memory
		case gate.Remember:
			g.heard[e.Ref] = append(g.heard[e.Ref], e.Record)
		}
	}
	return seq
}

// crash keeps a random beginning of what was not yet durable.
func (g *gateSim) crash() {
	g.keep(g.w.rng.IntN(len(g.waiting) + 1))
	g.boot()
}

func (h *hubSim) crash() {
	h.keep(h.w.rng.IntN(len(h.waiting) + 1))
	h.boot()
}

func (h *hubSim) boot() {
	h.life++
	h.waiting = nil
	disk := h.disk
	disk.Run = fmt.Sprint(h.w.rng.Uint32())
	disk.History = map[whitelist.Ref][]admit.Record{}
	disk.Rights = map[whitelist.Ref]wire.Right{}
	for _, e := range h.journal {
		if e.Record != nil {
			disk.History[e.Ref] = append(disk.History[e.Ref], *e.Record)
		}
		if what := wire.RightOf(&e); what != nil {
			disk.Rights[e.Ref] = disk.Rights[e.Ref].Join(*what)
		}
	}
	state, effects := venue.New(disk)
	h.state = state
	h.do(effects)
	h.feed(venue.VenueChanged{Venue: &h.w.venue})
}

func (h *hubSim) feed(in venue.Input) {
	h.do(venue.Step(h.state, in, venue.Now{Unix: noon + h.w.now, Mono: h.w.now}))
}

func (h *hubSim) do(effects []venue.Effect) {
	w, life := h.w, h.life
	for _, effect := range effects {
		if w.strikes() {
			h.crash()
		}
		if h.life != life {
			return
		}
		switch e := effect.(type) {
		case venue.Commit:
			h.waiting = append(h.waiting, e)
			w.post = append(w.post, letter{w.now + int64(1+w.rng.IntN(5)), func() {
				if h.life == life && len(h.waiting) > 0 {
					h.feed(venue.Committed{Number: h.keep(len(h.waiting))})
				}
			}})
		case venue.SendRuling:
			w.toGate(e.Gate, gate.RulingCame{Ruling: e.Ruling})
		case venue.SendAck:
			w.toGate(e.Gate, gate.AckCame{Ack: e.Ack})
		case venue.SendPulse:
			w.toGate(e.Gate, gate.PulseCame{Pulse: e.Pulse})
		case venue.SendUsed:
			for _, g := range w.gates {
				w.toGate(g.name, gate.UsedCame{Used: e.Used})
			}
		}
	}
}

func (h *hubSim) keep(n int) (number uint64) {
	for _, c := range h.waiting[:n] {
		h.journal = append(h.journal, c.Events...)
		h.disk.Memory = c.Memory
		for _, m := range c.Marks {
			h.disk.Marks = slices.DeleteFunc(slices.Clone(h.disk.Marks), func(x venue.Mark) bool { return x.Gate == m.Gate && x.Run == m.Run })
			h.disk.Marks = append(h.disk.Marks, m)
		}
		for _, g := range c.Gates {
			h.disk.Gates = slices.DeleteFunc(slices.Clone(h.disk.Gates), func(x venue.Gate) bool { return x.Name == g.Name })
			h.disk.Gates = append(h.disk.Gates, g)
		}
		for _, g := range c.Grants {
			h.disk.Grants = slices.DeleteFunc(slices.Clone(h.disk.Grants), func(x venue.Grant) bool { return x.Scan == g.Scan })
			h.disk.Grants = append(h.disk.Grants, g)
		}
		h.disk.Grants = slices.DeleteFunc(slices.Clone(h.disk.Grants), func(x venue.Grant) bool { return slices.Contains(c.Closed, x.Scan) })
		number = c.Number
	}
	h.waiting = slices.Clone(h.waiting[n:])
	return number
}

func (w *together) toGate(name string, in gate.Input) {
	w.send(func() {
		for _, g := range w.gates {
			if g.name == name {
				g.feed(in)
			}
		}
	})
}

// scan shows a ticket at a lane; often a copy of it, or another ticket, at other lanes within a few milliseconds.
func (w *together) scan() {
	right := byte(w.rng.IntN(8) + 1)
	w.scanAt(w.rng.IntN(3), 1+w.rng.IntN(2), right)
	for range w.rng.IntN(4) {
		w.advance(int64(w.rng.IntN(8)))
		if w.rng.IntN(3) == 0 {
			right = byte(w.rng.IntN(8) + 1)
		}
		w.scanAt(w.rng.IntN(3), 1+w.rng.IntN(2), right)
	}
}

func (w *together) scanAt(g, lane int, right byte) {
	w.scans++
	code := admit.Code{Match: admit.Listed, Event: whitelist.VenueEvent{Event: ticket.EventID{1}},
		Entry: whitelist.Entry{Ref: whitelist.Ref{right}, State: whitelist.Good}, Kind: whitelist.Kind{Use: whitelist.UseSingle}}
	id := admit.ScanID{byte(w.scans >> 8), byte(w.scans), 1}
	w.gates[g].feed(gate.Scan{Lane: lane, ID: id, Code: code})
}

// settled checks a world that has been calm for long: every record of every gate is held, once and in order, everybody
// counts the same, and no grant is left that nobody will use.
func (w *together) settled() {
	held := map[string][]uint64{}
	for _, e := range w.hub.journal {
		key := e.Gate + e.Run.String()
		held[key] = append(held[key], e.Seq)
	}
	history := map[whitelist.Ref][]admit.Record{}
	for _, g := range w.gates {
		for run, events := range g.journal {
			seqs := held[g.name+run.String()]
			require.Len(w.t, seqs, len(events), "%s %s: a record is lost or doubled", g.name, run)
			for i, seq := range seqs {
				require.Equal(w.t, uint64(i)+1, seq)
			}
			for _, e := range events {
				if e.Record != nil {
					history[e.Ref] = append(history[e.Ref], *e.Record)
				}
			}
		}
	}
	for ref, records := range history {
		want := admit.Fold(single, records, admit.Day{})
		for _, g := range w.gates {
			mine := slices.Clone(g.heard[ref])
			for _, events := range g.journal {
				for _, e := range events {
					if e.Ref == ref && e.Record != nil {
						mine = append(mine, *e.Record)
					}
				}
			}
			require.Equal(w.t, want, admit.Fold(single, mine, admit.Day{}), "%s counts otherwise", g.name)
		}
	}
	for _, g := range w.hub.disk.Grants {
		require.True(w.t, g.Unknown, "a grant of %s is neither used nor released", g.Gate)
	}
}

func evening(t *testing.T, seed uint64) {
	w := &together{t: t, rng: rand.New(rand.NewPCG(seed, 1)), pulses: map[admit.ScanID]int{}, granted: map[whitelist.Ref]int{}}
	w.venue = whitelist.Venue{Checkpoints: []whitelist.Checkpoint{{ID: "door", Direction: whitelist.In, To: "hall", Mode: whitelist.Open,
		Events: []ticket.EventID{{1}}, Policy: whitelist.Free}}}
	w.hub = hubSim{w: w, disk: venue.Boot{Hub: "hub-1"}}
	w.hub.boot()
	for i := range 3 {
		g := &gateSim{w: w, name: fmt.Sprintf("gate-%d", i+1), journal: map[wire.Run][]wire.Event{}, heard: map[whitelist.Ref][]admit.Record{}}
		w.gates = append(w.gates, g)
		g.boot()
	}
	for range 60 {
		w.advance(int64(w.rng.IntN(400)))
		switch w.rng.IntN(14) {
		case 0:
			w.gates[w.rng.IntN(3)].crash()
		case 1:
			w.hub.crash()
		default:
			w.scan()
		}
	}
	w.calm = true
	w.advance(20_000)
	w.settled()
}

func TestGatesAndArbiterTogether(t *testing.T) {
	for seed := range uint64(80) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { evening(t, seed) })
	}
}
