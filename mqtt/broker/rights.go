package broker

import (
	"slices"
	"strings"

	"portaria/edge/wire"
)

func mayPublish(r wire.Rights, topic string) bool { return slices.Contains(r.Publish, topic) }

// mayRead tells whether everything that a topic or filter names is among what the rights let read.
func mayRead(r wire.Rights, filter string) bool {
	return slices.ContainsFunc(r.Subscribe, func(allowed string) bool { return covers(allowed, filter) })
}

// covers tells whether every topic that filter matches is matched by allowed.
func covers(allowed, filter string) bool {
	for {
		a, restA, moreA := strings.Cut(allowed, "/")
		f, restF, moreF := strings.Cut(filter, "/")
		switch {
		case a == "#":
			return true
		case f == "#", a != "+" && a != f:
			return false
		case !moreA || !moreF:
			return moreA == moreF
		}
		allowed, filter = restA, restF
	}
}
