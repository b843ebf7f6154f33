package scan

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/google/uuid"

	"portaria/cloud/internal/account/role"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Row is a line of an event's list as a telephone's list is made of it.
type Row struct {
	Namespace, Code      string
	Kind                 uint16
	State                whitelist.State
	Uses, Group          uint8
	Flags                whitelist.Flags
	ValidFrom, ValidTill uint32
}

// Phones reads what telephones' lists are made of.
type Phones interface {
	// Rows are the signed rows whose epoch is above one and not above another.
	Rows(ctx context.Context, organizer, event uuid.UUID, after, upto uint64) ([]Row, error)
}

// PhoneEvent is what a telephone must know of one event.
type PhoneEvent struct {
	whitelist.VenueEvent
	Manifest whitelist.Manifest
	Rules    *whitelist.Rules
	Secret   [32]byte
}

// phoneSecret is not the gates': who takes a telephone can't read a gate's list. It changes when theirs does.
func phoneSecret(s whitelist.Secrets, event ticket.EventID) (out [32]byte) {
	mac := hmac.New(sha256.New, s.List[:])
	mac.Write([]byte("portaria-phone-list-1"))
	mac.Write(event[:])
	copy(out[:], mac.Sum(nil))
	return out
}

// Lists are the events whose lists a caller's devices keep at a venue.
func (s *Service) Lists(ctx context.Context, who Caller, venue uuid.UUID) ([]PhoneEvent, error) {
	book, err := s.Books.Venue(ctx, who.Organizer, venue)
	if err != nil {
		return nil, err
	}
	if !who.mayAnywhere(venue, book) {
		return nil, ErrNoDoor
	}
	out := []PhoneEvent{}
	for _, e := range book.Signed.Events {
		l := book.lists[e.Event]
		if l == nil || !who.Reach.Holds(role.Place{Venue: venue, Event: uuid.UUID(e.Event)}) {
			continue
		}
		out = append(out, PhoneEvent{VenueEvent: e, Manifest: l.manifest.Manifest, Rules: l.rules, Secret: phoneSecret(l.secrets, e.Event)})
	}
	return out, nil
}

// PhoneEntryLen is the length of one entry of a telephone's list.
const PhoneEntryLen = 24

const (
	phoneMagic = "PSL1"
	headerLen  = 28
)

// PhoneList is an event's list for telephones: whole, or what changed since an epoch (from; 0 = whole). What changed is given
// only where it is less than the whole.
func (s *Service) PhoneList(ctx context.Context, who Caller, venue, event uuid.UUID, from uint64) (raw []byte, etag string, err error) {
	events, err := s.Lists(ctx, who, venue)
	if err != nil {
		return nil, "", err
	}
	at := slices.IndexFunc(events, func(e PhoneEvent) bool { return e.Event == ticket.EventID(event) })
	if at < 0 {
		return nil, "", ErrNoDoor
	}
	e := events[at]
	if from > e.Manifest.Epoch {
		from = 0
	}
	etag = fmt.Sprintf("%d-%d-%x", e.Manifest.Epoch, from, sha256.Sum256(e.Secret[:4]))[:60]
	raw, err = s.lists.get(listName{event, e.Manifest.Epoch, from, e.Secret}, func() ([]byte, error) {
		rows, err := s.Phones.Rows(ctx, who.Organizer, event, from, e.Manifest.Epoch)
		if err != nil {
			return nil, fmt.Errorf("read the rows of event %s: %w", event, err)
		}
		return encodePhoneList(rows, e.Secret, from, e.Manifest.Epoch)
	})
	return raw, etag, err
}

// encodePhoneList: docs/scan-api.md has the bytes.
func encodePhoneList(rows []Row, secret [32]byte, from, epoch uint64) ([]byte, error) {
	entries := make([][PhoneEntryLen]byte, 0, len(rows))
	for _, r := range rows {
		e, err := phoneEntry(r, secret)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	slices.SortStableFunc(entries, func(a, b [PhoneEntryLen]byte) int { return bytes.Compare(a[:8], b[:8]) })
	entries = slices.CompactFunc(entries, func(a, b [PhoneEntryLen]byte) bool { return bytes.Equal(a[:8], b[:8]) })
	out := make([]byte, headerLen, headerLen+PhoneEntryLen*len(entries))
	copy(out, phoneMagic)
	if from > 0 {
		out[4] = 1
	}
	binary.BigEndian.PutUint64(out[8:], from)
	binary.BigEndian.PutUint64(out[16:], epoch)
	binary.BigEndian.PutUint32(out[24:], uint32(len(entries))) //nolint:gosec // an event has fewer
	for _, e := range entries {
		out = append(out, e[:]...)
	}
	return out, nil
}

func phoneEntry(r Row, secret [32]byte) (e [PhoneEntryLen]byte, err error) {
	var key whitelist.Key
	if r.Namespace != "" {
		key = whitelist.ForeignKey(secret, r.Namespace, r.Code)
	} else {
		id, err := ticket.ParseID(r.Code)
		if err != nil {
			return e, err
		}
		key = whitelist.TicketKey(secret, id)
	}
	copy(e[:8], key[:8])
	binary.BigEndian.PutUint16(e[8:], r.Kind)
	e[10], e[11], e[12] = uint8(r.State), r.Uses, r.Group
	binary.BigEndian.PutUint16(e[14:], uint16(r.Flags))
	binary.BigEndian.PutUint32(e[16:], r.ValidFrom)
	binary.BigEndian.PutUint32(e[20:], r.ValidTill)
	return e, nil
}

// phoneLists keeps lists that were made: all telephones of an event fetch the same.
type phoneLists struct {
	mu   sync.Mutex
	held map[listName]*madeList
}

type listName struct {
	event       uuid.UUID
	epoch, from uint64
	secret      [32]byte
}

type madeList struct {
	once sync.Once
	raw  []byte
	err  error
}

const mostMade = 32

func (p *phoneLists) get(name listName, build func() ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	if p.held == nil || len(p.held) >= mostMade {
		p.held = map[listName]*madeList{}
	}
	m := p.held[name]
	if m == nil {
		m = &madeList{}
		p.held[name] = m
	}
	p.mu.Unlock()
	m.once.Do(func() { m.raw, m.err = build() })
	if m.err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.held[name] == m {
			delete(p.held, name)
		}
	}
	return m.raw, m.err
}
