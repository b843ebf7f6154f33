// Package attendancetest makes an evening: what the gates of a theatre wrote down while a house filled, as batches that a
// hub would send. Two runs make the same evening.
package attendancetest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"time"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// House is where and how many.
type House struct {
	Event       ticket.EventID
	Doors       []Door
	Inner       Door // a door inside the venue; no Gate = none
	Controllers []string
	People      int
	Start       time.Time // doors opened an hour and a half before
	Until       time.Time // nothing later is written down
}

// Door is a gate at a checkpoint.
type Door struct{ Gate, Checkpoint, From, To string }

// Evening is all that was written down, gate by gate in order.
func (h House) Evening() []wire.Events {
	e := &evening{House: h, random: rand.New(rand.NewPCG(7, 7)), books: map[string][]wire.Event{}} //nolint:gosec // the same at every run
	for i := range h.People {
		e.person(i)
	}
	e.machines()
	return e.batches()
}

type evening struct {
	House
	random *rand.Rand
	books  map[string][]wire.Event
	scans  uint64
}

// Ref is the right of the nth person.
func Ref(n int) (r whitelist.Ref) {
	binary.BigEndian.PutUint64(r[:], (uint64(n)+1)*0x9E3779B97F4A7C15) //nolint:gosec // a number
	return r
}

// person comes in, mostly before the start; one in six leaves at the interval by a scan, two of three of them come again.
func (e *evening) person(n int) {
	at := e.Start.Add(-time.Duration(20+e.random.NormFloat64()*18) * time.Minute)
	if first := e.Start.Add(-90 * time.Minute); at.Before(first) {
		at = first.Add(time.Duration(e.random.IntN(600)) * time.Second)
	}
	at = at.Add(time.Duration(e.random.IntN(60)) * time.Second)
	door := e.Doors[e.random.IntN(len(e.Doors))]
	if n == 40 {
		door = e.Doors[0]
	}
	if n%23 == 0 {
		e.refused(door, n, at.Add(-20*time.Second))
	}
	if n%61 == 0 {
		e.scan(door, n, at.Add(-9*time.Second), admit.Abort, nil)
	}
	in := e.scan(door, n, at, admit.Passed, nil)
	if n == 40 && len(e.Doors) > 1 { // two gates that could not ask each other
		e.scan(e.Doors[1], n, at.Add(4*time.Minute), admit.Passed, func(x *wire.Event) { x.Reason, x.Record.Offline = admit.OKOffline, true })
	}
	if e.Inner.Gate != "" && n%2 == 0 {
		in = e.scan(e.Inner, n, at.Add(2*time.Minute), admit.Passed, func(x *wire.Event) { x.Record.Closes = in })
		return
	}
	if n%6 == 1 {
		e.interval(door, n, in)
	}
}

func (e *evening) interval(door Door, n int, in admit.ScanID) {
	out := e.Start.Add(time.Duration(70+e.random.IntN(15)) * time.Minute)
	e.scan(door, n, out, admit.Passed, func(x *wire.Event) {
		x.Type, x.Record.Kind, x.Record.From, x.Record.Zone, x.Record.Closes = wire.Leaving, admit.Exit, door.To, door.From, in
	})
	if n%3 != 0 {
		e.scan(door, n, out.Add(time.Duration(8+e.random.IntN(9))*time.Minute), admit.Passed, func(x *wire.Event) { x.Record.Follows = in })
	}
}

// scan writes down that somebody was let through, and how that ended some seconds later.
func (e *evening) scan(door Door, n int, at time.Time, end admit.RecordKind, change func(*wire.Event)) admit.ScanID {
	e.scans++
	var id admit.ScanID
	binary.BigEndian.PutUint64(id[8:], e.scans)
	x := e.event(door, n, at)
	x.Type, x.Scan, x.Reason = wire.Admission, id, admit.OK
	x.Record = &admit.Record{Scan: id, Kind: admit.Entry, At: x.At, Gate: door.Gate, Lane: 1, Checkpoint: door.Checkpoint, From: door.From, Zone: door.To}
	x.Terms = &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1}
	if change != nil {
		change(&x)
	}
	e.write(x)
	o := e.event(door, n, at.Add(time.Duration(1+e.random.IntN(4))*time.Second))
	o.Type, o.Scan = wire.Outcome, id
	o.Record = &admit.Record{Scan: id, Kind: end, At: o.At, Gate: door.Gate, Lane: 1, Checkpoint: door.Checkpoint}
	e.write(o)
	return id
}

func (e *evening) event(door Door, n int, at time.Time) wire.Event {
	x := wire.Event{Gate: door.Gate, Event: e.Event, Ref: Ref(n), Kind: uint16(n % 3), At: at.UnixMilli(), Clock: admit.Synced, Lane: 1, //nolint:gosec // small
		Checkpoint: door.Checkpoint, Mode: "open"}
	if len(e.Controllers) > 0 {
		x.Controller = e.Controllers[slices.IndexFunc(e.Doors, func(d Door) bool { return d.Gate == door.Gate })+1]
	}
	return x
}

func (e *evening) refused(door Door, n int, at time.Time) {
	e.scans++
	x := e.event(door, n, at)
	x.Type, x.Reason = wire.Refusal, []admit.Reason{admit.AlreadyUsed, admit.AlreadyUsed, admit.TooEarly, admit.WrongDay, admit.Unknown}[n%5]
	binary.BigEndian.PutUint64(x.Scan[8:], e.scans)
	if x.Reason == admit.Unknown {
		x.Event, x.Ref, x.Kind, x.Text = ticket.EventID{}, whitelist.Ref{}, 0, "7891000315507"
	}
	e.write(x)
}

func (e *evening) machines() {
	door := e.Doors[0]
	for text, at := range map[string]time.Duration{wire.NoteForced: -15 * time.Minute, wire.NoteTamper: -70 * time.Minute} {
		e.write(wire.Event{Gate: door.Gate, Type: wire.Note, Text: text, At: e.Start.Add(at).UnixMilli(), Clock: admit.Synced, Lane: 1})
	}
}

func (e *evening) write(x wire.Event) {
	if e.Until.IsZero() || !time.UnixMilli(x.At).After(e.Until) {
		e.books[x.Gate] = append(e.books[x.Gate], x)
	}
}

// batches puts each gate's records in order of time, and as many in a message as it takes.
func (e *evening) batches() (out []wire.Events) {
	for _, gate := range e.gates() {
		book := e.books[gate]
		slices.SortStableFunc(book, func(a, b wire.Event) int { return int(min(max(a.At-b.At, -1), 1)) })
		for i := range book {
			book[i].Run, book[i].Seq = wire.Run{Start: 1, Random: 1}, uint64(i+1) //nolint:gosec // an index
		}
		for len(book) > 0 {
			n := min(20, len(book))
			out = append(out, wire.Events{Number: uint64(len(out) + 1), Gate: gate, Run: book[0].Run, Events: book[:n]})
			book = book[n:]
		}
	}
	return out
}

func (e *evening) gates() (names []string) {
	for name := range e.books {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
