package gate

import (
	"slices"

	"portaria/edge/whitelist"
)

// aloneGrain is how often, in ms, a gate without its arbiter notes durably for how long it has been so.
const aloneGrain = 30_000

// Alone is what a gate has done without its arbiter since it last heard it. It is durable with each such admission, so that
// a budget is not renewed by pulling the plug.
type Alone struct {
	Time    int64   `json:"time,omitempty"` // ms, of earlier runs and of this one as far as noted
	Entries []Spent `json:"entries,omitempty"`
}

// Spent is how many admissions a checkpoint has had without the arbiter.
type Spent struct {
	Checkpoint string `json:"checkpoint"`
	Entries    int    `json:"entries"`
}

// overBudget: what a free gate may do alone is bounded in time and number, where the organizer says so.
func (s *State) overBudget(l *lane) bool {
	b := l.door.Budget
	late := b.Minutes > 0 && !s.link.up && s.aloneFor() >= int64(b.Minutes)*60_000
	return late || b.Entries > 0 && s.spent(l.Checkpoint) >= b.Entries
}

// aloneFor is for how long this gate has been without its arbiter since that last answered, over restarts, ms.
func (s *State) aloneFor() int64 {
	if s.link.up {
		return s.link.aloneBefore
	}
	return s.link.aloneBefore + s.now.Mono - s.link.downSince
}

func (s *State) spent(checkpoint string) int {
	for _, e := range s.memory.Alone.Entries {
		if e.Checkpoint == checkpoint {
			return e.Entries
		}
	}
	return 0
}

// spend counts an admission without the arbiter; where there is a budget, the count becomes durable with the admission.
func (s *State) spend(l *lane) {
	checkpoint := l.Checkpoint
	at := slices.IndexFunc(s.memory.Alone.Entries, func(e Spent) bool { return e.Checkpoint == checkpoint })
	if at < 0 {
		at = len(s.memory.Alone.Entries)
		s.memory.Alone.Entries = append(s.memory.Alone.Entries, Spent{Checkpoint: checkpoint})
	}
	s.memory.Alone.Entries[at].Entries++
	s.memory.Alone.Time = s.aloneFor()
	s.dirty = s.dirty || l.door.Budget != whitelist.Budget{}
}

// noteAlone keeps the time without the arbiter from being forgotten in a restart. It matters only to who has admitted alone.
func (s *State) noteAlone() {
	if !s.link.up && len(s.memory.Alone.Entries) > 0 && s.aloneFor()-s.memory.Alone.Time >= aloneGrain {
		s.memory.Alone.Time, s.dirty = s.aloneFor(), true
	}
}

// heardAgain: the arbiter has answered a claim, or has been there for a while and left none unanswered, and what was done
// without it counts no more. One echo is not enough: an arbiter whose disk is too slow to grant would renew the budget each
// second.
func (s *State) heardAgain() {
	s.link.aloneBefore = 0
	if s.memory.Alone.Time != 0 || s.memory.Alone.Entries != nil {
		s.memory.Alone, s.dirty = Alone{}, true
	}
}
