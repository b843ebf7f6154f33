package admit

import "portaria/edge/whitelist"

// checkPlace: a door inside the venue lets in who is inside. Only the arbiter knows that of everyone; a gate that is
// cut off would keep out an honest guest who came in elsewhere.
func checkPlace(f *Facts) finding {
	if f.Terms.Inner == "" || f.Decider != AtArbiter || f.Standing.Inside > 0 {
		return finding{}
	}
	return finding{reason: NotInside}
}

// checkUses: what is used up speaks before what is only promised, since a promise may yet be given back.
func checkUses(f *Facts) finding {
	used, full := usesOf(f)
	allowed := f.Terms.Allowed()
	switch {
	case used+f.Pending.Count < allowed:
		return finding{}
	case used < allowed:
		return finding{reason: PendingElsewhere, at: f.Pending.At, gate: f.Pending.Gate, lane: f.Pending.Lane}
	}
	last := f.Standing.Latest
	return finding{reason: full, at: last.At, gate: last.Gate, lane: last.Lane}
}

// usesOf is how many of the allowed admissions are taken, and what to say when all are.
func usesOf(f *Facts) (used int, full Reason) {
	switch f.Terms.Use {
	case whitelist.UseReentr:
		return insideZone(f), AlreadyInside
	case whitelist.UseDaily:
		used = f.Standing.UsedDay
	default:
		used = f.Standing.Used
	}
	if f.Terms.Group > 1 {
		return used, GroupFull
	}
	return used, AlreadyUsed
}

// insideZone are the people of this right in the zone of an inner door, or anywhere for an outer one.
func insideZone(f *Facts) int {
	if f.Terms.Inner == "" {
		return f.Standing.Inside
	}
	n := 0
	for i := range f.Standing.Open {
		if f.Standing.Open[i].Zone == f.Terms.Inner {
			n++
		}
	}
	return n
}

// checkInterval: who comes back waits the kind's interval; somebody of a group who has not been inside does not.
func checkInterval(f *Facts) finding {
	ends := f.Standing.Ends
	if f.Terms.Use != whitelist.UseReentr || f.Terms.ReentryAfter == 0 || len(ends) == 0 || f.Standing.Roots < f.Terms.Allowed() {
		return finding{}
	}
	pause := int64(f.Terms.ReentryAfter) * 60_000
	first := ends[0].LeftAt + pause
	for _, end := range ends[1:] {
		first = min(first, end.LeftAt+pause)
	}
	if f.Now >= first {
		return finding{}
	}
	return finding{reason: TooEarly, at: first}
}

func checkCapacity(f *Facts) finding {
	if f.ZoneLimit > 0 && f.ZoneCount >= f.ZoneLimit {
		return finding{reason: ZoneFull}
	}
	return finding{}
}

// checkPermission: who may decide without the arbiter is the checkpoint's policy.
func checkPermission(f *Facts) finding {
	if f.Decider != Offline {
		return finding{}
	}
	reissued := f.Code.Match == SignedOnly && f.Code.Reissue > 0 && !mutantReissuedAlone
	switch f.Checkpoint.Policy {
	case whitelist.Home:
		if f.Home != "" {
			return finding{reason: OtherGate, gate: f.Home}
		}
		if f.Recalled {
			return finding{reason: ArbiterRequired}
		}
	case whitelist.Strict:
		return finding{reason: ArbiterRequired}
	default:
		if f.OverBudget {
			return finding{reason: ArbiterRequired}
		}
	}
	if reissued {
		return finding{reason: ArbiterRequired}
	}
	return finding{}
}
