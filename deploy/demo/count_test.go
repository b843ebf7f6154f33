package main

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/wire"
	"portaria/scanner-sim/crowd"
)

func person(number int, label crowd.Label, admitted bool, reason admit.Reason) told {
	return told{crowd.Person{Number: number, Label: label},
		answer{Scan: admit.ScanID{byte(number)}, Gate: "gate-1", Admitted: admitted, Reason: reason}}
}

// kept are the records that a gate makes of a person.
func kept(p told, seq uint64) []record {
	r := record{Gate: p.Gate, Run: "1-a", Seq: seq, Type: wire.Refusal, Scan: p.Scan.String(), Reason: p.Reason}
	if !p.Admitted {
		return []record{r}
	}
	r.Type, r.Ref = wire.Admission, p.Scan.String()
	passed := record{Gate: p.Gate, Run: "1-a", Seq: seq + 1, Type: wire.Outcome, Scan: p.Scan.String(), History: admit.Passed}
	return []record{r, passed}
}

func twoPeople() (people []told, records []record) {
	people = []told{person(1, crowd.Valid, true, admit.OK), person(2, crowd.Forged, false, admit.BadSignature)}
	return people, append(kept(people[0], 1), kept(people[1], 3)...)
}

func TestAnEveningThatAddsUp(t *testing.T) {
	people, records := twoPeople()
	records = append(records, record{Gate: "gate-1", Run: "1-a", Seq: 4, Type: wire.Note})
	got := compare(people, records)
	assert.True(t, got.good(), got.wrong)
	assert.Equal(t, []int{2, 1, 1}, []int{got.scanned, got.admitted, got.refused})
}

func TestWhoWentThroughAfterTheGateHadGivenThemUpWentThrough(t *testing.T) {
	people, records := twoPeople()
	records[1].History = admit.ForcedPass
	got := compare(people, records)
	assert.True(t, got.good(), got.wrong)
	got = compare(people, append(records[:1:1], records[2]))
	assert.Equal(t, 1, got.onTheirWay, "until the cloud has heard of it")
}

func TestWhatDoesNotAddUpIsFound(t *testing.T) {
	for _, c := range []struct {
		name             string
		spoil            func(people []told, records []record) ([]told, []record)
		lost, duplicated int
		says             string
	}{
		{"a lost refusal", func(p []told, r []record) ([]told, []record) { return p, r[:2] }, 1, 0, "nothing of person 2"},
		{"a lost admission", func(p []told, r []record) ([]told, []record) { return p, r[1:] }, 1, 0, "nothing of person 1"},
		{"a lost passage", func(p []told, r []record) ([]told, []record) { return p, append(r[:1:1], r[2:]...) }, 0, 0, "gone through is false"},
		{"a record twice", func(p []told, r []record) ([]told, []record) { return p, append(r, r[2]) }, 0, 2, "twice"},
		{"one scan under two numbers", func(p []told, r []record) ([]told, []record) {
			again := r[2]
			again.Seq = 9
			return p, append(r, again)
		}, 0, 1, "person 2 2 times"},
		{"one ticket let in at two gates", func(p []told, r []record) ([]told, []record) {
			other := person(3, crowd.Valid, true, admit.OK)
			records := kept(other, 9)
			records[0].Ref = r[0].Ref
			return append(p, other), append(r, records...)
		}, 0, 1, "let in twice"},
		{"a scan that nobody made", func(p []told, r []record) ([]told, []record) { return p[:1], r }, 0, 1, "nobody made"},
		{"another reason in the cloud", func(p []told, r []record) ([]told, []record) {
			r[2].Reason = admit.Unknown
			return p, r
		}, 0, 0, "the cloud has refusal unknown"},
		{"another gate in the cloud", func(p []told, r []record) ([]told, []record) {
			r[0].Gate = "gate-2"
			return p, r
		}, 0, 0, "at gate-2"},
		{"a forged ticket let in", func(p []told, _ []record) ([]told, []record) {
			p[1] = person(2, crowd.Forged, true, admit.OK)
			return p, append(kept(p[0], 1), kept(p[1], 3)...)
		}, 0, 0, "person 2, forged, was told ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			people, records := twoPeople()
			got := compare(c.spoil(people, records))
			assert.False(t, got.good())
			assert.Equal(t, []int{c.lost, c.duplicated}, []int{got.lost, got.duplicated}, got.wrong)
			require.NotEmpty(t, got.wrong)
			assert.Contains(t, got.wrong[len(got.wrong)-1]+got.wrong[0], c.says)
		})
	}
}

// screen is an entrance that writes down who came, and of whom it was asked whether it had heard of them.
type screen struct {
	mu    sync.Mutex
	codes []string
	heard []string
	fails string
}

func (s *screen) hears(_ context.Context, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, code)
	if code == "UNHEARD" {
		return errors.New("it would still let it in")
	}
	return nil
}

func (s *screen) show(_ context.Context, code string) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code == s.fails {
		return answer{}, errors.New("the screen is dark")
	}
	s.codes = append(s.codes, code)
	return answer{Gate: "gate-1", Admitted: true, Scan: admit.ScanID{byte(len(s.codes))}}, nil
}

func TestPeopleQueueAndWaitForEachOther(t *testing.T) {
	both := &screen{}
	people := []crowd.Person{
		{Number: 1, Code: "SLOW", Lane: 0, At: 30 * time.Millisecond},
		{Number: 2, Code: "AGAIN", Lane: 1, At: 30 * time.Millisecond, After: 1},
		{Number: 3, Code: "NEXT", Lane: 1, At: 31 * time.Millisecond},
	}
	got, err := letIn(t.Context(), people, []entrance{both, both})
	require.NoError(t, err)
	assert.Equal(t, []string{"SLOW", "AGAIN", "NEXT"}, both.codes)
	assert.Equal(t, "AGAIN", got[1].Code)
	assert.True(t, got[1].Admitted)
	assert.Equal(t, []string{"AGAIN"}, both.heard, "only who comes again waits until the lane has heard of the first time")
}

func TestNobodyComesAgainToALaneThatHasNotHeard(t *testing.T) {
	other := &screen{}
	people := []crowd.Person{{Number: 1, Code: "UNHEARD"}, {Number: 2, Code: "UNHEARD", Lane: 1, After: 1}}
	got, err := letIn(t.Context(), people, []entrance{&screen{}, other})
	assert.ErrorContains(t, err, "person 2")
	assert.Len(t, got, 1)
	assert.Empty(t, other.codes)
}

func TestADarkScreenEndsTheEvening(t *testing.T) {
	people := []crowd.Person{{Number: 1, Code: "A"}, {Number: 2, Code: "B", Lane: 1, After: 1}}
	got, err := letIn(t.Context(), people, []entrance{&screen{fails: "A"}, &screen{}})
	assert.Empty(t, got)
	assert.ErrorContains(t, err, "person 1")
	assert.ErrorContains(t, err, "the screen is dark")
}
