package desk

import (
	"fmt"

	"portaria/cloud/internal/locale"
)

// Empty says what to do first where there is nothing yet: {{template "empty" .Empty}}.
type Empty struct {
	Title, Text string
	Href, Do    string // empty Href = nothing can be done from here
}

// Progress is long work that runs: {{template "progress" .Progress}}. The part asks again by itself until it is over,
// so the route behind Href answers with the same part: v.ShowPart(template, "progress-part", page).
type Progress struct {
	Title       string
	Text        string // what is done now, or what came of it
	Done, Total int64  // Total 0 = not known yet
	Over        bool
	Href        string // asked for the part
	L           locale.Locale
}

// Share is how much is done, in whole percent.
func (p Progress) Share() string {
	if p.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%d %%", p.Done*100/p.Total)
}

// Watch is a line that follows something by itself until it is over: {{template "watch" .Watch}}. The route behind Href
// answers with the same part. Without scripts it is as it was when the page was loaded.
type Watch struct {
	State Pill
	Text  string
	Lines []string // more about it, each on a line of its own
	Href  string   // asked for the part; empty = never
	Every string   // how often: "1s"
}

// Pill is a state: a colour, always with a sign and a word. {{template "pill" .State}}.
type Pill struct {
	Kind string // ok, bad, warn, or empty
	Text string
}

// Sign is the shape that goes with the colour.
func (p Pill) Sign() string {
	switch p.Kind {
	case "ok":
		return "✓"
	case "bad":
		return "✕"
	case "warn":
		return "▲"
	}
	return "●"
}
