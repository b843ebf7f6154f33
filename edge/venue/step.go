package venue

// State is everything a running arbiter knows. Only New makes one, only Step changes it.
type State struct{}

// New starts an arbiter from what its disk holds.
func New(b Boot) (*State, []Effect) { return &State{}, nil }

// Step takes one input at a time and says what to do about it, in order.
func Step(s *State, in Input, now Now) []Effect { return nil }

// View is the venue as a page shows it.
func (s *State) View() View { return View{} }

// View is the venue at a moment, sorted by name.
type View struct {
	Gates []GateView
	Zones []ZoneView
	Ready bool
}

// GateView is one gate as the arbiter sees it.
type GateView struct {
	Name     string
	SeenAt   int64 // unix ms, arbiter's clock; 0 = not in this run
	Excluded bool
	Held     uint64 // records of its newest run held here
	Grants   int    // granted and not yet used or released
}

// ZoneView is how full a zone is.
type ZoneView struct {
	Zone     string
	Count    int
	Capacity int // 0 = not limited
}
