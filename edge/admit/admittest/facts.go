package admittest

import (
	"fmt"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// facts is a row as the file writes it.
type facts struct {
	Now        Time        `json:"now"`
	Clock      admit.Clock `json:"clock"`
	TimeZone   string      `json:"time_zone"`
	Decider    string      `json:"decider"` // gate, arbiter, offline
	Exit       bool        `json:"exit"`
	Repeat     bool        `json:"repeat"`
	Override   bool        `json:"override"`
	OverBudget bool        `json:"over_budget"`
	Recalled   bool        `json:"recalled"`
	Home       string      `json:"home"`
	Controller string      `json:"controller"`
	ZoneCount  int         `json:"zone_count"`
	ZoneLimit  int         `json:"zone_limit"`
	Pending    struct {
		Count int    `json:"count"`
		Gate  string `json:"gate"`
		Lane  int    `json:"lane"`
		At    Time   `json:"at"`
	} `json:"pending"`
	Checkpoint checkpoint `json:"checkpoint"`
	Code       *code      `json:"code"`
	History    []record   `json:"history"`
}

type checkpoint struct {
	Direction  whitelist.Direction  `json:"direction"`
	From       string               `json:"from"`
	To         string               `json:"to"`
	Events     []string             `json:"events"`
	Kinds      []uint16             `json:"kinds"`
	Hours      []window             `json:"hours"`
	Mode       whitelist.Mode       `json:"mode"`
	Policy     whitelist.PolicyName `json:"policy"`
	Unlisted   whitelist.Unlisted   `json:"unlisted"`
	NeedsStaff bool                 `json:"needs_staff"`
	StaleAsk   bool                 `json:"stale_ask"`
}

type window struct {
	From  Time `json:"from"`
	Until Time `json:"until"`
}

type code struct {
	Match     string `json:"match"`
	Reissue   uint8  `json:"reissue"`
	GoodUntil Time   `json:"good_until"`
	Event     struct {
		ID    string `json:"id"`
		Doors Time   `json:"doors"`
		Start Time   `json:"start"`
		End   Time   `json:"end"`
	} `json:"event"`
	Kind struct {
		Index        uint16        `json:"index"`
		Use          whitelist.Use `json:"use"`
		Uses         uint8         `json:"uses"`
		ReentryAfter int           `json:"reentry_after"` // minutes
		ValidFrom    Time          `json:"valid_from"`
		ValidUntil   Time          `json:"valid_until"`
		Zones        []string      `json:"zones"`
		Flags        []string      `json:"flags"`
		ListedOnly   bool          `json:"listed_only"`
	} `json:"kind"`
	Entry struct {
		State      string   `json:"state"` // good, revoked, replaced, blocked
		Uses       uint8    `json:"uses"`
		Group      uint8    `json:"group"`
		Flags      []string `json:"flags"`
		ValidFrom  Time     `json:"valid_from"`
		ValidUntil Time     `json:"valid_until"`
	} `json:"entry"`
}

type record struct {
	Scan    Scan             `json:"scan"`
	Kind    admit.RecordKind `json:"kind"`
	At      Time             `json:"at"`
	Gate    string           `json:"gate"`
	Lane    int              `json:"lane"`
	From    string           `json:"from"`
	Zone    string           `json:"zone"`
	Day     Time             `json:"day"`
	Follows Scan             `json:"follows"`
	Closes  Scan             `json:"closes"`
	Resumes Scan             `json:"resumes"`
}

var matches = map[string]admit.Match{
	"none": admit.NoMatch, "listed": admit.Listed, "signed_only": admit.SignedOnly, "forged": admit.ForgedCode,
	"many": admit.ManyMatches, "garbled": admit.Garbled, "foreign_signed": admit.ForeignSigned,
}

var states = map[string]whitelist.State{
	"good": whitelist.Good, "revoked": whitelist.Revoked, "replaced": whitelist.Replaced, "blocked": whitelist.Blocked,
}

var deciders = map[string]admit.Decider{"gate": admit.AtGate, "arbiter": admit.AtArbiter, "offline": admit.Offline}

func (f facts) build(name string, want Want) Case {
	zone, err := time.LoadLocation(f.TimeZone)
	if err != nil {
		panic(fmt.Sprintf("case %q: %v", name, err))
	}
	c := Case{Name: name, Want: want, Zone: zone, History: history(f.History)}
	door := f.Checkpoint.build()
	c.Facts = admit.Facts{Now: f.Now.milli(), Clock: f.Clock, Location: admit.DayAt(f.Now.milli(), zone), Checkpoint: door,
		Exit: f.Exit, Repeat: f.Repeat, Override: f.Override, OverBudget: f.OverBudget, Home: f.Home, Recalled: f.Recalled, Controller: f.Controller,
		ZoneCount: f.ZoneCount, ZoneLimit: f.ZoneLimit, Decider: lookUp(deciders, f.Decider),
		Pending: admit.Pending{Count: f.Pending.Count, Gate: f.Pending.Gate, Lane: f.Pending.Lane, At: f.Pending.At.milli()}}
	if f.Code != nil {
		c.Facts.Code = f.Code.build()
		c.Facts.Terms = admit.TermsOf(c.Facts.Code.Kind, c.Facts.Code.Entry).At(door)
	}
	if c.Facts.Decider == admit.AtArbiter {
		c.Facts.Code = nil // the gate has judged it
	}
	c.Facts.Standing = admit.Fold(c.Facts.Terms, c.History, c.Facts.Location)
	return c
}

func (c checkpoint) build() *whitelist.Checkpoint {
	out := &whitelist.Checkpoint{ID: "door", Direction: c.Direction, From: c.From, To: c.To, Mode: c.Mode, Policy: c.Policy,
		Unlisted: c.Unlisted, NeedsStaff: c.NeedsStaff, StaleAsk: c.StaleAsk}
	for _, e := range c.Events {
		out.Events = append(out.Events, eventID(e))
	}
	for _, k := range c.Kinds {
		out.Kinds = append(out.Kinds, whitelist.KindRef{Event: eventID(c.Events[0]), Kind: k})
	}
	for _, w := range c.Hours {
		out.Hours = append(out.Hours, whitelist.Window{From: w.From.seconds(), Until: w.Until.seconds()})
	}
	return out
}

func (c *code) build() *admit.Code {
	return &admit.Code{Match: lookUp(matches, c.Match), Reissue: c.Reissue, GoodUntil: c.GoodUntil.seconds(),
		Event: whitelist.VenueEvent{Event: eventID(c.Event.ID), Doors: c.Event.Doors.seconds(), Start: c.Event.Start.seconds(),
			End: c.Event.End.seconds()},
		Kind: whitelist.Kind{Name: "kind", Use: c.Kind.Use, Uses: c.Kind.Uses, ReentryAfter: c.Kind.ReentryAfter,
			ValidFrom: c.Kind.ValidFrom.seconds(), ValidUntil: c.Kind.ValidUntil.seconds(), Zones: c.Kind.Zones,
			Flags: flagsOf(c.Kind.Flags), ListedOnly: c.Kind.ListedOnly},
		Entry: whitelist.Entry{Ref: whitelist.Ref{1}, Kind: c.Kind.Index, State: lookUp(states, c.Entry.State), Uses: c.Entry.Uses,
			Group: c.Entry.Group, Flags: flagsOf(c.Entry.Flags), ValidFrom: uint32(c.Entry.ValidFrom.seconds() / 60),
			ValidUntil: uint32(c.Entry.ValidUntil.seconds() / 60)}}
}

func history(rows []record) []admit.Record {
	var out []admit.Record
	for _, r := range rows {
		out = append(out, admit.Record{Scan: r.Scan.id(), Kind: r.Kind, At: r.At.milli(), Gate: r.Gate, Lane: r.Lane, From: r.From,
			Zone: r.Zone, Day: r.Day.milli(), Follows: r.Follows.id(), Closes: r.Closes.id(), Resumes: r.Resumes.id()})
	}
	return out
}

// lookUp panics on a word that the file misspells: a silent zero would test something else.
func lookUp[T any](words map[string]T, word string) T {
	got, known := words[word]
	if !known {
		panic(fmt.Sprintf("case file: no such word %q", word))
	}
	return got
}

// Event names an event in a test as the case file does.
func Event(name string) ticket.EventID { return eventID(name) }
