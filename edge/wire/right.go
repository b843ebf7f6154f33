package wire

import (
	"bytes"
	"cmp"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// mostAllowed is what a list can say of uses, and of people, at most: a gate that says more gains nothing by it.
const mostAllowed = 255

// Join is what a right allows by two words about it: the larger of each. A gate that knows a code by its signature alone
// knows no group, and nobody can tell from its word that it lacks something; so what is known never depends on who spoke
// last. The zero value says nothing. Inner is a door's, no right's, and left out.
//
// It is for who remembers what a right allows (to see double admissions, and to tell others). Who decides on somebody goes
// by the terms of whoever asks: else one gate that lies would raise what all others grant.
func (r Right) Join(what Right) Right {
	if cmp.Or(bytes.Compare(r.Event[:], what.Event[:]), cmp.Compare(r.Kind, what.Kind)) < 0 {
		r.Event, r.Kind = what.Event, what.Kind
	}
	r.Terms = admit.Terms{
		Use:          laxer(r.Terms.Use, what.Terms.Use),
		Uses:         larger(r.Terms.Uses, what.Terms.Uses),
		Group:        larger(r.Terms.Group, what.Terms.Group),
		ReentryAfter: max(r.Terms.ReentryAfter, what.Terms.ReentryAfter, 0), // no double admission is judged by it
	}
	return r
}

func larger(a, b int) int { return min(max(a, b, 0), mostAllowed) }

// laxer is the use by which fewer admissions are too many: once a day is more than once, and who may come back more than
// both. One that this program does not know is judged as once.
func laxer(a, b whitelist.Use) whitelist.Use {
	if cmp.Or(cmp.Compare(laxity(a), laxity(b)), cmp.Compare(a, b)) < 0 {
		return b
	}
	return a
}

func laxity(u whitelist.Use) int {
	switch u {
	case "":
		return 0
	case whitelist.UseSingle:
		return 2
	case whitelist.UseDaily:
		return 3
	case whitelist.UseReentr:
		return 4
	}
	return 1
}
