package wicket_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/floor/wicket"
)

// evening is one at a venue with telephones, as a seed decides it. It lives in a bubble of synctest: its clock is a fake one.
type evening struct {
	seed   uint64
	policy whitelist.PolicyName
	eras   []era
	began  time.Time
	db     *disk // the cloud's database
	hubs   int   // that the venue has had

	mu       sync.Mutex
	chance   *rand.Rand // of whoever decides about faults
	calm     bool       // nothing goes wrong any more
	shut     bool       // doors are shut: nobody scans
	seat     *seat      // whoever decides; nil = nobody at the moment
	hub      *disk      // of the hub in service
	manifest *whitelist.Venue
	terms    map[string]uint64 // of hubs' disks and the cloud
	starts   int
	tally    tally
	truth    *truth

	gates []*turnstile
	group sync.WaitGroup
}

// tally is what happened, for the line that a long run prints.
type tally struct {
	scans, admitted, doubled, lost, late, brought, alone, vain, deaths, failures, swaps, evacuations int
}

func (t *tally) add(o tally) {
	t.scans, t.admitted, t.doubled, t.lost = t.scans+o.scans, t.admitted+o.admitted, t.doubled+o.doubled, t.lost+o.lost
	t.late, t.vain = t.late+o.late, t.vain+o.vain
	t.brought, t.alone, t.deaths, t.failures = t.brought+o.brought, t.alone+o.alone, t.deaths+o.deaths, t.failures+o.failures
	t.swaps, t.evacuations = t.swaps+o.swaps, t.evacuations+o.evacuations
}

func (t tally) String() string {
	return fmt.Sprintf("%d scans of telephones, %d let in, %d asked twice at once, %d answers lost, %d questions late, %d let in alone, %d refused alone, %d uploads; "+
		"%d deaths and %d failed transactions of arbiters, %d handed over, %d evacuations", t.scans, t.admitted, t.doubled, t.lost, t.late, t.alone, t.vain, t.brought,
		t.deaths, t.failures, t.swaps, t.evacuations)
}

// era is who decides for a while.
type era string

const (
	byHub     era = "a hub with its cloud"
	byNewHub  era = "a hub in its place, with an empty disk"
	byLoneHub era = "a hub without a cloud"
	byCloud   era = "the cloud"
)

// plots are the evenings there are. Gates stand only where a hub decides to the end: they need one.
var plots = [][]era{{byHub}, {byHub}, {byLoneHub}, {byCloud}, {byCloud, byHub}, {byHub, byNewHub}, {byHub, byCloud}, {byCloud, byHub, byCloud, byNewHub}}

func newEvening(seed uint64) *evening {
	e := &evening{seed: seed, db: newDisk(), chance: rand.New(rand.NewPCG(seed, 0)), terms: map[string]uint64{}, truth: newTruth()}
	e.eras = plots[seed%uint64(len(plots))]
	e.policy = []whitelist.PolicyName{whitelist.Strict, whitelist.Free, whitelist.Home}[e.chance.IntN(3)]
	e.manifest = e.venue(1, whitelist.Open)
	return e
}

var gateNames = []string{"gate-1", "gate-2"}

// hasGates says whether there are gates with turnstiles beside the telephones.
func (e *evening) hasGates() bool {
	return !slices.Contains(e.eras[1:], byCloud) && e.eras[0] != byCloud || len(e.eras) == 2 && e.eras[1] == byHub
}

func (e *evening) venue(epoch uint64, mode whitelist.Mode) *whitelist.Venue {
	door := openDoor()
	door.Policy, door.Mode = e.policy, mode
	v := &whitelist.Venue{Venue: theatre, Epoch: epoch, Checkpoints: []whitelist.Checkpoint{door}, Zones: []whitelist.Zone{{ID: "hall"}}}
	if e.policy == whitelist.Home && e.hasGates() {
		v.Homes = &whitelist.Homes{Epoch: 1, Rules: []whitelist.HomeRule{{Gates: gateNames}}}
	}
	return v
}

// theatre is both the venue and its event.
var theatre = ticket.EventID{1}

// door is a checkpoint in force, as the house asks for it.
func (e *evening) door(id string) (wicket.Door, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.manifest.Checkpoint(id)
	if c == nil {
		return wicket.Door{}, false
	}
	return wicket.Door{Checkpoint: *c, Zone: time.UTC}, true
}

// own is a stream of chance of one's own, so that what one does depends little on what others do.
func (e *evening) own(who uint64) *rand.Rand { return rand.New(rand.NewPCG(e.seed, who)) }

func (e *evening) count(change func(*tally)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.tally)
}

func (e *evening) isCalm() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calm
}

// luck is how a transaction ends.
func (e *evening) luck(commits int) fate {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := fate{takes: e.between(200, 6000), keeps: commits}
	if e.calm {
		return f
	}
	switch n := e.chance.IntN(400); {
	case n < 3:
		f.keeps, f.fails = e.chance.IntN(commits+1), true
		e.tally.failures++
	case n < 6:
		f.keeps, f.dies = e.chance.IntN(commits+1), true
	case n < 80:
		f.takes = e.between(50_000, 900_000)
	}
	return f
}

// between is a time in µs, to the ns: hardly two things happen in the same moment, so the same seed is nearly the same evening.
func (e *evening) between(from, to int) time.Duration { return between(e.chance, from, to) }

func between(r *rand.Rand, from, to int) time.Duration {
	return time.Duration(from)*time.Microsecond + time.Duration(r.Int64N(int64(to-from)*1000))
}

// live is the evening from its first scan to its last.
func (e *evening) live() {
	e.began = time.Now()
	e.openGates()
	e.openPhones()
	for n, of := range e.eras {
		e.rule(of, n == len(e.eras)-1)
	}
}

// right is a ticket.
type right struct {
	number byte
	kind   whitelist.Kind
}

var kinds = []whitelist.Kind{{Use: whitelist.UseSingle}, {Use: whitelist.UseSingle, Uses: 2}, {Use: whitelist.UseSingle}, {Use: whitelist.UseReentr}}

// rightOf is a ticket by its number; single is one that nobody else has.
func rightOf(number int) right { return right{byte(number), kinds[number%len(kinds)]} } //nolint:gosec // there are few

// pick is one of the tickets that are shown now: a few at a time, so that several doors have the same one.
func (e *evening) pick(r *rand.Rand) right {
	return rightOf(min(1+int(time.Since(e.began)/time.Second)+min(r.IntN(5), r.IntN(5)), mostRights-1))
}

const mostRights = 150

// rights are the tickets that were shown.
func (e *evening) rights() (out []right) {
	for n := range mostRights {
		if slices.ContainsFunc(e.truth.visits, func(v *visit) bool { return int(v.right.number) == n }) {
			out = append(out, rightOf(n))
		}
	}
	return out
}

func (r right) code() admit.Code {
	c := single(r.number)
	c.Kind = r.kind
	return c
}

func (r right) ref() whitelist.Ref { return whitelist.Ref{r.number} }
func (r right) terms() admit.Terms { return admit.TermsOf(r.kind, whitelist.Entry{}) }
func newScan(r *rand.Rand) (id admit.ScanID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}
