package wire

// MostAhead is how many parts of a retention a clock may run ahead of the time that has passed, before it counts as set: a day
// of a week.
const MostAhead = 7

// Clockwork notices a wall clock that is set while a process runs, by comparing it with the time since the process started.
type Clockwork struct {
	known bool
	apart int64 // ms: the wall clock less the monotonic one, at its lowest
}

// SetAhead says whether the wall clock (unix ms) has run ahead of the monotonic one (ms) by more than most since it was last set.
// One that is set back is noted and harms nobody.
func (c *Clockwork) SetAhead(unix, mono, most int64) bool {
	apart := unix - mono
	switch {
	case !c.known || apart < c.apart:
		c.known, c.apart = true, apart
	case apart-c.apart > most:
		c.apart = apart
		return true
	}
	return false
}
