// Package firmwareconfig is what Portaria knows of devices, as data: one TOML file for each kind of scanner, embedded
// and strictly decoded.
//
// It opens no device. A profile says how to talk to one, and carries samples that prove what it says.
package firmwareconfig

import (
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"portaria/config"
)

//go:embed scanners/*.toml
var files embed.FS

// Kinds of scanner, by how a gate hears them.
const (
	OnSerial   = "serial"   // a serial line: USB CDC-ACM, a USB-serial cable, a UART
	AsKeyboard = "keyboard" // USB HID: it types codes like a keyboard
	ByCamera   = "camera"   // it looks at codes: Video4Linux
)

// Scanner is a kind of scanner.
type Scanner struct {
	Name     string   `toml:"name"`  // of the file, and of the key `profile` in a gate's configuration
	Title    string   `toml:"title"` // for people
	Kind     string   `toml:"kind"`  // OnSerial (where the file is silent), AsKeyboard or ByCamera
	Match    Match    `toml:"match"` // which USB devices it is for
	Serial   Serial   `toml:"serial"`
	Keyboard Keyboard `toml:"keyboard"`
	Camera   Camera   `toml:"camera"`
	Framing  Framing  `toml:"framing"` // where a code begins and ends
	Setup    []Step   `toml:"setup"`   // what a person does once to set a new scanner up
	Samples  []Sample `toml:"sample"`  // what such a device sends
}

// Match names USB devices by their ids, four lower-case hex digits each; empty fits every device.
type Match struct {
	Vendor   string   `toml:"vendor"`
	Products []string `toml:"products"`
}

// Serial is how the line is set and what the device is told when it is opened.
type Serial struct {
	Baud int      `toml:"baud"`
	Init []string `toml:"init"` // commands in hex, sent in order; what the device answers is thrown away
}

// Keyboard is how keys become characters.
type Keyboard struct {
	Layout string `toml:"layout"` // one of Layouts: what the scanner was set to type for, not the gate's own
}

// Camera is how large the pictures are at most, in pixels. Larger ones see smaller codes and take longer.
type Camera struct {
	Width  int `toml:"width"`
	Height int `toml:"height"`
}

// Layouts are the keyboard layouts a profile may name.
var Layouts = []string{"us", "abnt2", "de", "fr", "uk"}

// Framing is how bytes become codes. A keyboard's Enter is cr, its Tab is tab.
type Framing struct {
	Suffixes   []string `toml:"suffixes"`    // any of cr, lf, tab, etx: each ends a code
	Prefixes   []string `toml:"prefixes"`    // any of stx: dropped at the start of a code
	IdleMillis int      `toml:"idle_millis"` // silence that ends a frame, in steps of 100
	IdleEnds   bool     `toml:"idle_ends"`   // a frame ended by silence is a whole code; otherwise it is half of one
	AIM        bool     `toml:"aim"`         // drop an AIM symbology identifier such as ]Q1, and an ECI mark such as \000026
}

// Step is one thing to do, with the bar code to scan for it where the maker has said what is in it.
type Step struct {
	Says string `toml:"says"`
	Code string `toml:"code"` // Code 128; empty = nothing to scan here
	FNC3 bool   `toml:"fnc3"` // the code begins with the function character 3, which tells scanners to obey it
}

// Sample is what a device sends, as bytes or as keys, and the code in it. Unreadable samples have none.
type Sample struct {
	Says       string `toml:"says"`
	Bytes      string `toml:"bytes"` // hex
	Keys       string `toml:"keys"`  // key codes of linux/input-event-codes.h: "+42 +30 -30 -42" is a capital A
	Code       string `toml:"code"`
	Unreadable bool   `toml:"unreadable"`
}

// Key is a key that went down, came up, or repeated.
type Key struct {
	Code  uint16
	Value int32 // 1 down, 0 up, 2 repeated
}

var controls = map[string]byte{"cr": '\r', "lf": '\n', "tab": '\t', "stx": 2, "etx": 3}

// ScannerNamed returns the profile in scanners/<name>.toml.
func ScannerNamed(name string) (Scanner, error) {
	all, err := Scanners()
	if err != nil {
		return Scanner{}, err
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scanner{}, fmt.Errorf("no scanner profile %q; there are: %s", name, strings.Join(names, ", "))
}

// Scanners returns every profile, sorted by name.
func Scanners() ([]Scanner, error) {
	entries, err := files.ReadDir("scanners")
	if err != nil {
		return nil, err
	}
	var all []Scanner
	for _, entry := range entries {
		name := path.Join("scanners", entry.Name())
		raw, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		scanner, err := DecodeScanner(name, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, scanner)
	}
	return all, nil
}

// DecodeScanner reads one profile. The error names the file, and every unknown key and fault in it with its line.
func DecodeScanner(file string, raw []byte) (Scanner, error) {
	s := Scanner{Kind: OnSerial}
	if err := config.Decode(raw, &s); err != nil {
		return Scanner{}, fmt.Errorf("scanner profile %s:\n%w", file, err)
	}
	if want := strings.TrimSuffix(path.Base(file), ".toml"); s.Name != want {
		return Scanner{}, fmt.Errorf("scanner profile %s: name is %q, must be %q like the file", file, s.Name, want)
	}
	return s, nil
}

// Ends says whether b ends a code.
func (f Framing) Ends(b byte) bool { return named(f.Suffixes, b) }

// Begins says whether b may stand before a code.
func (f Framing) Begins(b byte) bool { return named(f.Prefixes, b) }

// Idle is the silence that ends a frame.
func (f Framing) Idle() time.Duration { return time.Duration(f.IdleMillis) * time.Millisecond }

func named(names []string, b byte) bool {
	for _, name := range names {
		if controls[name] == b {
			return true
		}
	}
	return false
}

// Commands returns the bytes of Init.
func (s Serial) Commands() [][]byte {
	var commands [][]byte
	for _, command := range s.Init {
		raw, _ := hex.DecodeString(command) // Validate has seen it
		commands = append(commands, raw)
	}
	return commands
}

// Raw returns the sample's bytes.
func (s Sample) Raw() ([]byte, error) { return hex.DecodeString(s.Bytes) }

// Strokes returns the sample's keys.
func (s Sample) Strokes() ([]Key, error) {
	var keys []Key
	for _, word := range strings.Fields(s.Keys) {
		value, known := map[byte]int32{'+': 1, '-': 0, '=': 2}[word[0]]
		code, err := strconv.ParseUint(word[1:], 10, 16)
		if err != nil || !known {
			return nil, fmt.Errorf("%q is not like +30, -30 or =30", word)
		}
		keys = append(keys, Key{uint16(code), value})
	}
	return keys, nil
}
