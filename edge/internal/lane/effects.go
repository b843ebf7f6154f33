package lane

import (
	"context"
	"fmt"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// do carries effects out in their order. All commits of one step go to the writer as one.
func (d *Driver) do(ctx context.Context, effects []gate.Effect) {
	var commit []wire.Event
	for _, effect := range effects {
		switch e := effect.(type) {
		case gate.Commit:
			commit = append(commit, e.Events...)
		case gate.Remember:
			d.learnt = append(d.learnt, e)
		case gate.Persist:
			d.memory = &e.Memory
		case gate.ReadJournal:
			d.reads <- e
		case gate.Prune:
			d.prunes <- e
		case gate.Wake:
			now := d.cfg.Clock.Now() // kept on the clock that nothing can put back
			d.wakes = append(d.wakes, now.Mono+e.At-now.Unix)
		case gate.Show:
			scan, exit := scanOf(effects, e.Lane)
			d.status.show(e, scan, exit, d.cfg.Clock.Now().Unix)
			d.say(e, exit)
			d.suspect(ctx, e.Lane, e.Verdict.Reason)
		default:
			d.act(ctx, effect)
		}
	}
	if len(commit) > 0 {
		d.flush(ctx, commit)
	}
}

// act is what leaves the gate: the relay and messages.
func (d *Driver) act(ctx context.Context, effect gate.Effect) {
	switch e := effect.(type) {
	case gate.Pulse:
		d.moved(ctx, e.Lane, d.cfg.Board.Pulse(e.Lane, e.Scan, e.Exit))
	case gate.Release:
		d.moved(ctx, e.Lane, d.cfg.Board.Release(e.Lane))
	case gate.SendClaim:
		d.sent("claim", d.cfg.Link.Claim(e.Claim))
	case gate.SendEvents:
		d.sent("events", d.cfg.Link.Events(e.Events))
	case gate.Restart:
		d.again = fmt.Errorf("%w: %s", ErrStartAgain, e.Why)
	case gate.SendState:
		e.State.Venue = d.obeys
		d.status.beat(e.State)
		d.sent("state", d.cfg.Link.State(e.State))
	}
}

func (d *Driver) sent(what string, err error) {
	if err != nil {
		d.cfg.Log.Debug("not sent", "what", what, "why", err)
	}
}

// moved reports a board that failed. The lane says so in its heartbeat.
func (d *Driver) moved(ctx context.Context, lane int, err error) {
	if err == nil {
		return
	}
	d.cfg.Log.Error("the board failed", "lane", lane, "why", err)
	changed := d.status.output(lane, "failed")
	go d.Give(ctx, changed) // the loop must not wait for itself
}

// scanOf is the scan that a step's Show is about (that of the lane's pulse, or of the record made with it), and whether
// it lets somebody out.
func scanOf(effects []gate.Effect, lane int) (id admit.ScanID, exit bool) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case gate.Pulse:
			if e.Lane == lane {
				id, exit = e.Scan, e.Exit
			}
		case gate.Commit:
			for _, event := range e.Events {
				if event.Lane == lane && event.Type != wire.Outcome && event.Scan != (admit.ScanID{}) {
					id = event.Scan
				}
			}
		}
	}
	return id, exit
}

// write is one durable transaction to be.
type write struct {
	events []wire.Event
	learnt []gate.Remember
	memory *gate.Memory
}

// flush hands the writer records, with what was to go along; nothing when there is nothing.
func (d *Driver) flush(ctx context.Context, events []wire.Event) {
	if len(events) == 0 && len(d.learnt) == 0 && d.memory == nil {
		return
	}
	w := write{events, d.learnt, d.memory}
	d.learnt, d.memory = nil, nil
	select {
	case d.writes <- w:
	case <-ctx.Done():
	}
}

// write makes records durable, all that wait in one transaction, until ctx ends. What was handed over before that is
// still written: a scan in hand is not forgotten at a stop.
func (d *Driver) write(ctx context.Context) error {
	for {
		select {
		case w := <-d.writes:
			if err := d.commit(ctx, d.gather(w)); err != nil {
				d.failed <- err
				return nil //nolint:nilerr // the loop ends with it
			}
		case <-ctx.Done():
			return d.drain(ctx)
		}
	}
}

func (d *Driver) drain(ctx context.Context) error {
	select {
	case w := <-d.writes:
		return d.commit(ctx, d.gather(w))
	default:
		return nil
	}
}

func (d *Driver) gather(w write) write {
	for {
		select {
		case more := <-d.writes:
			w.events = append(w.events, more.events...)
			w.learnt = append(w.learnt, more.learnt...)
			if more.memory != nil {
				w.memory = more.memory
			}
		default:
			return w
		}
	}
}

func (d *Driver) commit(ctx context.Context, w write) error {
	err := d.cfg.Journal.Commit(context.WithoutCancel(ctx), w.events, w.learnt, w.memory)
	if err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	if n := len(w.events); n > 0 {
		d.Give(ctx, gate.Committed{Seq: w.events[n-1].Seq})
	}
	return nil
}

// read answers what the core asks of the journal. A damaged record ends what can be sent; the rest waits for a person.
func (d *Driver) read(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-d.reads:
			events, err := d.cfg.Journal.Read(q.Run, q.From, q.Limit)
			if err != nil {
				d.Note(ctx, 0, err.Error())
			}
			d.Give(ctx, gate.JournalRead{Run: q.Run, Events: events})
		}
	}
}

func (d *Driver) prune(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case p := <-d.prunes:
			if err := d.cfg.Journal.Prune(ctx, p.Run, p.To); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}
