// Package e2e has the whole system live through a bad evening: real processes on loopback with real files, a real
// broker and a durable PostgreSQL, people at virtual scanners, and cables, power and disks that fail at random but
// always alike for the same seed. Then everything heals, and every journal is compared with every other, record by
// record, and with the people.
//
// It knows the programs from outside: their configuration, their pages, their API, and the files that they leave.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"portaria/deploy/rig"
	"portaria/scanner-sim/e2e/reckon"
)

// Options of an evening.
type Options struct {
	Bin     string // folder of the built programs
	Seed    uint64
	Seconds int    // how long people come and things fail
	Gates   int    // the last of them has a strict door
	Disks   bool   // disks are filled as well
	Policy  string // of every door; empty = the last one's is strict, the others' free
	Say     func(format string, args ...any)
}

// full names the programs whose disks are filled.
func (o Options) full() []string {
	if !o.Disks {
		return nil
	}
	return []string{"hub", gateNames(o.Gates)[0]}
}

// patience is how long the venue may take to be whole again.
func (o Options) patience() time.Duration { return time.Duration(60+o.Seconds) * time.Second }

// Result is how an evening ended.
type Result struct {
	*reckon.Verdict
	Options
	Scans  int // screens that people looked at
	Done   map[Kind]int
	GaveUp int    // ends of programs whose disk was full
	Dir    string // where everything lies, when it did not add up
}

// Line is the whole evening in one line.
func (r *Result) Line() string {
	doors := ""
	if r.Policy != "" {
		doors = " doors=" + r.Policy
	}
	return fmt.Sprintf("e2e: seconds=%d seed=%d scans=%d entered=%d events=%d granted=%d alone=%d kills=%d stalls=%d cuts=%d toxics=%d full=%d late=%d strays=%d unknowable=%d lost=%d duplicated=%d wrong=%d conflicts=%d/%d%s",
		r.Seconds, r.Seed, r.Scans, r.Entered, r.Events, r.Granted, r.Alone, r.Done[Kill], r.Done[Stall], r.Done[Cut],
		r.Done[Slow]+r.Done[BlackHole]+r.Done[Reset]+r.Done[Slice], r.Done[Full], r.Late, r.Strays, r.Unknowable, r.Count(reckon.Lost), r.Count(reckon.Duplicated), r.Count(reckon.Wrong), r.Shown, r.Doubles, doors)
}

// Run lives through an evening. The error is of what kept it from being lived or counted; what does not add up is in
// the result. The folder stays when there is either.
func Run(ctx context.Context, opt Options) (r *Result, err error) {
	codes := tickets("BILHETE", max(200, opt.Seconds*opt.Gates))
	h, err := open(ctx, opt, codes)
	defer func() {
		keep := err != nil || r != nil && len(r.Findings) > 0
		err = errors.Join(err, h.close(keep))
		if keep && r != nil {
			r.Dir = h.Dir
		}
		if err != nil {
			err = fmt.Errorf("%w (seed %d; everything is in %s)", err, opt.Seed, h.Dir)
		}
	}()
	if err != nil {
		return nil, err
	}
	if h.noMount != "" {
		opt.Say("no small disks here (%s): a program whose disk is full is stopped by its limit of file size instead", h.noMount)
	}
	return h.evening(ctx, codes)
}

func (h *house) evening(ctx context.Context, codes []string) (*Result, error) {
	if h.opt.Policy == "home" {
		if err := h.settle(ctx); err != nil {
			return nil, err
		}
	}
	h.keep(ctx)
	guests := newCrowd(h, codes)
	s := &storm{house: h, say: h.opt.Say, done: map[Kind]int{}}
	if err := h.live(ctx, guests, s); err != nil {
		return nil, err
	}
	e, err := h.gather(ctx, guests)
	if err != nil {
		return nil, err
	}
	r := &Result{Verdict: reckon.Compare(e), Options: h.opt, Scans: guests.scans, Done: s.done}
	for _, k := range h.programs {
		r.GaveUp += k.gaveUp
		for _, fault := range k.faults() {
			r.Find(reckon.Wrong, "%s", fault)
		}
	}
	return r, h.write(r)
}

// live has people come while things fail and tickets are sold, and returns once everything is whole and quiet again.
func (h *house) live(ctx context.Context, guests *crowd, s *storm) error {
	coming, doors := context.WithTimeout(ctx, time.Duration(h.opt.Seconds)*time.Second)
	defer doors()
	ended := make(chan struct{})
	go func() { defer close(ended); guests.come(coming) }()
	sold := make(chan error, 1)
	go func() { sold <- h.sellOn(coming, guests) }()
	full := []string(nil)
	if h.opt.Disks {
		full = h.opt.full()
	}
	blown := s.blow(ctx, Plan(h.opt.Seed, time.Duration(h.opt.Seconds)*time.Second, gateNames(h.opt.Gates), full))
	<-ended
	if err := errors.Join(blown, <-sold); err != nil {
		return err
	}
	return h.heal(ctx, guests)
}

// sellOn sells tickets all evening, so that lists change while cables are cut; whoever is not answered tries again. The
// first lot is a big one: a small list must be able to grow at once.
func (h *house) sellOn(ctx context.Context, guests *crowd) error {
	for batch := 1; rig.Pause(ctx, 3*time.Second) == nil; batch++ {
		size := 20
		if batch == 1 {
			size = h.opt.Seconds * h.opt.Gates * 7
		}
		codes := tickets(fmt.Sprintf("LOTE%03dN", batch), size)
		trying, stop := context.WithTimeout(context.WithoutCancel(ctx), h.opt.patience())
		err := rig.Until(trying, "the cloud to take tickets", func() error { return h.sell(trying, codes) })
		stop()
		if err != nil {
			return err
		}
		guests.add(codes)
	}
	return nil
}

// heal waits until every gate judges by the whole list, obeys a hub that rules, and has nothing left to send; proves it
// with one more guest at each; and starts the hub once more, since a hub that starts tells every conflict again.
func (h *house) heal(ctx context.Context, guests *crowd) error {
	if err := h.quiet(ctx, guests); err != nil {
		return err
	}
	for _, l := range guests.lanes {
		if err := l.lastGuest(ctx, h.opt.patience()); err != nil {
			return err
		}
	}
	if err := h.hubAgain(ctx); err != nil {
		return err
	}
	return h.quiet(ctx, guests)
}

// hubAgain starts the hub anew, and waits until the new process rules: it does once every gate has told it everything. The
// gates are not asked whether they missed it: a hub may be back before they notice.
func (h *house) hubAgain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.opt.patience())
	defer cancel()
	hub := h.programs["hub"]
	at := hub.now()
	hub.kill(0)
	if err := rig.Until(ctx, "the hub to be gone", func() error {
		if !hub.endedWithin(at, hub.now()) {
			return errors.New("its process is still there")
		}
		return nil
	}); err != nil {
		return err
	}
	return h.hubDone(ctx)
}

func (h *house) quiet(ctx context.Context, guests *crowd) error {
	err := h.everyDoor(ctx, "quiet", func(ctx context.Context, d *rig.Door) error {
		if err := d.Holds(ctx, map[string]int{h.event: len(guests.codes)}); err != nil {
			return err
		}
		s, err := d.Status(ctx)
		if err == nil && (s.Journal > 0 || !s.Hub.Cloud) {
			err = fmt.Errorf("%d records are still on their way (its hub reaches the cloud: %t)", s.Journal, s.Hub.Cloud)
		}
		return err
	})
	if err != nil {
		return err
	}
	return h.hubDone(ctx)
}

// hubDone waits until the hub rules and everything that it holds is in the cloud.
func (h *house) hubDone(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.opt.patience())
	defer cancel()
	return rig.Until(ctx, "the hub to be done", func() error {
		s, err := h.hubStatus(ctx)
		if err == nil && (!s.Ready || !s.Cloud.Connected || s.Cloud.Pending > 0) {
			err = fmt.Errorf("it rules: %t; it reaches the cloud: %t; %d records are still on their way there", s.Ready, s.Cloud.Connected, s.Cloud.Pending)
		}
		return err
	})
}

// gather stops everything and reads what it left.
func (h *house) gather(ctx context.Context, guests *crowd) (reckon.Evidence, error) {
	e := reckon.Evidence{People: guests.witnessed()}
	s, err := h.hubStatus(ctx)
	if err != nil {
		return e, err
	}
	inCloud, err := h.cloudConflicts(ctx)
	if err != nil {
		return e, err
	}
	e.Conflicts = map[string][][]string{"the hub": s.conflicts(), "the cloud": inCloud}
	if err := h.stop(); err != nil {
		return e, err
	}
	return e, errors.Join(h.readDisks(&e), h.readDatabase(ctx, &e))
}

// write leaves what was found beside the logs.
func (h *house) write(r *Result) error {
	if len(r.Findings) == 0 {
		return nil
	}
	text := r.Line() + "\n"
	for _, f := range r.Findings {
		text += string(f.Kind) + ": " + f.Text + "\n"
	}
	return os.WriteFile(filepath.Join(h.Dir, "findings.txt"), []byte(text), 0o600)
}

// tickets are what another seller printed.
func tickets(series string, n int) (codes []string) {
	for i := range n {
		codes = append(codes, fmt.Sprintf("%s%06d", series, i+1))
	}
	return codes
}
