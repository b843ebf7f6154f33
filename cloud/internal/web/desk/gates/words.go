package gates

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	frame "portaria/cloud/internal/web/desk"
	"portaria/cloud/internal/web/desk/gates/place"
	"portaria/edge/whitelist"
)

// point is a moment of an event in words: "30 min before the doors open".
func point(v *frame.Visit, p hours.Point) string {
	switch {
	case p.Minutes < 0:
		return v.Text("gates.before_"+string(p.Anchor), "Long", long(v, -p.Minutes))
	case p.Minutes > 0:
		return v.Text("gates.after_"+string(p.Anchor), "Long", long(v, p.Minutes))
	}
	return v.Text("gates.at_" + string(p.Anchor))
}

// long is so many minutes in words.
func long(v *frame.Visit, minutes int) string {
	hours, rest := minutes/60, minutes%60
	switch {
	case hours == 0:
		return v.Text("gates.long_minutes", "Minutes", rest)
	case rest == 0:
		return v.Text("gates.long_hours", "Hours", hours)
	}
	return v.Text("gates.long_both", "Hours", hours, "Minutes", rest)
}

// Rule is opening hours in words.
func Rule(v *frame.Visit, r hours.Rule) string {
	return v.Text("gates.rule", "From", point(v, r.From), "Until", point(v, r.Until))
}

// shownHours is when a door is open, in words.
func shownHours(v *frame.Visit, x place.Venue, c desk.Checkpoint) string {
	switch {
	case c.Rule != nil:
		return Rule(v, *c.Rule)
	case len(c.Hours) == 0:
		return v.Text("gates.always")
	}
	next := c.Hours[len(c.Hours)-1]
	for _, w := range slices.Backward(c.Hours) {
		if w.Until.After(v.Now) {
			next = w
		}
	}
	text := x.Day(v, next.From) + " " + x.Span(v, next.From, next.Until)
	if n := len(c.Hours) - 1; n > 0 {
		text += " · " + v.L.Plural("gates.more_windows", n)
	}
	return text
}

// way is where a door leads, in words.
func way(v *frame.Visit, c desk.Checkpoint, zones map[uuid.UUID]string) string {
	name := func(id *uuid.UUID) string {
		if id == nil {
			return v.Text("gates.outside")
		}
		return zones[*id]
	}
	arrow := map[whitelist.Direction]string{whitelist.In: " → ", whitelist.Out: " → ", whitelist.Both: " ↔ "}[c.Direction]
	return name(c.From) + arrow + name(c.To)
}

// kinds is who comes in by a door, in words.
func kinds(v *frame.Visit, c desk.Checkpoint) string {
	if len(c.Names) == 0 && len(c.Kinds) == 0 {
		return v.Text("gates.every_kind")
	}
	text := strings.Join(c.Names, ", ")
	if n := len(c.Kinds); n > 0 {
		if text != "" {
			text += " · "
		}
		text += v.L.Plural("gates.single_kinds", n)
	}
	return text
}

var modePills = map[whitelist.Mode]string{whitelist.Open: "ok", whitelist.Closed: "bad", whitelist.Drill: "warn", whitelist.Evacuation: "warn"}

func modePill(v *frame.Visit, m whitelist.Mode) frame.Pill {
	return frame.Pill{Kind: modePills[m], Text: v.Text("gates.mode_" + string(m))}
}

func zoneNames(zones []desk.Zone) map[uuid.UUID]string {
	names := map[uuid.UUID]string{}
	for _, z := range zones {
		names[z.ID] = z.Name
	}
	return names
}

// whole reads a number; what is none is one that every check refuses.
func whole(text string) int {
	if text = strings.TrimSpace(text); text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1 << 30
	}
	return n
}
