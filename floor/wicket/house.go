package wicket

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor"
)

// Prefix begins the name of every wicket.
const Prefix = wire.Phone

// Refusals of a house.
var (
	// ErrNotReady: the arbiter compares what it has, or did not answer in time. Send the same scan again.
	ErrNotReady = errors.New("the arbiter does not answer yet")
	// ErrEnded: this arbiter has ended. Another may have begun.
	ErrEnded = errors.New("the arbiter has ended")
	// ErrUnsaved: nobody knows whether the record is durable. Send the same scan again: its answer says.
	ErrUnsaved = errors.New("the arbiter's store failed")
	// ErrNoDoor: no such checkpoint here.
	ErrNoDoor = errors.New("no such checkpoint")
	// ErrNoScan: this device let nobody in with that scan.
	ErrNoScan = errors.New("no such admission")
	// ErrOver: the person has passed.
	ErrOver = errors.New("the passage is over")
	// ErrGivenUp: this device has told that it answered that scan by itself. The same ticket is a new scan.
	ErrGivenUp = errors.New("the device has given this scan up")
)

// Door is a checkpoint in force, in its venue's time zone.
type Door struct {
	whitelist.Checkpoint
	Zone *time.Location
}

// House is all wickets of one arbiter. It is floor.Inside for it.
type House struct {
	// Doors gives a checkpoint in force. Safe for concurrent use.
	doors func(id string) (Door, bool)

	floor *floor.Floor

	mu    sync.Mutex
	run   string // of the arbiter
	homes uint64 // epoch of the homes in its newest manifest
	gates map[string]*gate
}

var _ floor.Inside = (*House)(nil)

// New makes a house; Serve joins it to its floor, which has it as Inside.
func New(doors func(id string) (Door, bool)) *House {
	return &House{doors: doors, gates: map[string]*gate{}}
}

// Serve says which floor the house stands beside. Call it before the floor runs.
func (h *House) Serve(f *floor.Floor) { h.floor = f }

// gate is one device. Its lock is turn; what the loop hears is under the house's lock.
type gate struct {
	name string
	turn chan struct{} // one scan at a time

	// Of this life of the arbiter; under the house's lock.
	run        wire.Run
	seq        uint64 // last record given to the arbiter
	durable    uint64 // last record that is durable
	req        uint64 // last claim
	open       uint64 // claim under way, 0 = none
	broken     bool   // a record may or may not be durable: nothing more in this life
	number     uint64 // of the last heartbeat
	term, tell uint64
	hub        string
	ready      bool
	unsettled  []admit.ScanID // grants of an earlier life on which nobody came in
	checkpoint string         // where it scanned last
	pulsed     chan struct{}  // closed at the next pulse
	ruled      map[admit.ScanID]chan wire.Ruling
	said       []answer // the last few, for requests that are sent again
}

type answer struct {
	scan admit.ScanID
	said Said
}

const keptAnswers = 32

// Has says whether a gate is a wicket.
func (h *House) Has(name string) bool { return strings.HasPrefix(name, Prefix) }

// Begin starts every wicket anew: a new run, and its first heartbeat.
func (h *House) Begin(boot venue.Boot) (beats []venue.Input) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.run = boot.Run
	newest := map[string]uint32{}
	for _, g := range boot.Gates {
		if h.Has(g.Name) {
			h.gate(g.Name)
			newest[g.Name] = g.Run.Start
		}
	}
	for name, g := range h.gates {
		g.begin(max(newest[name], g.run.Start, 1) + 1)
	}
	for _, g := range boot.Grants { // which the last life had not come to settle
		if g.Unknown && !g.Settled && h.gates[g.Gate] != nil {
			h.gates[g.Gate].unsettled = append(h.gates[g.Gate].unsettled, g.Scan)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h.gates)) {
		beats = append(beats, h.beat(h.gates[name], time.Now()))
	}
	return beats
}

// gate finds or makes one.
func (h *House) gate(name string) *gate {
	g := h.gates[name]
	if g == nil {
		g = &gate{name: name, turn: make(chan struct{}, 1), pulsed: make(chan struct{}), ruled: map[admit.ScanID]chan wire.Ruling{}}
		h.gates[name] = g
	}
	return g
}

func (g *gate) begin(start uint32) {
	var random [4]byte
	_, _ = rand.Read(random[:]) // ends the program rather than fail
	g.run = wire.Run{Start: start, Random: binary.BigEndian.Uint32(random[:])}
	g.seq, g.durable, g.req, g.open, g.number = 0, 0, 0, 0, 0
	g.broken, g.ready, g.term, g.tell, g.hub, g.unsettled = false, false, 0, 0, "", nil
	for scan, waiting := range g.ruled {
		close(waiting)
		delete(g.ruled, scan)
	}
}

// Beat is every wicket's heartbeat, and what there is to settle.
func (h *House) Beat(now venue.Now) (out []venue.Input) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(h.gates)) {
		g := h.gates[name]
		out = append(append(out, h.beat(g, time.UnixMilli(now.Unix))), g.toSettle()...)
	}
	return out
}

// toSettle gives back grants of earlier lives: there is no record of them, so nobody came in on them.
func (g *gate) toSettle() (out []venue.Input) {
	if !g.ready || mutantNeverSettled {
		return nil
	}
	for _, scan := range g.unsettled {
		out = append(out, venue.Settle{Scan: scan, Entered: false})
	}
	g.unsettled = nil
	return out
}

// Obey notes which homes the arbiter knows. A wicket obeys the newest at once, since it admits nobody without asking.
func (h *House) Obey(v *whitelist.Venue) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v != nil && v.Homes != nil && !mutantHomesUnsaid {
		h.homes = max(h.homes, v.Homes.Epoch)
	}
}

// beat says what a gate says of itself. Everything of earlier runs is in the arbiter's own store, and so is everything that
// it tells other gates.
func (h *House) beat(g *gate, now time.Time) venue.Input {
	g.number++
	openMin := g.req + 1
	if g.open != 0 && !mutantGrantGivenBack {
		openMin = g.open
	}
	return venue.StateCame{Gate: g.name, State: wire.State{V: wire.Version, Number: g.number, Gate: g.name, Run: g.run,
		Runs: []wire.RunState{{Run: g.run, Last: g.durable}}, OpenMin: openMin, At: now.UnixMilli(), Clock: admit.Synced,
		UsedRun: h.run, Used: 1 << 62, Term: g.term, Hub: g.hub, HeardFrom: g.tell, Homes: h.homes, Lanes: []wire.LaneState{
			{Lane: 1, Checkpoint: g.checkpoint, Scanner: "ready", Output: "ready", Mode: string(whitelist.Open)}}}}
}

// Hear takes what the arbiter says to a wicket.
func (h *House) Hear(name string, said venue.Effect) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.gate(name)
	switch e := said.(type) {
	case venue.SendRuling:
		g.hearRuling(e.Ruling)
	case venue.SendPulse:
		g.term, g.hub, g.tell, g.ready = e.Pulse.Term, e.Pulse.Hub, e.Pulse.Tell, e.Pulse.Ready
		g.outlive(e.Pulse.Newest)
		close(g.pulsed)
		g.pulsed = make(chan struct{})
	case venue.Incident:
		g.unsettled = append(g.unsettled, e.Scans...)
	}
}

// outlive begins a run after one that the device had under another arbiter, of which this one has heard from the cloud: only
// the newest is compared.
func (g *gate) outlive(newest wire.Run) {
	if newest != g.run && newest.Start >= g.run.Start && !mutantNewestIgnored {
		g.begin(newest.Start + 1)
	}
}

func (g *gate) hearRuling(r wire.Ruling) {
	waiting := g.ruled[r.Scan]
	if waiting == nil || r.Run != g.run || r.Wait {
		return
	}
	waiting <- r // has room for the one answer that counts
	delete(g.ruled, r.Scan)
}
