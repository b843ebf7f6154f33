package scan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/scan"
	"portaria/edge/admit"
)

var doors = time.Date(2026, 11, 22, 22, 0, 0, 0, time.UTC)

// guess shows codes that are none, each under another device's name, a second apart; it says how many were taken.
func guess(p *scan.Pace, owner string, times int) (taken int) {
	venue := uuid.New()
	for n := range times {
		now, name := doors.Add(time.Duration(n)*time.Second), fmt.Sprint("device-", n)
		if p.Take(venue, name, owner, now) == nil {
			taken++
			p.Saw(venue, "phone-"+name, owner, admit.Unknown, now)
		}
	}
	return taken
}

func TestWhoGuessesIsSlowedDownUnderEveryNameOfADevice(t *testing.T) {
	assert.LessOrEqual(t, guess(&scan.Pace{}, "person ana", 60), 10+26, "then one in two seconds")
	assert.Equal(t, 60, guess(&scan.Pace{}, "key doors", 60), "many scanners share a key, and each sees a strange code now and then")
}

func TestAPersonWhoIsSlowedDownHoldsUpNobodyElse(t *testing.T) {
	p, venue := &scan.Pace{}, uuid.New()
	for range 10 {
		require.NoError(t, p.Take(venue, "ana-1", "person ana", doors))
		p.Saw(venue, "phone-ana-1", "person ana", admit.Unknown, doors)
	}
	require.ErrorIs(t, p.Take(venue, "ana-2", "person ana", doors.Add(time.Second)), scan.ErrTooFast)
	require.NoError(t, p.Take(venue, "bia-1", "person bia", doors.Add(time.Second)))
	assert.NoError(t, p.Take(venue, "ana-2", "person ana", doors.Add(3*time.Second)), "a guest with a ticket waits two seconds")
}

func TestANightAloneIsBroughtAtOnceAndAFloodIsNot(t *testing.T) {
	p, venue := &scan.Pace{}, uuid.New()
	for range 50 {
		require.NoError(t, p.Bring(venue, "ana-1", "person ana", 200, doors))
	}
	require.ErrorIs(t, p.Bring(venue, "ana-2", "person ana", 200, doors), scan.ErrTooFast, "nor under another name")
	require.NoError(t, p.Bring(venue, "bia-1", "person bia", 200, doors))
	assert.NoError(t, p.Bring(venue, "ana-1", "person ana", 200, doors.Add(10*time.Second)), "what is over comes later")
}
