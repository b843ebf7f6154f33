package duty

import (
	"context"
	"time"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/whitelist"
)

// SignOn puts who typed this on duty at a lane.
func (d *Desk) SignOn(ctx context.Context, number int, who Login) error {
	p := d.lanes[number]
	if p == nil {
		return lane.ErrNoLane
	}
	person, err := d.know(p, who)
	if err != nil {
		return err
	}
	d.put(ctx, number, p, person.ID)
	return nil
}

// SignOff ends the shift at a lane. Nobody has to prove who they are: a door is never the safer for a shift that goes on.
func (d *Desk) SignOff(ctx context.Context, number int) error {
	p := d.lanes[number]
	if p == nil {
		return lane.ErrNoLane
	}
	d.put(ctx, number, p, "")
	return nil
}

// Override lets in what a lane refused last. Without a login it waits for a supervisor's badge at that lane.
func (d *Desk) Override(ctx context.Context, number int, reason string, who *Login) error {
	return d.word(ctx, number, who, func(ctx context.Context, supervisor string) error {
		return d.gate.Override(ctx, number, supervisor, reason)
	})
}

// Settle says how an admission ended whose end was lost, in the same two ways.
func (d *Desk) Settle(ctx context.Context, number int, scan admit.ScanID, entered bool, who *Login) error {
	return d.word(ctx, number, who, func(ctx context.Context, supervisor string) error {
		return d.gate.Settle(ctx, scan, supervisor, entered)
	})
}

func (d *Desk) word(ctx context.Context, number int, who *Login, wish func(ctx context.Context, supervisor string) error) error {
	p := d.lanes[number]
	if p == nil {
		return lane.ErrNoLane
	}
	if who == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		p.wish, p.until = wish, time.Now().Add(waitTime)
		return nil
	}
	person, err := d.know(p, *who)
	if err != nil {
		return err
	}
	if !person.Supervisor {
		return ErrSupervisor
	}
	return wish(ctx, person.ID)
}

// stranger stands in for a number that nobody has: a guess must take as long as a wrong PIN.
var stranger = whitelist.PIN{Salt: make([]byte, 16), Rounds: whitelist.PINRounds, Hash: make([]byte, 32)}

// know finds who typed this, serving at a post.
func (d *Desk) know(p *post, who Login) (*whitelist.Controller, error) {
	venue, ok := d.people.Venue()
	secrets, known := d.people.Secrets(venue.Venue.Venue)
	if !ok || !known {
		return nil, ErrNobody
	}
	done, err := d.tries.begin(who.Number)
	if err != nil {
		return nil, err
	}
	pin, id := stranger, ""
	var person *whitelist.Controller
	for i := range venue.Controllers {
		if c := &venue.Controllers[i]; c.PIN != nil && c.PIN.Number == who.Number {
			person, pin, id = c, *c.PIN, c.ID
		}
	}
	right := pin.Matches(secrets.For(venue.Epoch), id, who.PIN) && person != nil
	done(right)
	switch {
	case !right:
		return nil, ErrWho
	case !serves(person, p.checkpoint):
		return nil, ErrDoor
	}
	return person, nil
}

// Cancel ends the wait for a supervisor's badge.
func (d *Desk) Cancel(number int) {
	if p := d.lanes[number]; p != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		p.wish = nil
	}
}
