package edge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"portaria/bolt"
)

// silentReader is how long a scanner's reader may not turn. It turns ten times a second, with or without its device.
const silentReader = 5 * time.Second

// prove returns nil when this gate can still let somebody in: every scanner is being read or looked for, the loop
// decides, outputs can be switched, and the journal takes a durable write. A scanner that is unplugged and a disk that is full are told to
// people and are no reason to start anew: that would not mend them.
func (n *node) prove(ctx context.Context) error {
	if err := n.pulses.check(time.Now()); err != nil {
		return err
	}
	if err := n.driver.Answers(ctx); err != nil {
		return err
	}
	if err := n.board.Answers(ctx); err != nil {
		return err
	}
	if err := n.journal.Commit(ctx, nil, nil, nil); err != nil && !errors.Is(err, bolt.ErrFull) {
		return fmt.Errorf("the journal takes no write: %w", err)
	}
	return nil
}

// pulses are the last moments at which each lane's reader turned.
type pulses struct {
	mu   sync.Mutex
	last map[reader]time.Time
}

// reader is one of a lane's scanners.
type reader struct{ lane, at int }

// of returns what a reader of a lane calls whenever it turns.
func (p *pulses) of(lane, at int) func() {
	beat := func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.last == nil {
			p.last = map[reader]time.Time{}
		}
		p.last[reader{lane, at}] = time.Now()
	}
	beat()
	return beat
}

func (p *pulses) check(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for r, at := range p.last {
		if silent := now.Sub(at); silent > silentReader {
			return fmt.Errorf("the scanner of lane %d has not been read for %s", r.lane, silent.Round(time.Second))
		}
	}
	return nil
}
