package relay

import (
	"context"
	"errors"
	"fmt"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

var errNotNamed = errors.New("the venue manifest does not name this event")

// Venue takes a message of the cloud's venue topic and returns at once. An empty one is a topic being cleared.
func (r *Relay) Venue(payload []byte) {
	if len(payload) > 0 {
		r.post(func(ctx context.Context) { r.takeVenue(ctx, payload) })
	}
}

// List takes a message of an event's list topic.
func (r *Relay) List(event ticket.EventID, payload []byte) {
	if len(payload) > 0 { // what is no longer needed, the venue manifest says
		r.post(func(ctx context.Context) { r.takeList(ctx, event, payload) })
	}
}

// Patch takes a message of an event's patch topic.
func (r *Relay) Patch(event ticket.EventID, payload []byte) {
	if len(payload) > 0 {
		r.post(func(ctx context.Context) { r.takePatch(ctx, event, payload) })
	}
}

func (r *Relay) takeVenue(ctx context.Context, payload []byte) {
	const what = "a venue manifest"
	notice, err := wire.Decode[wire.VenueNotice](payload)
	if err != nil {
		r.refused(what, err)
		return
	}
	raw, err := r.inlineOrBlob(ctx, notice.Venue, notice.Blob, whitelist.MaxVenue)
	if err != nil {
		r.again(ctx, what, err, func() { r.Venue(payload) })
		return
	}
	venue, err := r.checkVenue(raw)
	if !r.news(what, err) {
		return
	}
	if err := r.cfg.Store.SetVenue(ctx, raw); err != nil {
		r.cfg.Log.Error("the venue manifest could not be kept, so it is not passed on", "why", err)
		return
	}
	r.cfg.Log.Info("venue manifest in force", "epoch", venue.Epoch, "events", len(venue.Events))
	r.adopt(venue)
	r.forget(ctx)
	r.replayEarly()
	r.Wake()
}

func (r *Relay) checkVenue(raw []byte) (whitelist.SignedVenue, error) {
	venue, err := whitelist.OpenVenue(raw, r.cfg.Platform, r.cfg.Now())
	if err != nil {
		return venue, err
	}
	if err := venue.For(r.cfg.Venue, r.cfg.Owner); err != nil {
		return venue, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.venue == nil {
		return venue, nil
	}
	return venue, whitelist.CheckNewer(r.venue.Epoch, venue.Epoch)
}

// adopt puts a venue manifest in force and sends it to the gates.
func (r *Relay) adopt(venue whitelist.SignedVenue) {
	notice := wire.VenueNotice{Venue: venue.Raw()}
	var blob whitelist.Hash
	if len(venue.Raw()) > wire.MaxInline {
		blob = whitelist.HashOf(venue.Raw())
		notice = wire.VenueNotice{Blob: blob}
	}
	r.cfg.Changed(&venue.Venue) // first, so that whoever sees it in force finds it obeyed
	r.mu.Lock()
	r.venue, r.blob = &venue, blob
	r.mu.Unlock()
	payload, err := wire.Encode(notice)
	r.send(wire.VenueTopics{Venue: r.cfg.Venue}.Notice(), payload, true, err)
}

// forget drops the lists of events that the venue manifest no longer names.
func (r *Relay) forget(ctx context.Context) {
	r.mu.Lock()
	var gone []ticket.EventID
	for event := range r.lists {
		if r.venue.Venue.Event(event) == nil {
			gone = append(gone, event)
			delete(r.lists, event)
		}
	}
	r.mu.Unlock()
	for _, event := range gone {
		if err := r.cfg.Store.DropList(ctx, event); err != nil {
			r.cfg.Log.Error("a list that is over could not be dropped", "event", event, "why", err)
		}
		r.send(wire.VenueTopics{Venue: r.cfg.Venue}.List(event), nil, true, nil)
	}
}

func (r *Relay) takeList(ctx context.Context, event ticket.EventID, payload []byte) {
	what := "a list of event " + event.String()
	notice, err := wire.Decode[wire.ListNotice](payload)
	if err != nil {
		r.refused(what, err)
		return
	}
	m, err := whitelist.OpenManifest(notice.Manifest, r.cfg.Platform, r.cfg.Now())
	if err == nil {
		err = r.checkFor(event, m)
	}
	if errors.Is(err, errNotNamed) {
		r.keepEarly(event, notice)
		return
	}
	if err == nil {
		err = whitelist.CheckNewer(r.held(event), m.Epoch)
	}
	if !r.news(what, err) {
		return
	}
	if err := r.cfg.Store.SetList(ctx, event, m.Raw()); err != nil {
		r.cfg.Log.Error("a list could not be kept, so it is not passed on", "event", event, "why", err)
		return
	}
	r.mu.Lock()
	l := r.of(event)
	first := l.manifest.Raw() == nil
	l.manifest = m
	r.mu.Unlock()
	if first { // later ones come every second while tickets are sold
		r.cfg.Log.Info("first list of an event", "event", event, "epoch", m.Epoch, "entries", m.Count)
	}
	r.sendList(m)
	r.Wake()
}

func (r *Relay) takePatch(ctx context.Context, event ticket.EventID, payload []byte) {
	what := "a patch of event " + event.String()
	notice, err := wire.Decode[wire.PatchNotice](payload)
	if err != nil {
		r.refused(what, err)
		return
	}
	raw, err := r.inlineOrBlob(ctx, notice.Patch, notice.Blob, maxPatch)
	if err != nil {
		r.cfg.Log.Warn("a patch could not be fetched; gates will heal from the next list", "event", event, "why", err)
		return
	}
	p, err := whitelist.OpenPatch(raw, r.cfg.Platform, r.cfg.Now())
	if err == nil {
		err = r.checkFor(event, p.Manifest)
	}
	if errors.Is(err, errNotNamed) {
		return // its list comes retained, once the venue manifest names it
	}
	if err == nil {
		err = whitelist.CheckNewer(r.passed(event), p.Manifest.Epoch)
	}
	if !r.news(what, err) {
		return
	}
	r.mu.Lock()
	r.of(event).patched = p.Manifest.Epoch
	r.mu.Unlock()
	r.send(wire.VenueTopics{Venue: r.cfg.Venue}.Patch(event), payload, false, nil)
}

// checkFor asks the venue manifest whose list it must be.
func (r *Relay) checkFor(event ticket.EventID, m whitelist.SignedManifest) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.venue == nil {
		return errNotNamed
	}
	named := r.venue.Venue.Event(event)
	if named == nil {
		return errNotNamed
	}
	return m.For(event, named.Organizer)
}

func (r *Relay) keepEarly(event ticket.EventID, n wire.ListNotice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.early) < maxEarly {
		r.early[event] = n
	}
}

func (r *Relay) replayEarly() {
	r.mu.Lock()
	waiting := r.early
	r.early = map[ticket.EventID]wire.ListNotice{}
	r.mu.Unlock()
	for event, notice := range waiting {
		if payload, err := wire.Encode(notice); err == nil {
			r.List(event, payload)
		}
	}
}

// of is an event's list; the caller holds mu.
func (r *Relay) of(event ticket.EventID) *list {
	l := r.lists[event]
	if l == nil {
		l = &list{}
		r.lists[event] = l
	}
	return l
}

// held is the epoch floor of an event's list.
func (r *Relay) held(event ticket.EventID) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.of(event).manifest.Epoch
}

// passed is the newest epoch that gates have been told of.
func (r *Relay) passed(event ticket.EventID) uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.of(event).manifest.Epoch, r.of(event).patched)
}

func (r *Relay) sendList(m whitelist.SignedManifest) {
	payload, err := wire.Encode(wire.ListNotice{Manifest: m.Raw()})
	r.send(wire.VenueTopics{Venue: r.cfg.Venue}.List(m.Event), payload, true, err)
}

func (r *Relay) send(topic string, payload []byte, retained bool, err error) {
	if err == nil {
		err = r.cfg.Send(topic, payload, retained)
	}
	if err != nil {
		r.cfg.Log.Error("gates were not told", "topic", topic, "why", err)
	}
}

func (r *Relay) inlineOrBlob(ctx context.Context, inline []byte, blob whitelist.Hash, limit int64) ([]byte, error) {
	if len(inline) > 0 {
		return inline, nil
	}
	raw, err := r.cfg.Blobs.Get(ctx, blob, limit)
	if err != nil {
		return nil, fmt.Errorf("fetch blob %s: %w", blob, err)
	}
	return raw, nil
}
