// Package document draws what people carry: a ticket as a PDF page, an SVG and a PNG, all from one layout of
// A6 (a phone's screen, a quarter of an A4 sheet). It is given everything as plain text and knows nothing of
// orders, databases or pages. The same tickets always give the same bytes.
package document

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"portaria/cloud/internal/locale"
	"portaria/edge/ticket"
)

// MaxTickets is the most tickets that one PDF may hold.
const MaxTickets = 500

// maxRunes is the most characters of one field that reach the layout; the layout itself cuts what doesn't fit.
const maxRunes = 200

// maxCode is the longest text that a QR of a ticket's size still shows in modules that a scanner reads.
const maxCode = 300

// Ticket is one ticket as it is printed. Code, ID, Event, Venue and Starts are needed, all else may be empty.
type Ticket struct {
	Language string // BCP 47 tag of the buyer, such as "pt-BR"

	Organizer string
	Event     string
	Starts    time.Time // shown in its own location: give it the venue's
	Doors     time.Time // when the doors open; zero = not said
	Venue     string
	Address   string

	Offer    string
	Minor    int64  // price in minor units of Currency
	Currency string // ISO 4217
	Holder   string
	Order    string // the order's number as people say it
	Index    int    // 1-based place among the order's tickets
	Count    int    // tickets in the order; 0 or 1 = not shown

	Code  string    // what the QR says: the signed code, or the short one where the event chose that
	ID    ticket.ID // its short code is the bar code, and what people type
	Rules string    // one sentence; empty = the usual one
}

// check says what keeps a ticket from being drawn.
func (t Ticket) check() error {
	var faults []error
	for _, need := range []struct{ name, value string }{
		{"code", t.Code}, {"event", t.Event}, {"venue", t.Venue},
	} {
		if strings.TrimSpace(need.value) == "" {
			faults = append(faults, fmt.Errorf("a ticket needs its %s", need.name))
		}
	}
	if len(t.Code) > maxCode {
		faults = append(faults, fmt.Errorf("a code of %d characters is too long to print: %d at most", len(t.Code), maxCode))
	}
	if t.ID == 0 {
		faults = append(faults, errors.New("a ticket needs its id"))
	}
	if t.Starts.IsZero() {
		faults = append(faults, errors.New("a ticket needs its start"))
	}
	return errors.Join(faults...)
}

// clean makes one printable line of a field: control characters become spaces, the length is bounded, and what
// the font lacks becomes a visible mark (the PDF library falls over a character beyond 16 bits).
func clean(s string) string {
	line := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case !drawable(r):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	runes := []rune(strings.Join(strings.Fields(line), " "))
	if len(runes) > maxRunes {
		runes = runes[:maxRunes]
	}
	return string(runes)
}

// lines are the sentences of a ticket in its language.
func (t Ticket) lines() (when, where, rules string) {
	l := locale.Match(t.Language)
	when = locale.Sentence(l.Date(t.Starts)) + " · " + l.Clock(t.Starts)
	if !t.Doors.IsZero() {
		when += " (" + l.Text("ticket.doors", "Clock", l.Clock(t.Doors)) + ")"
	}
	where = clean(t.Venue)
	if t.Address != "" {
		where += ", " + clean(t.Address)
	}
	if rules = clean(t.Rules); rules == "" {
		rules = l.Text("ticket.rules")
	}
	return when, where, rules
}
