// Package doctor looks at the machine a program runs on, and says in one line for each thing whether it is well and
// what to do if not. It takes no locks, so it can be asked while the program runs. What only one program knows (its
// scanners, its lists) that program adds.
package doctor

import (
	"fmt"
	"io"
)

// Grade is how a thing is.
type Grade string

// Grades.
const (
	OK   Grade = "ok"
	Warn Grade = "warn" // works now, and may not for long
	Fail Grade = "FAIL" // does not work
)

// Finding is one thing and what to do about it; for an OK, what was seen.
type Finding struct {
	Grade Grade
	What  string
	Do    string
}

// Well is a thing as it should be.
func Well(what, format string, args ...any) Finding {
	return Finding{OK, what, fmt.Sprintf(format, args...)}
}

// Doubt is a thing that works, and that somebody should look at.
func Doubt(what, format string, args ...any) Finding {
	return Finding{Warn, what, fmt.Sprintf(format, args...)}
}

// Broken is a thing that does not work.
func Broken(what, format string, args ...any) Finding {
	return Finding{Fail, what, fmt.Sprintf(format, args...)}
}

// Print writes a line for each finding. The error is not nil when one of them is Fail.
func Print(to io.Writer, findings []Finding) error {
	broken := 0
	for _, f := range findings {
		if f.Grade == Fail {
			broken++
		}
		if _, err := fmt.Fprintf(to, "%-4s %s: %s\n", f.Grade, oneLine(f.What), oneLine(f.Do)); err != nil {
			return err
		}
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d checks failed", broken, len(findings))
	}
	return nil
}

// oneLine keeps what came from outside (a hub's answer, a file's name) from looking like a finding of its own.
func oneLine(text string) string {
	clean := []rune(text)
	for i, r := range clean {
		if r < ' ' || r == 0x7f {
			clean[i] = ' '
		}
	}
	return string(clean)
}
