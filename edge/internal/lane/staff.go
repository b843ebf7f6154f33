package lane

import (
	"context"
	"errors"

	"portaria/edge/admit"
	"portaria/edge/gate"
	"portaria/edge/wire"
)

// Refusals to people who stand at the gate.
var (
	ErrNothingRefused = errors.New("nothing that this lane refused in the last minute can be overridden")
	ErrStillRefused   = errors.New("the gate refuses it still")
	ErrNotUnknown     = errors.New("no admission of that number waits to be settled")
	ErrNoLane         = errors.New("this gate has no such lane")
)

// Unknown is an admission whose end nobody knows: the power was gone before anybody was seen to pass. It counts as used
// until a supervisor settles it.
type Unknown struct {
	Scan admit.ScanID `json:"scan"`
	At   int64        `json:"at"` // unix ms, when the relay moved or was about to
	Lane int          `json:"lane"`
	Kind string       `json:"kind,omitempty"` // of the ticket
}

// Override lets in what a lane refused last, on a supervisor's word. Nil means that the admission is on its way to the
// disk: the relay moves when it is there.
func (d *Driver) Override(ctx context.Context, lane int, supervisor, reason string) error {
	answer := ErrNothingRefused
	if err := d.between(ctx, func(loop context.Context) {
		if _, ok := d.state.Overridable(lane, d.cfg.Clock.Now()); !ok {
			return
		}
		answer = ErrStillRefused
		id := newScanID()
		for _, effect := range d.step(loop, gate.Override{Lane: lane, ID: id, Supervisor: supervisor, Reason: reason}) {
			if commit, ok := effect.(gate.Commit); ok && admits(commit, id) {
				answer = nil
			}
		}
	}); err != nil {
		return err
	}
	return answer
}

func admits(commit gate.Commit, scan admit.ScanID) bool {
	for _, e := range commit.Events {
		if e.Type == wire.Admission && e.Scan == scan {
			return true
		}
	}
	return false
}

// Settle ends an UNKNOWN on a supervisor's word: somebody entered, or nobody did and the right is free again.
func (d *Driver) Settle(ctx context.Context, scan admit.ScanID, supervisor string, entered bool) error {
	answer := ErrNotUnknown
	if err := d.between(ctx, func(loop context.Context) {
		for _, e := range d.state.Unsettled() {
			if e.Scan == scan {
				answer = nil
			}
		}
		if answer == nil {
			d.step(loop, gate.Settled{Scan: scan, Supervisor: supervisor, Entered: entered})
			d.status.unknown(d.unknown())
		}
	}); err != nil {
		return err
	}
	return answer
}

// OnDuty puts a controller on duty at a lane; an empty id ends the shift.
func (d *Driver) OnDuty(ctx context.Context, lane int, controller string) error {
	answer := ErrNoLane
	if err := d.between(ctx, func(loop context.Context) {
		if _, ok := d.place(lane); ok {
			answer = nil
			d.step(loop, gate.DutyChanged{Lane: lane, Controller: controller})
			d.status.duty(lane, controller)
		}
	}); err != nil {
		return err
	}
	return answer
}

// Ordered takes the hub's command. One that comes late is dropped, but for orders about doors: they are numbered, so an old
// one does no harm, and a gate whose clock is wrong must still hear of an evacuation.
func (d *Driver) Ordered(ctx context.Context, c wire.Command) {
	now := d.cfg.Clock.Now()
	if now.Clock != admit.ClockIsUnset && now.Unix > c.DropAfter && c.Type != wire.SetDoors {
		d.cfg.Log.Info("a command that came too late", "type", c.Type, "id", c.ID)
		return
	}
	switch c.Type {
	case wire.Settle:
		if err := d.Settle(ctx, c.Scan, c.Text, c.Entered); err != nil {
			d.cfg.Log.Warn("the hub settles a scan", "scan", c.Scan, "why", err)
		}
	case wire.SetDoors:
		d.Give(ctx, gate.Ordered{Command: c})
	case wire.Message:
		d.status.message(c.Lane, c.Text, now.Unix)
	default:
		d.cfg.Log.Info("a command that this version does not know", "type", c.Type)
	}
}

// CounterRead takes the reading of a turnstile that keeps its own count, while nobody passes: after a power cut it tells
// an admission that was cut off from one that was finished.
func (d *Driver) CounterRead(ctx context.Context, lane int, counter int64) {
	d.Give(ctx, gate.CounterRead{Lane: lane, Counter: counter})
}

// unknown is what waits to be settled, for people to see.
func (d *Driver) unknown() []Unknown {
	var out []Unknown
	for _, e := range d.state.Unsettled() {
		u := Unknown{Scan: e.Scan, At: e.At, Lane: e.Lane}
		if rules := d.cfg.Resolver.Lists.List(e.Event).Rules(); rules != nil {
			if kind, known := rules.Kind(e.Kind); known {
				u.Kind = kind.Name
			}
		}
		out = append(out, u)
	}
	return out
}
