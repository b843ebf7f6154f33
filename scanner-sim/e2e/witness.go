package e2e

import (
	"context"
	"slices"
	"time"

	"portaria/deploy/rig"
	"portaria/scanner-sim/e2e/reckon"
)

// passer is a person with the times, of their gate's process, at which the screen told them and they went through.
type passer struct {
	reckon.Person
	told, from, to time.Duration
}

// told is somebody who has just looked at the screen.
func (l *lane) told(shown rig.Shown, codes []string) passer {
	return passer{Person: reckon.Person{Gate: l.door.Gate, Scan: shown.Scan, Codes: append([]string(nil), codes...), Offline: shown.Offline},
		told: l.gate.now()}
}

func (l *lane) pass(ctx context.Context, p *passer) {
	ctx, cancel := context.WithTimeout(ctx, screenLimit)
	defer cancel()
	p.from = l.gate.now()
	err := l.door.Pass(ctx)
	p.to = l.gate.now()
	p.Passed, p.Perhaps = err == nil, err != nil
}

// lastMoment is how long, at most, a process takes from hearing a contact until the passage is durable.
const lastMoment = 2 * time.Second

// witnessed is everybody who was told to come in, with what is known of their gate's processes.
func (c *crowd) witnessed() (people []reckon.Person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lanes {
		for _, p := range c.people {
			if p.Gate == l.door.Gate {
				p.Restarted = p.Passed && l.gate.endedWithin(p.told, p.from)
				p.CutOff = p.Passed && l.gate.endedWithin(p.from, p.to+lastMoment)
				people = append(people, p.Person)
			}
		}
	}
	return people
}

// life is when a program's processes ended, on a clock that stands still while the program is stalled: how long a process
// had to write down what it heard.
type life struct {
	born   time.Time
	frozen time.Duration   // how long it has stood still
	since  time.Time       // it stands still since; zero = it runs
	over   []time.Duration // when processes were found to have ended
}

// now is how long the program has had to do something since it was first started.
func (k *kept) now() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.clock()
}

func (k *kept) clock() time.Duration {
	until := time.Now()
	if !k.since.IsZero() {
		until = k.since
	}
	return until.Sub(k.born) - k.frozen
}

// thaw lets the clock go on.
func (k *kept) thaw() {
	if !k.since.IsZero() {
		k.frozen += time.Since(k.since)
		k.since = time.Time{}
	}
}

// endedWithin says whether a process of the program was found to have ended between two times of now.
func (k *kept) endedWithin(from, to time.Duration) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.over, func(at time.Duration) bool { return from <= at && at <= to })
}
