// Package update decides which version of a program runs: a new one is on trial until it has proved itself, and the one
// before it is kept to go back to.
//
// Versions lie side by side in a directory of slots, which packages write and the program cannot. What is known of them
// is one small file in the program's own state directory. The package starts nothing and asks no clock but for the date
// that people are told.
package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// MaxTries is how often a version on trial is started before it is given up: it came up, and went down again unproven.
const MaxTries = 3

// Env names the variable that tells a program on trial where to say that it works.
const Env = "PORTARIA_UPDATE"

// State is what is known of the versions.
type State struct {
	Current  string            `json:"current"`            // the version that runs
	Previous string            `json:"previous,omitempty"` // the one to go back to
	Trial    bool              `json:"trial,omitempty"`    // Current has not proved itself yet
	Tries    int               `json:"tries,omitempty"`    // how often it was started on trial
	Since    time.Time         `json:"since,omitzero"`     // when Current came into force
	Refused  map[string]string `json:"refused,omitempty"`  // version -> why it was given up; installing it again clears it
}

// Place is where a program's versions and their state are.
type Place struct {
	Slots string // directory: one executable for each version, and the file newest
	State string // file
}

// newest is the name of the file that holds the version installed last.
const newest = "newest"

// Read returns the state; a file that is missing or damaged is an empty one: then whatever was installed last runs.
func (p Place) Read() (s State) {
	raw, err := os.ReadFile(p.State)
	if err != nil || json.Unmarshal(raw, &s) != nil {
		return State{}
	}
	return s
}

// Newest is the version that was installed last; empty when none was.
func (p Place) Newest() string {
	raw, err := os.ReadFile(filepath.Join(p.Slots, newest))
	if err != nil || checkVersion(string(raw)) != nil {
		return ""
	}
	return string(raw)
}

// Program is the executable of a version.
func (p Place) Program(version string) string { return filepath.Join(p.Slots, version) }

func (p Place) has(version string) bool {
	info, err := os.Stat(p.Program(version))
	return version != "" && err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// InForce is the version that a person who calls the program by hand gets: the one that runs.
func (p Place) InForce() (version string, err error) {
	s := p.Read()
	for _, version := range []string{s.Current, p.Newest(), s.Previous} {
		if p.has(version) {
			return version, nil
		}
	}
	return "", fmt.Errorf("no version is installed in %s; install the package again", p.Slots)
}

// Choose says which version to start now, and notes that it was started. A newer one than the one in force goes on
// trial, if test (which runs it) finds nothing wrong with it; one that was started MaxTries times and has never proved
// itself is given up. Said is what an operator should read. The error means that no version can be started at all; a
// state that cannot be written is no reason for that.
func (p Place) Choose(now time.Time, test func(program string) error) (version string, said []string, err error) {
	s := p.Read()
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	if !p.has(s.Current) {
		if s, err = p.begin(s, now); err != nil {
			return "", said, err
		}
	} else if fresh := p.Newest(); fresh != s.Current && p.has(fresh) && s.Refused[fresh] == "" {
		say("version %s is on trial; %s is kept", fresh, s.Current)
		s = State{Current: fresh, Previous: s.Current, Trial: true, Since: now, Refused: s.Refused}
	}
	if s.Trial {
		s = p.try(s, now, test, say)
	}
	if err := p.write(s); err != nil {
		say("the state of updates was not written: %v", err)
	}
	return s.Current, said, nil
}

// begin is the first start, or one whose version is gone. Nothing is there to go back to, so nothing is on trial.
func (p Place) begin(s State, now time.Time) (State, error) {
	version, err := p.InForce()
	return State{Current: version, Since: now, Refused: s.Refused}, err
}

// try starts a version on trial once more, or goes back.
func (p Place) try(s State, now time.Time, test func(string) error, say func(string, ...any)) State {
	if !p.has(s.Previous) {
		say("version %s cannot be tried: there is none to go back to; it stays", s.Current)
		return State{Current: s.Current, Since: s.Since, Refused: s.Refused}
	}
	why := ""
	if s.Tries >= MaxTries {
		why = fmt.Sprintf("it was started %d times and never proved itself", s.Tries)
	} else if err := test(p.Program(s.Current)); err != nil {
		why = "its self-test failed: " + err.Error()
	}
	if why == "" {
		s.Tries++
		return s
	}
	say("version %s is given up, %s runs again: %s", s.Current, s.Previous, why)
	refused := map[string]string{s.Current: why}
	for version, why := range s.Refused {
		if p.has(version) { // else it is of no interest any more
			refused[version] = why
		}
	}
	return State{Current: s.Previous, Since: now, Refused: refused}
}

// Confirm says that the version in force has proved itself. Nothing happens when it is not on trial.
func (p Place) Confirm() error {
	s := p.Read()
	if !s.Trial {
		return nil
	}
	s.Trial, s.Tries = false, 0
	if err := p.write(s); err != nil {
		return fmt.Errorf("note that version %s works: %w", s.Current, err)
	}
	return nil
}

func (p Place) write(s State) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return replace(p.State, raw)
}

// replace writes a file so that after a power cut either the old or the new one is there, whole.
func replace(path string, raw []byte) error {
	dir := filepath.Dir(path)
	fresh, err := os.CreateTemp(dir, filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name())
	_, err = fresh.Write(raw)
	if err := errors.Join(err, fresh.Chmod(0o644), fresh.Sync(), fresh.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// checkVersion keeps a version from naming anything outside the slots.
func checkVersion(version string) error {
	if version == "" || len(version) > 64 || version == newest {
		return fmt.Errorf("%q is no version", version)
	}
	for i, r := range version {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || r != '.' && r != '-' && r != '+' && r != '~') {
			return fmt.Errorf("%q is no version: letters, digits and . - + ~", version)
		}
	}
	return nil
}

// Install puts a program into its slot and makes it the newest. Besides it only the versions that run or may be gone
// back to are kept. It is what a package does; the program is stopped or not.
func (p Place) Install(program, version string) error {
	if err := checkVersion(version); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Slots, 0o755); err != nil {
		return err
	}
	raw, err := os.ReadFile(program)
	if err != nil {
		return fmt.Errorf("install version %s: %w", version, err)
	}
	if err := errors.Join(replace(p.Program(version), raw), os.Chmod(p.Program(version), 0o755)); err != nil { //nolint:gosec // everybody may run it
		return fmt.Errorf("install version %s: %w", version, err)
	}
	if err := p.forgive(version); err != nil {
		return err
	}
	if err := replace(filepath.Join(p.Slots, newest), []byte(version)); err != nil {
		return err
	}
	return p.prune(version)
}

// forgive lets a version that was given up be tried again: whoever installs it anew wants that.
func (p Place) forgive(version string) error {
	s := p.Read()
	if s.Refused[version] == "" {
		return nil
	}
	delete(s.Refused, version)
	return p.write(s)
}

func (p Place) prune(version string) error {
	s := p.Read()
	slots, err := os.ReadDir(p.Slots)
	if err != nil {
		return err
	}
	var faults []error
	for _, slot := range slots {
		switch slot.Name() {
		case newest, version, s.Current, s.Previous:
		default:
			faults = append(faults, os.Remove(p.Program(slot.Name())))
		}
	}
	return errors.Join(faults...)
}

// Remove takes every version away.
func (p Place) Remove() error {
	if err := os.RemoveAll(p.Slots); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Lines tells people how it stands.
func (p Place) Lines() []string {
	s, fresh := p.Read(), p.Newest()
	if s.Current == "" {
		return []string{"no version has been started by portaria-launch; installed: " + orNone(fresh)}
	}
	lines := []string{fmt.Sprintf("in force: %s since %s", s.Current, s.Since.UTC().Format("2006-01-02 15:04 UTC"))}
	if !s.Trial {
		lines[0] += ", not on trial"
	}
	if s.Trial {
		lines = append(lines, fmt.Sprintf("on trial: started %d of %d times; it goes back to %s unless it proves itself", s.Tries, MaxTries, s.Previous))
	} else if fresh != s.Current && s.Refused[fresh] == "" {
		lines = append(lines, "waiting: "+orNone(fresh)+" goes on trial at the next start")
	}
	lines = append(lines, "to go back to: "+orNone(s.Previous))
	for version, why := range s.Refused {
		lines = append(lines, fmt.Sprintf("given up: %s: %s", version, why))
	}
	return lines
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}
