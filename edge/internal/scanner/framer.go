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
	overrun bool // the frame was longer than MaxCode: the rest is thrown away
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

// Reset forgets a frame that a hang-up cut.
func (f *Framer) Reset() { f.frame, f.overrun = f.frame[:0], false }

func (f *Framer) end(whole bool) []Reading {
	defer f.Reset()
	if len(f.frame) == 0 {
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

// strip drops an AIM identifier: "]", the symbology's letter and one modifier.
func (f *Framer) strip(raw string) string {
	if !f.framing.AIM || len(raw) < 3 || raw[0] != ']' || !letter(raw[1]) || !letter(raw[2]) && !digit(raw[2]) {
		return raw
	}
	return raw[3:]
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
