package gate

import (
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// Ordered is what the hub's page says about doors, over what is configured.
type Ordered struct{ wire.Command }

func (Ordered) isInput() {}

// ordered takes newer orders than those in force. They are kept: a door that was closed by hand stays closed through a
// power cut, and without the hub.
func (s *State) ordered(c wire.Command) {
	if c.Doors == nil || c.Doors.Number <= s.memory.Orders.Number || !s.accept(c.Term, c.Hub, 0) {
		return
	}
	before := s.memory.Orders
	s.memory.Orders, s.dirty = *c.Doors, true
	s.obey()
	for _, l := range s.lanes {
		if was, is := order(before, l.Checkpoint), order(*c.Doors, l.Checkpoint); was.Mode != is.Mode {
			s.note(l.Number, orderText(is))
		}
	}
	s.link.nextBeat = s.now.Mono // tells the hub at once
}

func orderText(o wire.DoorOrder) string {
	if o.Mode == "" {
		return "door as configured again"
	}
	return "door " + string(o.Mode) + " by order of " + o.By
}

// order is what is ordered about a door; the zero value when it is as configured.
func order(d wire.Doors, checkpoint string) wire.DoorOrder {
	var every wire.DoorOrder
	for _, o := range d.Doors {
		switch o.Checkpoint {
		case checkpoint:
			return o
		case wire.EveryDoor:
			every = o
		}
	}
	return every
}

// obey puts the orders in force over the doors as configured. Doors are replaced, not changed: somebody may be judged by
// one as it was when their code was read.
func (s *State) obey() {
	for id, door := range s.doors {
		mode := s.configured[id]
		if o := order(s.memory.Orders, id); o.Mode != "" {
			mode = o.Mode
		}
		if mode != door.Mode {
			changed := *door
			changed.Mode = mode
			s.doors[id] = &changed
		}
	}
}

// configure remembers the doors' own modes.
func (s *State) configure() {
	s.configured = make(map[string]whitelist.Mode, len(s.doors))
	for id, door := range s.doors {
		s.configured[id] = door.Mode
	}
	s.obey()
}
