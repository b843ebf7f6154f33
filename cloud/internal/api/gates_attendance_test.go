package api_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestWhoCameIsAskedFor(t *testing.T) {
	d := newDoors(t)
	event := id(t, d.event)
	scan := func(n byte, kind wire.EventType, record admit.RecordKind, reason admit.Reason) wire.Event {
		return wire.Event{Type: kind, Scan: admit.ScanID{n}, Ref: whitelist.Ref{n}, Event: event, Reason: reason, Lane: 1, Controller: "ana",
			Checkpoint: d.door, Record: &admit.Record{Kind: record, Lane: 1, Checkpoint: d.door, Zone: "hall"}}
	}
	leaving := scan(5, wire.Leaving, admit.Exit, admit.OK)
	leaving.Record.From, leaving.Record.Zone, leaving.Record.Closes = "hall", "", admit.ScanID{1}
	d.bring(t,
		scan(1, wire.Admission, admit.Entry, admit.OK), scan(1, wire.Outcome, admit.Passed, ""),
		scan(2, wire.Admission, admit.Entry, admit.OKOffline), scan(2, wire.Outcome, admit.Passed, ""),
		leaving, scan(5, wire.Outcome, admit.Passed, ""),
		wire.Event{Type: wire.Refusal, Scan: admit.ScanID{6}, Ref: whitelist.Ref{1}, Event: event, Reason: admit.AlreadyUsed, Checkpoint: d.door, Lane: 1},
	)
	path := "/events/" + d.event + "/attendance"
	got := d.must(d.key, "GET", path, nil)
	for name, n := range map[string]float64{"in": 2, "out": 1, "inside": 1, "refused": 1, "offline": 1, "aborted": 0, "doubtful": 0} {
		assert.InDelta(t, n, got[name], 0, name)
	}
	assert.Equal(t, map[string]any{"already_used": 1.0}, got["refusals"])
	assert.Equal(t, []any{map[string]any{"zone": "hall", "people": 1.0}}, got["zones"])
	doors := got["doors"].([]any)
	require.Len(t, doors, 1)
	assert.InDelta(t, 2, doors[0].(map[string]any)["peak"], 0)
	assert.InDelta(t, 2, got["controllers"].([]any)[0].(map[string]any)["admitted"], 0)

	first := d.ask(d.key, "GET", path, nil)
	assert.Equal(t, 304, d.ask(d.key, "GET", path, nil, "If-None-Match", first.header.Get("ETag")).status)

	var whats []string
	after := ""
	for {
		page := d.must(d.key, "GET", path+"/flow?limit=1&after="+after, nil)
		for _, item := range page["items"].([]any) {
			whats = append(whats, item.(map[string]any)["what"].(string))
		}
		next, more := page["next"].(string)
		if !more {
			break
		}
		after = next
	}
	assert.ElementsMatch(t, []string{"in", "out", "refused"}, whats)
	assert.Equal(t, 422, d.ask(d.key, "GET", path+"/flow?after=x", nil).status)
	assert.Equal(t, 404, d.ask(d.organizer(), "GET", path, nil).status, "another organizer")
}
