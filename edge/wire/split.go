package wire

import (
	"fmt"
	"slices"

	"portaria/edge/admit"
)

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
	err := split(events, MaxBatch, lengthOfEvent, func(part []Event) {
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
	err := split(ack.Watermarks, len(ack.Watermarks), encoded, func(part []Watermark) {
		next := ack
		next.Watermarks = part
		out = append(out, next)
	})
	return out, err
}

// SplitHubState cuts the state of a hub with many gates into messages that each fit MaxMessage; each tells of some of
// the gates, and a gate that one does not name is not gone. A hub with no gates yet is one message. A gate that says more of
// itself than fits is told of without its lanes and lists: it must not keep the others from being told of.
func SplitHubState(state HubState) ([]HubState, error) {
	if len(state.Gates) == 0 {
		return []HubState{state}, nil
	}
	var out []HubState
	gates := slices.Clone(state.Gates)
	for i, g := range gates {
		if length, err := encoded(&g); err != nil || length > MaxMessage-envelope {
			gates[i].Lanes, gates[i].Lists = []LaneState{}, nil
		}
	}
	err := split(gates, len(gates), encoded, func(part []GateState) {
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

// roomOfEvent is at least the length of a record's JSON. Most fields of most records are not there.
func roomOfEvent(e *Event) int {
	size := 130 + 20 + digits(e.At) + digits(e.Mono) // 20: of the seq
	size += texts(e.Gate, string(e.Type), string(e.Clock))
	size += idRoom(e.Scan) + idRoom(e.Ref) + idRoom(e.Event)
	size += number("kind", int64(e.Kind)) + number("flags", int64(e.Flags)) + number("offset", e.Offset) + number("lane", int64(e.Lane))
	size += optional("reason", string(e.Reason)) + optional("checkpoint", e.Checkpoint) + optional("mode", e.Mode) +
		optional("controller", e.Controller) + optional("text", e.Text)
	if e.Counter != nil {
		size += 35
	}
	if t := e.Terms; t != nil {
		size += 75 + digits(int64(t.Uses)) + digits(int64(t.Group)) + digits(int64(t.ReentryAfter)) + texts(string(t.Use), t.Inner)
	}
	if o := e.Override; o != nil {
		size += 35 + texts(o.Supervisor, o.Reason)
	}
	return size + roomOfRecord(e.Record)
}

func roomOfRecord(r *admit.Record) int {
	if r == nil {
		return 0
	}
	size := 100 + digits(r.At) + digits(int64(r.Lane)) + texts(string(r.Kind), r.Gate)
	size += optional("checkpoint", r.Checkpoint) + optional("from", r.From) + optional("zone", r.Zone) + number("day", r.Day)
	size += idRoom(r.Follows) + idRoom(r.Closes) + idRoom(r.Resumes)
	if r.Override || r.Offline {
		size += 40
	}
	return size
}

// idRoom is that of a field with an id, if it is there.
func idRoom(id [16]byte) int {
	if id == [16]byte{} {
		return 0
	}
	return 52
}

// number is the room of a field with a number, if it is there.
func number(name string, n int64) int {
	if n == 0 {
		return 0
	}
	return len(name) + 4 + digits(n)
}

// optional is the room of a field with a text, if it is there.
func optional(name, text string) int {
	if text == "" {
		return 0
	}
	return len(name) + 6 + texts(text)
}

// digits is at least how many a number has, with its sign.
func digits(n int64) int {
	if n > -1e6 && n < 1e6 {
		return 7
	}
	return 20
}

// texts is at least the length of these in JSON, without quotes.
func texts(all ...string) (size int) {
	for _, text := range all {
		size += len(text)
		for i := range len(text) {
			if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
				size += escaped - 1
			}
		}
	}
	return size
}

// encoded is the length of an item's JSON.
func encoded[T any](item *T) (int, error) {
	raw, err := marshal(item)
	return len(raw), err
}

// lengthOfEvent is at least the length of a record's JSON, and not much more; only of one that may be too long for any
// message it is found out.
func lengthOfEvent(e *Event) (int, error) {
	if room := roomOfEvent(e); room <= MaxMessage/8 {
		return room, nil
	}
	return encoded(e)
}

// split hands out consecutive parts of items whose JSON fits MaxMessage, at most most items each.
func split[T any](items []T, most int, room func(*T) (int, error), emit func(part []T)) error {
	start, size := 0, envelope
	for i := range items {
		length, err := room(&items[i])
		if err != nil {
			return fmt.Errorf("encode item %d: %w", i, err)
		}
		if envelope+length > MaxMessage {
			return fmt.Errorf("item %d: %w: %d bytes", i, ErrTooLarge, length)
		}
		if size+length+1 > MaxMessage || i-start == most {
			emit(items[start:i])
			start, size = i, envelope
		}
		size += length + 1
	}
	if start < len(items) {
		emit(items[start:])
	}
	return nil
}
