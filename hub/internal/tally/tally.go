// Package tally counts people: who went in and out at which door in which minute, and why others were refused. It is told
// every record once it is decided that it will be stored, and again at every start; it counts each one once. It decides
// nothing, and what it forgets is in the journal.
package tally

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"portaria/edge/admit"
	"portaria/edge/wire"
)

// keep is how long minutes are remembered.
const keep = 8 * 24 * time.Hour

// maxOpen bounds the scans whose person has not passed yet. The oldest would be forgotten first, and their passage
// counted as going in.
const maxOpen = 50_000

// Count is of people, or of scans that were refused.
type Count struct {
	In      int `json:"in"`
	Out     int `json:"out"`
	Refused int `json:"refused"`
}

func (c *Count) add(o Count) { c.In += o.In; c.Out += o.Out; c.Refused += o.Refused }

// Slot is what happened at one door in some minutes from a time on.
type Slot struct {
	From  int64 // unix s
	Door  string
	Count Count
}

// Refusals are scans that were refused for one reason.
type Refusals struct {
	Reason admit.Reason
	Count  int
}

// Tally may be used by several goroutines.
type Tally struct {
	mu      sync.Mutex
	seen    map[run]uint64
	leaving map[admit.ScanID]bool // of scans whose person has not passed yet
	minutes map[minute]*Count
	reasons map[reason]int
	newest  int64 // unix minute
}

type run struct {
	gate string
	run  wire.Run
}

type minute struct {
	at   int64
	door string
}

type reason struct {
	hour int64
	why  admit.Reason
}

// New is an empty tally.
func New() *Tally {
	return &Tally{seen: map[run]uint64{}, leaving: map[admit.ScanID]bool{}, minutes: map[minute]*Count{}, reasons: map[reason]int{}}
}

// Add counts records that it has not seen. Records of a run must come in order of seq.
func (t *Tally) Add(events ...wire.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range events {
		key := run{e.Gate, e.Run}
		if e.Seq <= t.seen[key] {
			continue
		}
		t.seen[key] = e.Seq
		t.one(e)
	}
}

func (t *Tally) one(e wire.Event) {
	switch e.Type {
	case wire.Admission, wire.Leaving:
		t.open(e.Scan, e.Type == wire.Leaving)
	case wire.Outcome:
		if e.Record != nil && (e.Record.Kind == admit.Passed || e.Record.Kind == admit.ForcedPass) {
			t.passed(e)
		}
	case wire.Refusal:
		t.at(e).Refused++
		t.reasons[reason{e.At / time.Hour.Milliseconds(), e.Reason}]++
	}
}

func (t *Tally) open(scan admit.ScanID, leaving bool) {
	if len(t.leaving) >= maxOpen {
		clear(t.leaving)
	}
	t.leaving[scan] = leaving
}

// passed keeps the scan: a passage after a record that nobody came is told as a second outcome.
func (t *Tally) passed(e wire.Event) {
	if t.leaving[e.Scan] {
		t.at(e).Out++
	} else {
		t.at(e).In++
	}
	if e.Record.Kind == admit.Passed {
		delete(t.leaving, e.Scan)
	}
}

func (t *Tally) at(e wire.Event) *Count {
	key := minute{e.At / time.Minute.Milliseconds(), e.Checkpoint}
	if t.minutes[key] == nil {
		t.minutes[key] = &Count{}
		t.forget(key.at)
	}
	return t.minutes[key]
}

// forget drops what is old, once for each new minute.
func (t *Tally) forget(now int64) {
	if now <= t.newest {
		return
	}
	t.newest = now
	oldest := now - int64(keep/time.Minute)
	for key := range t.minutes {
		if key.at < oldest {
			delete(t.minutes, key)
		}
	}
	for key := range t.reasons {
		if key.hour < oldest/60 {
			delete(t.reasons, key)
		}
	}
}

// Slots are the doors' counts from a time on, in steps of whole minutes, by time and door. Steps in which nothing happened
// are left out.
func (t *Tally) Slots(since time.Time, step time.Duration) []Slot {
	t.mu.Lock()
	defer t.mu.Unlock()
	width, first := int64(step/time.Minute), since.Unix()/60
	sums := map[minute]*Count{}
	for key, count := range t.minutes {
		if key.at < first {
			continue
		}
		slot := minute{key.at / width * width, key.door}
		if sums[slot] == nil {
			sums[slot] = &Count{}
		}
		sums[slot].add(*count)
	}
	slots := make([]Slot, 0, len(sums))
	for key, count := range sums {
		slots = append(slots, Slot{From: key.at * 60, Door: key.door, Count: *count})
	}
	slices.SortFunc(slots, func(a, b Slot) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Door, b.Door)) })
	return slots
}

// Total is everything from a time on.
func (t *Tally) Total(since time.Time) Count { return t.Between(since, time.Unix(1<<40, 0)) }

// Between is everything in the whole minutes from one time until before another.
func (t *Tally) Between(from, until time.Time) (sum Count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, count := range t.minutes {
		if key.at >= from.Unix()/60 && key.at < until.Unix()/60 {
			sum.add(*count)
		}
	}
	return sum
}

// Refused are the reasons of refusals from the full hour of a time on, the most frequent first.
func (t *Tally) Refused(since time.Time) []Refusals {
	t.mu.Lock()
	defer t.mu.Unlock()
	sums := map[admit.Reason]int{}
	for key, n := range t.reasons {
		if key.hour >= since.Unix()/3600 {
			sums[key.why] += n
		}
	}
	list := make([]Refusals, 0, len(sums))
	for why, n := range sums {
		list = append(list, Refusals{why, n})
	}
	slices.SortFunc(list, func(a, b Refusals) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason)) })
	return list
}
