package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portaria/cloud/entry"
	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// Events takes batches of gates' records, as many as wait, and returns the answer to them: one that names the newest of
// the batches, and how far each run is held that they are of. All of them are stored in one transaction, since a commit
// costs as much for a thousand records as for one. ErrRefused when none is a batch of a gate of this hub's venue. Any
// other error means that the hub should send again what the answer, if there is one, does not say is held.
func (in *Intake) Events(ctx context.Context, hub Hub, payloads ...[]byte) ([]wire.Ack, error) {
	l, err := in.read(ctx, hub, payloads)
	if err != nil {
		return nil, err
	}
	acks, err := in.accept(ctx, hub, l)
	if err == nil || len(l.batches) == 1 || ctx.Err() != nil {
		return acks, err
	}
	return in.oneByOne(ctx, hub, l, err)
}

// load is batches that may be stored, and which of the events that they name are the venue's.
type load struct {
	batches []wire.Events
	ours    map[ticket.EventID]bool
}

// read passes over what can't be taken.
func (in *Intake) read(ctx context.Context, hub Hub, payloads [][]byte) (l load, err error) {
	refused := ErrRefused
	for _, payload := range payloads {
		batch, err := wire.Decode[wire.Events](payload)
		if err != nil {
			refused = in.refuse(hub, "a batch that can't be read", "size", len(payload), "error", err)
			continue
		}
		l.batches = append(l.batches, batch)
	}
	if len(l.batches) == 0 {
		return l, refused
	}
	gates, ours, err := in.Store.Knows(ctx, hub.Venue, eventsOf(l.batches))
	if err != nil {
		return l, fmt.Errorf("look up the gates of hub %s: %w", hub.ID, err)
	}
	l.ours = ours
	l.batches = slices.DeleteFunc(l.batches, func(b wire.Events) bool {
		if gates[b.Gate] || b.Gate == hub.ID { // a hub has records of its own: what it has from hearsay
			return false
		}
		refused = in.refuse(hub, "records of a gate that is not of its venue", "gate", b.Gate)
		return true
	})
	if len(l.batches) == 0 {
		return l, refused
	}
	return l, nil
}

// accept stores batches together.
func (in *Intake) accept(ctx context.Context, hub Hub, l load) ([]wire.Ack, error) {
	sources, records := bySource(l.batches)
	var plans []entry.Plan
	err := in.Store.Accept(ctx, hub, sources, func(watermarks []uint64) []entry.Plan {
		plans = make([]entry.Plan, len(sources))
		for i, source := range sources {
			plans[i] = setAside(entry.Step(source, watermarks[i], records[i]), l.ours)
		}
		return plans
	})
	if err != nil {
		return nil, fmt.Errorf("store %d batches, the first of gate %s run %s: %w", len(l.batches), l.batches[0].Gate, l.batches[0].Run, err)
	}
	ack := wire.Ack{V: wire.Version, Incarnation: in.Incarnation}
	for _, b := range l.batches {
		ack.Number = max(ack.Number, b.Number)
	}
	for i, source := range sources {
		in.tell(hub, source, plans[i])
		ack.Watermarks = append(ack.Watermarks, wire.Watermark{Gate: source.Gate, Run: source.Run, Cloud: plans[i].Watermark})
	}
	return in.split(ack)
}

// bySource puts together what is of one run, in the order in which it came.
func bySource(batches []wire.Events) (sources []entry.Source, records [][]wire.Event) {
	at := map[entry.Source]int{}
	for _, b := range batches {
		source := entry.Source{Gate: b.Gate, Run: b.Run}
		i, seen := at[source]
		if !seen {
			i = len(sources)
			at[source] = i
			sources, records = append(sources, source), append(records, nil)
		}
		records[i] = append(records[i], b.Events...)
	}
	return sources, records
}

// oneByOne is for batches that could not be stored together: what one gate brings must not keep out what others bring.
// After a batch that fails the rest of its run would only leave a gap.
func (in *Intake) oneByOne(ctx context.Context, hub Hub, l load, together error) (acks []wire.Ack, err error) {
	in.Log.Warn("ingest: batches could not be stored together; trying each by itself", "hub", hub.ID, "batches", len(l.batches), "error", together)
	failed := map[entry.Source]bool{}
	for _, b := range l.batches {
		source := entry.Source{Gate: b.Gate, Run: b.Run}
		if failed[source] {
			continue
		}
		some, why := in.accept(ctx, hub, load{[]wire.Events{b}, l.ours})
		failed[source] = why != nil
		acks, err = append(acks, some...), errors.Join(err, why)
	}
	return acks, err
}

// tell is the alert: a record set aside needs a person, a gap a look at the hub. Of many records one line tells: a gate that
// sends nothing else would fill the log.
func (in *Intake) tell(hub Hub, source entry.Source, plan entry.Plan) {
	if n := len(plan.Poison); n > 0 {
		in.Log.Error("ingest: records set aside", "hub", hub.ID, "gate", source.Gate, "run", source.Run.String(),
			"records", n, "first", plan.Poison[0].Event.Seq, "why", plan.Poison[0].Why)
	}
	if plan.Gap > 0 {
		in.Log.Warn("ingest: records are missing before this batch", "hub", hub.ID, "gate", source.Gate,
			"run", source.Run.String(), "missing", plan.Gap)
	}
}
