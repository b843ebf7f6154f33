package whitelist

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"

	"portaria/edge/ticket"
)

// Limits of a rules blob.
const (
	MaxRules   = 16 << 20 // bytes
	maxKinds   = ticket.KindStaff
	maxSeats   = 250_000
	maxKeys    = 16 // a key id has 4 bits
	maxIssuers = 256
	maxPretix  = 16  // keys of one issuer
	maxName    = 256 // bytes of any name or label
	maxZones   = 256
)

// EncodeRules is the rules blob. It refuses what a gate would refuse.
func EncodeRules(r Rules) ([]byte, error) {
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("encode the rules of event %s: %w", r.Event, err)
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the rules of event %s: %w", r.Event, err)
	}
	if len(raw) > MaxRules {
		return nil, fmt.Errorf("encode the rules of event %s: %w", r.Event, malformed("%d bytes are over %d", len(raw), MaxRules))
	}
	return raw, nil
}

// ParseRules reads a rules blob. It does not say that the rules are the signed ones: Manifest.OpenRules does.
func ParseRules(raw []byte) (*Rules, error) {
	var r Rules
	if err := decodeStrict(raw, MaxRules, &r); err != nil {
		return nil, fmt.Errorf("parse rules: %w", err)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("parse rules: %w", err)
	}
	return &r, nil
}

// Kind is the kind at index i of an entry or a signed code.
func (r *Rules) Kind(i uint16) (Kind, bool) {
	if int(i) >= len(r.Kinds) {
		return Kind{}, false
	}
	return r.Kinds[i], true
}

// Seat is the label of an entry's Seat, empty for none.
func (r *Rules) Seat(n uint32) string {
	if n == 0 || uint64(n) > uint64(len(r.Seats)) {
		return ""
	}
	return r.Seats[n-1]
}

// Issuer is the seller of that name, nil when there is none.
func (r *Rules) Issuer(name string) *Issuer {
	for i := range r.Issuers {
		if r.Issuers[i].Name == name {
			return &r.Issuers[i]
		}
	}
	return nil
}

func (r *Rules) validate() error {
	switch {
	case r.Event == ticket.EventID{}:
		return malformed("no event")
	case len(r.Kinds) > maxKinds || len(r.Seats) > maxSeats || len(r.Issuers) > maxIssuers:
		return malformed("%d kinds, %d seats, %d issuers: over %d, %d, %d",
			len(r.Kinds), len(r.Seats), len(r.Issuers), maxKinds, maxSeats, maxIssuers)
	}
	if err := checkNames("seat", r.Seats); err != nil {
		return err
	}
	for i, kind := range r.Kinds {
		if err := kind.validate(); err != nil {
			return fmt.Errorf("kind %d: %w", i, err)
		}
	}
	if err := checkCodeKeys(r.TicketKeys); err != nil {
		return err
	}
	return r.validateIssuers()
}

func (k Kind) validate() error {
	switch {
	case len(k.Name) > maxName:
		return malformed("a name of %d bytes", len(k.Name))
	case k.Use != UseSingle && k.Use != UseDaily && k.Use != UseReentr:
		return malformed("use %q", k.Use)
	case k.ReentryAfter < 0 || k.ReentryAfter > 7*24*60:
		return malformed("re-entry after %d minutes", k.ReentryAfter)
	case k.ValidFrom < 0 || k.ValidUntil < 0 || max(k.ValidFrom, k.ValidUntil) > maxSeconds:
		return malformed("valid from %d until %d", k.ValidFrom, k.ValidUntil)
	case k.ValidUntil != 0 && k.ValidUntil <= k.ValidFrom:
		return malformed("valid from %d until %d: never", k.ValidFrom, k.ValidUntil)
	case len(k.Zones) > maxZones:
		return malformed("%d zones", len(k.Zones))
	}
	return checkNames("zone", k.Zones)
}

// checkCodeKeys holds for an event's ticket keys and a venue's badge keys.
func checkCodeKeys(keys []CodeKey) error {
	var seen [maxKeys]bool
	for _, key := range keys {
		switch {
		case key.ID >= maxKeys:
			return malformed("key id %d has more than 4 bits", key.ID)
		case seen[key.ID]:
			return malformed("key id %d stands twice", key.ID)
		case len(key.Key) != ed25519.PublicKeySize:
			return malformed("key %d has %d bytes", key.ID, len(key.Key))
		}
		seen[key.ID] = true
	}
	return nil
}

func (r *Rules) validateIssuers() error {
	seen := map[string]bool{}
	for _, issuer := range r.Issuers {
		switch {
		case issuer.Name == "" || len(issuer.Name) > maxName:
			return malformed("an issuer with a name of %d bytes", len(issuer.Name))
		case seen[issuer.Name]:
			return malformed("issuer %q stands twice", issuer.Name)
		case len(issuer.Pretix) > maxPretix:
			return malformed("issuer %q has %d keys", issuer.Name, len(issuer.Pretix))
		case len(issuer.Pretix) > 0 && int(issuer.Kind) >= len(r.Kinds):
			return malformed("issuer %q is of kind %d, of %d", issuer.Name, issuer.Kind, len(r.Kinds))
		}
		for _, key := range issuer.Pretix {
			if len(key) != ed25519.PublicKeySize {
				return malformed("a key of issuer %q has %d bytes", issuer.Name, len(key))
			}
		}
		seen[issuer.Name] = true
	}
	return nil
}

func checkNames(what string, names []string) error {
	for _, name := range names {
		if name == "" || len(name) > maxName {
			return malformed("a %s with a name of %d bytes", what, len(name))
		}
	}
	return nil
}
