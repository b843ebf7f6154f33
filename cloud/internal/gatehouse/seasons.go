package gatehouse

import (
	"slices"
	"time"

	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Season is what a door does by date.
type Season struct {
	Door       season.Door
	Exceptions []season.Exception
}

// resolve writes into each door what it does on the dates at hand. An empty list means every event, and every kind, so a
// door with none names what is nobody's.
func (f *VenueFacts) resolve() {
	for i := range f.Checkpoints {
		c := &f.Checkpoints[i]
		s, ok := f.Seasons[c.ID]
		if !ok {
			continue
		}
		served := s.Door.Serve(f.Dates, s.Exceptions)
		c.Events, c.Kinds, c.Hours = nil, nil, nil
		for _, e := range served.Events {
			c.Events = append(c.Events, ticket.EventID(e))
		}
		if len(c.Events) == 0 && !served.Every {
			c.Events = []ticket.EventID{{}}
		}
		for _, k := range served.Kinds {
			c.Kinds = append(c.Kinds, whitelist.KindRef{Event: ticket.EventID(k.Event), Kind: k.Number})
		}
		if len(c.Kinds) == 0 && !served.AnyKind {
			c.Kinds = []whitelist.KindRef{{}}
		}
		for _, w := range served.Hours {
			c.Hours = append(c.Hours, whitelist.Window{From: w.From.Unix(), Until: w.Until.Unix()})
		}
		if len(c.Hours) == 0 && !served.Always {
			c.Hours = []whitelist.Window{{From: season.Never.From.Unix(), Until: season.Never.Until.Unix()}}
		}
	}
}

// Post is a shift: who stands at which door when.
type Post struct {
	Controller, Checkpoint string
	hours.Window
}

// Gates may be offline for a day, and people come early and leave late: a shift opens its door to who has it this long
// before and after.
const (
	postEarly = 36 * time.Hour
	postLate  = 12 * time.Hour
)

// standBy keeps, where shifts bind, controllers who are no supervisors at the doors of their next shifts only. Who has none
// is not known at all: no doors would mean every door.
func (f *VenueFacts) standBy(now time.Time) {
	if !f.ByShift {
		return
	}
	at := map[string][]string{}
	for _, p := range f.Posts {
		if now.After(p.From.Add(-postEarly)) && now.Before(p.Until.Add(postLate)) {
			at[p.Controller] = append(at[p.Controller], p.Checkpoint)
		}
	}
	var known []BadgedController
	for _, person := range f.Controllers {
		if !person.Supervisor {
			if person.Checkpoints = slices.Compact(slices.Sorted(slices.Values(at[person.ID]))); len(person.Checkpoints) == 0 {
				continue
			}
		}
		known = append(known, person)
	}
	f.Controllers = known
}
