// Package fault is how the cloud says no to a person: a kind for machines, a stable code, and one sentence.
//
// It knows neither HTTP nor languages: the rim maps kinds to statuses, and pages translate codes.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says what sort of no it is.
type Kind uint8

// Kinds of faults.
const (
	Invalid     Kind = iota + 1 // the request cannot be right: correct it
	NotFound                    // there is no such thing, or it belongs to someone else
	Conflict                    // it does not fit the present state
	Denied                      // the caller may not do this
	Unavailable                 // not now: try again
)

// Fault is a refusal. Two faults are the same to errors.Is when their codes are.
type Fault struct {
	Kind  Kind
	Code  string // stable, [a-z_]+: the end of the problem's type URI and the key of its translation
	Text  string // one English sentence that says what to do
	Field string // the input it is about, as the API names it; often empty
}

// New makes a fault to be declared once, in the package whose refusal it is.
func New(kind Kind, code, text string) *Fault { return &Fault{Kind: kind, Code: code, Text: text} }

func (f *Fault) Error() string { return f.Text }

// Is compares codes, so that a fault with a more exact sentence is still the one that was declared.
func (f *Fault) Is(target error) bool {
	var other *Fault
	return errors.As(target, &other) && other.Code == f.Code
}

// Say is the fault with a more exact sentence.
func (f *Fault) Say(text string) *Fault {
	said := *f
	said.Text = text
	return &said
}

// On is an Invalid fault about one field.
func On(field, text string) *Fault {
	return &Fault{Kind: Invalid, Code: "invalid_input", Text: text, Field: field}
}

// Text checks what a person typed: at most so many characters, no control characters but line breaks, and valid
// UTF-8. An empty text is refused when it is needed.
func Text(field, text string, needed bool, most int) error {
	switch {
	case needed && strings.TrimSpace(text) == "":
		return On(field, "Fill in "+field+".")
	case utf8.RuneCountInString(text) > most:
		return On(field, fmt.Sprintf("Shorten %s to %d characters.", field, most))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable):
		return On(field, "Remove the control characters from "+field+".")
	}
	return nil
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }
