package firmwareconfig

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"portaria/config"
)

//go:embed gates/*.toml
var gateFiles embed.FS

// Gate is a kind of turnstile, door or post: which lines it has, and what they do when.
type Gate struct {
	Name    string   `toml:"name"`  // of the file, and of the key `profile` in a lane's output
	Title   string   `toml:"title"` // for people
	Unlock  Unlock   `toml:"unlock"`
	Passage Passage  `toml:"passage"`
	Tamper  Contact  `toml:"tamper"` // the housing's contact
	Fire    Contact  `toml:"fire"`   // a second contact of the fire alarm; it is recorded and decides nothing
	Signs   []Sign   `toml:"sign"`
	Wiring  []Wire   `toml:"wire"`
	Notes   []string `toml:"notes"` // for who wires it, one sentence each
}

// Unlock is how one person is let through.
type Unlock struct {
	Mode         string `toml:"mode"`          // "pulse": the device times itself; "hold": unlocked while the line is on; "none"
	BothWays     bool   `toml:"both_ways"`     // a line of its own for each direction
	PulseMillis  int    `toml:"pulse_millis"`  // pulse: how long the line is on
	LeastMillis  int    `toml:"least_millis"`  // hold: at least so long, unless somebody passes
	MostMillis   int    `toml:"most_millis"`   // hold: at most so long, whatever happens
	WindowMillis int    `toml:"window_millis"` // pulse: how long the device then waits for a passage
	ReopenMillis int    `toml:"reopen_millis"` // least time between the end of one unlocking and the next
}

// Unlock modes.
const (
	ByPulse = "pulse"
	ByHold  = "hold"
	ByNone  = "none"
)

// Contact is a dry contact to ground, on an input with a pull-up.
type Contact struct {
	Fitted         bool `toml:"fitted"`           // the lane may have it
	ClosedWhenIdle bool `toml:"closed_when_idle"` // opens at an event, so a cut wire is an event too
	DebounceMillis int  `toml:"debounce_millis"`  // shorter changes are none
}

// Passage is how the lane learns that somebody went through.
type Passage struct {
	Contact
	BothWays       bool `toml:"both_ways"`       // a contact of its own for each direction
	Counter        bool `toml:"counter"`         // the device keeps a count of its own that can be read, also after a power cut
	PresumedMillis int  `toml:"presumed_millis"` // without a contact: so long after the unlocking; 0 = never
}

// Sign is what one line of lamps and buzzers does while the lane says something. Lines that a sign does not name are off.
type Sign struct {
	Says    string `toml:"says"`    // admit, attend, refuse, rest, trouble
	Line    string `toml:"line"`    // lamp_green, lamp_amber, lamp_red, buzzer
	Millis  []int  `toml:"millis"`  // on, off, on, off …; afterwards off
	Forever bool   `toml:"forever"` // again and again until the lane says something else
}

// Wire is one row of the wiring table.
type Wire struct {
	Line     string `toml:"line"`
	Terminal string `toml:"terminal"` // of the device
	Through  string `toml:"through"`  // what stands between
}

// What a lane can say by lamp and buzzer.
var Says = []string{"admit", "attend", "refuse", "rest", "trouble"}

// Names of a lane's lines.
const (
	UnlockA   = "unlock_a"
	UnlockB   = "unlock_b"
	LampGreen = "lamp_green"
	LampAmber = "lamp_amber"
	LampRed   = "lamp_red"
	Buzzer    = "buzzer"
	PassageA  = "passage_a"
	PassageB  = "passage_b"
	TamperIn  = "tamper"
	FireIn    = "fire"
)

var signLines = []string{LampGreen, LampAmber, LampRed, Buzzer}

// Outputs are the lines that the profile can move, the unlocking ones first.
func (g Gate) Outputs() []string {
	var lines []string
	if g.Unlock.Mode != ByNone {
		lines = append(lines, UnlockA)
	}
	if g.Unlock.Mode != ByNone && g.Unlock.BothWays {
		lines = append(lines, UnlockB)
	}
	for _, line := range signLines {
		if slices.ContainsFunc(g.Signs, func(s Sign) bool { return s.Line == line }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// Inputs are the contacts that the profile may have, each with what it is like.
func (g Gate) Inputs() map[string]Contact {
	all := map[string]Contact{PassageA: g.Passage.Contact, TamperIn: g.Tamper, FireIn: g.Fire}
	if g.Passage.BothWays {
		all[PassageB] = g.Passage.Contact
	}
	for line, contact := range all {
		if !contact.Fitted {
			delete(all, line)
		}
	}
	return all
}

// Needed are the lines that a lane cannot do without: those that unlock, and those that tell who passed.
func (g Gate) Needed() []string {
	var lines []string
	for _, line := range g.Outputs() {
		if line == UnlockA || line == UnlockB {
			lines = append(lines, line)
		}
	}
	if g.Passage.Fitted {
		lines = append(lines, PassageA)
	}
	if g.Passage.Fitted && g.Passage.BothWays {
		lines = append(lines, PassageB)
	}
	return lines
}

// Debounce is how long a change must last to be one.
func (c Contact) Debounce() time.Duration { return millis(c.DebounceMillis) }

// Pulse, Least, Most, Window and Reopen are the times as durations.
func (u Unlock) Pulse() time.Duration  { return millis(u.PulseMillis) }
func (u Unlock) Least() time.Duration  { return millis(u.LeastMillis) }
func (u Unlock) Most() time.Duration   { return millis(u.MostMillis) }
func (u Unlock) Window() time.Duration { return millis(u.WindowMillis) }
func (u Unlock) Reopen() time.Duration { return millis(u.ReopenMillis) }

// Presumed is how long after an unlocking somebody is taken to have passed; 0 = never.
func (p Passage) Presumed() time.Duration { return millis(p.PresumedMillis) }

func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// GateNamed returns the profile in gates/<name>.toml.
func GateNamed(name string) (Gate, error) {
	all, err := Gates()
	if err != nil {
		return Gate{}, err
	}
	var names []string
	for _, g := range all {
		if g.Name == name {
			return g, nil
		}
		names = append(names, g.Name)
	}
	return Gate{}, fmt.Errorf("no gate profile %q; there are: %s", name, strings.Join(names, ", "))
}

// Gates returns every gate profile, sorted by name.
func Gates() ([]Gate, error) {
	entries, err := gateFiles.ReadDir("gates")
	if err != nil {
		return nil, err
	}
	var all []Gate
	for _, entry := range entries {
		name := path.Join("gates", entry.Name())
		raw, err := gateFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		gate, err := DecodeGate(name, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, gate)
	}
	return all, nil
}

// DecodeGate reads one gate profile. The error names the file, and every unknown key and fault in it.
func DecodeGate(file string, raw []byte) (Gate, error) {
	var g Gate
	if err := config.Decode(raw, &g); err != nil {
		return Gate{}, fmt.Errorf("gate profile %s:\n%w", file, err)
	}
	if want := strings.TrimSuffix(path.Base(file), ".toml"); g.Name != want {
		return Gate{}, fmt.Errorf("gate profile %s: name is %q, must be %q like the file", file, g.Name, want)
	}
	return g, nil
}

// Validate says everything that is wrong with a gate profile.
func (g *Gate) Validate() error {
	var faults []error
	if g.Title == "" {
		faults = append(faults, errors.New("title: say which devices this is for"))
	}
	faults = append(faults, g.Unlock.validate()...)
	faults = append(faults, g.Passage.validate()...)
	for key, c := range map[string]Contact{"passage": g.Passage.Contact, "tamper": g.Tamper, "fire": g.Fire} {
		if c.DebounceMillis < 0 || c.DebounceMillis > 1000 {
			faults = append(faults, fmt.Errorf("%s.debounce_millis: %d is not in 0..1000", key, c.DebounceMillis))
		}
	}
	faults = append(faults, g.validateSigns()...)
	for i, w := range g.Wiring {
		if _, in := g.Inputs()[w.Line]; !in && !slices.Contains(g.Outputs(), w.Line) {
			faults = append(faults, fmt.Errorf("wire[%d].line: this profile has no line %q", i, w.Line))
		}
	}
	return errors.Join(faults...)
}

func (u Unlock) validate() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("unlock."+format, args...)) }
	within := func(key string, n, least, most int) {
		if n < least || n > most {
			fault("%s: %d is not in %d..%d", key, n, least, most)
		}
	}
	switch u.Mode {
	case ByPulse:
		within("pulse_millis", u.PulseMillis, 1, 5000)
		within("window_millis", u.WindowMillis, 1, 60_000)
		if u.LeastMillis != 0 || u.MostMillis != 0 {
			fault("least_millis and most_millis are for hold")
		}
	case ByHold:
		within("least_millis", u.LeastMillis, 1, 60_000)
		within("most_millis", u.MostMillis, max(1, u.LeastMillis), 60_000)
		if u.PulseMillis != 0 || u.WindowMillis != 0 {
			fault("pulse_millis and window_millis are for pulse")
		}
	case ByNone:
		if u != (Unlock{Mode: ByNone}) {
			fault("mode: with none there is nothing else to say")
		}
	default:
		fault("mode: %q is not pulse, hold or none", u.Mode)
	}
	within("reopen_millis", u.ReopenMillis, 0, 2000)
	return faults
}

func (p Passage) validate() (faults []error) {
	if p.Fitted == (p.PresumedMillis != 0) {
		faults = append(faults, errors.New("passage: give either fitted = true or presumed_millis"))
	}
	if p.Counter && !p.Fitted {
		faults = append(faults, errors.New("passage.counter: only a device with a passage contact counts passages"))
	}
	if p.PresumedMillis < 0 || p.PresumedMillis > 4000 {
		faults = append(faults, fmt.Errorf("passage.presumed_millis: %d is not in 0..4000", p.PresumedMillis))
	}
	return faults
}

func (g *Gate) validateSigns() (faults []error) {
	fault := func(i int, format string, args ...any) {
		faults = append(faults, fmt.Errorf("sign[%d].%s", i, fmt.Sprintf(format, args...)))
	}
	seen := map[[2]string]bool{}
	for i, s := range g.Signs {
		if !slices.Contains(Says, s.Says) {
			fault(i, "says: %q is not one of %s", s.Says, strings.Join(Says, ", "))
		}
		if !slices.Contains(signLines, s.Line) || seen[[2]string{s.Says, s.Line}] {
			fault(i, "line: %q is not one of %s, or has this sign already", s.Line, strings.Join(signLines, ", "))
		}
		seen[[2]string{s.Says, s.Line}] = true
		if len(s.Millis) == 0 || len(s.Millis) > 32 || slices.Min(s.Millis) < 20 || slices.Max(s.Millis) > 60_000 {
			fault(i, "millis: give 1 to 32 times of 20..60000")
		}
	}
	return faults
}
