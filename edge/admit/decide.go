package admit

import "portaria/edge/whitelist"

// Decide is the judge: may this code pass this checkpoint now? Checks are made in the order of the table below, and
// the first that fails speaks. It allocates nothing and depends on nothing but the facts.
func Decide(f *Facts) Verdict {
	if f.Exit {
		return decideExit(f)
	}
	overruled := false
	for _, check := range entryChecks {
		found := check(f)
		if found.reason == "" {
			continue
		}
		if f.Override && Overridable(f.Code, found.reason) {
			overruled = true
			continue
		}
		return refuse(f, found)
	}
	return admitEntry(f, overruled)
}

// finding is what a check has against an admission; the zero value is nothing.
type finding struct {
	reason Reason
	at     int64
	gate   string
	lane   int
}

// entryChecks in their fixed order: what was read, the door, the code, its event, its windows, its history, and last
// what only matters if all else is well. DESIGN.md gives the reasons for the order; a test holds the two together.
var entryChecks = [...]func(*Facts) finding{
	checkReading,    // unreadable, debounced
	checkDoor,       // checkpoint_closed, outside_hours, clock_unknown, no_controller
	checkMatch,      // unknown, ambiguous, bad_signature, wrong_event
	checkState,      // revoked, replaced, blocked
	checkUnlisted,   // unknown
	checkListAge,    // list_expired
	checkEvent,      // wrong_event, wrong_day, clock_unknown
	checkWindow,     // too_early, too_late, clock_unknown
	checkZone,       // wrong_zone
	checkKind,       // wrong_kind
	checkPlace,      // not_inside
	checkUses,       // already_used, group_full, already_inside, pending_elsewhere
	checkInterval,   // too_early
	checkCapacity,   // zone_full
	checkPermission, // arbiter_required, other_gate
}

func refuse(f *Facts, found finding) Verdict {
	return Verdict{Reason: found.reason, At: found.at, Gate: found.gate, Lane: found.lane,
		AskStaff: Overridable(f.Code, found.reason), UnsureNow: f.Clock == ClockIsUnset}
}

func admitEntry(f *Facts, overruled bool) Verdict {
	v := Verdict{Admit: true, Reason: OK, UnsureNow: f.Clock == ClockIsUnset}
	switch {
	case overruled:
		v.Reason = OKOverride
	case f.Decider == Offline:
		v.Reason = OKOffline
	}
	if f.Code != nil {
		v.Attention = f.Code.Entry.Flags | f.Code.Kind.Flags
	}
	if f.Terms.Inner != "" {
		v.Closes = placeToLeave(f.Standing.Open, f.Checkpoint.From)
	} else if f.Terms.Use == whitelist.UseReentr {
		v.Follows = endToFollow(f)
	}
	return v
}

// decideExit never keeps anyone in: it opens for whatever was read, and only a reading that is none, or one that was
// just made, is refused. It names the place that is left, or none.
func decideExit(f *Facts) Verdict {
	if found := checkReading(f); found.reason != "" {
		return refuse(f, found)
	}
	v := Verdict{Admit: true, Reason: NotInside, UnsureNow: f.Clock == ClockIsUnset}
	from, to := Way(f.Checkpoint, true)
	v.Closes = placeToLeave(f.Standing.Open, from)
	if v.Closes == (ScanID{}) && to == "" {
		v.Closes = anyPlace(f.Standing.Open)
	}
	if v.Closes != (ScanID{}) {
		v.Reason = OK
	}
	return v
}

// Way is where a scan at a checkpoint leads from and to: zone ids, empty = outside. An exit at a door that lets people
// in as well, or that names no zone it comes from, leads the other way round.
func Way(c *whitelist.Checkpoint, exit bool) (from, to string) {
	if c == nil {
		return "", ""
	}
	if exit && (c.Direction != whitelist.Out || c.From == "") {
		return c.To, c.From
	}
	return c.From, c.To
}

// placeToLeave is the first place in a zone whose passage is recorded. One that is not may be nobody's: closing it
// would free a right whose person then comes in after all.
func placeToLeave(open []Place, zone string) ScanID {
	for i := range open {
		if open[i].Passed && open[i].Zone == zone {
			return open[i].Scan
		}
	}
	return ScanID{}
}

func anyPlace(open []Place) ScanID {
	for i := range open {
		if open[i].Passed {
			return open[i].Scan
		}
	}
	return ScanID{}
}

// endToFollow is the leaving that this entry comes back from; none while the right has people who never came.
func endToFollow(f *Facts) ScanID {
	pause := int64(f.Terms.ReentryAfter) * 60_000
	for _, end := range f.Standing.Ends {
		if f.Now >= end.LeftAt+pause {
			return end.Scan
		}
	}
	if len(f.Standing.Ends) > 0 && (f.Standing.Roots >= f.Terms.Allowed() || f.Override) {
		return f.Standing.Ends[0].Scan
	}
	return ScanID{}
}

// Overridable says whether a supervisor's word can let in what was refused: never where it is not clear whose right it
// would use up, nor a code whose right another code has taken or whose money went back. Code is nil at the arbiter.
func Overridable(code *Code, r Reason) bool {
	if code != nil && code.Match != Listed && code.Match != SignedOnly {
		return r == NoController || r == OutsideHours || r == ClockUnknown
	}
	switch r {
	case Unreadable, Debounced, Ambiguous, BadSignature, WrongEvent, Revoked, Replaced, CheckpointClosed:
		return false
	}
	return true
}
