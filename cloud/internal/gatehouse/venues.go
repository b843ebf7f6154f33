package gatehouse

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"portaria/cloud/internal/gatehouse/season"
	"portaria/cloud/internal/gatehouse/vault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// VenueStore keeps venue manifests. LockVenue and KeepVenue are called inside the transaction that signs.
type VenueStore interface {
	// LockVenue makes this transaction the venue's only signer until it ends, and takes the venue's mark. ErrNoVenue.
	LockVenue(ctx context.Context, venue ticket.EventID) (HeldVenue, error)
	// VenueFacts reads what a venue's gates obey, with the events that end after and start before these times.
	VenueFacts(ctx context.Context, venue ticket.EventID, endsAfter, startsBefore time.Time) (VenueFacts, error)
	KeepVenue(ctx context.Context, made MadeVenue) error
	// LockPeople has nobody at this venue be given a badge or a PIN until the transaction ends, and ForgetPINs takes every
	// PIN away.
	LockPeople(ctx context.Context, venue ticket.EventID) error
	ForgetPINs(ctx context.Context, venue ticket.EventID) error
}

// HeldVenue is what is kept of a venue's manifest.
type HeldVenue struct {
	Organizer ticket.EventID
	Epoch     uint64
	Content   whitelist.Hash // of what the newest says, whatever its epoch and times
	GoodUntil time.Time
	Homes     *whitelist.Homes // that it names, nil = never any
}

// VenueFacts is what a venue manifest is made of.
type VenueFacts struct {
	Name        string
	TimeZone    string
	Zones       []whitelist.Zone
	Checkpoints []whitelist.Checkpoint // no events = every event
	Controllers []BadgedController
	Events      []whitelist.VenueEvent
	Seasons     map[string]Season                 // what doors do by date, of those that have more to say than Checkpoints
	Dates       []season.Date                     // of Events, in their order
	ByShift     bool                              // controllers sign on only at the doors of their shifts
	Posts       []Post                            // of their shifts, where ByShift
	Standing    []Standing                        // of the checkpoints with the policy home
	Kinds       map[ticket.EventID][]NumberedKind // of the events, where a checkpoint has the policy home
}

// BadgedController is a person at the doors with the number of their badge.
type BadgedController struct {
	ID          string
	Badge       ticket.ID
	Supervisor  bool
	Checkpoints []string
	PIN         *whitelist.PIN // nil = none
}

// MadeVenue is a newly signed venue manifest.
type MadeVenue struct {
	Venue   whitelist.SignedVenue
	Content whitelist.Hash
	Blob    whitelist.Hash // set when it is too big for a message
}

// Venues signs venue manifests.
type Venues struct {
	Store  VenueStore
	Atomic Atomic
	Keys   *vault.Keyring
	Now    func() time.Time
}

// Sign signs a venue's manifest if it says anything new or nears its end, and says whether it did.
func (v *Venues) Sign(ctx context.Context, venue ticket.EventID) (signed bool, err error) {
	err = v.Atomic.InTx(ctx, func(ctx context.Context) error {
		signed, err = v.sign(ctx, venue)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sign the manifest of venue %s: %w", venue, err)
	}
	return signed, nil
}

func (v *Venues) sign(ctx context.Context, venue ticket.EventID) (bool, error) {
	held, err := v.Store.LockVenue(ctx, venue)
	if err != nil {
		return false, err
	}
	return v.signHeld(ctx, venue, held, whitelist.NextEpoch(held.Epoch, v.Now()))
}

// ChangeSecret changes the secret under which a venue's badges and PINs are kept, in one transaction, and gives the epoch of
// the manifest that says so. Badges go on working: their numbers are known here. PINs do not: only their hashes are, so
// everybody who has one needs a new one.
func (v *Venues) ChangeSecret(ctx context.Context, venue ticket.EventID) (epoch uint64, err error) {
	err = v.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := v.Store.LockPeople(ctx, venue); err != nil {
			return err
		}
		held, err := v.Store.LockVenue(ctx, venue)
		if err != nil {
			return err
		}
		epoch = whitelist.NextEpoch(held.Epoch, v.Now())
		if _, err := v.Keys.ChangeList(ctx, venue, held.Organizer, epoch); err != nil {
			return err
		}
		if err := v.Store.ForgetPINs(ctx, venue); err != nil {
			return err
		}
		held.Content = whitelist.Hash{} // it says something new, whatever it says
		_, err = v.signHeld(ctx, venue, held, epoch)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("change the secret of venue %s: %w", venue, err)
	}
	return epoch, nil
}

// signHeld signs under the venue's lock.
func (v *Venues) signHeld(ctx context.Context, venue ticket.EventID, held HeldVenue, epoch uint64) (bool, error) {
	now := v.Now()
	next, rules, err := v.compose(ctx, venue, held.Organizer, now)
	if err != nil {
		return false, err
	}
	next.Homes = nextHomes(held.Homes, rules, epoch)
	content, err := contentOf(next)
	if err != nil {
		return false, err
	}
	if content == held.Content && held.GoodUntil.After(now.Add(renewWhen)) {
		return false, nil
	}
	next.Epoch = epoch
	next.IssuedAt, next.GoodUntil = now.Unix(), now.Add(goodFor).Unix()
	signer, err := v.Keys.ListSigner(ctx, held.Organizer, now)
	if err != nil {
		return false, err
	}
	signed, err := whitelist.SignVenue(next, signer.Key, signer.Chain)
	if err != nil {
		return false, err
	}
	made := MadeVenue{Venue: signed, Content: content}
	if len(signed.Raw()) > wire.MaxInline {
		made.Blob = whitelist.HashOf(signed.Raw())
	}
	return true, v.Store.KeepVenue(ctx, made)
}

func contentOf(v whitelist.Venue) (whitelist.Hash, error) {
	raw, err := json.Marshal(v)
	return sha256.Sum256(raw), err
}

// compose is what the venue's gates should obey now, without epoch and times, and where its rights are at home.
func (v *Venues) compose(ctx context.Context, venue, organizer ticket.EventID, now time.Time) (whitelist.Venue, []whitelist.HomeRule, error) {
	facts, err := v.Store.VenueFacts(ctx, venue, now.Add(-KeepAfter), now.Add(KeepBefore))
	if err != nil {
		return whitelist.Venue{}, nil, err
	}
	secrets, err := v.Keys.Secrets(ctx, venue, organizer)
	if err != nil {
		return whitelist.Venue{}, nil, err
	}
	keys, err := v.Keys.PublicKeys(ctx, venue, organizer)
	if err != nil {
		return whitelist.Venue{}, nil, err
	}
	facts.resolve()
	facts.standBy(now)
	rules := facts.homeRules() // before manifest fills in which events every door serves
	return facts.manifest(venue, secrets.List, keys), rules, nil
}

func (f VenueFacts) manifest(venue ticket.EventID, secret [32]byte, keys []whitelist.CodeKey) whitelist.Venue {
	m := whitelist.Venue{
		Venue: venue, Name: cut(f.Name, maxName), TimeZone: f.TimeZone, BadgeKeys: keys,
		Zones: f.Zones, Checkpoints: f.Checkpoints, Events: f.Events,
	}
	kept := map[ticket.EventID]bool{}
	all := make([]ticket.EventID, 0, len(f.Events))
	for i := range m.Events {
		m.Events[i].Name = cut(m.Events[i].Name, maxName)
		kept[m.Events[i].Event] = true
		all = append(all, m.Events[i].Event)
	}
	for i := range m.Zones {
		m.Zones[i].Name = cut(m.Zones[i].Name, maxName)
	}
	for i := range m.Checkpoints {
		m.Checkpoints[i].Name = cut(m.Checkpoints[i].Name, maxName)
		m.Checkpoints[i].Events = serves(m.Checkpoints[i].Events, all, kept)
	}
	for _, person := range f.Controllers {
		m.Controllers = append(m.Controllers, whitelist.Controller{
			ID: person.ID, Badge: whitelist.TicketKey(secret, person.Badge),
			Supervisor: person.Supervisor, Checkpoints: person.Checkpoints, PIN: person.PIN,
		})
	}
	return m
}

// serves is the events a checkpoint lets in, of those whose lists the venue keeps.
func serves(chosen, all []ticket.EventID, kept map[ticket.EventID]bool) []ticket.EventID {
	if len(chosen) == 0 {
		return all
	}
	out := []ticket.EventID{}
	for _, event := range chosen {
		if kept[event] {
			out = append(out, event)
		}
	}
	return out
}
