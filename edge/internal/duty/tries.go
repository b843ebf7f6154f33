package duty

import (
	"fmt"
	"sync"
	"time"
)

// How many guesses there are. After the free ones each wrong one doubles the wait, for the number that was typed and, more
// patiently, for the whole gate: who tries one PIN on every number gets no further. It
// comes to four guesses an hour: with six digits somebody needs years.
const (
	freeTries  = 3
	freeForAll = 12
	firstWait  = 2 * time.Second
	longest    = 15 * time.Minute
	forget     = time.Hour // after the last wrong one
)

// TooMany says how long nobody may try.
type TooMany struct{ Wait time.Duration }

func (e TooMany) Error() string {
	return fmt.Sprintf("too many wrong PINs: wait %s", e.Wait.Round(time.Second))
}

// tries counts wrong PINs. Only one is checked at a time.
type tries struct {
	check *sync.Mutex

	mu       *sync.Mutex
	byNumber map[int]*wrong
	all      *wrong
}

type wrong struct {
	count int
	last  time.Time
	until time.Time
}

func newTries() tries {
	return tries{check: &sync.Mutex{}, mu: &sync.Mutex{}, byNumber: map[int]*wrong{}, all: &wrong{}}
}

// begin lets one guess begin, or says how long to wait. Done takes whether it was right.
func (t tries) begin(number int) (done func(right bool), err error) {
	t.check.Lock()
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.tidy(now)
	w := t.byNumber[number]
	if w == nil {
		w = &wrong{}
	}
	if until := later(w.until, t.all.until); until.After(now) {
		t.check.Unlock()
		return nil, TooMany{Wait: until.Sub(now)}
	}
	return func(right bool) {
		defer t.check.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if right {
			delete(t.byNumber, number)
			t.all.count = max(0, t.all.count-2)
			return
		}
		t.byNumber[number] = w
		w.again(freeTries)
		t.all.again(freeForAll)
	}, nil
}

func (w *wrong) again(free int) {
	w.count++
	w.last = time.Now()
	if over := w.count - free; over >= 0 {
		w.until = w.last.Add(min(longest, firstWait<<min(over, 10)))
	}
}

// tidy forgets what was long ago, and so bounds what is kept.
func (t tries) tidy(now time.Time) {
	for number, w := range t.byNumber {
		if now.Sub(w.last) > forget {
			delete(t.byNumber, number)
		}
	}
	if now.Sub(t.all.last) > forget {
		*t.all = wrong{}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
