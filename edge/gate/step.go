package gate

// State is everything a running gate knows. Only New makes one, only Step changes it.
type State struct{}

// New starts a gate: a new run, and an end for every admission that the last run left open.
func New(b Boot) (*State, []Effect) { return &State{}, nil }

// Step takes one input at a time and says what to do about it, in order.
func Step(s *State, in Input, now Now) []Effect { return nil }
