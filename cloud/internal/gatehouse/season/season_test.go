package season_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/hours"
	"portaria/cloud/internal/gatehouse/season"
)

var first = time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)

func dates(n int) (out []season.Date) {
	for i := range n {
		doors := first.AddDate(0, 0, i)
		out = append(out, season.Date{ID: uuid.UUID{byte(i + 1)}, Kinds: map[string][]uint16{"Full": {0}, "VIP": {1, 7}},
			Moments: hours.Moments{Doors: doors, Start: doors.Add(time.Hour), End: doors.Add(4 * time.Hour)}})
	}
	return out
}

var usual = hours.Rule{From: hours.Point{Anchor: hours.Doors, Minutes: -30}, Until: hours.Point{Anchor: hours.End, Minutes: 60}}

func TestADoorOpensOnEveryDateByItself(t *testing.T) {
	d := season.Door{Rule: &usual, Templated: true}
	s := d.Serve(dates(3), nil)
	assert.True(t, s.Every)
	assert.True(t, s.AnyKind)
	require.Len(t, s.Hours, 3)
	assert.Equal(t, first.Add(-30*time.Minute), s.Hours[0].From)
	assert.Len(t, d.Serve(dates(4), nil).Hours, 4, "a new date needs nobody")
}

func TestWhatIsSaidByHandOfADateStays(t *testing.T) {
	all := dates(4)
	own := hours.Rule{From: hours.Point{Anchor: hours.Start}, Until: hours.Point{Anchor: hours.End}}
	fixed := hours.Window{From: first.AddDate(0, 0, 2), Until: first.AddDate(0, 0, 2).Add(time.Hour)}
	vip := []string{"VIP"}
	d := season.Door{Rule: &usual}
	s := d.Serve(all, []season.Exception{{Event: all[0].ID, Off: true}, {Event: all[1].ID, Rule: &own, Names: &vip}, {Event: all[2].ID, Hours: &fixed}})
	assert.False(t, s.Every)
	assert.Equal(t, []uuid.UUID{all[1].ID, all[2].ID, all[3].ID}, s.Events)
	assert.Equal(t, first.AddDate(0, 0, 1).Add(time.Hour), s.Hours[0].From)
	assert.Equal(t, fixed, s.Hours[1])
	assert.False(t, s.AnyKind)
	assert.Equal(t, []season.Kind{{all[1].ID, 1}, {all[1].ID, 7}, {all[2].ID, 0}, {all[2].ID, 1}, {all[2].ID, 7},
		{all[3].ID, 0}, {all[3].ID, 1}, {all[3].ID, 7}}, s.Kinds, "only that date is for VIPs alone")
}

func TestADateTakenOutOfTheTemplateIsServedByHand(t *testing.T) {
	all := dates(2)
	all[1].ByHand = true
	made, own := season.Door{Rule: &usual, Templated: true}, season.Door{Rule: &usual}
	assert.Equal(t, []uuid.UUID{all[0].ID}, made.Serve(all, nil).Events)
	assert.True(t, own.Serve(all, nil).Every)
}

func TestNobodyComesInByADoorOfKindsThatADateDoesNotSell(t *testing.T) {
	all := dates(2)
	delete(all[1].Kinds, "VIP")
	d := season.Door{Names: []string{"VIP"}}
	s := d.Serve(all, nil)
	assert.True(t, s.Every, "a ticket of the other date is of the wrong kind, not of the wrong day")
	assert.Equal(t, []season.Kind{{all[0].ID, 1}, {all[0].ID, 7}}, s.Kinds)
	assert.True(t, s.Always)
	s = d.Serve(all[1:], nil)
	assert.Empty(t, s.Kinds)
	assert.False(t, s.AnyKind, "no kind is not every kind")
}

func TestADoorByDateIsNotAlwaysOpenWhileThereIsNoDate(t *testing.T) {
	d := season.Door{Rule: &usual}
	s := d.Serve(nil, nil)
	assert.False(t, s.Always)
	assert.Empty(t, s.Hours)
	cancelled := dates(1)
	cancelled[0].Cancelled = true
	s = d.Serve(cancelled, nil)
	assert.False(t, s.Every)
	assert.Empty(t, s.Events)
}

func TestAnEventTooShortForTheHoursIsToldApart(t *testing.T) {
	late := hours.Rule{From: hours.Point{Anchor: hours.Doors, Minutes: 600}, Until: hours.Point{Anchor: hours.End}}
	d := season.Door{Rule: &late}
	day := d.On(dates(1)[0], nil)
	assert.True(t, day.Short)
	assert.False(t, day.Serves)
}

func TestDatesBeyondTheLimitWait(t *testing.T) {
	all := dates(600)
	for i := range all {
		all[i].Kinds = map[string][]uint16{"Full": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}
	}
	d := season.Door{Names: []string{"Full"}}
	s := d.Serve(all, nil)
	assert.Len(t, s.Events, 409)
	assert.LessOrEqual(t, len(s.Kinds), season.MaxKinds)
	assert.Equal(t, all[408].ID, s.Events[408], "the nearest come first")
}

func TestDatesThatOverlapKeepTheDoorOpenBetweenThem(t *testing.T) {
	all := dates(1)
	evening := all[0]
	evening.ID, evening.Doors, evening.Start, evening.End = uuid.UUID{99}, first.Add(4*time.Hour), first.Add(5*time.Hour), first.Add(8*time.Hour)
	d := season.Door{Rule: &usual}
	s := d.Serve(append(all, evening), nil)
	require.Len(t, s.Hours, 1)
	assert.Equal(t, first.Add(9*time.Hour), s.Hours[0].Until)
}
