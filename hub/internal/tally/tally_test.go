package tally_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/wire"
	"portaria/hub/internal/tally"
)

var doors = time.Date(2026, 11, 22, 19, 30, 0, 0, time.UTC)

// clock is the hub's, at a time after doors.
func clock(after time.Duration) func() time.Time {
	return func() time.Time { return doors.Add(after) }
}

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
	y := tally.New(clock(10 * 24 * time.Hour))
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
	y, b := tally.New(clock(time.Hour)), evening()
	for range 3 {
		y.Add(b.events...)
	}
	assert.Equal(t, tally.Count{In: 3, Out: 1, Refused: 3}, y.Total(doors))
}

func TestOldMinutesAreForgotten(t *testing.T) {
	now := doors
	y, b := tally.New(func() time.Time { return now }), evening()
	y.Add(b.events...)
	now = doors.Add(9 * 24 * time.Hour)
	late := &book{seq: b.seq}
	late.scan(9, wire.Admission, admit.Passed, 9*24*time.Hour)
	y.Add(late.events...)
	assert.Equal(t, tally.Count{In: 1}, y.Total(doors))
	assert.Empty(t, y.Refused(doors))
}

func TestARecordFromAnotherCenturyMakesTheEveningNoOlder(t *testing.T) {
	y, b := tally.New(clock(2*time.Hour)), evening()
	y.Add(b.events...)
	century := 100 * 365 * 24 * time.Hour
	b.scan(9, wire.Admission, admit.Passed, century)
	b.add(wire.Event{Type: wire.Refusal, Reason: admit.Unknown}, century)
	b.scan(10, wire.Admission, admit.Passed, 2*time.Hour)
	y.Add(b.events...)
	assert.Equal(t, tally.Count{In: 5, Out: 1, Refused: 4}, y.Total(doors))
	assert.Equal(t, tally.Count{In: 2, Refused: 1}, y.Between(doors.Add(2*time.Hour), doors.Add(3*time.Hour)), "it counts when it came")
}

func TestAClockThatWasNeverSetForgetsNothing(t *testing.T) {
	y, b := tally.New(func() time.Time { return time.Unix(60, 0) }), evening()
	y.Add(b.events...)
	assert.Equal(t, tally.Count{In: 3, Out: 1, Refused: 3}, y.Total(doors))
}

func TestInventedDoorsAndReasonsAreBounded(t *testing.T) {
	y := tally.New(clock(time.Hour))
	for i := range 1<<19 + 1000 {
		y.Add(wire.Event{Gate: "thief", Run: wire.Run{Start: 1}, Seq: uint64(i) + 1, Type: wire.Refusal, Checkpoint: strconv.Itoa(i), //nolint:gosec // an index
			Reason: admit.Reason(strconv.Itoa(i)), At: doors.UnixMilli()})
	}
	assert.LessOrEqual(t, len(y.Slots(doors, time.Minute)), 1<<19)
	assert.LessOrEqual(t, len(y.Refused(doors)), 1<<12)
}
