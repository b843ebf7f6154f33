package whitelist

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of another seller's code, in bytes.
const (
	MaxForeignText = 1024 // as scanned or imported
	MaxForeignCode = 512  // normalised
)

// Apply turns an issuer's printed text into its code, the same on import and at the gate; Apply of a code is that
// code. Control characters and byte-order marks go, then outer spaces and dashes, AIM prefixes (`]C0`) and, where the
// issuer says so, inner spaces and dashes, leading zeros and lower case (ASCII only: no locale changes a code).
// The result is empty for what can be no code: nothing left, not UTF-8, or over a limit.
func (n Normalise) Apply(text string) string {
	if len(text) > MaxForeignText || !utf8.ValidString(text) {
		return ""
	}
	text = strings.Map(n.keep, text)
	// One rule can bare what another takes away (zeros before a prefix), so they run until nothing changes.
	for before := ""; before != text; {
		before = text
		text = strings.TrimFunc(text, isOuter)
		text = dropAIM(text)
		if n.DropZeros {
			text = dropZeros(text)
		}
	}
	if len(text) > MaxForeignCode {
		return ""
	}
	return text
}

// keep maps one rune to what stands for it in a code, -1 for nothing.
func (n Normalise) keep(r rune) rune {
	switch {
	case r == '\uFEFF', unicode.IsControl(r), isOuter(r) && !n.KeepSpaces:
		return -1
	case n.Upper && 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	}
	return r
}

func isOuter(r rune) bool { return r == '-' || unicode.IsSpace(r) }

// dropAIM removes one AIM symbology identifier: a bracket, a letter, and a digit or letter.
func dropAIM(text string) string {
	if len(text) < 3 || text[0] != ']' || !isLetter(text[1]) || !isLetter(text[2]) && !isDigit(text[2]) {
		return text
	}
	return text[3:]
}

// dropZeros leaves the last zero of a code that is nothing else.
func dropZeros(text string) string {
	if short := strings.TrimLeft(text, "0"); short != "" || text == "" {
		return short
	}
	return "0"
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
