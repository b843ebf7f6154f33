package ingest

import (
	"context"
	"fmt"

	"portaria/edge/wire"
)

// backAtOnce is how many records are looked up for one answer; what fits a message of them is sent.
const backAtOnce = 64

// Want takes a hub's question for records that it lacks, and returns what to send back: from the seq that it names on, as
// many as fit one message. No events = there are none, and nothing to send.
func (in *Intake) Want(ctx context.Context, hub Hub, payload []byte) (wire.Events, error) {
	want, err := wire.Decode[wire.Want](payload)
	if err != nil {
		return wire.Events{}, in.refuse(hub, "a question for records that can't be read", "size", len(payload), "error", err)
	}
	events, err := in.Store.Back(ctx, hub.Venue, want, backAtOnce)
	if err != nil {
		return wire.Events{}, fmt.Errorf("read records of gate %s run %s from %d: %w", want.Gate, want.Run, want.From, err)
	}
	if len(events) == 0 {
		return wire.Events{}, nil
	}
	parts, err := wire.SplitEvents(events)
	if err != nil {
		return wire.Events{}, fmt.Errorf("hand back records of gate %s run %s: %w", want.Gate, want.Run, err)
	}
	return parts[0], nil
}

// answerState is what a heartbeat is answered with: how far runs are held, and what the hub must know of its store.
func (in *Intake) answerState(ctx context.Context, hub Hub, state wire.HubState) ([]wire.Ack, error) {
	marks, err := in.marks(ctx, hub, state.Whole)
	if err != nil {
		return nil, fmt.Errorf("read the watermarks of hub %s: %w", hub.ID, err)
	}
	ack := wire.Ack{V: wire.Version, Number: state.Number, Watermarks: marks, Incarnation: in.Incarnation}
	if state.Disk != "" {
		word, isNew, err := in.Store.Word(ctx, hub, state, in.Restored)
		if err != nil {
			return nil, fmt.Errorf("keep the term of hub %s: %w", hub.ID, err)
		}
		if isNew {
			in.Log.Warn("ingest: a hub with a store that was not known has its term", "hub", hub.ID, "disk", state.Disk, "term", word.Term)
		}
		word.Disk, word.Run, word.Whole, word.Of = state.Disk, state.Run, state.Whole, len(marks)
		ack.Word = &word
	}
	return in.split(ack)
}

func (in *Intake) marks(ctx context.Context, hub Hub, whole bool) ([]wire.Watermark, error) {
	if whole {
		return in.Store.EveryRun(ctx, hub, in.Now().Add(-recent))
	}
	return in.Store.Watermarks(ctx, hub.Venue, in.Now().Add(-recent))
}
