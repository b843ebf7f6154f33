package admit

import (
	"slices"

	"portaria/edge/whitelist"
)

func checkReading(f *Facts) finding {
	if f.Code == nil && f.Decider != AtArbiter || f.Code != nil && f.Code.Match == Garbled {
		return finding{reason: Unreadable}
	}
	if f.Repeat {
		return finding{reason: Debounced}
	}
	return finding{}
}

func checkDoor(f *Facts) finding {
	c := f.Checkpoint
	if c == nil || c.Mode == whitelist.Closed || c.Mode == whitelist.Evacuation {
		return finding{reason: CheckpointClosed}
	}
	if r := checkHours(f, c.Hours); r != "" {
		return finding{reason: r}
	}
	if c.NeedsStaff && f.Controller == "" && f.Decider != AtArbiter {
		return finding{reason: NoController}
	}
	return finding{}
}

// checkHours: an unknown clock only knows which times have passed, so it can't tell that a window is still to come
// from that it has begun.
func checkHours(f *Facts, hours []whitelist.Window) Reason {
	if len(hours) == 0 {
		return ""
	}
	mayBeOpen := false
	for _, w := range hours {
		if f.Now < w.From*1000 {
			mayBeOpen = mayBeOpen || f.Clock == ClockIsUnset
		} else if f.Now < w.Until*1000 {
			return ""
		}
	}
	if mayBeOpen && mutantUnsetIsOpen {
		return ""
	}
	if mayBeOpen {
		return ClockUnknown
	}
	return OutsideHours
}

func checkMatch(f *Facts) finding {
	if f.Code == nil {
		return finding{}
	}
	switch f.Code.Match {
	case Listed, SignedOnly:
		return finding{}
	case ManyMatches:
		return finding{reason: Ambiguous}
	case ForgedCode:
		return finding{reason: BadSignature}
	case ForeignSigned:
		return finding{reason: WrongEvent}
	}
	return finding{reason: Unknown}
}

func checkState(f *Facts) finding {
	if f.Code == nil || f.Code.Match != Listed {
		return finding{}
	}
	switch f.Code.Entry.State {
	case whitelist.Good:
		return finding{}
	case whitelist.Revoked:
		return finding{reason: Revoked}
	case whitelist.Replaced:
		return finding{reason: Replaced}
	}
	return finding{reason: Blocked} // and states that a newer list may have and this gate does not know
}

// checkUnlisted: a well-signed code that no list knows was sold after the last patch, or is listed-only by its kind.
func checkUnlisted(f *Facts) finding {
	if f.Code == nil || f.Code.Match != SignedOnly {
		return finding{}
	}
	if f.Code.Kind.ListedOnly || f.Checkpoint.Unlisted != whitelist.UnlistedAdmit {
		return finding{reason: Unknown}
	}
	return finding{}
}

func checkListAge(f *Facts) finding {
	if f.Code == nil || !f.Checkpoint.StaleAsk || f.Code.GoodUntil == 0 || f.Now < f.Code.GoodUntil*1000 {
		return finding{}
	}
	return finding{reason: ListExpired}
}

// checkEvent: a ticket of another event is wrong_event when that event is today, else wrong_day; one of this door's
// events is wrong_day on any other day than the event's own.
func checkEvent(f *Facts) finding {
	if f.Code == nil {
		return finding{}
	}
	e := &f.Code.Event
	here := slices.Contains(f.Checkpoint.Events, e.Event)
	begins := e.Doors
	if begins == 0 || e.Start != 0 && e.Start < begins {
		begins = e.Start
	}
	over := e.End != 0 && f.Location.Until != 0 && e.End*1000 <= f.Location.From
	ahead := f.Location.Until != 0 && begins*1000 >= f.Location.Until
	switch {
	case here && ahead && f.Clock == ClockIsUnset:
		return finding{reason: ClockUnknown}
	case over || ahead:
		return finding{reason: WrongDay}
	case !here:
		return finding{reason: WrongEvent}
	}
	return finding{}
}

func checkWindow(f *Facts) finding {
	if f.Code == nil {
		return finding{}
	}
	from, until := f.Code.Kind.ValidFrom, f.Code.Kind.ValidUntil
	if f.Code.Entry.ValidFrom != 0 {
		from = int64(f.Code.Entry.ValidFrom) * 60
	}
	if f.Code.Entry.ValidUntil != 0 {
		until = int64(f.Code.Entry.ValidUntil) * 60
	}
	switch {
	case until != 0 && f.Now >= until*1000:
		return finding{reason: TooLate}
	case f.Now >= from*1000:
		return finding{}
	case f.Clock == ClockIsUnset:
		return finding{reason: ClockUnknown}
	}
	return finding{reason: TooEarly, at: from * 1000}
}

func checkZone(f *Facts) finding {
	if f.Code == nil || len(f.Code.Kind.Zones) == 0 || slices.Contains(f.Code.Kind.Zones, f.Checkpoint.To) {
		return finding{}
	}
	return finding{reason: WrongZone}
}

func checkKind(f *Facts) finding {
	if f.Code == nil || len(f.Checkpoint.Kinds) == 0 {
		return finding{}
	}
	if slices.Contains(f.Checkpoint.Kinds, whitelist.KindRef{Event: f.Code.Event.Event, Kind: f.Code.Entry.Kind}) {
		return finding{}
	}
	return finding{reason: WrongKind}
}
