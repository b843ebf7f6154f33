package sim

import (
	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// gateNode is one gate: its disk and turnstiles outlive its process.
type gateNode struct {
	world *World
	num   int // on the network
	slot  int // its place in the venue
	id    string
	disk  gateDisk
	image *gateDisk // an old copy of the disk
	clock clock
	bare  *bareClock // nil = it has a battery
	lanes []*turnstile

	state   *gate.State // nil while the process is down
	process int         // number of the living process: what an older one still had to do is void
	born    int64
	ticked  int64
	driver  gateDriver

	island  int   // rises when the journal is lost or restored
	gone    bool  // its disk died: the identity never comes back
	broken  bool  // the disk answers every write with an error
	stall   int64 // ms that the disk takes for each write besides
	runs    []*runTruth
	floor   uint64 // of lists, as the running process knows it
	fetches int    // number of the list that is on its way, 0 = none
	epoch   uint64 // highest list epoch that was in force on this disk
	alone   [2]int // admissions without the arbiter since it last answered a claim, at the outer door and the one within
	aloneAt int64  // when somebody was last admitted without it
	heardAt int64  // when an answer last came
	term    uint64 // highest it has made durable
	shunned shun
}

// gateDriver is what edge/internal/lane holds in memory on its way to the disk.
type gateDriver struct {
	learnt  []gate.Remember
	memory  *gate.Memory
	waiting []gateTx // handed to the writer
	flight  []gateTx // in the transaction under way
	failed  bool     // a write has: this process writes nothing more
}

// gateTx is one write: records, and what goes along.
type gateTx struct {
	events []wire.Event
	learnt []gate.Remember
	memory *gate.Memory
}

func (g *gateNode) up() bool { return g.state != nil }

func (g *gateNode) boot() {
	if g.gone || g.up() {
		return
	}
	g.process++
	g.born, g.ticked = g.world.now, g.world.now
	g.driver, g.shunned.beat, g.fetches = gateDriver{}, 0, 0
	g.clock.offset += g.world.bootSkew()
	if g.bare != nil {
		g.bare.start()
	}
	state, effects := gate.New(g.disk.boot(g))
	g.state = state
	if g.world.tracing() {
		g.world.say("%s starts, clock %+.1f s", g.id, float64(g.clock.wall(0, g.world.now)-g.world.now)/1000)
	}
	g.carryOut(effects)
	g.feed(gate.VenueChanged{Venue: g.disk.venue})
	if v := g.world.venue; g.disk.venue != v {
		g.world.after(g.world.between(0, 1_000), func() { g.hearVenue(v) })
	}
	for _, lane := range g.lanes {
		if n := lane.reading(); n != nil {
			g.feed(gate.CounterRead{Lane: lane.number, Counter: *n})
		}
	}
	g.floor = g.disk.list.floor
	g.useList()
	g.tick()
	g.heartbeat()
}

// heartbeat is the driver's promise of a Tick a second, however few the core asks for.
func (g *gateNode) heartbeat() { g.later(1_000, g.beat) }

func (g *gateNode) beat() {
	if g.world.now-g.ticked >= 900 {
		g.tick()
	}
	g.heartbeat()
}

// tick tells the core that time has passed, and writes small facts that no record took along.
func (g *gateNode) tick() {
	p := g.process
	g.ticked = g.world.now
	g.feed(gate.Tick{})
	if g.process == p {
		g.write(nil)
	}
}

// die ends the process: of the transaction under way a beginning survives, as if the writer had joined fewer writes;
// what the writer had not begun is gone.
func (g *gateNode) die() {
	if !g.up() {
		return
	}
	g.world.say("%s dies", g.id)
	if g.bare != nil {
		g.bare.stop()
	}
	g.state = nil
	g.process++
	g.survive()
	if g.world.options.LyingDisks {
		g.disk.forget()
	}
	g.driver = gateDriver{}
	for _, lane := range g.lanes {
		lane.processDied()
	}
}

// survive makes a random beginning of the transaction under way durable.
func (g *gateNode) survive() {
	flight := g.driver.flight
	g.driver.flight = nil
	if len(flight) == 0 {
		return
	}
	kept := g.world.oneOf(len(flight) + 1)
	if kept < len(flight) {
		g.world.seen(UnsyncedLost)
	}
	if kept > 0 {
		g.world.seen(UnsyncedKept)
	}
	for _, tx := range flight[:kept] {
		g.persist(tx)
	}
}

func (g *gateNode) persist(tx gateTx) {
	g.disk.apply(tx)
	for i := range tx.events {
		g.world.oracle.written(g, &tx.events[i])
	}
	g.world.oracle.remembered(g)
}

// crash ends the process and lets the service manager start it again.
func (g *gateNode) crash() {
	if !g.up() {
		return
	}
	g.die()
	g.bootAfter(g.world.between(50, pick[int64](g.world.rng, 300, 3_000)))
}

func (g *gateNode) bootAfter(delay int64) {
	g.later(delay, g.boot)
}

func (g *gateNode) feed(in gate.Input) {
	if !g.up() {
		return
	}
	if g.world.crashes() {
		g.world.seen(GateCrash)
		g.crash()
		return
	}
	switch in := in.(type) {
	case gate.PulseCame:
		g.timeHeard(in.Pulse)
		g.pulseHeard(in.Pulse)
		g.heardAt = g.world.now
		if g.world.now-g.aloneAt >= soundTime {
			g.alone = [2]int{}
		}
	case gate.RulingCame: // one echo renews no budget
		g.fetched(in.Ruling)
		g.alone, g.heardAt = [2]int{}, g.world.now
	}
	g.carryOut(gate.Step(g.state, in, g.timeNow()))
}

func (g *gateNode) timeNow() gate.Now {
	now := gate.Now{Unix: g.clock.wall(g.world.began, g.world.now), Mono: g.world.now - g.born, Clock: g.clock.state}
	if g.bare != nil {
		now.Unix, now.Clock = g.bare.now(now.Mono, g.signed())
	}
	return now
}

// later runs do if this process still lives then.
func (g *gateNode) later(delay int64, do func()) { g.world.during(&g.process, delay, do) }

// read shows a guest's ticket to a lane's scanner.
func (g *gateNode) read(lane int, r *right, exit bool) *scan {
	if !g.up() {
		return nil
	}
	if from := map[bool]string{true: boxZone, false: innerZone}[exit]; g.isWithin(lane) && r.someoneIn(from, admit.ScanID{}) == nil {
		return nil // nobody of them stands there
	}
	s := g.world.newScan(r)
	g.lanes[lane-1].reads = r
	g.world.stats.Scans++
	if g.world.tracing() {
		g.world.say("%s/%d reads right %d (%s)%s as %s", g.id, lane, r.number, r.code.Kind.Name, exitWord(exit), scanName(s.id))
	}
	code := g.codeOf(r)
	s.revoked, s.unlisted = code.Entry.State == whitelist.Revoked, code.Match == admit.SignedOnly
	g.feed(gate.Scan{Lane: lane, ID: s.id, Code: code, Exit: exit})
	return s
}

func exitWord(exit bool) string {
	if exit {
		return " to leave"
	}
	return ""
}
