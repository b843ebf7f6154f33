package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"portaria/deploy/rig"
)

// ChangeOptions of a look at how changes of doors reach the gates.
type ChangeOptions struct {
	Bin     string // folder of the built programs
	Changes int    // of one door after another
	Say     func(format string, args ...any)
}

// ChangeResult is how long changes took. Times have one value for each change, sorted.
type ChangeResult struct {
	ChangeOptions
	Obeyed []time.Duration // from the moment somebody presses save until the door's own gate obeys
	Shown  []time.Duration // until the cloud says that every lane obeys
	Away   time.Duration   // from the return of a gate that was off until the cloud says that it obeys as well
}

// Line is everything in one line.
func (r *ChangeResult) Line() string {
	return fmt.Sprintf("doors: lanes=%d changes=%d save_to_obeyed p50=%.2fs p95=%.2fs max=%.2fs save_to_shown_on_every_lane p50=%.2fs p95=%.2fs max=%.2fs gate_back_to_shown=%.2fs",
		changeGates, len(r.Obeyed), At(r.Obeyed, 50).Seconds(), At(r.Obeyed, 95).Seconds(), At(r.Obeyed, 100).Seconds(),
		At(r.Shown, 50).Seconds(), At(r.Shown, 95).Seconds(), At(r.Shown, 100).Seconds(), r.Away.Seconds())
}

// changeGates is how many gates, of a lane each, the venue has.
const changeGates = 4

// Changes measures how changes of doors reach four gates, and how far the cloud says that they have come.
func Changes(ctx context.Context, opt ChangeOptions) (r *ChangeResult, err error) {
	house, err := open(ctx, Options{Bin: opt.Bin, Gates: changeGates, Seconds: 30, Say: opt.Say}, tickets("BILHETE", 100))
	defer func() { err = errors.Join(err, house.close(err != nil)) }()
	if err != nil {
		return nil, err
	}
	r = &ChangeResult{ChangeOptions: opt}
	c := &changing{house: house, ChangeResult: r}
	for _, step := range []func(context.Context) error{c.settled, c.openAndClose, c.oneAway} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("%w (logs are in %s)", err, house.Dir)
		}
	}
	slices.Sort(r.Obeyed)
	slices.Sort(r.Shown)
	return r, nil
}

// changing is a house whose doors are watched.
type changing struct {
	*house
	*ChangeResult
}

// reach is what the cloud says of a change.
type reach struct {
	Epoch   uint64 `json:"epoch"`
	Pending bool   `json:"pending"`
	Lanes   int    `json:"lanes"`
	There   int    `json:"there"`
	Late    []struct {
		Gate string `json:"gate"`
	} `json:"late"`
}

func (c *changing) reach(ctx context.Context) (r reach, err error) {
	return r, c.api.Do(ctx, http.MethodGet, "/venues/"+c.Venue+"/applied", nil, &r)
}

// until waits until so many lanes obey something newer than an epoch.
func (c *changing) until(ctx context.Context, there int, after uint64) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return rig.Until(ctx, fmt.Sprintf("%d lanes to obey", there), func() error {
		r, err := c.reach(ctx)
		if err != nil {
			return err
		}
		if r.Pending || r.There != there || r.Epoch <= after {
			return fmt.Errorf("%d of %d lanes obey epoch %d", r.There, r.Lanes, r.Epoch)
		}
		return nil
	})
}

// settled waits until every gate obeys what was set up: nothing is measured before.
func (c *changing) settled(ctx context.Context) error { return c.until(ctx, changeGates, 0) }

// openAndClose closes and opens one door after another.
func (c *changing) openAndClose(ctx context.Context) error {
	for i := range c.Changes {
		mode := "closed"
		if i/changeGates%2 == 1 {
			mode = "open"
		}
		if err := c.change(ctx, i%changeGates, mode); err != nil {
			return err
		}
	}
	return nil
}

func (c *changing) change(ctx context.Context, gate int, mode string) error {
	before, err := c.reach(ctx)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := c.set(ctx, gate, mode); err != nil {
		return err
	}
	obeyed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		err := rig.Until(ctx, c.doors[gate].Gate+" to be "+mode, func() error {
			s, err := c.doors[gate].Status(ctx)
			if err == nil && s.Lanes[0].Mode != mode {
				err = fmt.Errorf("it is %s", s.Lanes[0].Mode)
			}
			return err
		})
		c.Obeyed = append(c.Obeyed, time.Since(started))
		obeyed <- err
	}()
	err = c.until(ctx, changeGates, before.Epoch)
	shown := time.Since(started)
	if err := errors.Join(err, <-obeyed); err != nil {
		return err
	}
	c.Shown = append(c.Shown, shown)
	c.ChangeResult.Say("%s at %s: shown on every lane after %s", mode, c.doors[gate].Gate, shown.Round(time.Millisecond))
	return nil
}

func (c *changing) set(ctx context.Context, gate int, mode string) error {
	return c.api.Do(ctx, http.MethodPatch, "/checkpoints/"+c.Gates[gate].Checkpoint, map[string]any{"mode": mode}, nil)
}

// oneAway changes a door while the last gate is off: three of four lanes obey, and the fourth once it is back.
func (c *changing) oneAway(ctx context.Context) error {
	last := c.programs[c.doors[changeGates-1].Gate]
	if err := last.Stop(); err != nil {
		return err
	}
	before, err := c.reach(ctx)
	if err != nil {
		return err
	}
	if err := c.set(ctx, 0, "drill"); err != nil {
		return err
	}
	if err := c.until(ctx, changeGates-1, before.Epoch); err != nil {
		return err
	}
	r, err := c.reach(ctx)
	if err != nil {
		return err
	}
	if len(r.Late) != 1 || r.Late[0].Gate != last.Name {
		return fmt.Errorf("the cloud says that %v are late, not %s", r.Late, last.Name)
	}
	started := time.Now()
	if err := last.Start(); err != nil {
		return err
	}
	err = c.until(ctx, changeGates, before.Epoch)
	c.Away = time.Since(started)
	return err
}
