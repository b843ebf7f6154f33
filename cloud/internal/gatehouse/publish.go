package gatehouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// A Sender hands a message to the hubs' broker; a retained one is also given to whoever reads the topic later, and an
// empty retained one takes that away.
type Sender interface {
	Send(topic string, payload []byte, retained bool) error
}

// Signed reads what was signed, for sending.
type Signed interface {
	// HubLists says which list each hub keeps, and its newest epoch.
	HubLists(ctx context.Context, endsAfter, startsBefore time.Time) ([]HubList, error)
	HubVenues(ctx context.Context) ([]HubVenue, error)
	// SignedSince is the event's manifests above an epoch, oldest first.
	SignedSince(ctx context.Context, event ticket.EventID, epoch uint64) ([]SignedList, error)
	// SignedVenue is a venue's newest manifest: its bytes, and the blob's name when it is too big for a message.
	SignedVenue(ctx context.Context, venue ticket.EventID) (raw []byte, blob whitelist.Hash, err error)
}

// HubList is a list that a hub keeps.
type HubList struct {
	Hub   string
	Event ticket.EventID
	Epoch uint64
}

// HubVenue is the venue manifest of a hub.
type HubVenue struct {
	Hub   string
	Venue ticket.EventID
	Epoch uint64
}

// SignedList is a signed manifest with the patch that leads to it.
type SignedList struct {
	Epoch    uint64
	Manifest []byte
	Patch    []byte
	Blob     whitelist.Hash
}

// Publisher sends to every hub what it has not been sent yet. It remembers only what it sent itself: a new one sends
// everything retained again, which is how a broker that starts empty fills.
type Publisher struct {
	Signed Signed
	Sender Sender
	Now    func() time.Time
	// Stale, if set, names retained topics that the broker does not hold as they were sent.
	Stale func() []string

	sent  map[string]uint64 // retained topic -> epoch
	again map[string]bool   // retained topics to send once more
}

// Publish sends whatever is newer than what was sent. What fails is sent again at the next call.
func (p *Publisher) Publish(ctx context.Context) error {
	if p.sent == nil {
		p.sent, p.again = map[string]uint64{}, map[string]bool{}
	}
	if p.Stale != nil {
		for _, topic := range p.Stale() {
			p.again[topic] = true
		}
	}
	now := p.Now()
	lists, err := p.Signed.HubLists(ctx, now.Add(-KeepAfter), now.Add(KeepBefore))
	if err != nil {
		return fmt.Errorf("read which lists hubs keep: %w", err)
	}
	venues, err := p.Signed.HubVenues(ctx)
	if err != nil {
		return fmt.Errorf("read the hubs' venues: %w", err)
	}
	wanted := map[string]bool{}
	var faults []error
	for _, v := range venues {
		wanted[wire.HubTopics{Hub: v.Hub}.Notice()] = true
		faults = append(faults, p.venue(ctx, v))
	}
	for _, l := range lists {
		wanted[wire.HubTopics{Hub: l.Hub}.List(l.Event)] = true
		faults = append(faults, p.list(ctx, l))
	}
	return errors.Join(append(faults, p.forget(wanted))...)
}

func (p *Publisher) venue(ctx context.Context, v HubVenue) error {
	topic := wire.HubTopics{Hub: v.Hub}.Notice()
	if p.sent[topic] >= v.Epoch && !p.again[topic] {
		return nil
	}
	raw, blob, err := p.Signed.SignedVenue(ctx, v.Venue)
	if err != nil {
		return fmt.Errorf("read the manifest of venue %s: %w", v.Venue, err)
	}
	notice := wire.VenueNotice{Venue: raw}
	if blob != (whitelist.Hash{}) {
		notice = wire.VenueNotice{Blob: blob}
	}
	payload, err := wire.Encode(notice)
	return p.retain(topic, v.Epoch, payload, err)
}

// list sends the patches in order, and then the manifest: who has applied the patches finds nothing new in it.
func (p *Publisher) list(ctx context.Context, l HubList) error {
	topics := wire.HubTopics{Hub: l.Hub}
	have := p.sent[topics.List(l.Event)]
	if have >= l.Epoch && !p.again[topics.List(l.Event)] {
		return nil
	}
	since := l.Epoch
	if have > 0 {
		since = have
	}
	news, err := p.Signed.SignedSince(ctx, l.Event, since-1)
	if err != nil || len(news) == 0 {
		return err
	}
	// The oldest is the one already sent. Without it, patches would build on what the hub never had.
	if have > 0 && news[0].Epoch == have {
		for _, n := range news[1:] {
			if err := p.patch(topics.Patch(l.Event), n); err != nil {
				return err
			}
		}
	}
	newest := news[len(news)-1]
	payload, err := wire.Encode(wire.ListNotice{Manifest: newest.Manifest})
	return p.retain(topics.List(l.Event), newest.Epoch, payload, err)
}

func (p *Publisher) patch(topic string, n SignedList) error {
	notice := wire.PatchNotice{Patch: n.Patch}
	switch {
	case n.Blob != whitelist.Hash{}:
		notice = wire.PatchNotice{Blob: n.Blob}
	case n.Patch == nil:
		return nil // the hub compares roots
	}
	payload, err := wire.Encode(notice)
	if err != nil {
		return err
	}
	return p.Sender.Send(topic, payload, false)
}

func (p *Publisher) retain(topic string, epoch uint64, payload []byte, err error) error {
	if err == nil {
		err = p.Sender.Send(topic, payload, true)
	}
	if err != nil {
		return fmt.Errorf("publish %s at epoch %d: %w", topic, epoch, err)
	}
	p.sent[topic] = epoch
	delete(p.again, topic)
	return nil
}

// forget takes away what no hub needs any more: an event long over, a hub that was retired.
func (p *Publisher) forget(wanted map[string]bool) error {
	var faults []error
	told := maps.Clone(p.again) // the broker may hold what another program left there
	for topic := range p.sent {
		told[topic] = true
	}
	for topic := range told {
		if wanted[topic] {
			continue
		}
		if err := p.Sender.Send(topic, nil, true); err != nil {
			faults = append(faults, fmt.Errorf("clear %s: %w", topic, err))
			continue
		}
		delete(p.sent, topic)
		delete(p.again, topic)
	}
	return errors.Join(faults...)
}
