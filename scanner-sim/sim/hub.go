package sim

import (
	"fmt"

	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// hubNode is one hub: its disk outlives its process.
type hubNode struct {
	world  *World
	id     string
	disk   hubDisk
	images []hubDisk
	clock  clock

	state   *venue.State
	process int
	born    int64
	flush   bool
	waiting []venue.Commit
	retired bool // switched off for good
	broken  bool
}

func (h *hubNode) up() bool { return h.state != nil }

func (h *hubNode) boot() {
	if h.retired || h.up() {
		return
	}
	h.process++
	h.born = h.world.now
	h.waiting, h.flush = nil, false
	state, effects := venue.New(h.disk.boot(h.id, fmt.Sprintf("%08x", h.world.rng.Uint32())))
	h.state = state
	h.world.say("%s starts", h.id)
	h.carryOut(effects)
	h.feed(venue.VenueChanged{Venue: h.world.venue})
	h.feed(venue.CloudLink{Up: true})
	p := h.process
	h.world.every(200, 400, func() bool {
		if h.process == p && h.up() {
			h.feed(venue.Tick{})
		}
		return h.process == p && h.up()
	})
}

func (h *hubNode) die() {
	if !h.up() {
		return
	}
	h.world.say("%s dies", h.id)
	h.state = nil
	h.process++
	if n := len(h.waiting); n > 0 && !h.broken {
		for _, tx := range h.waiting[:h.world.oneOf(n+1)] {
			h.disk.apply(tx)
		}
	}
	h.waiting = nil
}

func (h *hubNode) crash() {
	if !h.up() {
		return
	}
	h.die()
	p := h.process
	h.world.after(h.world.between(500, 4_000), func() {
		if h.process == p {
			h.broken = false
			h.boot()
		}
	})
}

func (h *hubNode) timeNow() venue.Now {
	return venue.Now{Unix: h.clock.wall(h.world.now), Mono: h.world.now - h.born}
}

func (h *hubNode) feed(in venue.Input) {
	if h.up() {
		h.carryOut(venue.Step(h.state, in, h.timeNow()))
	}
}

func (h *hubNode) claim(from string, c wire.Claim) { h.feed(venue.ClaimCame{Gate: from, Claim: c}) }

func (h *hubNode) events(from string, e wire.Events) {
	if h.world.oversized(e) {
		h.world.fail("a batch of %d records is larger than a message may be", len(e.Events))
	}
	h.feed(venue.EventsCame{Gate: from, Events: e})
}

func (h *hubNode) heartbeat(from string, s wire.State) {
	h.feed(venue.StateCame{Gate: from, State: s})
}

func (h *hubNode) carryOut(effects []venue.Effect) {
	p := h.process
	for _, effect := range effects {
		if h.world.chaos && h.world.chance(h.world.rates.crashAtEffect/4) {
			h.world.seen(HubCrash)
			h.crash()
		}
		if h.process != p {
			return
		}
		h.do(effect)
	}
}

func (h *hubNode) do(effect venue.Effect) {
	w := h.world
	switch e := effect.(type) {
	case venue.Commit:
		h.waiting = append(h.waiting, e)
		h.startFlush()
	case venue.SendRuling:
		w.say("%s rules %s for %s: %v %s", h.id, scanName(e.Ruling.Scan), e.Gate, e.Ruling.Grant, e.Ruling.Reason)
		w.toGate(h.id, e.Gate, gate.RulingCame{Ruling: e.Ruling})
	case venue.SendAck:
		w.toGate(h.id, e.Gate, gate.AckCame{Ack: e.Ack})
	case venue.SendPulse:
		w.toGate(h.id, e.Gate, gate.PulseCame{Pulse: e.Pulse})
	case venue.SendUsed:
		for _, g := range w.gates {
			w.toGate(h.id, g.id, gate.UsedCame{Used: e.Used})
		}
	case venue.SendUp:
		w.net.send(h.id, cloudName, func() { w.cloud.take(h, e.Events) })
	case venue.ReadJournal:
		events := h.disk.read(e.Gate, e.Run, e.From, e.Limit)
		h.later(0, func() { h.feed(venue.JournalRead{Gate: e.Gate, Run: e.Run, Events: events}) })
	case venue.Prune:
		w.oracle.prunedAtHub(e.Gate, e.Run, h.disk.prune(e.Gate, e.Run, e.To))
	case venue.Incident:
		w.say("%s reports %s at %s: %s", h.id, e.Kind, e.Gate, e.Text)
		w.oracle.told(e)
	}
}

func (h *hubNode) later(delay int64, do func()) {
	p := h.process
	h.world.after(delay, func() {
		if h.process == p && h.up() {
			do()
		}
	})
}

func (h *hubNode) startFlush() {
	if h.flush {
		return
	}
	h.flush = true
	h.later(h.world.between(1, 6), func() {
		h.flush = false
		if h.broken {
			h.waiting = nil
			h.feed(venue.CommitFailed{Err: "no space left on device"})
			h.crash()
			return
		}
		taken := h.waiting
		h.waiting = nil
		for _, tx := range taken {
			h.disk.apply(tx)
		}
		if len(taken) > 0 {
			h.feed(venue.Committed{Number: taken[len(taken)-1].Number})
		}
	})
}
