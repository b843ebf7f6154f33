package ingest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/desk"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/floor/wicket"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// dock is an intake over a real database, with one gate.
type dock struct {
	*gatestest.World
	*ingest.Intake
	store           *entries.Store
	hub             ingest.Hub
	organizer       ticket.EventID
	event, stranger ticket.EventID
	logged          *bytes.Buffer
}

var run = wire.Run{Start: 7, Random: 0x9f3a61c2}

func newDock(t *testing.T) dock {
	w := gatestest.New(t)
	d := dock{World: w, store: entries.New(w.Pool), organizer: w.Organizer("Teatro"), logged: &bytes.Buffer{}}
	venue := w.Venue(d.organizer, "Sala")
	d.event = w.Event(d.organizer, venue, "Noite")
	other := w.Organizer("Outro")
	elsewhere := w.Venue(other, "Longe")
	d.stranger = w.Event(other, elsewhere, "Deles")
	w.Gate(d.organizer, venue, "gate-1")
	w.Gate(other, elsewhere, "gate-9")
	w.Hub(d.organizer, venue, "hub-1")
	d.hub = ingest.Hub{ID: "hub-1", Organizer: d.organizer, Venue: venue}
	d.Intake = &ingest.Intake{
		Store: d.store, Incarnation: "life-1", Now: w.Now, Log: slog.New(slog.NewTextHandler(d.logged, nil)),
	}
	return d
}

// admission is a record of someone let in.
func (d dock) admission(seq uint64) wire.Event {
	scan := admit.ScanID{1, byte(seq >> 8), byte(seq)}
	return wire.Event{
		Gate: "gate-1", Run: run, Seq: seq, Type: wire.Admission, Scan: scan, Ref: whitelist.Ref{9, byte(seq)},
		Event: d.event, Reason: admit.OK, At: d.World.Now().UnixMilli(), Clock: admit.Synced, Lane: 1,
		Record: &admit.Record{Scan: scan, Kind: admit.Entry, At: 1, Gate: "gate-1", Lane: 1},
	}
}

func (d dock) admissions(from, to uint64) (out []wire.Event) {
	for seq := from; seq <= to; seq++ {
		out = append(out, d.admission(seq))
	}
	return out
}

func payload(t *testing.T, number uint64, events ...wire.Event) []byte {
	t.Helper()
	raw, err := wire.Encode(wire.Events{Number: number, Gate: events[0].Gate, Run: events[0].Run, Events: events})
	require.NoError(t, err)
	return raw
}

// held gives the cloud's watermark that the answer to these records names.
func (d dock) held(t *testing.T, number uint64, events ...wire.Event) uint64 {
	t.Helper()
	acks, err := d.Events(t.Context(), d.hub, payload(t, number, events...))
	require.NoError(t, err)
	require.Len(t, acks, 1)
	assert.Equal(t, number, acks[0].Number, "the answer names the message")
	assert.Equal(t, "life-1", acks[0].Incarnation)
	require.Len(t, acks[0].Watermarks, 1)
	assert.Equal(t, run, acks[0].Watermarks[0].Run)
	return acks[0].Watermarks[0].Cloud
}

func (d dock) records(t *testing.T) []ingest.Record {
	t.Helper()
	records, err := d.store.Records(t.Context(), uuid.UUID(d.organizer), ingest.Filter{Limit: 1000})
	require.NoError(t, err)
	return records
}

func TestRecordsAreStoredOnceHoweverOftenTheyCome(t *testing.T) {
	d := newDock(t)
	assert.EqualValues(t, 3, d.held(t, 1, d.admissions(1, 3)...))
	assert.EqualValues(t, 3, d.held(t, 2, d.admissions(1, 3)...))
	assert.EqualValues(t, 5, d.held(t, 3, d.admissions(2, 5)...))
	records := d.records(t)
	require.Len(t, records, 5)
	for i, r := range records {
		assert.EqualValues(t, i+1, r.Seq)
		assert.Equal(t, "hub-1", r.Hub)
		assert.Equal(t, string(admit.Entry), r.History)
		assert.Equal(t, uuid.UUID(d.event), *r.Event)
	}
}

func TestNothingIsAcknowledgedPastAGap(t *testing.T) {
	d := newDock(t)
	assert.EqualValues(t, 2, d.held(t, 1, d.admissions(1, 2)...))
	assert.EqualValues(t, 2, d.held(t, 2, d.admissions(4, 6)...))
	assert.Contains(t, d.logged.String(), "missing=3")
	assert.EqualValues(t, 6, d.held(t, 3, d.admissions(3, 6)...))
	assert.Len(t, d.records(t), 6)
}

func TestTheWatermarkMovesOnlyWithItsRecords(t *testing.T) {
	d := newDock(t)
	require.EqualValues(t, 1, d.held(t, 1, d.admission(1)))
	d.Exec("ALTER TABLE entry_events ADD CONSTRAINT disk_full CHECK (seq <> 3)") // the disk is full at record 3
	_, err := d.Events(t.Context(), d.hub, payload(t, 2, d.admissions(2, 4)...))
	require.Error(t, err)
	assert.NotErrorIs(t, err, ingest.ErrRefused, "the hub should send again")
	assert.Len(t, d.records(t), 1, "nothing of the batch was kept")
	d.Exec("ALTER TABLE entry_events DROP CONSTRAINT disk_full")
	assert.EqualValues(t, 4, d.held(t, 3, d.admissions(2, 4)...))
	assert.Len(t, d.records(t), 4)
}

func TestTwoWaysAtOnceStoreEachRecordOnce(t *testing.T) {
	d := newDock(t)
	done := make(chan error, 8)
	for range 8 {
		go func() {
			_, err := d.Events(t.Context(), d.hub, payload(t, 1, d.admissions(1, 40)...))
			done <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	assert.Len(t, d.records(t), 40)
}

func TestWhatCannotBeUsedIsSetAsideAndDoesNotBlock(t *testing.T) {
	d := newDock(t)
	foreign := d.admission(1)
	foreign.Event = d.stranger
	lane := d.admission(2)
	lane.Lane = 1 << 40
	assert.EqualValues(t, 3, d.held(t, 1, foreign, lane, d.admission(3)))
	records := d.records(t)
	require.Len(t, records, 1)
	assert.EqualValues(t, 3, records[0].Seq)
	assert.Contains(t, d.logged.String(), "names an event of another venue")
	assert.Contains(t, d.logged.String(), "level=ERROR")
	var aside int
	require.NoError(t, d.Pool.QueryRow(t.Context(), "SELECT count(*) FROM quarantine WHERE organizer_id = $1",
		uuid.UUID(d.organizer)).Scan(&aside))
	assert.Equal(t, 2, aside)
}

func TestWhateverAScannerReadIsKept(t *testing.T) {
	d := newDock(t)
	e := d.admission(1)
	e.Type, e.Record, e.Event, e.Ref = wire.Refusal, nil, ticket.EventID{}, whitelist.Ref{}
	e.Reason, e.Text, e.Checkpoint = admit.Unreadable, "\x1b\x01'; DROP TABLE gates; \u2028", "A"
	assert.EqualValues(t, 1, d.held(t, 1, e))
	records := d.records(t)
	require.Len(t, records, 1)
	assert.Contains(t, records[0].Text, "DROP TABLE gates")
	assert.Equal(t, "A", records[0].Checkpoint)
}

func TestMessagesThatAreNoneOfTheHubsAreRefused(t *testing.T) {
	d := newDock(t)
	theirs := d.admission(1)
	theirs.Gate = "gate-9"
	nobody := d.admission(1)
	nobody.Gate = "gate-2"
	for what, raw := range map[string][]byte{
		"a gate of another venue": payload(t, 1, theirs),
		"a gate nobody knows":     payload(t, 1, nobody),
		"invalid JSON":            []byte(`{"v":1,"events":[`),
		"a megabyte":              []byte(`{"v":1,"gate":"gate-1","x":"` + strings.Repeat("x", 1<<20) + `"}`),
		"binary":                  {0, 1, 2, 255},
		"nothing":                 nil,
	} {
		_, err := d.Events(t.Context(), d.hub, raw)
		assert.ErrorIs(t, err, ingest.ErrRefused, what)
		_, err = d.State(t.Context(), d.hub, raw)
		assert.ErrorIs(t, err, ingest.ErrRefused, what)
	}
	assert.Empty(t, d.records(t))
	assert.Contains(t, d.logged.String(), "gate-9")
}

func TestAHeartbeatIsAnsweredWithEveryRunsWatermark(t *testing.T) {
	d := newDock(t)
	d.held(t, 1, d.admissions(1, 3)...)
	state := wire.HubState{Number: 8, Hub: "hub-1", Term: 2, Pending: 5, Gates: []wire.GateState{
		{Gate: "gate-1", SeenAt: 1, Lanes: []wire.LaneState{{Lane: 1, Scanner: "ready\x00"}}},
	}}
	raw, err := wire.Encode(state)
	require.NoError(t, err)
	acks, err := d.State(t.Context(), d.hub, raw)
	require.NoError(t, err)
	require.Len(t, acks, 1)
	assert.EqualValues(t, 8, acks[0].Number)
	assert.Equal(t, []wire.Watermark{{Gate: "gate-1", Run: run, Cloud: 3}}, acks[0].Watermarks)
	state.Gates = []wire.GateState{{Gate: "gate-2", SeenAt: 9}, {Gate: "gate-9", SeenAt: 9}, {Gate: "gate-2", SeenAt: 10}}
	d.Gate(d.organizer, d.hub.Venue, "gate-2")
	raw, err = wire.Encode(state)
	require.NoError(t, err)
	_, err = d.State(t.Context(), d.hub, raw)
	require.NoError(t, err)
	hubs, err := d.World.Desk().Hubs(t.Context(), desk.Scope{Organizer: uuid.UUID(d.organizer), Venue: uuid.UUID(d.hub.Venue)})
	require.NoError(t, err)
	require.Len(t, hubs, 1)
	assert.Equal(t, 5, hubs[0].State.Pending)
	require.Len(t, hubs[0].State.Gates, 2, "a gate that one message does not name is not gone, one of elsewhere never came")
	assert.Equal(t, "ready\x00", hubs[0].State.Gates[0].Lanes[0].Scanner)
	assert.EqualValues(t, 10, hubs[0].State.Gates[1].SeenAt)

	state.Hub = "hub-2"
	raw, err = wire.Encode(state)
	require.NoError(t, err)
	_, err = d.State(t.Context(), d.hub, raw)
	assert.ErrorIs(t, err, ingest.ErrRefused, "another hub's heartbeat")
}

func TestAReaderWhoGoesOnMissesNothing(t *testing.T) {
	d := newDock(t)
	tx, err := d.Pool.Begin(t.Context()) // a slow writer, begun first
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	_, err = tx.Exec(t.Context(), `INSERT INTO entry_events (venue_id, gate_id, run, seq, organizer_id, hub_id, type, kind, at,
		lane, body) VALUES ($1, 'gate-1', '1-1', 1, $2, 'hub-1', 'note', 0, 0, 0, '{}')`, uuid.UUID(d.hub.Venue), uuid.UUID(d.organizer))
	require.NoError(t, err)
	d.held(t, 1, d.admissions(1, 2)...)
	first := d.records(t)
	require.NoError(t, tx.Commit(t.Context()))
	f := ingest.Filter{Limit: 1}
	if len(first) > 0 {
		f.After = first[len(first)-1].Place
	}
	seen := len(first)
	for {
		next, err := d.store.Records(t.Context(), uuid.UUID(d.organizer), f)
		require.NoError(t, err)
		if len(next) == 0 {
			break
		}
		seen++
		f.After = next[0].Place
	}
	assert.Equal(t, 3, seen)
	none, err := d.store.Records(t.Context(), uuid.New(), ingest.Filter{Limit: 10})
	require.NoError(t, err)
	assert.Empty(t, none, "another organizer")
}

func TestASummaryCountsPeople(t *testing.T) {
	count := func(kind wire.EventType, history admit.RecordKind, reason admit.Reason, n int) ingest.Count {
		return ingest.Count{Type: string(kind), History: string(history), Reason: string(reason), Records: n}
	}
	s := ingest.Sum([]ingest.Count{
		count(wire.Admission, admit.Entry, admit.OK, 10), count(wire.Admission, admit.Entry, admit.OKOffline, 2),
		count(wire.Outcome, admit.Passed, "", 8), count(wire.Outcome, admit.Abort, "", 3), count(wire.Outcome, admit.Abort, wicket.GivenUp, 2),
		count(wire.Outcome, admit.ForcedPass, "", 1), count(wire.Refusal, "", admit.AlreadyUsed, 4),
		count(wire.Leaving, admit.Exit, admit.OK, 5), count(wire.Note, "", "", 9),
	})
	assert.Equal(t, ingest.Summary{
		Admitted: 10, Refused: 4, Left: 5, Aborted: 3, Forced: 1,
		Reasons: map[string]int{"already_used": 4}, Admits: map[string]int{"ok": 10, "ok_offline": 2},
	}, s)
}
