package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/edge/whitelist"
)

// Limits of one checkpoint.
const (
	maxAskMillis   = 10_000
	maxPassSeconds = 300
	maxBudget      = 1_000_000
	maxChosen      = 1024
	maxHomeGates   = 64
)

var policies = []whitelist.PolicyName{whitelist.Free, whitelist.Home, whitelist.Strict}

// defaults fills in what most doors are.
func (c *Checkpoint) defaults() {
	fill(&c.Direction, whitelist.In)
	fill(&c.Mode, whitelist.Open)
	fill(&c.Policy, whitelist.Free)
	fill(&c.Unlisted, whitelist.UnlistedAsk)
	slices.Sort(c.HomeGates)
	c.HomeGates = slices.Compact(c.HomeGates)
	slices.Sort(c.Names)
	c.Names = slices.Compact(c.Names)
	slices.SortFunc(c.Hours, func(a, b Window) int { return a.From.Compare(b.From) })
}

func fill[T comparable](field *T, value T) {
	if *field == *new(T) {
		*field = value
	}
}

// check says the first thing that is wrong with a checkpoint by itself.
func (c *Checkpoint) check() error {
	if err := fault.Text("name", c.Name, true, maxName); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]whitelist.Direction{whitelist.In, whitelist.Out, whitelist.Both}, c.Direction):
		return fault.On("direction", "Choose in, out or both.")
	case !slices.Contains([]whitelist.Mode{whitelist.Open, whitelist.Closed, whitelist.Drill, whitelist.Evacuation}, c.Mode):
		return fault.On("mode", "Choose open, closed, drill or evacuation.")
	case !slices.Contains(policies, c.Policy):
		return fault.On("policy", "Choose the policy free, home or strict.")
	case len(c.HomeGates) > 0 && c.Policy != whitelist.Home:
		return fault.On("home_gates", "Name home gates only where the policy is home.")
	case len(c.HomeGates) > maxHomeGates:
		return fault.On("home_gates", "Name at most 64 home gates, or none for every gate at this door.")
	case !slices.Contains([]whitelist.Unlisted{whitelist.UnlistedAdmit, whitelist.UnlistedAsk, whitelist.UnlistedRefuse}, c.Unlisted):
		return fault.On("unlisted", "Choose admit, ask or refuse for well-signed tickets that no list knows yet.")
	case c.From != nil && c.To != nil && *c.From == *c.To:
		return fault.On("to", "Let the door lead to another zone than it comes from.")
	}
	if err := c.checkNumbers(); err != nil {
		return err
	}
	return c.checkHours()
}

func (c *Checkpoint) checkNumbers() error {
	switch {
	case c.AskMillis < 0 || c.AskMillis > maxAskMillis:
		return fault.On("ask_millis", "Wait between 1 and 10,000 milliseconds for the hub; 0 means 300.")
	case c.PassSeconds < 0 || c.PassSeconds > maxPassSeconds:
		return fault.On("pass_seconds", "Keep the way open between 1 and 300 seconds; 0 means 5.")
	case min(c.Budget.Minutes, c.Budget.Entries) < 0 || max(c.Budget.Minutes, c.Budget.Entries) > maxBudget:
		return fault.On("budget", "Give minutes and entries between 0 and 1,000,000; 0 means no bound.")
	case len(c.Events) > maxChosen:
		return fault.On("events", "Choose at most 1,024 events, or none for every event of the venue.")
	case len(c.Kinds) > maxChosen:
		return fault.On("kinds", "Choose at most 1,024 kinds, or none for every kind.")
	}
	if c.Language == "" {
		return nil
	}
	if _, err := language.Parse(c.Language); err != nil || len(c.Language) > 35 {
		return fault.On("language", "Give a language as BCP 47, such as pt-BR or en.")
	}
	return nil
}

// checkHours wants windows that are sorted.
func (c *Checkpoint) checkHours() error {
	switch {
	case len(c.Hours) > maxHours:
		return fault.On("hours", "Give at most 2,048 opening windows.")
	case c.Rule != nil && len(c.Hours) > 0:
		return fault.On("hours", "Give hours that move with each date, or fixed ones: not both.")
	case len(c.Names) > season.MaxNames:
		return fault.On("kind_names", "Choose at most 16 kinds by name.")
	}
	for _, name := range c.Names {
		if err := fault.Text("kind_names", name, true, maxName); err != nil {
			return err
		}
	}
	if c.Rule != nil {
		return c.Rule.Check()
	}
	return hours.Check(c.Hours)
}

// AddCheckpoint makes a checkpoint of a venue.
func (d *Desk) AddCheckpoint(ctx context.Context, c Checkpoint) (Checkpoint, error) {
	c.ID = uuid.Must(uuid.NewV7())
	c.defaults()
	if err := c.check(); err != nil {
		return Checkpoint{}, err
	}
	err := d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := d.fits(ctx, c); err != nil {
			return err
		}
		others, err := d.Door.Checkpoints(ctx, c.Scope)
		if err != nil {
			return err
		}
		if len(others) >= maxCheckpoints {
			return fault.On("name", "A venue has at most 1,024 checkpoints.")
		}
		return d.Door.AddCheckpoint(ctx, c)
	})
	c.Version = 1
	return c, err
}

// EditCheckpoint changes a checkpoint as change does.
func (d *Desk) EditCheckpoint(ctx context.Context, organizer, id uuid.UUID, change func(*Checkpoint) error) (c Checkpoint, err error) {
	err = d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if c, err = d.Door.Checkpoint(ctx, organizer, id, true); err != nil {
			return err
		}
		if err := change(&c); err != nil {
			return err
		}
		c.defaults()
		if err := c.check(); err != nil {
			return err
		}
		if err := d.fits(ctx, c); err != nil {
			return err
		}
		if err := d.Door.ChangeCheckpoint(ctx, c); err != nil {
			return err
		}
		c.Version++
		return nil
	})
	return c, err
}

// RetireCheckpoint takes a door away, where no lane stands. ErrNone, ErrLanes.
func (d *Desk) RetireCheckpoint(ctx context.Context, organizer, id uuid.UUID) error {
	return d.Atomic.InTx(ctx, func(ctx context.Context) error {
		if _, err := d.Door.Checkpoint(ctx, organizer, id, true); err != nil {
			return err
		}
		n, err := d.Gone.LanesAt(ctx, organizer, id)
		if err == nil && n > 0 {
			err = ErrLanes
		}
		if err != nil {
			return err
		}
		return d.Gone.RetireCheckpoint(ctx, organizer, id)
	})
}

// RestoreCheckpoint gives a door back that was taken away. ErrNone, ErrTaken.
func (d *Desk) RestoreCheckpoint(ctx context.Context, organizer, id uuid.UUID) error {
	return d.Gone.RestoreCheckpoint(ctx, organizer, id)
}

// Check fills in what a checkpoint leaves open and says the first thing that is wrong with it, without keeping it.
func (d *Desk) Check(ctx context.Context, c *Checkpoint) error {
	c.defaults()
	if err := c.check(); err != nil {
		return err
	}
	return d.fits(ctx, *c)
}

// fits says whether what a checkpoint names is there.
func (d *Desk) fits(ctx context.Context, c Checkpoint) error {
	if err := d.Venue.OwnVenue(ctx, c.Scope); err != nil {
		return err
	}
	zones, err := d.Zone.Zones(ctx, c.Scope)
	if err != nil {
		return err
	}
	for field, zone := range map[string]*uuid.UUID{"from": c.From, "to": c.To} {
		if zone != nil && !slices.ContainsFunc(zones, func(z Zone) bool { return z.ID == *zone }) {
			return fault.On(field, "Name a zone of this venue by its id.")
		}
	}
	if err := d.fitsGates(ctx, c); err != nil {
		return err
	}
	return d.fitsEvents(ctx, c)
}

// fitsGates: somebody who is sent to a home gate must find it at this door.
func (d *Desk) fitsGates(ctx context.Context, c Checkpoint) error {
	if len(c.HomeGates) == 0 {
		return nil
	}
	gates, err := d.Gate.Gates(ctx, c.Scope)
	if err != nil {
		return err
	}
	for _, name := range c.HomeGates {
		if !slices.ContainsFunc(gates, func(g Gate) bool { return g.ID == name && g.serves(c.ID) }) {
			return fault.On("home_gates", "Name gates by their ids that have a lane at this checkpoint.")
		}
	}
	return nil
}

func (g Gate) serves(checkpoint uuid.UUID) bool {
	return slices.ContainsFunc(g.Lanes, func(l Lane) bool { return l.Checkpoint == checkpoint })
}

func (d *Desk) fitsEvents(ctx context.Context, c Checkpoint) error {
	named := slices.Clone(c.Events)
	for _, k := range c.Kinds {
		named = append(named, uuid.UUID(k.Event))
	}
	found, err := d.Venue.OwnEvents(ctx, c.Scope, named)
	if err != nil {
		return err
	}
	for i, id := range named {
		if slices.Contains(found, id) {
			continue
		}
		field := "events"
		if i >= len(c.Events) {
			field = "kinds"
		}
		return fault.On(field, "Name events of this venue by their ids.")
	}
	return nil
}
