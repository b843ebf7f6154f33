package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// String is the text form: the start count, a dash, eight hex digits of random bits. "7-9f3a61c2".
func (r Run) String() string { return fmt.Sprintf("%d-%08x", r.Start, r.Random) }

// IsZero tells a run that was never set: start counts begin at 1.
func (r Run) IsZero() bool { return r == Run{} }

// MarshalText gives the text form.
func (r Run) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the text form.
func (r *Run) UnmarshalText(text []byte) error {
	run, err := ParseRun(string(text))
	if err != nil {
		return err
	}
	*r = run
	return nil
}

// ParseRun reads the text form, in its one spelling.
func ParseRun(text string) (Run, error) {
	start, random, found := strings.Cut(text, "-")
	s, errStart := strconv.ParseUint(start, 10, 32)
	x, errRandom := strconv.ParseUint(random, 16, 32)
	run := Run{Start: uint32(s), Random: uint32(x)}
	if !found || errStart != nil || errRandom != nil || run.String() != text {
		return Run{}, fmt.Errorf("run %.40q is not like 7-9f3a61c2", text)
	}
	return run, nil
}
