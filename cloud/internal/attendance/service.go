package attendance

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// How long answers are kept: many people look at the same numbers at once.
const (
	keepReport   = 2 * time.Second
	keepDoubts   = 10 * time.Second
	keepExpected = 30 * time.Second
	maxKept      = 500
)

// Service is live attendance and its history. Safe for concurrent use.
type Service struct {
	Reader
	Incidents
	Stays
	Now func() time.Time

	reports  kept[Report]
	expected kept[map[uuid.UUID]map[uint16]int]
	doubts   kept[[]Incident]
}

// Live is the report of a scope, at most some seconds old.
func (s *Service) Live(ctx context.Context, scope Scope) (Report, error) {
	return s.reports.get(s.Now(), keepReport, scope, func() (Report, error) {
		sums, err := s.Sums(ctx, scope)
		return Build(sums), err
	})
}

// Kind is how many of an offer's rights came.
type Kind struct {
	Event             uuid.UUID
	Kind              uint16
	Expected, Arrived int
}

// Kinds is who came, by offer. Rights that are good no more but were used are in Arrived, so it may be more than Expected.
func (s *Service) Kinds(ctx context.Context, scope Scope) ([]Kind, error) {
	expected, err := s.expected.get(s.Now(), keepExpected, scope, func() (map[uuid.UUID]map[uint16]int, error) { return s.Expected(ctx, scope) })
	if err != nil {
		return nil, err
	}
	arrived, err := s.Arrived(ctx, scope)
	if err != nil {
		return nil, err
	}
	var out []Kind
	for _, event := range scope.Events {
		for kind := range 4096 {
			k := uint16(kind)
			if n, m := expected[event][k], arrived[event][k]; n+m > 0 {
				out = append(out, Kind{event, k, n, m})
			}
		}
	}
	return out, nil
}

// All gives the incidents of a scope: open ones first, then the newest.
func (s *Service) All(ctx context.Context, scope Scope, terms Terms) ([]Incident, error) {
	conflicts, err := s.doubts.get(s.Now(), keepDoubts, scope, func() ([]Incident, error) {
		histories, err := s.Doubtful(ctx, scope)
		if err != nil {
			return nil, err
		}
		return Conflicts(histories, terms)
	})
	if err != nil {
		return nil, err
	}
	words, err := s.Told(ctx, scope)
	if err != nil {
		return nil, err
	}
	marks, err := s.Marks(ctx, scope.Organizer, scope.Venue)
	if err != nil {
		return nil, err
	}
	all := append(machines(words), conflicts...)
	for i := range all {
		if m, seen := marks[all[i].Key]; seen {
			all[i].Mark = &m
		}
	}
	sortIncidents(all)
	return all, nil
}

// kept keeps answers for a while. Those who ask for one that is being found wait for it.
type kept[T any] struct {
	mu  sync.Mutex
	all map[string]*answer[T]
}

type answer[T any] struct {
	mu    sync.Mutex
	at    time.Time
	value T
}

func (k *kept[T]) get(now time.Time, keep time.Duration, scope Scope, find func() (T, error)) (T, error) {
	a := k.answer(fmt.Sprint(scope))
	a.mu.Lock()
	defer a.mu.Unlock()
	if age := now.Sub(a.at); age >= 0 && age < keep {
		return a.value, nil
	}
	value, err := find()
	if err != nil {
		return value, err
	}
	a.at, a.value = now, value
	return value, nil
}

// answer finds the place of an answer. When there are too many, all are forgotten: they are cheap.
func (k *kept[T]) answer(key string) *answer[T] {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) >= maxKept || k.all == nil {
		k.all = map[string]*answer[T]{}
	}
	if k.all[key] == nil {
		k.all[key] = &answer[T]{}
	}
	return k.all[key]
}
