package lane

import "portaria/edge/internal/scanner"

// What lamps say between two guests, and an output that works.
const (
	sayRest    = "rest"
	sayTrouble = "trouble"
	sayTest    = "test"
	working    = "ready"
)

// troubled says whether a lane can't work by itself now: its lamps say so between two guests.
func (st *Status) troubled(l *LaneStatus) bool {
	return l.Tamper || l.Fire || l.Scanner != scanner.Ready || l.Output != working || !st.anyList()
}

func (st *Status) anyList() bool {
	for _, l := range st.Lists {
		if l.Ready {
			return true
		}
	}
	return false
}

// signs tells the lamps of every lane whose trouble has begun or ended.
func (d *Driver) signs() {
	if d.cfg.Signs == nil {
		return
	}
	for _, lane := range d.status.troubles() {
		sign := sayRest
		if lane.on {
			sign = sayTrouble
		}
		d.cfg.Signs.Idle(lane.number, sign)
	}
}

// trouble is a lane whose trouble has begun or ended.
type trouble struct {
	number int
	on     bool
}

func (s *status) troubles() (changed []trouble) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.now.Lanes {
		l := &s.now.Lanes[i]
		if on := s.now.troubled(l); on != s.ill[l.Lane] {
			s.ill[l.Lane] = on
			changed = append(changed, trouble{l.Lane, on})
		}
	}
	return changed
}
