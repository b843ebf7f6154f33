package lane_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/internal/lane"
)

// machine is a computer whose wall clock can be set, and which has no NTP.
func machine(at time.Time) (*lane.Clock, *time.Time) {
	c := lane.NewClock()
	wall := at
	c.System = func() time.Time { return wall }
	c.Disciplined = func() bool { return false }
	return c, &wall
}

var evening = time.Date(2026, 11, 21, 20, 0, 0, 0, time.UTC)

func TestAClockThatNobodySetIsAtLeastTheNewestSignature(t *testing.T) {
	c, _ := machine(time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC))
	c.Floor(evening)
	c.Floor(evening.Add(-time.Hour))
	now := c.Now()
	assert.Equal(t, admit.ClockIsUnset, now.Clock)
	assert.Equal(t, evening.UnixMilli(), now.Unix)
	assert.True(t, c.Time().IsZero(), "no signature's end is judged by it")
}

func TestTheHubSetsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wall := machine(time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC))
		c.Heard(evening.UnixMilli(), 80*time.Millisecond) // half of the way there and back is its age
		now := c.Now()
		assert.Equal(t, admit.Synced, now.Clock)
		assert.Equal(t, evening.Add(40*time.Millisecond).UnixMilli(), now.Unix)
		*wall = wall.Add(6 * time.Minute)
		time.Sleep(6 * time.Minute) // virtual
		assert.Equal(t, admit.Coasting, c.Now().Clock, "the hub has been silent for long")
		assert.Equal(t, evening.Add(6*time.Minute+40*time.Millisecond), c.Time().UTC())
	})
}

func TestAWildClockIsCorrectedAtOnce(t *testing.T) {
	c, _ := machine(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC))
	c.Floor(evening)
	first := c.Now()
	assert.Equal(t, admit.ClockIsUnset, first.Clock)
	c.Heard(evening.UnixMilli(), 0)
	now := c.Now()
	assert.Equal(t, evening.UnixMilli(), now.Unix, "hours are judged by the hub's time from now on")
	assert.GreaterOrEqual(t, now.Mono, first.Mono)
}

func TestAMachineWithNTPKeepsItsOwnTime(t *testing.T) {
	c, _ := machine(evening)
	c.Disciplined = func() bool { return true }
	assert.Equal(t, admit.Coasting, c.Now().Clock)
	c.Heard(evening.Add(time.Hour).UnixMilli(), 0)
	now := c.Now()
	assert.Equal(t, admit.Synced, now.Clock)
	assert.Equal(t, evening.UnixMilli(), now.Unix, "the difference is recorded, not followed")
}

func TestTheQuickestPulseIsBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, wall := machine(time.Date(1970, 1, 1, 0, 0, 5, 0, time.UTC))
		c.Heard(evening.UnixMilli(), 2*time.Second) // it came back at once, after two seconds on its way to the hub
		assert.Equal(t, evening.Add(time.Second).UnixMilli(), c.Now().Unix, "the only one counts, a second wrong")
		c.Heard(evening.Add(10*time.Millisecond).UnixMilli(), 20*time.Millisecond)
		assert.Equal(t, evening.Add(20*time.Millisecond).UnixMilli(), c.Now().Unix, "a quicker one is nearer to the truth")

		time.Sleep(time.Second) // virtual
		c.Heard(evening.Add(time.Second+10*time.Millisecond).UnixMilli(), 2*time.Second)
		assert.Equal(t, evening.Add(time.Second+20*time.Millisecond).UnixMilli(), c.Now().Unix, "a slow one after it changes nothing")
		*wall = evening.Add(-48 * time.Hour)
		assert.Equal(t, evening.Add(time.Second+20*time.Millisecond).UnixMilli(), c.Now().Unix, "nor does who sets this computer's clock")

		c.Heard(evening.Add(time.Hour).UnixMilli(), 2*time.Second)
		assert.Equal(t, evening.Add(time.Hour+time.Second).UnixMilli(), c.Now().Unix, "but somebody has set the hub's clock")
	})
}

func TestAClockThatWasToldOnceGrowsUnsure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := machine(evening)
		c.Heard(evening.UnixMilli(), 20*time.Millisecond)
		time.Sleep(10 * time.Minute) // virtual: two clocks may be 120 ms apart by now
		c.Heard(evening.Add(10*time.Minute+30*time.Millisecond).UnixMilli(), 100*time.Millisecond)
		assert.Equal(t, evening.Add(10*time.Minute+80*time.Millisecond).UnixMilli(), c.Now().Unix, "a slower pulse is better than so old a one")
	})
}
