package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/deploy/rig"
	"portaria/scanner-sim/e2e/reckon"
)

// Squeeze has people go through a turnstile after its time, in turn past the process that let them in, past the next one
// after a power cut, and in the moment before a power cut; then everything is counted. The folder stays when it does not
// add up.
func Squeeze(ctx context.Context, bin string, rounds int, say func(format string, args ...any)) (v *reckon.Verdict, err error) {
	codes := tickets("TARDE", 100)
	h, err := open(ctx, Options{Bin: bin, Gates: 1, Seconds: 30, Say: say, Policy: "free"}, codes)
	defer func() { err = errors.Join(err, h.close(err != nil || v != nil && len(v.Findings) > 0)) }()
	if err != nil {
		return nil, err
	}
	h.keep(ctx)
	guests := newCrowd(h, codes)
	for i := range 3 * rounds {
		if err := h.everyDoor(ctx, "the whole list", func(ctx context.Context, d *rig.Door) error {
			return d.Holds(ctx, map[string]int{h.event: len(codes)})
		}); err != nil {
			return nil, err
		}
		if err := guests.lanes[0].squeeze(ctx, i%3 == 1, i%3 == 2); err != nil {
			return nil, fmt.Errorf("guest %d: %w (logs are in %s)", i+1, err, h.Dir)
		}
	}
	if err := h.quiet(ctx, guests); err != nil {
		return nil, err
	}
	e, err := h.gather(ctx, guests)
	if err != nil {
		return nil, err
	}
	return reckon.Compare(e), nil
}

// squeeze is one person who comes after the turnstile's time, with a power cut before or right after.
func (l *lane) squeeze(ctx context.Context, cutBefore, cutAfter bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	before, err := l.newest(ctx)
	if err != nil {
		return err
	}
	code := l.fresh()
	if err := l.door.Scanner.Scan(ctx, code); err != nil {
		return err
	}
	shown, ok := l.answer(ctx, before)
	if !ok || !shown.Admit {
		return fmt.Errorf("%s was told %s", code, shown.Reason)
	}
	p := l.told(shown, []string{code})
	_ = rig.Pause(ctx, passSeconds*time.Second+200*time.Millisecond)
	if cutBefore {
		err = l.powerCut(ctx)
	}
	l.pass(ctx, &p)
	if cutAfter {
		err = l.powerCut(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = append(l.people, p)
	return err
}

// powerCut kills the gate and waits until it is back.
func (l *lane) powerCut(ctx context.Context) error {
	at := l.gate.now()
	l.gate.kill(0)
	return rig.Until(ctx, l.door.Gate+" to be back", func() error {
		if !l.gate.endedWithin(at, l.gate.now()) {
			return errors.New("it has not gone")
		}
		_, err := l.newest(ctx)
		return err
	})
}
