package whitelist

import (
	"fmt"
	"time"

	"portaria/edge/ticket"
)

// Limits of a venue manifest, in numbers of each.
const (
	maxCheckpoints = 1024
	maxControllers = 4096
	maxEvents      = 1024
	maxHours       = 2048 // windows of one checkpoint
	maxID          = 64   // bytes
	maxAskMillis   = 10_000
	maxPassSeconds = 300
)

func (v *Venue) validate() error {
	if err := checkTerm(v.Epoch, time.Unix(v.IssuedAt, 0), time.Unix(v.GoodUntil, 0)); err != nil {
		return err
	}
	return v.Check()
}

// Check says whether gates would take what v says, whatever its epoch and times. Whoever lets people edit doors asks
// it before the edit is kept: one door that can't be signed would keep every later change from the whole venue.
func (v *Venue) Check() error {
	if (v.Venue == ticket.EventID{}) {
		return malformed("no venue")
	}
	if len(v.Name) > maxName || v.TimeZone == "" || len(v.TimeZone) > maxID {
		return malformed("name %.40q, time zone %.40q", v.Name, v.TimeZone)
	}
	for _, check := range []func() error{v.validateEvents, v.validateZones, v.validateCheckpoints, v.validateControllers, v.validateHomes} {
		if err := check(); err != nil {
			return err
		}
	}
	return checkCodeKeys(v.BadgeKeys)
}

func (v *Venue) validateEvents() error {
	if len(v.Events) > maxEvents {
		return malformed("%d events are over %d", len(v.Events), maxEvents)
	}
	seen := map[ticket.EventID]bool{}
	for _, event := range v.Events {
		switch {
		case event.Event == ticket.EventID{} || event.Organizer == ticket.EventID{}:
			return malformed("an event without its id or its organizer")
		case seen[event.Event]:
			return malformed("event %s stands twice", event.Event)
		case len(event.Name) > maxName || min(event.Doors, event.Start, event.End) < 0 || event.End > maxSeconds:
			return malformed("event %s: name %.40q, doors %d, start %d, end %d", event.Event, event.Name, event.Doors, event.Start, event.End)
		}
		seen[event.Event] = true
	}
	return nil
}

// validateZones also sees to it that no zone is inside itself: whoever climbs from zone to parent must arrive.
func (v *Venue) validateZones() error {
	if len(v.Zones) > maxZones {
		return malformed("%d zones are over %d", len(v.Zones), maxZones)
	}
	seen := unique{what: "zone", of: map[string]bool{}}
	parent := map[string]string{}
	for _, zone := range v.Zones {
		if err := seen.add(zone.ID, zone.Name); err != nil {
			return err
		}
		if zone.Capacity < 0 {
			return malformed("zone %q holds %d people", zone.ID, zone.Capacity)
		}
		parent[zone.ID] = zone.Parent
	}
	for id := range parent {
		if err := climb(id, parent); err != nil {
			return err
		}
	}
	return nil
}

func climb(id string, parent map[string]string) error {
	for steps, at := 0, id; at != ""; steps++ {
		next, known := parent[at]
		if !known || steps > len(parent) {
			return malformed("zone %q: its parent %q is not known, or is inside it", id, at)
		}
		at = next
	}
	return nil
}

func (v *Venue) validateCheckpoints() error {
	if len(v.Checkpoints) > maxCheckpoints {
		return malformed("%d checkpoints are over %d", len(v.Checkpoints), maxCheckpoints)
	}
	seen := unique{what: "checkpoint", of: map[string]bool{}}
	for i := range v.Checkpoints {
		checkpoint := &v.Checkpoints[i]
		if err := seen.add(checkpoint.ID, checkpoint.Name); err != nil {
			return err
		}
		if err := v.validateCheckpoint(checkpoint); err != nil {
			return fmt.Errorf("checkpoint %q: %w", checkpoint.ID, err)
		}
	}
	return nil
}

func (v *Venue) validateCheckpoint(c *Checkpoint) error {
	for _, zone := range []string{c.From, c.To} {
		if zone != "" && v.Zone(zone) == nil {
			return malformed("zone %q is not in the manifest", zone)
		}
	}
	switch {
	case c.Direction != In && c.Direction != Out && c.Direction != Both:
		return malformed("direction %q", c.Direction)
	case c.Mode != Open && c.Mode != Closed && c.Mode != Drill && c.Mode != Evacuation:
		return malformed("mode %q", c.Mode)
	case c.Policy != Strict && c.Policy != Home && c.Policy != Free:
		return malformed("policy %q", c.Policy)
	case c.Unlisted != UnlistedAdmit && c.Unlisted != UnlistedAsk && c.Unlisted != UnlistedRefuse:
		return malformed("unlisted %q", c.Unlisted)
	case len(c.Events) > maxEvents || len(c.Kinds) > maxEvents*4 || len(c.Hours) > maxHours:
		return malformed("%d events, %d kinds, %d windows", len(c.Events), len(c.Kinds), len(c.Hours))
	case min(c.Budget.Minutes, c.Budget.Entries, c.AskMillis, c.PassSeconds) < 0:
		return malformed("a negative budget, wait or passage")
	case c.AskMillis > maxAskMillis || c.PassSeconds > maxPassSeconds || len(c.Language) > maxID:
		return malformed("waits %d ms, passes %d s, speaks %.40q", c.AskMillis, c.PassSeconds, c.Language)
	}
	for _, window := range c.Hours {
		if window.From < 0 || window.Until <= window.From || window.Until > maxSeconds {
			return malformed("open from %d until %d", window.From, window.Until)
		}
	}
	return nil
}

func (v *Venue) validateControllers() error {
	if len(v.Controllers) > maxControllers {
		return malformed("%d controllers are over %d", len(v.Controllers), maxControllers)
	}
	seen := unique{what: "controller", of: map[string]bool{}}
	badges := map[Key]string{}
	for _, person := range v.Controllers {
		if err := seen.add(person.ID, ""); err != nil {
			return err
		}
		if other, taken := badges[person.Badge]; taken {
			return malformed("controllers %q and %q have one badge", other, person.ID)
		}
		if len(person.Checkpoints) > maxCheckpoints {
			return malformed("controller %q has %d checkpoints", person.ID, len(person.Checkpoints))
		}
		badges[person.Badge] = person.ID
	}
	return checkPINs(v.Controllers)
}

// unique collects ids that must be there, short, and never twice.
type unique struct {
	what string
	of   map[string]bool
}

func (u unique) add(id, name string) error {
	switch {
	case id == "" || len(id) > maxID || len(name) > maxName:
		return malformed("a %s with the id %.80q and the name %.80q", u.what, id, name)
	case u.of[id]:
		return malformed("%s %q stands twice", u.what, id)
	}
	u.of[id] = true
	return nil
}
