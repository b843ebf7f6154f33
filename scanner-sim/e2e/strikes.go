package e2e

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Kind is a way to hurt a venue.
type Kind string

// Kinds of strikes. Those of a cable are toxics of toxiproxy; Full fills the disk that a program keeps its state on.
const (
	Kill      Kind = "kill"      // kill -9, and a start after some time
	Stall     Kind = "stall"     // SIGSTOP, and SIGCONT after some time
	Cut       Kind = "cut"       // the cable is out
	Slow      Kind = "slow"      // every packet is late
	BlackHole Kind = "blackhole" // one direction swallows everything, the connection stays
	Reset     Kind = "reset"     // connections are reset as soon as something is said
	Slice     Kind = "slice"     // a few bytes at a time
	Full      Kind = "full"      // no space left on the device
)

// cloudCable is the name of the cable between hub and cloud; a gate's cable has the gate's name.
const cloudCable = "cloud-cable"

// Strike is one thing that goes wrong.
type Strike struct {
	At     time.Duration // since the doors opened
	For    time.Duration
	Kind   Kind
	Target string // a program, or a cable
	Up     bool   // BlackHole: what goes toward the cloud is lost, else what comes back
	Millis int    // Slow: how late
}

func (s Strike) String() string {
	return fmt.Sprintf("%5.1fs %s %s for %s", s.At.Seconds(), s.Kind, s.Target, s.For.Round(10*time.Millisecond))
}

// weight is how often a kind comes, and how long it lasts at least and at most.
type weight struct {
	kind     Kind
	times    int
	from, to time.Duration
}

var programStrikes = []weight{
	{Kill, 4, 200 * time.Millisecond, 3 * time.Second},
	{Stall, 2, 300 * time.Millisecond, 5 * time.Second},
}

var cableStrikes = []weight{
	{Cut, 4, 500 * time.Millisecond, 7 * time.Second},
	{Slow, 2, time.Second, 5 * time.Second},
	{BlackHole, 3, time.Second, 6 * time.Second},
	{Reset, 1, 500 * time.Millisecond, 2 * time.Second},
	{Slice, 1, time.Second, 4 * time.Second},
}

// Storms come and go: an arbiter that is never heard out would never rule, and half of the protocol would not be tried.
const (
	stormAtLeast, stormAtMost = 3 * time.Second, 7 * time.Second
	calmAtLeast, calmAtMost   = 4 * time.Second, 8 * time.Second
	apartAtLeast, apartAtMost = 150 * time.Millisecond, 1200 * time.Millisecond
	fullAtLeast, fullAtMost   = 2 * time.Second, 6 * time.Second
)

// Plan is everything that goes wrong within a time, the same for the same seed. Full names the programs whose disk can
// be filled.
func Plan(seed uint64, within time.Duration, gates, full []string) []Strike {
	p := planner{rand.New(rand.NewPCG(seed, 0x6532655f73746f72)), gates, full, nil}
	for at := time.Second; at < within; at += p.between(calmAtLeast, calmAtMost) {
		for end := min(at+p.between(stormAtLeast, stormAtMost), within); at < end; at += p.between(apartAtLeast, apartAtMost) {
			p.strike(at, end)
		}
	}
	p.fill(within)
	return p.strikes
}

type planner struct {
	*rand.Rand
	gates, full []string
	strikes     []Strike
}

func (p *planner) between(from, to time.Duration) time.Duration {
	return from + time.Duration(p.Int64N(int64(to-from)+1))
}

// strike hits a program two times in five, else a cable. It ends with its storm, but for one in six.
func (p *planner) strike(at, end time.Duration) {
	kinds, target := programStrikes, p.program()
	if p.IntN(5) >= 2 {
		kinds, target = cableStrikes, p.cable()
	}
	w := p.draw(kinds)
	length := p.between(w.from, w.to)
	if p.IntN(6) > 0 {
		length = max(w.from, min(length, end-at))
	}
	p.strikes = append(p.strikes, Strike{At: at, For: length, Kind: w.kind, Target: target, Up: p.IntN(2) == 0,
		Millis: 50 + p.IntN(750)})
}

func (p *planner) program() string {
	switch n := p.IntN(2 * len(p.gates)); {
	case n < len(p.gates):
		return p.gates[n]
	case n%2 == 0:
		return "hub"
	}
	return "cloud"
}

func (p *planner) cable() string {
	if n := p.IntN(len(p.gates) + 1); n < len(p.gates) {
		return p.gates[n]
	}
	return cloudCable
}

func (p *planner) draw(kinds []weight) weight {
	sum := 0
	for _, w := range kinds {
		sum += w.times
	}
	n := p.IntN(sum)
	for _, w := range kinds {
		if n -= w.times; n < 0 {
			return w
		}
	}
	panic("e2e: the weights do not add up")
}

// fill fills one disk after another, about every twenty seconds.
func (p *planner) fill(within time.Duration) {
	for i, at := 0, 5*time.Second; len(p.full) > 0 && at < within; i, at = i+1, at+p.between(15*time.Second, 25*time.Second) {
		p.strikes = append(p.strikes, Strike{At: at, For: p.between(fullAtLeast, fullAtMost), Kind: Full, Target: p.full[i%len(p.full)]})
	}
}
