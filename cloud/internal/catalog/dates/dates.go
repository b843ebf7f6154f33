// Package dates turns what an organizer writes about when a show is into days and times of day: lists of lines, or a
// weekly pattern with several sessions a day. It is pure; what a time of day is in a venue's zone is told with it.
package dates

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"portaria/cloud/internal/fault"
)

// Most is how many dates are made at once.
const Most = 1000

// ErrTooMany is the refusal of more than Most dates.
var ErrTooMany = fault.New(fault.Invalid, "too_many_dates",
	"At most 1,000 dates are made at once. Make them in several parts.")

// Day is a date of the calendar.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// DayOf is the date of t in its own zone.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day{y, m, d}
}

func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// noon is a moment of the day that every day has, in UTC.
func (d Day) noon() time.Time { return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC) }

// Next is the day after.
func (d Day) Next() Day { return DayOf(d.noon().AddDate(0, 0, 1)) }

// After says whether d is later than other.
func (d Day) After(other Day) bool { return d.noon().After(other.noon()) }

// Weekday is Sunday to Saturday.
func (d Day) Weekday() time.Weekday { return d.noon().Weekday() }

// Clock is a time of day.
type Clock struct{ Hour, Minute int }

func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// Fate is whether a time of day exists where clocks are changed.
type Fate uint8

// Fates.
const (
	Once  Fate = iota
	Never      // clocks go forward over it
	Twice      // clocks are set back: it comes again
)

// In is the moment of a time of day in a zone: the first of two, and for a time that never comes the moment just
// after the change.
func In(zone *time.Location, d Day, c Clock) (time.Time, Fate) {
	wall := time.Date(d.Year, d.Month, d.Day, c.Hour, c.Minute, 0, 0, time.UTC)
	guess := time.Date(d.Year, d.Month, d.Day, c.Hour, c.Minute, 0, 0, zone)
	from, until := guess.ZoneBounds()
	near := []time.Time{guess}
	if !from.IsZero() {
		near = append(near, from.Add(-time.Second))
	}
	if !until.IsZero() {
		near = append(near, until)
	}
	var found []time.Time
	for _, n := range near {
		_, offset := n.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(zone)
		if DayOf(at) == d && at.Hour() == c.Hour && at.Minute() == c.Minute && !slices.ContainsFunc(found, at.Equal) {
			found = append(found, at)
		}
	}
	slices.SortFunc(found, func(a, b time.Time) int { return a.Compare(b) })
	switch len(found) {
	case 0:
		return afterGap(guess, from, until), Never
	case 1:
		return found[0], Once
	}
	return found[0], Twice
}

// afterGap is the change of clocks that a time of day falls into.
func afterGap(guess, from, until time.Time) time.Time {
	if !from.IsZero() && guess.Sub(from) < 24*time.Hour {
		return from
	}
	return until
}

// Want is one date that somebody asks for.
type Want struct {
	Line  int    // from 1, of the text it was written in; 0 for a pattern
	Text  string // the line as it was written
	Day   Day
	Clock Clock
	Venue string // its name, as written; empty = the one that was chosen for all
	Name  string // of the event; empty = the one that was given for all
	Wrong Wrong  // "" = it could be read
}

// Wrong is why a line could not be read.
type Wrong string

// Wrongs.
const (
	NoDate  Wrong = "no_date"
	NoClock Wrong = "no_clock"
	BadDay  Wrong = "bad_day" // such as 31 February
)

// Pattern is dates by rule: on these weekdays between two days, at these times of day.
type Pattern struct {
	From, Until Day // both included
	Weekdays    []time.Weekday
	Clocks      []Clock // several = several sessions a day
	Except      []Day
}

// Wants are the dates of the pattern, in order. ErrTooMany, and refusals by field: from, until, weekdays, clocks.
func (p Pattern) Wants() ([]Want, error) {
	switch {
	case p.From.After(p.Until):
		return nil, fault.On("until", "Let the last day come after the first.")
	case len(p.Weekdays) == 0:
		return nil, fault.On("weekdays", "Choose at least one weekday.")
	case len(p.Clocks) == 0:
		return nil, fault.On("clocks", "Give at least one time of day, such as 20:00.")
	}
	clocks := slices.Clone(p.Clocks)
	slices.SortFunc(clocks, func(a, b Clock) int { return cmp.Or(a.Hour-b.Hour, a.Minute-b.Minute) })
	clocks = slices.Compact(clocks)
	var out []Want
	for day := p.From; !day.After(p.Until); day = day.Next() {
		if !slices.Contains(p.Weekdays, day.Weekday()) || slices.Contains(p.Except, day) {
			continue
		}
		if len(out)+len(clocks) > Most {
			return nil, ErrTooMany
		}
		for _, c := range clocks {
			out = append(out, Want{Day: day, Clock: c})
		}
	}
	if len(out) == 0 {
		return nil, fault.On("weekdays", "There is no such weekday between the first and the last day.")
	}
	return out, nil
}
