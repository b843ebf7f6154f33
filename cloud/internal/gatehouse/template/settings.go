// Package template keeps the doors that every date at a venue has. The template is written in peace; applying it makes and
// changes checkpoints, and shows beforehand what will change, and what somebody has set by hand and stays.
//
// Each checkpoint remembers what the template said when it was last applied. So three things are compared, field by field: a
// field that is as it was applied follows the template, one that was changed by hand stays.
package template

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/gatehouse/hours"
	"portaria/edge/whitelist"
)

// Settings are what a template says of a door: all that does not depend on machines or on the moment.
type Settings struct {
	Name        string               `json:"name"`
	Direction   whitelist.Direction  `json:"direction"`
	From        *uuid.UUID           `json:"from"`
	To          *uuid.UUID           `json:"to"`
	Rule        *hours.Rule          `json:"rule"` // nil = always open
	Names       []string             `json:"kind_names"`
	Policy      whitelist.PolicyName `json:"policy"`
	Budget      whitelist.Budget     `json:"budget"`
	Unlisted    whitelist.Unlisted   `json:"unlisted"`
	NeedsStaff  bool                 `json:"needs_staff"`
	AskMillis   int                  `json:"ask_millis"`
	PassSeconds int                  `json:"pass_seconds"`
	NoContact   bool                 `json:"no_contact"`
	StaleAsk    bool                 `json:"stale_ask"`
	Language    string               `json:"language"`
}

// Of are the settings of a checkpoint.
func Of(c desk.Checkpoint) Settings {
	return Settings{
		Name: c.Name, Direction: c.Direction, From: c.From, To: c.To, Rule: c.Rule, Names: append([]string{}, c.Names...), Policy: c.Policy,
		Budget: c.Budget, Unlisted: c.Unlisted, NeedsStaff: c.NeedsStaff, AskMillis: c.AskMillis, PassSeconds: c.PassSeconds,
		NoContact: c.NoContact, StaleAsk: c.StaleAsk, Language: c.Language,
	}
}

// Onto writes the settings onto a checkpoint.
func (s Settings) Onto(c *desk.Checkpoint) {
	c.Name, c.Direction, c.From, c.To, c.Names, c.Policy = s.Name, s.Direction, s.From, s.To, s.Names, s.Policy
	c.Budget, c.Unlisted, c.NeedsStaff, c.AskMillis, c.PassSeconds = s.Budget, s.Unlisted, s.NeedsStaff, s.AskMillis, s.PassSeconds
	c.NoContact, c.StaleAsk, c.Language = s.NoContact, s.StaleAsk, s.Language
	if c.Rule = s.Rule; s.Rule != nil {
		c.Hours = nil
	}
	if c.Policy != whitelist.Home {
		c.HomeGates = nil
	}
}

// fields are the settings by name, each as JSON.
type fields map[string]json.RawMessage

func (s Settings) fields() (f fields, err error) {
	if s.Names == nil {
		s.Names = []string{}
	}
	raw, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	return f, err
}

func (f fields) settings() (s Settings, err error) {
	raw, err := json.Marshal(f)
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	return s, err
}

// Field is one setting that differs, as JSON.
type Field struct {
	Name     string
	Old, New json.RawMessage
}

// Merged is a checkpoint's settings after the template: what changes, and what was set by hand and stays.
type Merged struct {
	Settings Settings
	Changed  []Field // Old is what the checkpoint has
	Kept     []Field // Old is what it has and keeps, New what the template says
}

// Merge compares what a checkpoint has, what the template said when it was applied, and what it says now.
func Merge(has, applied, says Settings) (m Merged, err error) {
	var ours, base, theirs fields
	for _, x := range []struct {
		into *fields
		from Settings
	}{{&ours, has}, {&base, applied}, {&theirs, says}} {
		if *x.into, err = x.from.fields(); err != nil {
			return m, fmt.Errorf("compare the settings of %q: %w", has.Name, err)
		}
	}
	out := maps.Clone(ours)
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		f := Field{name, ours[name], theirs[name]}
		switch {
		case bytes.Equal(f.Old, f.New):
		case bytes.Equal(ours[name], base[name]):
			out[name], m.Changed = f.New, append(m.Changed, f)
		default:
			m.Kept = append(m.Kept, f)
		}
	}
	m.Settings, err = out.settings()
	return m, err
}
