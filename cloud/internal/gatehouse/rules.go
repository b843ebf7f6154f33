package gatehouse

import (
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// maxName is the longest name a gate takes, in bytes.
const maxName = 256

// EventFacts is what an event's rules are made of.
type EventFacts struct {
	Event     ticket.EventID
	Organizer ticket.EventID
	Name      string
	Ends      time.Time
	Kinds     []NumberedKind // by number
	Issuers   []whitelist.Issuer
	Seats     []string // labels, by number from 1
}

// NumberedKind is an offer as gates see it, with its number in the event.
type NumberedKind struct {
	Number uint16
	Kind   whitelist.Kind
}

// rules makes an event's rules. A number that no offer has any more keeps its place, and admits nobody unlisted.
func (f EventFacts) rules(keys []whitelist.CodeKey) whitelist.Rules {
	r := whitelist.Rules{Event: f.Event, Name: cut(f.Name, maxName), TicketKeys: keys, Seats: f.Seats, Kinds: []whitelist.Kind{}}
	for _, k := range f.Kinds {
		for len(r.Kinds) < int(k.Number) {
			r.Kinds = append(r.Kinds, whitelist.Kind{Name: "-", Use: whitelist.UseSingle, ListedOnly: true})
		}
		k.Kind.Name = cut(k.Kind.Name, maxName)
		r.Kinds = append(r.Kinds, k.Kind)
	}
	for _, issuer := range f.Issuers {
		if int(issuer.Kind) >= len(r.Kinds) {
			issuer.Pretix = nil // its offer is gone: its signed codes are no longer believed unlisted
		}
		r.Issuers = append(r.Issuers, issuer)
	}
	return r
}
