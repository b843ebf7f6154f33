package scanner

import (
	"strings"
	"unicode"
	"unicode/utf8"

	firmwareconfig "portaria/firmware-config"
)

// MaxCode is the longest code a lane takes, in bytes. The longest real one (a full QR code) has 4,296 characters, but
// no ticket comes near: a signed code has 122.
const MaxCode = 4 << 10

// Reading is what one scan gave: the code's text without prefix and suffix, or Unreadable with what can be shown of
// it (at most 64 characters).
type Reading struct {
	Text       string
	Unreadable bool
}

// Framer turns a stream of bytes into readings, by a profile.
type Framer struct {
	framing firmwareconfig.Framing
	frame   []byte
	overrun bool // part of the frame is missing: it was longer than MaxCode, or the device lost some
}

// NewFramer returns a framer with nothing read yet.
func NewFramer(framing firmwareconfig.Framing) *Framer { return &Framer{framing: framing} }

// Feed takes bytes as they come and returns the readings they complete.
func (f *Framer) Feed(data []byte) []Reading {
	var readings []Reading
	for _, b := range data {
		switch {
		case f.framing.Ends(b):
			readings = append(readings, f.end(true)...)
		case len(f.frame) == 0 && f.framing.Begins(b):
		case len(f.frame) == MaxCode:
			f.overrun = true
		default:
			f.frame = append(f.frame, b)
		}
	}
	return readings
}

// Idle ends the frame after silence: a whole code where the profile says so, half of one otherwise.
func (f *Framer) Idle() []Reading { return f.end(f.framing.IdleEnds) }

// Spoil says that the device lost a part of the frame: whatever comes until its end is no code.
func (f *Framer) Spoil() { f.overrun = true }

// Reset forgets a frame that a hang-up cut.
func (f *Framer) Reset() { f.frame, f.overrun = f.frame[:0], false }

func (f *Framer) end(whole bool) []Reading {
	defer f.Reset()
	if len(f.frame) == 0 && !f.overrun {
		return nil
	}
	raw := string(f.frame)
	text := strings.TrimSpace(f.strip(raw))
	if !whole || f.overrun || !printable(text) {
		return []Reading{{Text: excerpt(raw), Unreadable: true}}
	}
	if text == "" {
		return nil
	}
	return []Reading{{Text: text}}
}

// strip drops an AIM identifier ("]", the symbology's letter and one modifier) and an ECI mark after it.
func (f *Framer) strip(raw string) string {
	if !f.framing.AIM {
		return raw
	}
	if len(raw) >= 3 && raw[0] == ']' && letter(raw[1]) && (letter(raw[2]) || digit(raw[2])) {
		raw = raw[3:]
	}
	return stripECI(raw)
}

// stripECI drops the marks in front that say in which character set a code is written: a backslash and six digits. A
// scanner that says so also doubles every backslash of the code (ISO/IEC 15424). Sets other than UTF-8 and ASCII are
// left to printable: bytes that are no text are unreadable.
func stripECI(raw string) string {
	marked := false
	for len(raw) >= 7 && raw[0] == '\\' && strings.Trim(raw[1:7], "0123456789") == "" {
		raw, marked = raw[7:], true
	}
	if marked {
		return strings.ReplaceAll(raw, `\\`, `\`)
	}
	return raw
}

func letter(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' }
func digit(b byte) bool  { return b >= '0' && b <= '9' }

func printable(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// excerpt is at most 64 characters that are safe to store and show.
func excerpt(raw string) string {
	var b strings.Builder
	n := 0
	for _, r := range raw {
		if n++; n > 64 {
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Clean makes a reading of a code that came whole, typed or over a network, by the rules for every other: one code, at most
// MaxCode bytes, printable.
func Clean(text string) Reading {
	f := NewFramer(firmwareconfig.Framing{AIM: true, Suffixes: []string{"cr", "lf"}})
	readings := append(f.Feed([]byte(strings.TrimRight(text, "\r\n"))), f.end(true)...)
	if len(readings) != 1 {
		return Reading{Text: excerpt(text), Unreadable: true}
	}
	return readings[0]
}
