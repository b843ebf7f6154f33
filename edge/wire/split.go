package wire

import "fmt"

// envelope is room for everything in a message but the items that are split, in bytes.
const envelope = 512

// SplitEvents cuts records of one run, in order of seq, into messages that each fit MaxMessage. Number is left 0 for
// the sender to fill in. A single record that fits no message is an error; journals bound their texts, so that takes a
// broken one.
func SplitEvents(events []Event) ([]Events, error) {
	var out []Events
	if fit(events, MaxBatch, roomOfEvent) {
		return []Events{{V: Version, Gate: events[0].Gate, Run: events[0].Run, Events: events}}, nil
	}
	err := split(events, MaxBatch, func(part []Event) {
		out = append(out, Events{V: Version, Gate: part[0].Gate, Run: part[0].Run, Events: part})
	})
	return out, err
}

// SplitWatermarks cuts an answer with many watermarks into messages that each fit MaxMessage. An answer with none is
// one message too: it still carries its Number.
func SplitWatermarks(ack Ack) ([]Ack, error) {
	if len(ack.Watermarks) == 0 || fit(ack.Watermarks, len(ack.Watermarks), roomOfWatermark) {
		return []Ack{ack}, nil
	}
	var out []Ack
	err := split(ack.Watermarks, len(ack.Watermarks), func(part []Watermark) {
		next := ack
		next.Watermarks = part
		out = append(out, next)
	})
	return out, err
}

// SplitHubState cuts the state of a hub with many gates into messages that each fit MaxMessage; each tells of some of
// the gates, and a gate that one does not name is not gone. A hub with no gates yet is one message.
func SplitHubState(state HubState) ([]HubState, error) {
	if len(state.Gates) == 0 {
		return []HubState{state}, nil
	}
	var out []HubState
	err := split(state.Gates, len(state.Gates), func(part []GateState) {
		next := state
		next.Gates = part
		out = append(out, next)
	})
	return out, err
}

// fit says, without encoding anything, that items surely fit one message; most do.
func fit[T any](items []T, most int, room func(*T) int) bool {
	if len(items) == 0 || len(items) > most {
		return false
	}
	size := envelope
	for i := range items {
		if size += room(&items[i]) + 1; size > MaxMessage {
			return false
		}
	}
	return true
}

// escaped is the most bytes that one byte of a string becomes in JSON.
const escaped = 6

// roomOfWatermark is at least the length of a watermark's JSON.
func roomOfWatermark(w *Watermark) int { return 128 + escaped*len(w.Gate) }

// roomOfEvent is at least the length of a record's JSON.
func roomOfEvent(e *Event) int {
	text := len(e.Gate) + len(e.Type) + len(e.Reason) + len(e.Clock) + len(e.Checkpoint) + len(e.Mode) + len(e.Controller) + len(e.Text)
	size := 1000
	if r := e.Record; r != nil {
		size += 600
		text += len(r.Kind) + len(r.Gate) + len(r.Checkpoint) + len(r.From) + len(r.Zone)
	}
	if t := e.Terms; t != nil {
		size += 200
		text += len(t.Use) + len(t.Inner)
	}
	if o := e.Override; o != nil {
		size += 100
		text += len(o.Supervisor) + len(o.Reason)
	}
	return size + escaped*text
}

// split hands out consecutive parts of items whose JSON fits MaxMessage, at most most items each.
func split[T any](items []T, most int, emit func(part []T)) error {
	start, size := 0, envelope
	for i := range items {
		raw, err := marshal(items[i])
		if err != nil {
			return fmt.Errorf("encode item %d: %w", i, err)
		}
		if envelope+len(raw) > MaxMessage {
			return fmt.Errorf("item %d: %w: %d bytes", i, ErrTooLarge, len(raw))
		}
		if size+len(raw)+1 > MaxMessage || i-start == most {
			emit(items[start:i])
			start, size = i, envelope
		}
		size += len(raw) + 1
	}
	if start < len(items) {
		emit(items[start:])
	}
	return nil
}
