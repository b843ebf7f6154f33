package sim

import (
	"fmt"

	"portaria/edge/gate"
	"portaria/edge/venue"
	"portaria/edge/wire"
	"portaria/floor/trust"
)

// hubNode is one hub: its disk outlives its process.
type hubNode struct {
	world *World
	num   int // on the network
	id    string
	disk  hubDisk
	image *hubDisk // an old copy of the disk
	clock clock
	bare  *bareClock // nil = it has a battery

	state   *venue.State
	process int
	born    int64
	linked  bool
	orders  ordered
	beatAt  int64          // when the cloud gets the next heartbeat
	waiting []venue.Commit // handed to the writer
	flight  []venue.Commit // in the transaction under way
	heard   *gateNode      // whose message came last
	retired bool           // switched off for good

	island   int      // rises when the disk is restored
	replaced bool     // another stands in its place
	enrolled []string // the gates that its configuration names
	broken   bool     // the disk answers every write with an error

	trust *trust.Judge // of this process
}

func (h *hubNode) up() bool { return h.state != nil }

func (h *hubNode) boot() {
	if h.retired || h.up() {
		return
	}
	h.process++
	h.born = h.world.now
	h.waiting, h.flight, h.linked, h.beatAt, h.orders = nil, nil, false, 0, ordered{}
	h.wake()
	boot := h.disk.boot(h.id, fmt.Sprintf("%08x", h.world.rng.Uint32()))
	boot.Retention, boot.Cloud, boot.Disk, boot.Enrolled = h.world.retention, !h.world.hubless, h.id, h.enrolled
	state, effects := venue.New(boot)
	h.state, h.trust = state, trust.New()
	h.world.say("%s starts", h.id)
	h.world.oracle.hubStarted(h)
	h.carryOut(effects)
	h.feed(venue.VenueChanged{Venue: h.disk.venue})
	if v := h.world.venue; h.disk.venue != v {
		h.world.after(h.world.between(0, 1_000), func() { h.hearVenue(v) })
	}
	h.relayList()
	h.tick()
}

// cloudBeat is the time between a hub's heartbeats to the cloud, ms.
const cloudBeat = 5_000

// tick is the driver's second: it also notices whether the cloud can be reached, and beats.
func (h *hubNode) tick() {
	w := h.world
	p := h.process
	if w.hubless {
		h.beatInCloud()
	} else if linked := !w.cloud.down && w.net.reaches(h.num, cloudNum); linked != h.linked {
		h.linked, h.beatAt = linked, w.now
		h.feed(venue.CloudLink{Up: linked})
	}
	if h.process == p && h.up() && h.linked && w.now >= h.beatAt {
		h.beat()
		w.sendList(h)
	}
	if h.process == p {
		h.feed(venue.Tick{})
	}
	h.later(1_000, h.tick)
}

// beatInCloud is what an arbiter in the cloud does now and then: it looks at its own database.
func (h *hubNode) beatInCloud() {
	if h.world.now >= h.beatAt {
		h.beatAt = h.world.now + cloudBeat
		h.confirm()
		h.world.sendList(h)
	}
}

// beat sends the cloud a heartbeat.
func (h *hubNode) beat() {
	w := h.world
	h.beatAt = w.now + cloudBeat
	beat := h.state.Heartbeat()
	if w.options.Wire {
		beat = passOn(w, beat)
	}
	w.net.send(h.num, cloudNum, func() { w.cloud.answer(h, beat) })
}

func (h *hubNode) die() {
	if !h.up() {
		return
	}
	h.world.say("%s dies", h.id)
	if h.bare != nil {
		h.bare.stop()
	}
	h.state = nil
	h.process++
	h.survive()
	h.waiting = nil
}

// survive makes a random beginning of the transaction under way durable.
func (h *hubNode) survive() {
	flight := h.flight
	h.flight = nil
	if len(flight) == 0 {
		return
	}
	kept := h.world.oneOf(len(flight) + 1)
	if kept < len(flight) {
		h.world.seen(UnsyncedLost)
	}
	if kept > 0 {
		h.world.seen(UnsyncedKept)
	}
	h.persist(flight[:kept])
}

func (h *hubNode) persist(commits []venue.Commit) {
	for i := range commits {
		h.disk.apply(&commits[i])
	}
	if h.world.hubless {
		h.world.cloud.keep(commits)
	}
	for i := range commits {
		h.world.oracle.heldAtHub(h, &commits[i])
	}
}

func (h *hubNode) crash() {
	if !h.up() {
		return
	}
	h.die()
	h.bootAfter(h.world.between(20, pick[int64](h.world.rng, 200, 4_000)))
}

// fail is a crash in the middle of something: of the process, or of the power of the whole venue.
func (h *hubNode) fail() {
	if h.heard != nil && !h.world.hubless && h.world.oneOf(2) == 0 && h.world.options.Faults.Has(PowerCut) {
		h.world.cutPower(h.heard.slot)
		return
	}
	h.crash()
}

func (h *hubNode) bootAfter(delay int64) {
	h.later(delay, h.boot)
}

func (h *hubNode) timeNow() venue.Now {
	now := venue.Now{Unix: h.clock.wall(h.world.began, h.world.now), Mono: h.world.now - h.born}
	if h.bare != nil {
		now.Unix, _ = h.bare.now(0, 0)
	}
	return now
}

func (h *hubNode) feed(in venue.Input) {
	if h.up() {
		h.carryOut(venue.Step(h.state, in, h.timeNow()))
	}
}

// hear takes a message of a gate.
func (h *hubNode) hear(from *gateNode, message gate.Effect) {
	h.heard = from
	switch m := message.(type) {
	case gate.SendClaim:
		h.believe(from, "claim", func() error { return h.trust.Claim(from.id, &m.Claim, h.timeNow().Mono) })
		if h.up() {
			h.trust.Asked(from.id, m.Claim.Scan, h.timeNow().Mono)
		}
		h.feed(venue.ClaimCame{Gate: from.id, Claim: m.Claim})
	case gate.SendEvents:
		h.world.oracle.sent(from, &m.Events)
		h.believe(from, "records", func() error { return h.trust.Events(from.id, m.Events, h.timeNow().Mono, h.known()) })
		h.feed(venue.EventsCame{Gate: from.id, Events: m.Events})
	case gate.SendState:
		h.believe(from, "heartbeat", func() error { return h.trust.State(from.id, &m.State, h.timeNow().Mono, h.known()) })
		h.refreshList(from, &m.State)
		h.feed(venue.StateCame{Gate: from.id, State: m.State})
		h.heardDoors(from, &m.State)
	}
}

// carryOut does what a step asks for, in order; the process may die between any two effects. What a journal read leads
// to comes after what is in hand, as in floor.
func (h *hubNode) carryOut(effects []venue.Effect) {
	p := h.process
	for n := 0; len(effects) > 0; n++ {
		if n > mostReads {
			h.world.fail("L2: %s finds no end in one step", h.id)
			return
		}
		effect := effects[0]
		effects = effects[1:]
		if h.world.hubCrashes() {
			h.world.seen(HubCrash)
			h.fail()
		}
		if h.process != p {
			return
		}
		if ask, ok := effect.(venue.ReadJournal); ok {
			effects = append(effects, h.readJournal(ask)...)
			continue
		}
		h.do(effect)
	}
}

func (h *hubNode) readJournal(e venue.ReadJournal) []venue.Effect {
	var events []wire.Event
	if j := findJournal(h.disk.journal, e.Gate, e.Run); j != nil {
		events = j.read(e.From, e.Limit)
	}
	return venue.Step(h.state, venue.JournalRead{Gate: e.Gate, Run: e.Run, Events: events}, h.timeNow())
}

func (h *hubNode) do(effect venue.Effect) {
	w := h.world
	if w.options.Wire {
		effect = w.hubSays(effect)
	}
	switch e := effect.(type) {
	case venue.Commit:
		h.write(e)
	case venue.SendRuling:
		if e.Ruling.Grant {
			w.oracle.granted(h, e.Ruling.Scan)
			w.oracle.excludedIsUnanswered(h, e.Gate)
		}
		w.oracle.ruled(h, e.Ruling)
		if w.tracing() {
			w.say("%s rules %s for %s: %v %s", h.id, scanName(e.Ruling.Scan), e.Gate, e.Ruling.Grant, e.Ruling.Reason)
		}
		w.toGate(h.num, e.Gate, gate.RulingCame{Ruling: e.Ruling})
	case venue.SendRecall:
		w.toGate(h.num, e.Gate, gate.RecallCame{Recall: e.Recall})
	case venue.SendAck:
		w.oracle.acked(h, e.Ack)
		w.toGate(h.num, e.Gate, gate.AckCame{Ack: e.Ack})
	case venue.SendPulse:
		w.toGate(h.num, e.Gate, gate.PulseCame{Pulse: e.Pulse})
	case venue.SendUsed:
		w.toGates(h.num, gate.UsedCame{Used: e.Used})
	case venue.SendUp:
		w.net.send(h.num, cloudNum, func() { w.cloud.take(h, e.Events) })
	case venue.BeatNow:
		h.beat()
	case venue.SendWant:
		w.net.send(h.num, cloudNum, func() { w.cloud.back(h, e.Want) })
	case venue.Prune:
		if w.hubless {
			return // what the cloud holds stays
		}
		if j := findJournal(h.disk.journal, e.Gate, e.Run); j != nil {
			w.oracle.pruned(h.id, e.Gate, e.Run, j.prune(e.To))
		}
	case venue.Incident:
		if w.tracing() {
			w.say("%s reports %s at %s of %s: %s", h.id, e.Kind, e.Gate, scanNames(e.Scans), e.Text)
		}
		w.oracle.told(h, e)
	}
}

func (h *hubNode) later(delay int64, do func()) { h.world.during(&h.process, delay, do) }

func (h *hubNode) write(c venue.Commit) {
	h.waiting = append(h.waiting, c)
	if len(h.flight) == 0 {
		h.flush()
	}
}

// flush is the group commit: one transaction takes whatever waits when the disk is ready.
func (h *hubNode) flush() {
	h.flight, h.waiting = h.waiting, nil
	h.later(h.world.between(1, 6), func() {
		if h.broken {
			h.failWrite()
			return
		}
		last := h.flight[len(h.flight)-1].Number
		h.persist(h.flight)
		h.flight = nil
		if len(h.waiting) > 0 {
			h.flush()
		}
		p := h.process
		h.feed(venue.Committed{Number: last})
		if h.world.hubless && h.process == p {
			h.confirm()
		}
	})
}

// failWrite: nobody knows what the arbiter promised itself, so a second later a new one is made from what the disk
// holds.
func (h *hubNode) failWrite() {
	h.world.say("%s cannot write", h.id)
	h.survive()
	h.feed(venue.CommitFailed{Err: "no space left on device"})
	if !h.up() {
		return
	}
	h.state = nil
	h.process++
	h.waiting = nil
	h.bootAfter(1_000)
}
