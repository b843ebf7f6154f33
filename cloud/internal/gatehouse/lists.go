package gatehouse

import (
	"context"
	"fmt"
	"time"

	"portaria/cloud/internal/gatehouse/vault"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// ListStore keeps lists. All but Facts are called inside the transaction that signs.
type ListStore interface {
	// LockList makes this transaction the event's only signer until it ends.
	LockList(ctx context.Context, event ticket.EventID) (HeldList, error)
	// TakeUnsigned takes the event's mark, and gives unsigned rows this epoch: own tickets first, and of a big import a part; the
	// event is due until none is left.
	TakeUnsigned(ctx context.Context, event ticket.EventID, epoch uint64) ([]Row, error)
	// TakeWithdrawn does the same for unsigned rows that are not good any more, and leaves the mark.
	TakeWithdrawn(ctx context.Context, event ticket.EventID, epoch uint64) ([]Row, error)
	// ListedRows is every row that is committed, for a list made whole.
	ListedRows(ctx context.Context, event ticket.EventID) ([]Row, error)
	Blobs(ctx context.Context, scope ticket.EventID, names []whitelist.Hash) (map[whitelist.Hash][]byte, error)
	KeepList(ctx context.Context, made MadeList) error
}

// EventSource reads what an event's rules are made of. ErrNoEvent.
type EventSource interface {
	EventFacts(ctx context.Context, event ticket.EventID) (EventFacts, error)
}

// HeldList is what is kept of an event's list.
type HeldList struct {
	Epoch    uint64 // the floor: no list of this event was ever newer
	Manifest []byte // the newest, nil when there is none
}

// MadeList is a newly signed list, or what changed in it.
type MadeList struct {
	Manifest  whitelist.SignedManifest
	Patch     []byte                    // nil when the change is too big for one
	PatchBlob whitelist.Hash            // set when the patch is too big for a message
	Put       map[whitelist.Hash][]byte // blobs that are new
	Retire    []whitelist.Hash          // blobs that nothing needs any more
	RetireAll bool                      // every blob of the event but those in Put
}

// Lists signs events' lists.
type Lists struct {
	Store  ListStore
	Events EventSource
	Atomic Atomic
	Keys   *vault.Keyring
	Now    func() time.Time
}

// Sign signs what is unsigned of an event's list, or a part of much, in one transaction, and says whether there was anything. Two signers
// at once wait for each other; the second finds nothing left.
func (l *Lists) Sign(ctx context.Context, event ticket.EventID) (signed bool, err error) {
	return l.run(ctx, &signing{Lists: l, event: event, take: l.Store.TakeUnsigned})
}

// SignWithdrawn signs only what is not good any more, so that gates hear of a refund before they hear of whatever else
// waits. It says whether there was anything.
func (l *Lists) SignWithdrawn(ctx context.Context, event ticket.EventID) (signed bool, err error) {
	return l.run(ctx, &signing{Lists: l, event: event, take: l.Store.TakeWithdrawn, rowsOnly: true})
}

// ChangeSecret signs the whole list anew under another list secret, in one transaction, and gives its epoch. Refs stay, so
// what was used stays used; there is no patch from the list before, whose keys nobody could compare with the new ones.
func (l *Lists) ChangeSecret(ctx context.Context, event ticket.EventID) (epoch uint64, err error) {
	s := &signing{Lists: l, event: event, take: l.Store.TakeUnsigned, rekey: true}
	_, err = l.run(ctx, s)
	return s.epoch, err
}

// take gives unsigned rows an epoch.
type take func(ctx context.Context, event ticket.EventID, epoch uint64) ([]Row, error)

func (l *Lists) run(ctx context.Context, s *signing) (signed bool, err error) {
	if err := s.prepare(ctx); err != nil {
		return false, fmt.Errorf("sign the list of event %s: %w", s.event, err)
	}
	err = l.Atomic.InTx(ctx, func(ctx context.Context) error {
		signed, err = s.sign(ctx)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("sign the list of event %s: %w", s.event, err)
	}
	return signed, nil
}

// signing is one run of Sign.
type signing struct {
	*Lists
	event   ticket.EventID
	owner   ticket.EventID
	now     time.Time
	epoch   uint64 // of what is signed
	secrets whitelist.Secrets
	signer  vault.ListSigner
	take    take

	rowsOnly bool // nothing is signed when no row is taken
	rekey    bool // under a new list secret
}

// prepare opens keys, making those that are missing, before the transaction: what makes keys uses another connection,
// and must not wait for locks that this one holds.
func (s *signing) prepare(ctx context.Context) error {
	facts, err := s.Events.EventFacts(ctx, s.event)
	if err != nil {
		return err
	}
	s.now, s.owner = s.Now(), facts.Organizer
	if _, err = s.Keys.Secrets(ctx, s.event, s.owner); err != nil {
		return err
	}
	if _, err = s.Keys.PublicKeys(ctx, s.event, facts.Organizer); err != nil {
		return err
	}
	s.signer, err = s.Keys.ListSigner(ctx, facts.Organizer, s.now)
	return err
}

func (s *signing) sign(ctx context.Context) (bool, error) {
	held, err := s.Store.LockList(ctx, s.event)
	if err != nil {
		return false, err
	}
	s.epoch = whitelist.NextEpoch(held.Epoch, s.now)
	rows, err := s.take(ctx, s.event, s.epoch)
	if err != nil || s.rowsOnly && len(rows) == 0 {
		return false, err
	}
	if err := s.openSecrets(ctx); err != nil {
		return false, err
	}
	changes, err := entries(rows, s.secrets.List)
	if err != nil {
		return false, err
	}
	made, err := s.build(ctx, s.open(held), changes)
	if err != nil || made == nil {
		return false, err
	}
	kept, err := s.seal(*made, s.epoch, changes)
	if err != nil {
		return false, err
	}
	return true, s.Store.KeepList(ctx, kept)
}

// openSecrets reads the list secret under the list's lock, or changes it: whoever signs afterwards sees the new one.
func (s *signing) openSecrets(ctx context.Context) (err error) {
	if s.rekey {
		s.secrets, err = s.Keys.ChangeList(ctx, s.event, s.owner, s.epoch)
	} else {
		s.secrets, err = s.Keys.Secrets(ctx, s.event, s.owner)
	}
	return err
}

// open reads the kept manifest; nil when there is none, or when the list must be made anew: it is another
// platform's, or its keys change.
func (s *signing) open(held HeldList) *whitelist.Manifest {
	if held.Manifest == nil || s.rekey {
		return nil
	}
	m, err := whitelist.OpenManifest(held.Manifest, s.Keys.PlatformKey(), time.Time{})
	if err != nil {
		return nil
	}
	return &m.Manifest
}

// build makes the next list from the last one, whole where there is no other way; nil when nothing changed and the
// last one is good for long enough.
func (s *signing) build(ctx context.Context, last *whitelist.Manifest, changes []whitelist.Entry) (*shape, error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return nil, err
	}
	name := whitelist.HashOf(rules)
	if last != nil && len(changes) == 0 && last.Rules == name && last.GoodUntil.After(s.now.Add(renewWhen)) {
		return nil, nil
	}
	var made *shape
	if last != nil {
		if made, err = s.change(ctx, last, changes); err != nil {
			return nil, err
		}
	}
	if made == nil {
		if made, err = s.whole(ctx); err != nil {
			return nil, err
		}
	}
	made.rules, made.last = name, last
	made.put[name] = rules
	if last != nil && last.Rules != name {
		made.retire = append(made.retire, last.Rules)
	}
	return made, nil
}

// rules are read after the mark was taken: a change that is not in them has left its mark for the next run.
func (s *signing) rules(ctx context.Context) ([]byte, error) {
	facts, err := s.Events.EventFacts(ctx, s.event)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys.PublicKeys(ctx, s.event, facts.Organizer)
	if err != nil {
		return nil, err
	}
	return whitelist.EncodeRules(facts.rules(keys))
}
