package admit

import (
	"time"

	"portaria/edge/whitelist"
)

// DayStart is when a venue's day begins, after midnight: a festival night that ends at three belongs to the day it
// began on, and its once-a-day passes too.
const DayStart = 5 * time.Hour

// TermsOf are the terms of a right: the kind's, where the entry says nothing of its own.
func TermsOf(kind whitelist.Kind, entry whitelist.Entry) Terms {
	t := Terms{Use: kind.Use, Uses: int(kind.Uses), Group: int(entry.Group), ReentryAfter: kind.ReentryAfter}
	if t.Use == "" {
		t.Use = whitelist.UseSingle
	}
	if t.Use != whitelist.UseSingle {
		t.Uses = 1
	}
	if entry.Uses > 0 && t.Use == whitelist.UseSingle {
		t.Uses = int(entry.Uses)
	}
	t.Uses, t.Group = max(t.Uses, 1), max(t.Group, 1)
	return t
}

// At are the terms at a checkpoint: uses of a door inside the venue count apart from those of its outer doors.
func (t Terms) At(c *whitelist.Checkpoint) Terms {
	t.Inner = ""
	if c != nil && c.From != "" {
		t.Inner = c.To
	}
	return t
}

// Allowed is how many admissions the terms allow: in all, a day, or inside at once.
func (t Terms) Allowed() int { return max(t.Uses, 1) * max(t.Group, 1) }

// DayAt is the venue's day that a time belongs to: from five in the morning to five the next, by the venue's clocks,
// so a day of summer time has 23 or 25 hours.
func DayAt(unixMilli int64, zone *time.Location) Day {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := time.UnixMilli(unixMilli).In(zone).Add(-DayStart).Date()
	hours := int(DayStart / time.Hour)
	day := Day{From: time.Date(y, m, d, hours, 0, 0, 0, zone).UnixMilli(), Until: time.Date(y, m, d+1, hours, 0, 0, 0, zone).UnixMilli()}
	return day.around(unixMilli, y, m, d, zone)
}

// around moves a day that a change to or from summer time has put beside its time.
func (day Day) around(at int64, y int, m time.Month, d int, zone *time.Location) Day {
	hours := int(DayStart / time.Hour)
	switch {
	case at < day.From:
		return Day{From: time.Date(y, m, d-1, hours, 0, 0, 0, zone).UnixMilli(), Until: day.From}
	case at >= day.Until:
		return Day{From: day.Until, Until: time.Date(y, m, d+2, hours, 0, 0, 0, zone).UnixMilli()}
	}
	return day
}
