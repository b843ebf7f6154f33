package tally_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/wire"
	"portaria/hub/internal/tally"
)

var doors = time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC)

// book writes one gate's journal.
type book struct {
	seq    uint64
	events []wire.Event
}

func (b *book) add(e wire.Event, after time.Duration) {
	b.seq++
	e.Gate, e.Run, e.Seq, e.Checkpoint, e.At = "gate-1", wire.Run{Start: 1}, b.seq, "north", doors.Add(after).UnixMilli()
	b.events = append(b.events, e)
}

func (b *book) scan(id byte, kind wire.EventType, end admit.RecordKind, after time.Duration) {
	scan := admit.ScanID{id}
	b.add(wire.Event{Type: kind, Scan: scan, Record: &admit.Record{Scan: scan}}, after)
	b.add(wire.Event{Type: wire.Outcome, Scan: scan, Record: &admit.Record{Scan: scan, Kind: end}}, after)
}

func evening() *book {
	b := &book{}
	b.scan(1, wire.Admission, admit.Passed, 0)
	b.scan(2, wire.Admission, admit.Passed, 4*time.Minute)
	b.scan(3, wire.Admission, admit.Abort, 4*time.Minute)
	b.scan(4, wire.Leaving, admit.Passed, 6*time.Minute)
	b.add(wire.Event{Type: wire.Outcome, Scan: admit.ScanID{3}, Record: &admit.Record{Kind: admit.ForcedPass}}, 7*time.Minute)
	b.add(wire.Event{Type: wire.Refusal, Reason: admit.AlreadyUsed}, 7*time.Minute)
	b.add(wire.Event{Type: wire.Refusal, Reason: admit.AlreadyUsed}, 70*time.Minute)
	b.add(wire.Event{Type: wire.Refusal, Reason: admit.Unknown}, 70*time.Minute)
	return b
}

func TestPeopleAreCountedWhenTheyHavePassed(t *testing.T) {
	y := tally.New()
	y.Add(evening().events...)
	assert.Equal(t, tally.Count{In: 3, Out: 1, Refused: 3}, y.Total(doors))
	assert.Equal(t, tally.Count{Refused: 2}, y.Total(doors.Add(time.Hour)))
	assert.Equal(t, []tally.Slot{
		{doors.Unix(), "north", tally.Count{In: 2}},
		{doors.Add(5 * time.Minute).Unix(), "north", tally.Count{In: 1, Out: 1, Refused: 1}},
		{doors.Add(70 * time.Minute).Unix(), "north", tally.Count{Refused: 2}},
	}, y.Slots(doors, 5*time.Minute))
	assert.Equal(t, []tally.Refusals{{admit.AlreadyUsed, 2}, {admit.Unknown, 1}}, y.Refused(doors))
}

func TestWhatIsToldTwiceIsCountedOnce(t *testing.T) {
	y, b := tally.New(), evening()
	for range 3 {
		y.Add(b.events...)
	}
	assert.Equal(t, tally.Count{In: 3, Out: 1, Refused: 3}, y.Total(doors))
}

func TestOldMinutesAreForgotten(t *testing.T) {
	y, b := tally.New(), evening()
	y.Add(b.events...)
	late := &book{seq: b.seq}
	late.scan(9, wire.Admission, admit.Passed, 9*24*time.Hour)
	y.Add(late.events...)
	assert.Equal(t, tally.Count{In: 1}, y.Total(doors))
	assert.Empty(t, y.Refused(doors))
}
