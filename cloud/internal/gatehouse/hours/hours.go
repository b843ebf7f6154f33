// Package hours turns opening times as people say them into windows of time: "from doors − 30 min to end + 60 min" of an
// event, or "18:00 to 2:00" by the clock on a venue's wall.
//
// A window is a pair of instants, so nothing that comes after it knows of time zones, midnight or daylight saving time.
package hours

import (
	"fmt"
	"slices"
	"time"

	"portaria/cloud/internal/fault"
)

// Anchor is a moment of an event.
type Anchor string

// Anchors.
const (
	Doors Anchor = "doors"
	Start Anchor = "start"
	End   Anchor = "end"
)

// Anchors are all there are, in the order of an evening.
var Anchors = []Anchor{Doors, Start, End}

// MaxMinutes is how far from its anchor a point may be: two days.
const MaxMinutes = 2 * 24 * 60

// Point is so many minutes after a moment of an event; before it where they are negative.
type Point struct {
	Anchor  Anchor `json:"anchor"`
	Minutes int    `json:"minutes"`
}

// Rule is opening hours that move with each event.
type Rule struct {
	From  Point `json:"from"`
	Until Point `json:"until"`
}

// Usual is from an hour before the doors until the end: what a new door starts with.
var Usual = Rule{From: Point{Doors, 0}, Until: Point{End, 30}}

// Moments are when an event happens.
type Moments struct{ Doors, Start, End time.Time }

// Window is a time a door is open: [From, Until).
type Window struct{ From, Until time.Time }

// Check says what keeps a rule from being one.
func (r Rule) Check() error {
	for field, p := range map[string]Point{"from": r.From, "until": r.Until} {
		if !slices.Contains(Anchors, p.Anchor) {
			return fault.On(field, "Count from doors, start or end.")
		}
		if p.Minutes < -MaxMinutes || p.Minutes > MaxMinutes {
			return fault.On(field, "Stay within 2,880 minutes of the event.")
		}
	}
	if r.From.Anchor == r.Until.Anchor && r.Until.Minutes <= r.From.Minutes {
		return ErrBackwards
	}
	return nil
}

// ErrBackwards is hours that end before they begin.
var ErrBackwards = fault.New(fault.Invalid, "hours_backwards", "Let the hours end after they begin.")

// At is the moment of an event that the point names.
func (p Point) At(m Moments) time.Time {
	at := map[Anchor]time.Time{Doors: m.Doors, Start: m.Start, End: m.End}[p.Anchor]
	return at.Add(time.Duration(p.Minutes) * time.Minute)
}

// At is the window of an event. False where an event is so short that the rule leaves nothing of it.
func (r Rule) At(m Moments) (Window, bool) {
	w := Window{From: r.From.At(m), Until: r.Until.At(m)}
	return w, w.Until.After(w.From)
}

// Merge joins windows that meet or overlap, and sorts them.
func Merge(windows []Window) []Window {
	sorted := slices.SortedFunc(slices.Values(windows), func(a, b Window) int { return a.From.Compare(b.From) })
	out := sorted[:0:0]
	for _, w := range sorted {
		if n := len(out); n > 0 && !w.From.After(out[n-1].Until) {
			if w.Until.After(out[n-1].Until) {
				out[n-1].Until = w.Until
			}
			continue
		}
		out = append(out, w)
	}
	return out
}

// OverlapError names two windows that cover the same time.
type OverlapError struct{ A, B Window }

func (e *OverlapError) Error() string {
	return fmt.Sprintf("The hours from %s to %s and from %s to %s overlap; join them, or shorten one.", iso(e.A.From), iso(e.A.Until), iso(e.B.From), iso(e.B.Until))
}

func iso(t time.Time) string { return t.Format(time.RFC3339) }

// Unwrap makes it a refusal.
func (e *OverlapError) Unwrap() error { return fault.On("hours", e.Error()) }

// Limits of dates that hours may have.
const (
	firstYear = 2000
	lastYear  = 2100
)

// Check says what is wrong with windows, which it wants sorted by their beginning.
func Check(windows []Window) error {
	for i, w := range windows {
		switch {
		case w.From.Year() < firstYear || w.Until.Year() > lastYear:
			return fault.On("hours", "Give opening hours between the years 2000 and 2100.")
		case !w.Until.After(w.From):
			return fault.On("hours", fmt.Sprintf("Let the hours that begin at %s end after that.", iso(w.From)))
		case i > 0 && w.From.Before(windows[i-1].Until):
			return &OverlapError{A: windows[i-1], B: w}
		}
	}
	return nil
}
