// Package incident is the book of what the people of a venue should know and answer: a ticket that let in two, an open
// housing, a fire alarm. One that nobody has acknowledged is never dropped, and every one outlives a power cut.
//
// It knows nothing of what incidents mean, only when two are the same.
package incident

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Limits of a book.
const (
	MaxNote = 500    // characters
	maxKept = 10_000 // acknowledged ones beyond it are dropped, the oldest first
	maxOpen = 2_000  // of one gate that nobody has acknowledged
)

// Many is the kind of the one incident that stands for what a gate tells beyond maxOpen: a gate that was stolen could else
// bury all others. Its records say the rest.
const Many = "many"

// ErrNone says that there is no incident of that number.
var ErrNone = errors.New("there is no such incident")

// Incident is one entry of the book.
type Incident struct {
	Number int64    `json:"number"`
	At     int64    `json:"at"` // unix ms, when it was first told
	Kind   string   `json:"kind"`
	Gate   string   `json:"gate,omitempty"`
	About  string   `json:"about,omitempty"` // what it is about within its kind and gate
	Text   string   `json:"text"`
	Scans  []string `json:"scans,omitempty"`

	Acknowledged int64  `json:"acknowledged,omitempty"` // unix ms, 0 = not yet
	By           string `json:"by,omitempty"`
	Note         string `json:"note,omitempty"`
}

// Open says that nobody has acknowledged it.
func (i Incident) Open() bool { return i.Acknowledged == 0 }

// key says which incidents are the same. One about scans is, whichever gate's record told of it.
func (i Incident) key() string {
	if len(i.Scans) > 0 && i.About != "" {
		return i.Kind + "\x00\x00" + i.About
	}
	return i.Kind + "\x00" + i.Gate + "\x00" + i.About
}

// Store keeps incidents by their number.
type Store interface {
	Incidents() ([][]byte, error)
	// SetIncidents keeps and deletes, and returns nil only once that is durable.
	SetIncidents(ctx context.Context, put map[int64][]byte, drop []int64) error
}

// Book may be used by several goroutines.
type Book struct {
	store Store
	now   func() time.Time
	wake  chan struct{}

	mu    sync.Mutex
	all   map[int64]*Incident
	byKey map[string]*Incident
	open  map[string]int // by gate
	last  int64
	dirty map[int64]bool
}

// Open reads a book. Run must be called for what is reported to be kept.
func Open(store Store, now func() time.Time) (*Book, error) {
	b := &Book{store: store, now: now, wake: make(chan struct{}, 1), all: map[int64]*Incident{}, byKey: map[string]*Incident{}, open: map[string]int{}, dirty: map[int64]bool{}}
	kept, err := store.Incidents()
	if err != nil {
		return nil, fmt.Errorf("read the incidents: %w", err)
	}
	for _, raw := range kept {
		i := &Incident{}
		if err := json.Unmarshal(raw, i); err != nil {
			return nil, fmt.Errorf("read an incident: %w", err)
		}
		b.all[i.Number], b.last = i, max(b.last, i.Number)
		b.count(i, 1)
		if was := b.byKey[i.key()]; was == nil || was.Number < i.Number {
			b.byKey[i.key()] = i
		}
	}
	return b, nil
}

// Report tells an incident. The same again changes nothing, unless there are more scans: then it is open again. One about
// nothing in particular is always new, once the last has been acknowledged.
func (b *Book) Report(i Incident) {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.Sort(i.Scans)
	was := b.byKey[i.key()]
	switch {
	case was != nil && i.About != "" && slices.Equal(was.Scans, i.Scans), was != nil && i.About == "" && was.Open():
		return
	case was != nil && i.About != "":
		b.count(was, -1)
		was.Scans, was.Gate, was.Text, was.Acknowledged = i.Scans, i.Gate, i.Text, 0
		b.count(was, 1)
		b.keep(was)
		return
	}
	if i.Gate != "" && b.open[i.Gate] >= maxOpen {
		if i = many(i.Gate); b.byKey[i.key()] != nil && b.byKey[i.key()].Open() {
			return
		}
	}
	b.last++
	i.Number, i.At = b.last, cmp.Or(i.At, b.now().UnixMilli())
	b.all[i.Number], b.byKey[i.key()] = &i, &i
	b.count(&i, 1)
	b.keep(&i)
}

func many(gate string) Incident {
	return Incident{Kind: Many, Gate: gate, Text: fmt.Sprintf("Gate %s has told of %d things that nobody has looked at: what else it tells is in its records only. "+
		"If it can't be so, it was stolen or has gone mad: remove it.", gate, maxOpen)}
}

// count notes that an incident is among those that nobody has acknowledged, or no more.
func (b *Book) count(i *Incident, by int) {
	if i.Open() {
		b.open[i.Gate] += by
	}
}

// Over is the kind of what turned out not to be, once every record was there.
const Over = "over"

// Retain says what of a kind still is, by About: every other open one is over, and is kept as such with a note.
func (b *Book) Retain(kind string, still map[string]bool, note string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range b.all {
		if i.Kind != kind || still[i.About] {
			continue
		}
		if b.byKey[i.key()] == i {
			delete(b.byKey, i.key())
		}
		i.Kind = Over
		b.count(i, -1)
		if i.Open() {
			i.Acknowledged, i.Note = b.now().UnixMilli(), note
		}
		b.keep(i)
	}
}

func (b *Book) keep(i *Incident) {
	b.dirty[i.Number] = true
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Acknowledge says that somebody has seen to an incident. It is durable when nil is returned.
func (b *Book) Acknowledge(ctx context.Context, number int64, by, note string) error {
	if note = strings.TrimSpace(note); utf8.RuneCountInString(note) > MaxNote {
		return fmt.Errorf("the note has more than %d characters: shorten it", MaxNote)
	}
	b.mu.Lock()
	i := b.all[number]
	if i == nil {
		b.mu.Unlock()
		return ErrNone
	}
	b.count(i, -1)
	i.Acknowledged, i.By, i.Note = b.now().UnixMilli(), by, note
	b.dirty[number] = true
	b.mu.Unlock()
	return b.flush(ctx)
}

// List is a page of the book: open ones first, then the newest; before is the number that the page ends before, 0 = the
// first page of those that are acknowledged.
func (b *Book) List(before int64, limit int) (open, done []Incident) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, i := range b.all {
		switch {
		case i.Open():
			open = append(open, *i)
		case before == 0 || i.Number < before:
			done = append(done, *i)
		}
	}
	newest := func(a, b Incident) int { return cmp.Compare(b.Number, a.Number) }
	slices.SortFunc(open, newest)
	slices.SortFunc(done, newest)
	return open, done[:min(limit, len(done))]
}

// Run keeps what is reported until ctx ends; faults go to report, and are tried again.
func (b *Book) Run(ctx context.Context, report func(error)) {
	retry := time.NewTicker(5 * time.Second)
	defer retry.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-b.wake:
		case <-retry.C:
		}
		if err := b.flush(context.WithoutCancel(ctx)); err != nil {
			report(err)
		}
	}
}

// flush makes everything durable that has changed.
func (b *Book) flush(ctx context.Context) error {
	put, drop, err := b.take()
	if err != nil || len(put)+len(drop) == 0 {
		return err
	}
	if err := b.store.SetIncidents(ctx, put, drop); err != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		for number := range put {
			b.dirty[number] = true
		}
		return fmt.Errorf("keep %d incidents: %w", len(put), err)
	}
	return nil
}

func (b *Book) take() (put map[int64][]byte, drop []int64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	put = map[int64][]byte{}
	for number := range b.dirty {
		if put[number], err = json.Marshal(b.all[number]); err != nil {
			return nil, nil, err
		}
	}
	clear(b.dirty)
	return put, b.drop(), nil
}

// drop forgets the oldest that are acknowledged, while there are too many.
func (b *Book) drop() (numbers []int64) {
	if len(b.all) <= maxKept {
		return nil
	}
	for number, i := range b.all {
		if !i.Open() {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	numbers = numbers[:min(len(numbers), len(b.all)-maxKept)]
	for _, number := range numbers {
		if key := b.all[number].key(); b.byKey[key] == b.all[number] {
			delete(b.byKey, key)
		}
		delete(b.all, number)
	}
	return numbers
}
