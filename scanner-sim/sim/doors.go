package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// In one evening of sixteen every gate stands at a door of its own. The doors lead to the same hall and let the same tickets in,
// but by policies of their own; some have no contact that tells who goes through; some wait longer for the arbiter, or less long.

// mostDoors is how many gates an evening has at most, and the one that a plot adds.
const mostDoors = 5

// drawDoors makes such a venue. It draws from a source of its own.
func (w *World) drawDoors(seed uint64) {
	if seed%16 != 9 {
		return
	}
	w.ownDoors = true
	rng := rand.New(rand.NewPCG(seed, 0x646f6f72))
	mixed, contact := rng.IntN(2) == 0, pick(rng, 0, 2, 4)
	usual := w.venue.Checkpoints[0]
	for n := range mostDoors {
		door := usual
		door.ID, door.Name = doorNumber(n), doorNumber(n)
		if n > 0 && mixed {
			door.Policy = pick(rng, whitelist.Strict, whitelist.Home, whitelist.Free)
		}
		door.NoContact = rng.IntN(4) < contact
		door.AskMillis = pick(rng, 0, max(60, 4*int(w.net.far)), 900, 2_500) // there and back takes longer than 60 ms where the cloud is asked
		if n == 0 {
			w.venue.Checkpoints[0] = door
			continue
		}
		w.venue.Checkpoints = append(w.venue.Checkpoints, door)
	}
}

// doorNumber is the door at which the gate of a place stands, where each has its own.
func doorNumber(n int) string {
	if n == 0 {
		return doorName
	}
	return fmt.Sprintf("door-%d", n+1)
}

// door is the one that a lane serves.
func (g *gateNode) door(lane int) *whitelist.Checkpoint { return g.world.door(g.checkpointOf(lane)) }

func (w *World) door(id string) *whitelist.Checkpoint { return w.venue.Checkpoint(id) }

// anyDoor says whether some door goes by a policy.
func (w *World) anyDoor(policy whitelist.PolicyName) bool {
	return slices.ContainsFunc(w.venue.Checkpoints, func(c whitelist.Checkpoint) bool { return c.Policy == policy })
}

// wave is the green light of a door without a contact: nothing holds anybody back, and nothing tells who goes. The guest goes now,
// or turns round.
func (g *gateNode) wave(e gate.Pulse) {
	w := g.world
	if w.probing || w.oneOf(100) < 84 {
		w.oracle.walked(g, e, false)
	}
}

// presumed: at a door without a contact the green light is on record as a passage. From then on the guest counts as in, or as gone,
// whatever they did: such a door counts scans, not people.
func (o *oracle) presumed(g *gateNode, s *scan, e *wire.Event) {
	if e.Record.Kind != admit.Passed || e.Override != nil || s.evacuated || !o.world.door(e.Checkpoint).NoContact {
		return
	}
	if !s.passed && !s.out {
		o.world.stats.Presumed++
	}
	switch {
	case s.pulses == 0:
		o.world.fail("W1: %s has it that somebody passed by %s, for whom it did not open", g.id, scanName(s.id))
	case s.passed || s.out:
	case s.exit:
		o.world.say("%s: nobody leaves on right %d by %s, and is on record as gone", g.id, s.right.number, scanName(s.id))
		o.left(s.right, s)
	default:
		o.world.say("%s: nobody comes in on right %d by %s, and is on record as in", g.id, s.right.number, scanName(s.id))
		s.right.presumed = append(s.right.presumed, s)
	}
}

// loose says whether an admission is one that only a free door makes: alone, whatever is known elsewhere. A venue is as strict as
// its loosest door, but no looser: without these nobody comes in twice.
func (s *scan) loose() bool { return s.offline && s.policy == whitelist.Free }

// keepsItsPolicy: a strict door lets nobody in without the arbiter's word or a supervisor's; one with homes nobody alone who is at
// home elsewhere, by any homes that were ever named.
func (o *oracle) keepsItsPolicy(g *gateNode, s *scan) {
	if !s.offline || s.override {
		return
	}
	switch s.policy {
	case whitelist.Strict:
		o.world.fail("P1: %s let somebody in alone on right %d, at a strict door", g.id, s.right.number)
	case whitelist.Home:
		if !slices.Contains(o.world.homed, g.id) {
			o.world.fail("P1: %s let somebody in alone on right %d, and is nobody's home", g.id, s.right.number)
		}
	}
}

// asked: a guest waits for the arbiter. Whatever becomes of it, the gate has decided when the door's time is over; where the right
// has to be fetched from its home, when that time is.
func (g *gateNode) asked(c wire.Claim) {
	s := g.world.scanOf(c.Scan)
	limit := int64(g.door(c.Lane).AskMillis)
	if limit == 0 {
		limit = usualAsk
	}
	s.askedUntil = g.world.now + limit
	g.awaitDecision(s)
}

const (
	usualAsk = 300   // ms, where the door says nothing
	fetching = 1_500 // ms that a right may take from its home
)

func (g *gateNode) awaitDecision(s *scan) {
	g.later(s.askedUntil-g.world.now+1, func() {
		switch {
		case s.decided || g.driver.failed:
		case g.world.now <= s.askedUntil:
			g.awaitDecision(s)
		default:
			g.world.fail("D1: %s has not decided on %s %d ms after it should have", g.id, scanName(s.id), g.world.now-s.askedUntil)
		}
	})
}

// fetched: the arbiter says that it asks the right's home first. The guest waits for that.
func (g *gateNode) fetched(r wire.Ruling) {
	if s := g.world.scanOf(r.Scan); s != nil && r.Wait {
		s.askedUntil = g.world.now + fetching
	}
}

// decides notes on whom a step has decided.
func (w *World) decides(events []wire.Event) {
	for i := range events {
		if e := &events[i]; e.Type == wire.Admission || e.Type == wire.Refusal {
			if s := w.scanOf(e.Scan); s != nil {
				s.decided, s.decidedAt = true, w.now
			}
		}
	}
}
