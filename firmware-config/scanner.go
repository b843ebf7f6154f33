// Package firmwareconfig is what Portaria knows of devices, as data: one TOML file for each kind of scanner, embedded
// and strictly decoded.
//
// It opens no device. A profile says how to talk to one, and carries recorded samples that prove what it says.
package firmwareconfig

import (
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"portaria/config"
)

//go:embed scanners/*.toml
var files embed.FS

// Scanner is a kind of scanner on a serial line.
type Scanner struct {
	Name    string   `toml:"name"`    // of the file, and of the key `profile` in a gate's configuration
	Title   string   `toml:"title"`   // for people
	Match   Match    `toml:"match"`   // which USB devices it is for
	Serial  Serial   `toml:"serial"`  // the line
	Framing Framing  `toml:"framing"` // where a code begins and ends
	Samples []Sample `toml:"sample"`  // what the device was seen to send
}

// Match names USB devices by their ids, four lower-case hex digits each; empty fits every device.
type Match struct {
	Vendor  string `toml:"vendor"`
	Product string `toml:"product"`
}

// Serial is how the line is set and what the device is told when it is opened.
type Serial struct {
	Baud int      `toml:"baud"`
	Init []string `toml:"init"` // commands in hex, sent in order
}

// Framing is how bytes become codes.
type Framing struct {
	Suffixes   []string `toml:"suffixes"`    // any of cr, lf, tab, etx: each ends a code
	Prefixes   []string `toml:"prefixes"`    // any of stx: dropped at the start of a code
	IdleMillis int      `toml:"idle_millis"` // silence that ends a frame, in steps of 100
	IdleEnds   bool     `toml:"idle_ends"`   // a frame ended by silence is a whole code; otherwise it is half of one
	AIM        bool     `toml:"aim"`         // drop an AIM symbology identifier such as ]Q1
}

// Sample is bytes a device sent and the code in them. Unreadable samples have none.
type Sample struct {
	Says       string `toml:"says"`
	Bytes      string `toml:"bytes"` // hex
	Code       string `toml:"code"`
	Unreadable bool   `toml:"unreadable"`
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

// DecodeScanner reads one profile. The error names the file, and every unknown key and fault in it.
func DecodeScanner(file string, raw []byte) (Scanner, error) {
	var s Scanner
	if err := config.Decode(raw, &s); err != nil {
		return Scanner{}, fmt.Errorf("scanner profile %s:\n%w", file, err)
	}
	if want := strings.TrimSuffix(path.Base(file), ".toml"); s.Name != want {
		return Scanner{}, fmt.Errorf("scanner profile %s: name is %q, must be %q like the file", file, s.Name, want)
	}
	return s, nil
}

// Validate says everything that is wrong with a profile.
func (s *Scanner) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if s.Title == "" {
		fault("title: say which devices this is for")
	}
	for key, id := range map[string]string{"vendor": s.Match.Vendor, "product": s.Match.Product} {
		if raw, err := hex.DecodeString(id); err != nil || len(raw) != 2 && id != "" || strings.ToLower(id) != id {
			fault("match.%s: %q is not four lower-case hex digits", key, id)
		}
	}
	if !slices.Contains(bauds, s.Serial.Baud) {
		fault("serial.baud: %d is not one of %v", s.Serial.Baud, bauds)
	}
	faults = append(faults, s.Framing.validate()...)
	for i, command := range s.Serial.Init {
		if _, err := hex.DecodeString(command); err != nil {
			fault("serial.init[%d]: %q is not hex", i, command)
		}
	}
	if len(s.Samples) == 0 {
		fault("sample: a profile without a recorded sample proves nothing")
	}
	for i, sample := range s.Samples {
		if _, err := sample.Raw(); err != nil || sample.Unreadable == (sample.Code != "") {
			fault("sample[%d]: give bytes in hex and either code or unreadable = true", i)
		}
	}
	return errors.Join(faults...)
}

var bauds = []int{1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400}

func (f Framing) validate() (faults []error) {
	for key, names := range map[string][]string{"suffixes": f.Suffixes, "prefixes": f.Prefixes} {
		for _, name := range names {
			if _, known := controls[name]; !known {
				faults = append(faults, fmt.Errorf("framing.%s: %q is not one of cr, lf, tab, stx, etx", key, name))
			}
		}
	}
	if f.IdleMillis < 100 || f.IdleMillis > 2000 || f.IdleMillis%100 != 0 {
		faults = append(faults, fmt.Errorf("framing.idle_millis: %d is not 100, 200 … 2000", f.IdleMillis))
	}
	if len(f.Suffixes) == 0 && !f.IdleEnds {
		faults = append(faults, errors.New("framing: without suffixes, idle_ends must be true or no code ever ends"))
	}
	return faults
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
