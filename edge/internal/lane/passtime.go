package lane

import (
	"context"
	"fmt"
	"time"

	"portaria/edge/whitelist"
)

// usualPass is a checkpoint's pass time where it says none.
const usualPass = 5 * time.Second

func passTime(door *whitelist.Checkpoint) time.Duration {
	if door.PassSeconds == 0 {
		return usualPass
	}
	return time.Duration(door.PassSeconds) * time.Second
}

// comparePassTimes notes lanes whose turnstile stays open longer than the gate waits: who comes in between has a ticket that
// is good again by then, for somebody else at another gate. The passage would be on record as forced, after the fact. A note
// comes once for each pass time.
func (d *Driver) comparePassTimes(ctx context.Context, venue *whitelist.Venue) {
	for _, p := range d.cfg.Lanes {
		door := venue.Checkpoint(p.Checkpoint)
		if door == nil || p.Stays <= passTime(door) {
			delete(d.short, p.Number)
			continue
		}
		if pass := passTime(door); d.short[p.Number] != pass {
			d.short[p.Number] = pass
			d.Note(ctx, p.Number, fmt.Sprintf("the turnstile stays open for %s: make the door's time as long", p.Stays))
		}
	}
}
