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

// What a gate may invent is bounded: minutes with their doors, and reasons with their hours. What comes beyond it is not counted.
const (
	maxMinutes = 1 << 19
	maxReasons = 1 << 12
)

// A record from a day ahead of this clock is counted in this minute: a gate with a wild clock, or a stolen one, would else
// make the evening old, and have it forgotten. A clock before 2024 has not been set, and says nothing.
const (
	ahead  = 24 * time.Hour
	anyday = 1_704_067_200 // unix s
)

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
	newest  int64 // unix minute of this clock when what is old was forgotten last
	now     func() time.Time
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

// New is an empty tally. Now is the hub's clock.
func New(now func() time.Time) *Tally {
	return &Tally{now: now, seen: map[run]uint64{}, leaving: map[admit.ScanID]bool{}, minutes: map[minute]*Count{}, reasons: map[reason]int{}}
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
		t.refused(reason{t.when(e) / 60, e.Reason})
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

// when is the minute that a record is counted in.
func (t *Tally) when(e wire.Event) int64 {
	minute, now := e.At/time.Minute.Milliseconds(), t.now()
	if now.Unix() >= anyday && minute > now.Add(ahead).Unix()/60 {
		return now.Unix() / 60
	}
	return minute
}

func (t *Tally) refused(key reason) {
	if t.reasons[key] > 0 || len(t.reasons) < maxReasons {
		t.reasons[key]++
	}
}

func (t *Tally) at(e wire.Event) *Count {
	key := minute{t.when(e), e.Checkpoint}
	if t.minutes[key] == nil {
		t.forget()
		if len(t.minutes) >= maxMinutes {
			return &Count{}
		}
		t.minutes[key] = &Count{}
	}
	return t.minutes[key]
}

// forget drops what is old, once in each minute.
func (t *Tally) forget() {
	now := t.now().Unix() / 60
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
