package sim

import "portaria/edge/admit"

// clock is a node's wall clock: right at first, or not.
type clock struct {
	offset int64   // ms
	drift  float64 // ms a ms
	state  admit.Clock
}

const day = 24 * 3600 * 1000

// epoch is when most simulated evenings start, unix ms; dawn is when the venue's day ends, which some live through.
const (
	epoch = 1_795_000_000_000
	dawn  = 1_795_064_400_000
)

func (c clock) wall(began, now int64) int64 {
	return began + now + c.offset + int64(c.drift*float64(now))
}

// newClock is right for most nodes; some are up to a clock step off, some drift by a second in a quarter of an hour.
func (w *World) newClock() clock {
	c := clock{state: admit.Synced}
	if !w.options.Faults.Has(ClockStep) || w.unset != nil {
		return c
	}
	if w.oneOf(4) == 0 {
		c.offset = w.between(-w.clockStep, w.clockStep)
		w.seen(ClockStep)
	}
	if w.oneOf(4) == 0 {
		c.drift = float64(w.between(-1_000, 1_000)) / 900_000
		w.seen(ClockDrift)
	}
	if w.oneOf(4) == 0 {
		c.state = admit.Coasting
	}
	return c
}
