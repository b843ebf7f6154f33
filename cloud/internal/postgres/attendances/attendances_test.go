package attendances_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/attendance"
	"portaria/cloud/internal/attendance/attendancetest"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/attendances"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// evening is a house of three hundred that has gone home.
type evening struct {
	*gatestest.World
	*attendance.Service
	scope   attendance.Scope
	records []wire.Event
	start   time.Time
}

func newEvening(t *testing.T) *evening {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	venue := w.Venue(organizer, "Sala")
	event := w.Event(organizer, venue, "Noite")
	reader := attendances.New(w.Pool)
	e := &evening{World: w, Service: &attendance.Service{Reader: reader, Incidents: reader, Stays: reader, Now: w.Now},
		start: time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC)}
	house := attendancetest.House{Event: event, People: 300, Start: e.start, Controllers: []string{"rita", "caio", "elena"},
		Doors: []attendancetest.Door{{Gate: "gate-1", Checkpoint: "praca", To: "casa"}, {Gate: "gate-2", Checkpoint: "lado", To: "casa"}},
		Inner: attendancetest.Door{Gate: "gate-3", Checkpoint: "plateia", From: "casa", To: "plateia"}}
	for _, gate := range []string{"gate-1", "gate-2", "gate-3"} {
		w.Gate(organizer, venue, gate)
	}
	intake := &ingest.Intake{Store: entries.New(w.Pool), Now: w.Now, Log: slog.New(slog.DiscardHandler)}
	for _, batch := range house.Evening() {
		raw, err := wire.Encode(batch)
		require.NoError(t, err)
		_, err = intake.Events(t.Context(), ingest.Hub{ID: "hub-1", Organizer: organizer, Venue: venue}, raw)
		require.NoError(t, err)
		e.records = append(e.records, batch.Events...)
	}
	e.scope = attendance.Scope{Organizer: uuid.UUID(organizer), Venue: uuid.UUID(venue), Events: []uuid.UUID{uuid.UUID(event)},
		From: e.start.Add(-4 * time.Hour), Until: e.start.Add(6 * time.Hour)}
	return e
}

// passed are the scans whose people passed, with when, by scan.
func (e *evening) passed() map[admit.ScanID]int64 {
	out := map[admit.ScanID]int64{}
	for _, x := range e.records {
		if x.Type == wire.Outcome && x.Record.Kind == admit.Passed {
			out[x.Scan] = x.At
		}
	}
	return out
}

func TestAnEveningIsCountedAsItWas(t *testing.T) {
	e := newEvening(t)
	passed := e.passed()
	var in, out, inner, refused int
	rights := map[whitelist.Ref]bool{}
	var stays []time.Duration
	for _, x := range e.records {
		at, came := passed[x.Scan]
		switch {
		case x.Type == wire.Refusal:
			refused++
		case x.Type == wire.Leaving && came:
			out++
			stays = append(stays, time.Duration(at-passed[x.Record.Closes])*time.Millisecond)
		case x.Type == wire.Admission && came && x.Record.From != "":
			inner++
		case x.Type == wire.Admission && came:
			in++
			rights[x.Ref] = true
		}
	}
	require.Positive(t, out)
	r, err := e.Live(t.Context(), e.scope)
	require.NoError(t, err)
	assert.Equal(t, []int{in, out, in - out, refused}, []int{r.In, r.Out, r.Inside, r.Refused})
	assert.Equal(t, map[string]int{"casa": in - out - inner, "plateia": inner, "": 0}, map[string]int{"casa": r.Zones["casa"], "plateia": r.Zones["plateia"], "": r.Zones[""]})
	assert.Equal(t, 1, r.Offline)
	arrived, err := e.Arrived(t.Context(), e.scope)
	require.NoError(t, err)
	sum := 0
	for _, n := range arrived[e.scope.Events[0]] {
		sum += n
	}
	assert.Equal(t, len(rights), sum)

	stay, err := e.Stay(t.Context(), e.scope)
	require.NoError(t, err)
	slices.Sort(stays)
	assert.Equal(t, len(stays), stay.People)
	assert.InDelta(t, stays[len(stays)/2].Minutes(), stay.Median.Minutes(), 2)
	assert.GreaterOrEqual(t, stay.P90, stay.Median)
	assert.True(t, stay.First.Before(e.start) && stay.Last.After(e.start))

	door := e.scope
	door.Door = "plateia"
	r, err = e.Live(t.Context(), door)
	require.NoError(t, err)
	assert.Zero(t, r.In, "nobody comes in from outside at a door inside")
	require.Len(t, r.Doors, 1)
	assert.Equal(t, inner, r.Doors[0].In)
	stranger := e.scope
	stranger.Organizer = uuid.New()
	r, err = e.Live(t.Context(), stranger)
	require.NoError(t, err)
	assert.Zero(t, r.In+r.Refused, "another organizer")
}

func TestOneIncidentOfEachKindAndAMarkStays(t *testing.T) {
	e := newEvening(t)
	single := func(uuid.UUID) (func(uint16) admit.Terms, error) {
		return func(uint16) admit.Terms { return admit.Terms{Use: whitelist.UseReentr, Uses: 1, Group: 1} }, nil
	}
	all, err := e.All(t.Context(), e.scope, single)
	require.NoError(t, err)
	kinds := map[string]int{}
	for _, i := range all {
		kinds[i.Kind]++
		assert.Nil(t, i.Mark)
	}
	assert.Equal(t, map[string]int{"conflict": 1, "tamper": 1, "forced": 1}, kinds)
	require.NoError(t, e.SetMark(t.Context(), e.scope.Organizer, e.scope.Venue, all[0].Key, attendance.Mark{By: "Ana", Note: "seen", At: e.start}))
	require.NoError(t, e.SetMark(t.Context(), e.scope.Organizer, e.scope.Venue, all[0].Key, attendance.Mark{By: "Eva", At: e.start}))
	require.NoError(t, e.SetMark(t.Context(), uuid.New(), e.scope.Venue, all[1].Key, attendance.Mark{By: "Mallory", At: e.start}))
	again, err := e.All(t.Context(), e.scope, single)
	require.NoError(t, err)
	require.NotNil(t, again[2].Mark, "who is seen to comes last")
	assert.Equal(t, all[0].Key, again[2].Key)
	assert.Equal(t, "Ana", again[2].Mark.By, "the first who did")
	assert.Nil(t, again[0].Mark)
	assert.Nil(t, again[1].Mark, "another organizer marks nothing of ours")
}
