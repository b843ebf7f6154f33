package gate

import (
	"slices"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// given is an admission that an earlier run gave back at a lane, the last thing that happened there: its person may still come through.
type given struct {
	ref   whitelist.Ref
	abort admit.Record
}

// recallGiven finds what earlier runs left at each lane. What a supervisor settled is not among it: nobody stands before that arm.
func (s *State) recallGiven() {
	for _, l := range s.lanes {
		newest := given{}
		for _, f := range s.known {
			r := &s.history[f.ref][f.at]
			tied := r.At == newest.abort.At && r.Kind != admit.Abort // of two at one time, rather what asks for no guess
			if r.Gate == s.gate && r.Lane == l.Number && (r.At > newest.abort.At || tied) {
				newest = given{ref: f.ref, abort: *r}
			}
		}
		settled := func(r admit.Record) bool { return r.Scan == newest.abort.Scan && r.Kind == admit.UnknownEnd }
		if newest.abort.Kind == admit.Abort && !slices.ContainsFunc(s.history[newest.ref], settled) {
			l.given = &newest
		}
	}
}

// lateSinceStart: the contact fired for nobody whom this run let through. It may be the person whose admission the last run gave back
// within the minute, by a clock that is set.
func (s *State) lateSinceStart(l *lane) bool {
	late := l.given
	l.given = nil
	if late == nil || s.now.Clock == admit.ClockIsUnset || s.now.Unix < late.abort.At || s.now.Unix-late.abort.At >= lateTime {
		return false
	}
	exit := slices.ContainsFunc(s.history[late.ref], func(r admit.Record) bool { return r.Scan == late.abort.Scan && r.Kind == admit.Exit })
	right := s.rights[late.ref]
	s.count(l, Scan{Exit: exit})
	s.append(wire.Event{Type: wire.Outcome, Scan: late.abort.Scan, Ref: late.ref, Event: right.Event, Kind: right.Kind, Lane: l.Number,
		Checkpoint: l.Checkpoint, Counter: l.counter,
		Record: &admit.Record{Scan: late.abort.Scan, Kind: admit.ForcedPass, Lane: l.Number, Checkpoint: l.Checkpoint}})
	return true
}
