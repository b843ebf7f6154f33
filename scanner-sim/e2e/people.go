package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"portaria/deploy/rig"
	"portaria/edge/admit"
)

// How people behave, in percent.
const (
	comeAgain   = 6  // with a ticket that was shown before
	comeInTwos  = 8  // the same ticket is shown at another gate in the same moment
	haveRubbish = 5  // a code that nobody sold
	turnBack    = 8  // of those let in
	comeLate    = 4  // of those let in: go through when the time is over
	wontWait    = 25 // show the ticket to a dark screen
)

const (
	screenLimit = 2500 * time.Millisecond // how long somebody looks at a screen that does not change
	glance      = 15 * time.Millisecond
	// How long a gate may think about what it has read: 2 s at a lane that is slowed down, 0.3 s for the arbiter, 1.5 s
	// more for the ticket's home, and a busy machine.
	slowest    = 4500 * time.Millisecond
	togetherIn = 120 * time.Millisecond
)

// crowd is everybody who comes, and the tickets that they have.
type crowd struct {
	lanes []*lane

	mu     sync.Mutex
	codes  []string // sold
	next   int      // the first that nobody has shown
	people []passer
	scans  int
}

// lane is the people of one gate, one after another.
type lane struct {
	*crowd
	*rand.Rand
	door   *rig.Door
	gate   *kept      // the door's program
	invite chan visit // to show somebody else's ticket at the same time
	typed  []string   // codes under the scanner that the screen has not answered
	seen   rig.Shown  // what the screen showed when somebody last looked
}

// visit is a ticket to be shown, at a time when others show it too; the zero time is now.
type visit struct {
	code string
	at   time.Time
}

func newCrowd(h *house, codes []string) *crowd {
	c := &crowd{codes: codes}
	for i, d := range h.doors {
		c.lanes = append(c.lanes, &lane{crowd: c, Rand: rand.New(rand.NewPCG(h.opt.Seed, uint64(i)+1)), door: d,
			gate: h.programs[d.Gate], invite: make(chan visit, 1)})
	}
	return c
}

// come has people come to every lane until ctx ends, and returns when the last of them has gone.
func (c *crowd) come(ctx context.Context) {
	var lanes sync.WaitGroup
	for _, l := range c.lanes {
		lanes.Go(func() {
			for ctx.Err() == nil {
				l.one(ctx, l.nextVisit())
				_ = rig.Pause(ctx, time.Duration(20+l.IntN(100))*time.Millisecond)
			}
		})
	}
	lanes.Wait()
}

func (c *crowd) add(codes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.codes = append(c.codes, codes...)
}

// fresh is a ticket that nobody has shown; when all have been, the first again.
func (c *crowd) fresh() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	code := c.codes[c.next%len(c.codes)]
	c.next++
	return code
}

func (l *lane) shownBefore() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.codes[l.IntN(max(1, min(l.next, len(l.codes))))]
}

// nextVisit is who comes next: whoever was invited to come together with somebody, else by chance.
func (l *lane) nextVisit() visit {
	select {
	case v := <-l.invite:
		return v
	default:
	}
	switch n := l.IntN(100); {
	case n < comeAgain:
		return visit{code: l.shownBefore()}
	case n < comeAgain+haveRubbish:
		return visit{code: fmt.Sprintf("NOBODY%08X", l.Uint32())}
	case n < comeAgain+haveRubbish+comeInTwos:
		v := visit{code: l.fresh(), at: time.Now().Add(togetherIn)}
		l.bring(v)
		return v
	}
	return visit{code: l.fresh()}
}

// bring has one or more other lanes show the same ticket, as far as they have time.
func (l *lane) bring(v visit) {
	for range 1 + l.IntN(len(l.lanes)) {
		other := l.lanes[l.IntN(len(l.lanes))]
		if other == l {
			continue
		}
		select {
		case other.invite <- v:
		default:
		}
	}
}

// sendOn has somebody go where the screen says that their ticket is at home, if there is no queue.
func (l *lane) sendOn(shown rig.Shown, codes []string) {
	if shown.Reason != admit.OtherGate || len(codes) != 1 {
		return
	}
	for _, other := range l.lanes {
		if other.door.Gate == shown.Where {
			select {
			case other.invite <- visit{code: codes[0]}:
			default:
			}
		}
	}
}

// one person shows a ticket and does what the screen says, or does not.
func (l *lane) one(ctx context.Context, v visit) {
	ctx = context.WithoutCancel(ctx) // somebody half way through would be a passage that nobody counts
	before, err := l.newest(ctx)
	if err != nil {
		if l.IntN(100) >= wontWait {
			return
		}
		before = l.seen // a screen that lights up again may still show who came last
	}
	if wait := time.Until(v.at); wait > 0 {
		_ = rig.Pause(ctx, wait)
	}
	l.typed = append(l.typed, v.code)
	if l.door.Scanner.Scan(ctx, v.code) != nil {
		return
	}
	shown, ok := l.answer(ctx, before)
	if !ok {
		l.clear(ctx, before)
		return
	}
	l.obey(ctx, shown, l.typed)
	if len(l.typed) == 1 {
		l.typed = nil
	}
}

func (l *lane) newest(ctx context.Context) (rig.Shown, error) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	shown, err := l.door.Newest(ctx)
	if err == nil && shown.Scan != (admit.ScanID{}) {
		l.seen = shown
	}
	return shown, err
}

// answer waits until the screen shows somebody new.
func (l *lane) answer(ctx context.Context, before rig.Shown) (rig.Shown, bool) {
	for deadline := time.Now().Add(screenLimit); time.Now().Before(deadline); {
		if now, err := l.newest(ctx); err == nil && now.Scan != before.Scan && now.Scan != (admit.ScanID{}) {
			return now, true
		}
		_ = rig.Pause(ctx, glance)
	}
	return rig.Shown{}, false
}

// obey does what somebody does who has looked at the screen.
func (l *lane) obey(ctx context.Context, shown rig.Shown, codes []string) {
	p := l.told(shown, codes)
	l.mu.Lock()
	l.scans++
	l.mu.Unlock()
	if !shown.Admit {
		l.sendOn(shown, codes)
		return
	}
	switch n := l.IntN(100); {
	case n < turnBack:
	case n < turnBack+comeLate:
		_ = rig.Pause(ctx, passSeconds*time.Second+200*time.Millisecond)
		l.pass(ctx, &p)
	default:
		_ = rig.Pause(ctx, time.Duration(l.IntN(40))*time.Millisecond)
		l.pass(ctx, &p)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = append(l.people, p)
}

// clear waits until a gate that did not answer has read what lies under its scanner, and has said all that it will say
// of it; whoever it lets in meanwhile has gone away. An answer that came later still would be read by the next guest, as
// in life, and would count as a wrong screen.
func (l *lane) clear(ctx context.Context, before rig.Shown) {
	ctx, cancel := context.WithTimeout(ctx, slowest+screenLimit)
	defer cancel()
	if l.door.Scanner.Taken(ctx) != nil {
		return
	}
	for quiet := time.Now(); time.Since(quiet) < slowest && ctx.Err() == nil; {
		now, err := l.newest(ctx)
		if err != nil || now.Scan != before.Scan {
			quiet, before = time.Now(), now
		}
		_ = rig.Pause(ctx, glance)
	}
	if ctx.Err() == nil {
		l.typed = nil
	}
}

// lastGuest proves that a gate that has come through it all lets somebody in by the arbiter's word. On a busy machine an
// answer may come late, and the gate then decides alone; the next guest may have more luck.
func (l *lane) lastGuest(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return rig.Until(ctx, "a guest to be let in at "+l.door.Gate+" by the arbiter", func() error {
		l.typed = nil
		code := l.fresh()
		before, err := l.newest(ctx)
		if err == nil {
			err = l.door.Scanner.Scan(ctx, code)
		}
		if err != nil {
			return err
		}
		shown, ok := l.answer(ctx, before)
		if !ok {
			l.clear(ctx, before)
			return errors.New("the screen did not change")
		}
		l.enter(ctx, shown, []string{code})
		if !shown.Admit || shown.Offline {
			return fmt.Errorf("the last was told %s", shown.Reason)
		}
		return nil
	})
}

// enter is somebody who goes through if they may.
func (l *lane) enter(ctx context.Context, shown rig.Shown, codes []string) {
	p := l.told(shown, codes)
	if shown.Admit {
		l.pass(ctx, &p)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scans++
	if shown.Admit {
		l.people = append(l.people, p)
	}
}
