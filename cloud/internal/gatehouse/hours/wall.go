package hours

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a server without zone files must not guess

	"portaria/cloud/internal/fault"
)

// GapError is a time of day that the clocks of a place pass over, on the night when they go forward.
type GapError struct{ Text string }

func (e *GapError) Error() string {
	return fmt.Sprintf("At %s the clocks of the venue go forward, so that time does not exist there: choose an hour later.", e.Text)
}

// Unwrap makes it a refusal.
func (e *GapError) Unwrap() error { return fault.On("hours", e.Error()) }

// Wall are the instants at which the clock on a venue's wall shows a day (2006-01-02) and a time (15:04): one; two, the
// earlier first, in the hour that comes twice when clocks go back; none is a GapError.
func Wall(day, clock string, zone *time.Location) ([]time.Time, error) {
	text := day + " " + clock
	want, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		return nil, fault.On("hours", fmt.Sprintf("Write a day and a time such as 2026-12-31 18:30, not %q.", cut(text)))
	}
	text = want.Format("2006-01-02 15:04") // 9:00 is 09:00
	// A place is at one of at most two offsets around a time; the instant that shows the wanted time at its own offset is it.
	var out []time.Time
	for _, near := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		_, offset := want.Add(near).In(zone).Zone()
		at := want.Add(-time.Duration(offset) * time.Second).In(zone)
		if at.Format("2006-01-02 15:04") == text && (len(out) == 0 || !out[0].Equal(at)) {
			out = append(out, at)
		}
	}
	if len(out) == 0 {
		return nil, &GapError{Text: text}
	}
	if len(out) == 2 && out[1].Before(out[0]) {
		out[0], out[1] = out[1], out[0]
	}
	return out, nil
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return text
}

// OnDay is the window from one time of day to another, by a venue's clock. One that ends no later than it begins goes over
// midnight. In the hour that comes twice it begins at the first and ends at the second: nobody stands before a closed door.
func OnDay(day, from, until string, zone *time.Location) (Window, error) {
	opens, err := Wall(day, from, zone)
	if err != nil {
		return Window{}, err
	}
	if clockOf(until) <= clockOf(from) {
		d, err := time.Parse("2006-01-02", day)
		if err != nil {
			return Window{}, fault.On("hours", "Write a day such as 2026-12-31.")
		}
		day = d.AddDate(0, 0, 1).Format("2006-01-02")
	}
	closes, err := Wall(day, until, zone)
	if err != nil {
		return Window{}, err
	}
	return Window{From: opens[0], Until: closes[len(closes)-1]}, nil
}

// clockOf is a time of day as one that sorts: 9:00 is 09:00.
func clockOf(text string) string {
	if len(text) == len("9:00") {
		return "0" + text
	}
	return text
}

// MaxLines is how many windows one text may hold; a door takes no more.
const MaxLines = 2048

// Lines reads windows as a person types them, one a line: "2026-12-31 18:00-02:00". Empty lines are passed over.
func Lines(text string, zone *time.Location) (out []Window, err error) {
	for n, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if len(out) == MaxLines {
			return nil, fault.On("hours", "Give at most 2,048 opening windows.")
		}
		day, times, _ := strings.Cut(line, " ")
		from, until, ok := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(times), " ", ""), "–", "-"), "-")
		if !ok {
			return nil, &LineError{Line: n + 1, Text: cut(line)}
		}
		w, err := OnDay(day, from, until, zone)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// LineError is a line that is no window.
type LineError struct {
	Line int
	Text string
}

func (e *LineError) Error() string {
	return fmt.Sprintf("Line %d: write a day and two times, such as 2026-12-31 18:00-02:00, not %q.", e.Line, e.Text)
}

// Unwrap makes it a refusal.
func (e *LineError) Unwrap() error { return fault.On("hours", e.Error()) }

// Text writes windows as Lines reads them. One of more than a day is written by its days, which Lines does not read: only
// programs make such.
func Text(windows []Window, zone *time.Location) string {
	var b strings.Builder
	for _, w := range windows {
		from, until := w.From.In(zone), w.Until.In(zone)
		fmt.Fprintf(&b, "%s-%s\n", from.Format("2006-01-02 15:04"), until.Format("15:04"))
	}
	return b.String()
}

// Plain says whether Lines would read what Text writes as the same windows.
func Plain(windows []Window, zone *time.Location) bool {
	again, err := Lines(Text(windows, zone), zone)
	if err != nil || len(again) != len(windows) {
		return false
	}
	for i := range windows {
		if !again[i].From.Equal(windows[i].From) || !again[i].Until.Equal(windows[i].Until) {
			return false
		}
	}
	return true
}
