package floor

import (
	"sync"
	"time"

	"portaria/edge/wire"
)

// tellSoon is how soon the cloud hears that gates obey another venue manifest: whoever changed a door watches. Gates that
// say so one after the other share a heartbeat.
const tellSoon = 60 * time.Millisecond

// Obeyed follows which venue manifest each gate says that it obeys, and asks for a heartbeat to the cloud when one changes.
type Obeyed struct {
	Tell func() // must not block

	mu     sync.Mutex
	epochs map[string]uint64
	soon   bool // a heartbeat is on its way
}

// Heard takes a gate's heartbeat.
func (o *Obeyed) Heard(gate string, state wire.State) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.epochs[gate] == state.Venue {
		return
	}
	if o.epochs == nil {
		o.epochs = map[string]uint64{}
	}
	o.epochs[gate] = state.Venue
	if !o.soon {
		o.soon = true
		time.AfterFunc(tellSoon, o.say)
	}
}

func (o *Obeyed) say() {
	o.mu.Lock()
	o.soon = false
	o.mu.Unlock()
	o.Tell()
}
