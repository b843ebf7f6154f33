package api_test

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/api"
	"portaria/cloud/internal/ingest"
	"portaria/cloud/internal/postgres/entries"
	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// doors is a house whose gate side a hub talks to.
type doors struct {
	*house
	intake *ingest.Intake
	hub    ingest.Hub
	key    string
	evening
	door string
}

func newDoors(t *testing.T) *doors {
	t.Helper()
	d, _ := deps(t)
	handler, err := api.New(d)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	h := &house{T: t, url: server.URL}
	out := &doors{house: h, key: h.organizer()}
	out.evening = h.evening(out.key)
	out.door = gateIDs(h, out.key, out.evening)["checkpoint"]
	store, ok := d.Gates.Entries.(*entries.Store)
	require.True(t, ok)
	out.intake = &ingest.Intake{Store: store, Incarnation: "1", Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	out.hub = ingest.Hub{ID: "hub-1", Organizer: id(t, h.must(out.key, "GET", "/organizer", nil)["id"]), Venue: id(t, out.venue)}
	return out
}

func id(t *testing.T, text any) ticket.EventID {
	t.Helper()
	out, err := ticket.ParseEventID(text.(string))
	require.NoError(t, err)
	return out
}

var run = wire.Run{Start: 1, Random: 2}

func (d *doors) bring(t *testing.T, events ...wire.Event) {
	t.Helper()
	for i := range events {
		e := &events[i]
		e.Gate, e.Run, e.Seq, e.At = "gate-1", run, uint64(i+1), time.Now().UnixMilli()
		if e.Record != nil {
			e.Record.Gate, e.Record.Scan, e.Record.At = "gate-1", e.Scan, e.At
		}
	}
	raw, err := wire.Encode(wire.Events{Number: 1, Gate: "gate-1", Run: run, Events: events})
	require.NoError(t, err)
	acks, err := d.intake.Events(t.Context(), d.hub, raw)
	require.NoError(t, err)
	require.EqualValues(t, len(events), acks[0].Watermarks[0].Cloud)
}

func TestWhatGatesRecordedIsListedAndCounted(t *testing.T) {
	d := newDoors(t)
	event := id(t, d.event)
	entry := func(n byte, kind wire.EventType, record admit.RecordKind, reason admit.Reason) wire.Event {
		return wire.Event{Type: kind, Scan: admit.ScanID{n}, Ref: whitelist.Ref{n}, Event: event, Reason: reason, Lane: 1,
			Checkpoint: d.door, Record: &admit.Record{Kind: record, Lane: 1}}
	}
	d.bring(t,
		entry(1, wire.Admission, admit.Entry, admit.OK), entry(1, wire.Outcome, admit.Passed, ""),
		wire.Event{Type: wire.Refusal, Scan: admit.ScanID{2}, Ref: whitelist.Ref{1}, Event: event, Reason: admit.AlreadyUsed, Lane: 1},
		wire.Event{Type: wire.Refusal, Scan: admit.ScanID{3}, Reason: admit.Unknown, Text: "rubbish", Lane: 1},
		entry(4, wire.Admission, admit.Entry, admit.OKOffline), entry(4, wire.Outcome, admit.Abort, ""),
	)
	var seen []map[string]any
	after := ""
	require.Eventually(t, func() bool { // a record shows once no older transaction is open
		page := d.must(d.key, "GET", "/entries?limit=2&after="+after, nil)
		for _, item := range page["items"].([]any) {
			seen = append(seen, item.(map[string]any))
		}
		if next, ok := page["next"].(string); ok {
			after = next
		}
		return len(seen) >= 6
	}, 10*time.Second, time.Millisecond)
	require.Len(t, seen, 6)
	assert.Equal(t, "admission", seen[0]["type"])
	assert.Equal(t, "ok", seen[0]["reason"])
	assert.Equal(t, d.event, seen[0]["event"])
	assert.Equal(t, d.door, seen[0]["checkpoint"])
	assert.Equal(t, "rubbish", seen[3]["text"])
	assert.Empty(t, d.must(d.key, "GET", "/entries?after="+after, nil)["items"], "nothing new")

	for query, want := range map[string]int{
		"event=" + d.event: 5, "type=refusal": 2, "gate=gate-1": 6, "gate=gate-2": 0, "type=admission&event=" + d.event: 2,
		"since=" + time.Now().Add(time.Hour).UTC().Format(time.RFC3339): 0,
	} {
		assert.Len(t, d.must(d.key, "GET", "/entries?"+query, nil)["items"], want, query)
	}
	for _, query := range []string{"after=nonsense", "after=1", "event=x", "type=x", "since=yesterday", "limit=0", "limit=9999"} {
		assert.Equal(t, 422, d.ask(d.key, "GET", "/entries?"+query, nil).status, query)
	}

	sum := d.must(d.key, "GET", "/events/"+d.event+"/entries/summary", nil)
	assert.EqualValues(t, 1, sum["admitted"])
	assert.EqualValues(t, 1, sum["aborted"])
	assert.Equal(t, map[string]any{"already_used": 1.0}, sum["refusals"])
	everything := d.must(d.key, "GET", "/entries/summary", nil)
	assert.Equal(t, map[string]any{"already_used": 1.0, "unknown": 1.0}, everything["refusals"])

	stranger := d.organizer()
	assert.Empty(t, d.must(stranger, "GET", "/entries", nil)["items"])
	assert.Empty(t, d.must(stranger, "GET", "/entries?event="+d.event, nil)["items"])
	assert.EqualValues(t, 0, d.must(stranger, "GET", "/entries/summary", nil)["admitted"])
}

func TestAVenuesGatesAreShownAsTheirHubSeesThem(t *testing.T) {
	d := newDoors(t)
	raw, err := wire.Encode(wire.HubState{Number: 1, Hub: "hub-1", Term: 3, Pending: 7, Gates: []wire.GateState{{
		Gate: "gate-1", SeenAt: time.Now().UnixMilli(),
		Lanes: []wire.LaneState{{Lane: 1, Scanner: "gone", Output: "ready", Mode: "open", In: 41}},
		Lists: []wire.ListState{{Event: id(t, d.event), Epoch: 9, Count: 200}},
	}, {Gate: "gate-8", SeenAt: 5}}})
	require.NoError(t, err)
	_, err = d.intake.State(t.Context(), d.hub, raw)
	require.NoError(t, err)

	gates := d.must(d.key, "GET", "/venues/"+d.venue+"/gates", nil)["items"].([]any)
	require.Len(t, gates, 1, "a gate that was not made is not shown")
	gate := gates[0].(map[string]any)
	assert.Equal(t, "hub-1", gate["hub"])
	assert.NotEmpty(t, gate["seen_at"])
	lane := gate["lanes"].([]any)[0].(map[string]any)
	assert.Equal(t, d.door, lane["checkpoint"])
	assert.Equal(t, "gone", lane["state"].(map[string]any)["scanner"])
	assert.EqualValues(t, 41, lane["state"].(map[string]any)["in"])
	assert.EqualValues(t, 200, gate["lists"].([]any)[0].(map[string]any)["count"])

	hub := d.must(d.key, "GET", "/venues/"+d.venue+"/hubs", nil)["items"].([]any)[0].(map[string]any)
	assert.Equal(t, true, hub["connected"])
	assert.EqualValues(t, 7, hub["pending"])
	assert.Equal(t, 204, d.ask(d.key, "DELETE", "/hubs/hub-1", nil).status)
	hub = d.must(d.key, "GET", "/venues/"+d.venue+"/hubs", nil)["items"].([]any)[0].(map[string]any)
	assert.Equal(t, false, hub["connected"])
	assert.NotEmpty(t, hub["retired_at"])
}

func TestATicketThatTwoGatesLetInIsShownAsAConflict(t *testing.T) {
	d := newDoors(t)
	event := id(t, d.event)
	entry := func(scan, ref byte) wire.Event {
		return wire.Event{Type: wire.Admission, Scan: admit.ScanID{scan}, Ref: whitelist.Ref{ref}, Event: event, Reason: admit.OKOffline,
			Lane: 1, Record: &admit.Record{Kind: admit.Entry, Lane: 1, Offline: true}}
	}
	end := func(scan, ref byte, kind admit.RecordKind) wire.Event {
		return wire.Event{Type: wire.Outcome, Scan: admit.ScanID{scan}, Ref: whitelist.Ref{ref}, Event: event,
			Lane: 1, Record: &admit.Record{Kind: kind, Lane: 1}}
	}
	d.bring(t,
		entry(1, 1), end(1, 1, admit.Passed), // once
		entry(2, 2), end(2, 2, admit.Abort), entry(3, 2), end(3, 2, admit.Passed), // nobody passed the first time
		entry(4, 3), end(4, 3, admit.Passed), entry(5, 3), end(5, 3, admit.Passed), // twice
	)
	list := "/events/" + d.event + "/conflicts"
	conflicts := d.must(d.key, "GET", list, nil)["items"].([]any)
	require.Len(t, conflicts, 1)
	conflict := conflicts[0].(map[string]any)
	assert.Equal(t, whitelist.Ref{3}.String(), conflict["ref"])
	entries := conflict["entries"].([]any)
	require.Len(t, entries, 2)
	assert.Equal(t, "gate-1", entries[0].(map[string]any)["gate"])
	assert.Equal(t, true, entries[0].(map[string]any)["offline"])

	first := d.must(d.key, "GET", list+"?limit=1", nil)
	assert.Empty(t, first["items"], "a page may be empty before the last")
	second := d.must(d.key, "GET", list+"?limit=1&after="+first["next"].(string), nil)
	assert.Len(t, second["items"], 1)
	d.refused(d.ask(d.key, "GET", list+"?after=x", nil), 422, "invalid_input")
	d.refused(d.ask(d.organizer(), "GET", list, nil), 404, "not_found")
}
