package lookup

import (
	"errors"
	"slices"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Lists is what is known of the venue's events.
type Lists interface {
	Venue() (venue whitelist.SignedVenue, ok bool)
	Secrets(event ticket.EventID) (secrets whitelist.Secrets, ok bool)
	List(event ticket.EventID) List
}

// List is one event's list.
type List interface {
	Find(key whitelist.Key) (entry whitelist.Entry, found bool, err error)
	Held() (manifest whitelist.SignedManifest, ok bool)
	Rules() *whitelist.Rules
}

// Resolver says what a scanned text is, before anybody asks whether it may pass.
type Resolver struct{ Lists Lists }

// Resolve tries every reading of a text: our signed code, our short code, and each issuer's code, in the list of every
// event of the venue. The events of the checkpoint come first: one listed reading there wins, two are ambiguous. A
// reading listed only elsewhere is told as of that event, so that the guest hears which day or hall it is for. Only a
// text that no list knows is tried against keys.
//
// The error says what could not be read (a damaged bucket); the code is then judged by the rest, and a signature alone lets nobody in.
func (r Resolver) Resolve(text string, checkpoint string) (code admit.Code, err error) {
	if len(text) > whitelist.MaxForeignText {
		return admit.Code{Match: admit.Garbled}, nil
	}
	venue, _ := r.Lists.Venue()
	read := parse(text)
	for range changes {
		here, elsewhere := r.split(&venue.Venue, checkpoint)
		code, err = resolve(here, elsewhere, read)
		if code.Match == admit.Listed || r.steady(here) && r.steady(elsewhere) {
			break
		}
	}
	return code, err
}

// changes is how often a code is looked up again because secrets were changed meanwhile.
const changes = 4

// steady says that the events' keys are still made under the secrets that were looked under: a list under others may have
// come meanwhile, even between two looks.
func (r Resolver) steady(events []event) bool {
	for i := range events {
		now, _ := r.Lists.Secrets(events[i].named.Event)
		held, _ := events[i].list.Held()
		if !slices.Equal(under(now, held.Epoch), events[i].under) {
			return false
		}
	}
	return true
}

func resolve(here, elsewhere []event, read reading) (admit.Code, error) {
	var faults []error
	for _, events := range [][]event{here, elsewhere} {
		code, err := listed(events, read)
		faults = append(faults, err)
		if code.Match != admit.NoMatch {
			return code, errors.Join(faults...)
		}
	}
	code, err := signed(append(here[:len(here):len(here)], elsewhere...), read), errors.Join(faults...)
	if err != nil && code.Match == admit.SignedOnly {
		code.Kind.ListedOnly = true // that nobody lists it is not certain: what can't be read may say that it was refunded
	}
	return code, err
}

// event is one event with all that is needed to look a code up in it.
type event struct {
	named   whitelist.VenueEvent
	list    List
	rules   *whitelist.Rules
	secrets whitelist.Secrets
	under   [][32]byte // list secrets that its keys may be made under, the newest first
	until   int64      // unix seconds: good-until of the list
}

// split gives the events whose lists this gate holds: those of the checkpoint, and the venue's others.
func (r Resolver) split(venue *whitelist.Venue, checkpoint string) (here, elsewhere []event) {
	door := venue.Checkpoint(checkpoint)
	for _, named := range venue.Events {
		e := event{named: named, list: r.Lists.List(named.Event)}
		secrets, known := r.Lists.Secrets(named.Event)
		held, whole := e.list.Held()
		if e.rules = e.list.Rules(); !known || !whole || e.rules == nil {
			continue
		}
		e.secrets, e.until = secrets, held.GoodUntil.Unix()
		e.under = under(secrets, held.Epoch)
		if door != nil && serves(door, named.Event) {
			here = append(here, e)
		} else {
			elsewhere = append(elsewhere, e)
		}
	}
	return here, elsewhere
}

func serves(door *whitelist.Checkpoint, id ticket.EventID) bool {
	for _, served := range door.Events {
		if served == id {
			return true
		}
	}
	return false
}

// reading is a text taken apart in every way there is.
type reading struct {
	text     string
	code     ticket.Code
	isSigned bool
	id       ticket.ID // of the signed or the short code
	isOurs   bool
}

func parse(text string) reading {
	read := reading{text: text}
	if code, err := ticket.Parse(text); err == nil {
		read.code, read.isSigned = code, true
		read.id, read.isOurs = code.ID(), true
	} else if id, err := ticket.ParseShort(text); err == nil {
		read.id, read.isOurs = id, true
	}
	return read
}

// listed looks the reading up in these events.
func listed(events []event, read reading) (admit.Code, error) {
	var found admit.Code
	var faults []error
	for i := range events {
		e := &events[i]
		for _, key := range e.keys(read) {
			entry, ok, err := e.list.Find(key)
			faults = append(faults, err)
			if !ok {
				continue
			}
			code, known := e.listedCode(entry)
			if !known || found.Match == admit.Listed && found.Entry.Ref == entry.Ref {
				continue
			}
			if found.Match != admit.NoMatch {
				return admit.Code{Match: admit.ManyMatches, Event: found.Event}, errors.Join(faults...)
			}
			found = code
		}
	}
	return found, errors.Join(faults...)
}

// under are the list secrets to look under. While a gate still holds a list from before its secret was changed, patches of
// the new one may lie over it: what these say is newer, so their secret comes first.
func under(secrets whitelist.Secrets, held uint64) [][32]byte {
	if held >= secrets.Since || secrets.Before == [32]byte{} {
		return [][32]byte{secrets.List}
	}
	return [][32]byte{secrets.List, secrets.Before}
}

// keys are the keys that the reading has in this event's list.
func (e *event) keys(read reading) []whitelist.Key {
	keys := make([]whitelist.Key, 0, len(e.under)*(1+len(e.rules.Issuers)))
	for _, secret := range e.under {
		if read.isOurs {
			keys = append(keys, whitelist.TicketKey(secret, read.id))
		}
		for _, issuer := range e.rules.Issuers {
			if code := issuer.Normalise.Apply(read.text); code != "" {
				keys = append(keys, whitelist.ForeignKey(secret, issuer.Name, code))
			}
		}
	}
	return keys
}

// listedCode says what an entry is. An entry of a kind that the rules in force do not have (they are still on their
// way) is not known: nobody could say how often it may be used.
func (e *event) listedCode(entry whitelist.Entry) (admit.Code, bool) {
	kind, known := e.rules.Kind(entry.Kind)
	return admit.Code{Match: admit.Listed, Event: e.named, Entry: entry, Kind: kind,
		GoodUntil: e.until, Seat: e.rules.Seat(entry.Seat)}, known
}

// signed tries the keys of these events: ours first, then those of issuers that sign.
func signed(events []event, read reading) admit.Code {
	forged := false
	for i := range events {
		if !read.isSigned {
			break
		}
		key := events[i].keyOf(read.code)
		if key == nil {
			continue
		}
		if read.code.Verify(events[i].named.Event, key.Key) {
			return events[i].signedCode(read.code.Fields(), *key)
		}
		forged = true // unless it is another event's, whose key of that number comes later
	}
	if forged {
		return admit.Code{Match: admit.ForgedCode}
	}
	return signedByIssuer(events, read)
}

// keyOf is the event's key of a code's number, nil when there is none: then the code is no forgery, but another
// venue's ticket.
func (e *event) keyOf(code ticket.Code) *whitelist.CodeKey {
	for i := range e.rules.TicketKeys {
		if e.rules.TicketKeys[i].ID == code.Fields().KeyID {
			return &e.rules.TicketKeys[i]
		}
	}
	return nil
}

// signedCode is what a verified code says that is not listed: nothing, where it is good only when listed.
func (e *event) signedCode(f ticket.Fields, key whitelist.CodeKey) admit.Code {
	kind, known := e.rules.Kind(f.Kind)
	if !known || key.ListedOnly || kind.ListedOnly || f.Kind == ticket.KindListedOnly {
		return admit.Code{}
	}
	entry := whitelist.Entry{Ref: whitelist.TicketRef(e.secrets.Ref, f.ID), Kind: f.Kind, Flags: kind.Flags}
	return admit.Code{Match: admit.SignedOnly, Event: e.named, Entry: entry, Kind: kind, Reissue: f.Reissue, GoodUntil: e.until}
}

func signedByIssuer(events []event, read reading) admit.Code {
	foreign, err := ticket.ParsePretix(read.text)
	if err != nil {
		return admit.Code{}
	}
	for i := range events {
		e := &events[i]
		for _, issuer := range e.rules.Issuers {
			if code := e.signedPretix(issuer, foreign, read.text); code.Match != admit.NoMatch {
				return code
			}
		}
	}
	return admit.Code{}
}

func (e *event) signedPretix(issuer whitelist.Issuer, foreign ticket.Pretix, text string) admit.Code {
	kind, known := e.rules.Kind(issuer.Kind)
	if !known || kind.ListedOnly {
		return admit.Code{}
	}
	code := issuer.Normalise.Apply(text)
	if code == "" {
		return admit.Code{} // a list could not name it: nobody could revoke it, and all such texts would be one right
	}
	for _, key := range issuer.Pretix {
		if !foreign.Verify(key) {
			continue
		}
		entry := whitelist.Entry{Ref: whitelist.ForeignRef(e.secrets.Ref, issuer.Name, code),
			Kind: issuer.Kind, Flags: kind.Flags}
		if !foreign.ValidFrom.IsZero() {
			entry.ValidFrom = uint32(foreign.ValidFrom.Unix() / 60)
		}
		if !foreign.ValidUntil.IsZero() {
			entry.ValidUntil = uint32((foreign.ValidUntil.Unix() + 59) / 60)
		}
		return admit.Code{Match: admit.SignedOnly, Event: e.named, Entry: entry, Kind: kind, GoodUntil: e.until}
	}
	return admit.Code{}
}
