// Package keyboard turns the keys that a scanner presses into the characters it means.
//
// It knows key codes and layouts; it opens no device and does not know where a code ends. Key codes are those of
// linux/input-event-codes.h.
package keyboard

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Keys with a meaning of their own.
const (
	keyTab        = 15
	keyEnter      = 28
	keyLeftCtrl   = 29
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyCapsLock   = 58
	keyNumLock    = 69
	keyScrollLock = 70
	keyKeypadEnt  = 96
	keyRightCtrl  = 97
	keyAltGr      = 100
)

// Values of a key event.
const (
	Up       = 0
	Down     = 1
	Repeated = 2
)

// Unknown stands for a key that means no character. It is no part of any code, so a code with it is not taken for
// another one that lacks it.
const Unknown = "\x00"

var modifiers = []uint16{keyLeftCtrl, keyLeftShift, keyRightShift, keyLeftAlt, keyRightCtrl, keyAltGr}

// Decoder follows one keyboard. Its zero value knows no layout; use New.
type Decoder struct {
	layout *layout
	held   map[uint16]bool // modifiers
	caps   bool
	dead   rune   // an accent that waits for its letter; 0 = none
	typed  string // digits on the keypad while Alt is held
	garble bool   // something else was pressed while Alt was held
}

// New returns a decoder for a layout by its name.
func New(name string) (*Decoder, error) {
	layout, known := layouts[name]
	if !known {
		return nil, fmt.Errorf("no keyboard layout %q", name)
	}
	return &Decoder{layout: layout, held: map[uint16]bool{}}, nil
}

// Key takes one key event and returns the characters it completes: mostly none or one. Enter is "\r", Tab is "\t".
func (d *Decoder) Key(code uint16, value int32) string {
	switch {
	case value == Repeated: // the host's own doing; a scanner lifts each key
		return ""
	case d.modifies(code, value):
		return d.altDone(code, value)
	case value != Down || code == keyNumLock || code == keyScrollLock:
		return ""
	case code == keyCapsLock:
		d.caps = !d.caps
		return ""
	case d.held[keyLeftAlt] && !d.ctrl():
		d.altKey(code)
		return ""
	}
	return d.accented(d.character(code))
}

// Silence tells that nothing was typed for a while, and returns what still waited.
func (d *Decoder) Silence() string {
	waited := d.accented("")
	d.caps = false // one that was switched on and never off would turn every later code's case
	return waited
}

// Resync forgets what was going on, after events were lost. held says which keys are down now.
func (d *Decoder) Resync(held func(code uint16) bool) {
	*d = Decoder{layout: d.layout, held: map[uint16]bool{}}
	for _, code := range modifiers {
		d.held[code] = held(code)
	}
}

func (d *Decoder) modifies(code uint16, value int32) bool {
	for _, modifier := range modifiers {
		if code == modifier {
			d.held[code] = value == Down
			return true
		}
	}
	return false
}

func (d *Decoder) shift() bool { return d.held[keyLeftShift] || d.held[keyRightShift] }
func (d *Decoder) ctrl() bool  { return d.held[keyLeftCtrl] || d.held[keyRightCtrl] }

// altGr is also Ctrl with Alt, as scanners that were made for Windows say it.
func (d *Decoder) altGr() bool { return d.held[keyAltGr] || d.held[keyLeftAlt] && d.ctrl() }

func (d *Decoder) character(code uint16) string {
	switch {
	case code == keyEnter || code == keyKeypadEnt:
		return "\r"
	case code == keyTab:
		return "\t"
	case d.ctrl() && !d.altGr():
		return control(d.layout.at(code, plain))
	}
	if r, onPad := d.layout.pad[code]; onPad {
		return string(r)
	}
	r := d.layout.at(code, d.level(code))
	if r == 0 {
		return Unknown
	}
	return string(r)
}

func (d *Decoder) level(code uint16) level {
	switch {
	case d.altGr():
		return withAltGr
	case d.shift() != (d.caps && d.layout.letter(code)):
		return shifted
	}
	return plain
}

// control is what Ctrl makes of a key: Ctrl+] is the group separator of GS1.
func control(r rune) string {
	r = []rune(strings.ToUpper(string(r)))[0]
	if r < '@' || r > '_' {
		return Unknown
	}
	return string(r & 0x1f)
}

// altKey takes a key that is pressed while Alt is held: digits of the keypad spell a character's number.
func (d *Decoder) altKey(code uint16) {
	digit, onPad := d.layout.pad[code]
	if !onPad || digit < '0' || digit > '9' || len(d.typed) == 6 {
		d.garble = true
		return
	}
	d.typed += string(digit)
}

// altDone gives the character that was spelt while Alt was held, when Alt comes up.
func (d *Decoder) altDone(code uint16, value int32) string {
	if code != keyLeftAlt {
		return ""
	}
	typed, garble := d.typed, d.garble
	d.typed, d.garble = "", false
	switch {
	case value != Up || typed == "" && !garble:
		return ""
	case garble:
		return Unknown
	}
	return d.accented(numbered(typed, d.layout.oem))
}

// numbered is Windows' rule: 0 in front means its own code page, none the old one of the country; above 255 Unicode.
func numbered(typed string, oem *charmap.Charmap) string {
	n, err := strconv.Atoi(typed)
	switch {
	case err != nil || n == 0 || n > 0x10ffff:
		return Unknown
	case n < 128 || n > 255:
		return string(rune(n))
	case typed[0] == '0':
		return string(charmap.Windows1252.DecodeByte(byte(n)))
	}
	return string(oem.DecodeByte(byte(n)))
}
