package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
)

func TestADoorIsMadeAndChanged(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	doors := "/venues/" + e.venue + "/checkpoints"
	zone := h.must(key, "POST", "/venues/"+e.venue+"/zones", map[string]any{"name": "Plateia", "capacity": 300})
	made := h.must(key, "POST", doors, map[string]any{"name": "Porta A", "to": zone["id"]})
	assert.Equal(t, "open", made["mode"])
	assert.Equal(t, "free", made["policy"])
	assert.Equal(t, "in", made["direction"])
	assert.Equal(t, zone["id"], made["to"])

	open := time.Now().UTC().Truncate(time.Second)
	changed := h.must(key, "PATCH", "/checkpoints/"+made["id"].(string), map[string]any{
		"mode": "closed", "hours": []map[string]any{
			{"from": open.Add(24 * time.Hour), "until": open.Add(30 * time.Hour)}, {"from": open, "until": open.Add(6 * time.Hour)},
		},
	})
	assert.Equal(t, "closed", changed["mode"])
	assert.Equal(t, "Porta A", changed["name"], "what is not named stays")
	require.Len(t, changed["hours"], 2)
	assert.Equal(t, open.Format(time.RFC3339), changed["hours"].([]any)[0].(map[string]any)["from"], "sorted")
	read := h.must(key, "GET", "/checkpoints/"+made["id"].(string), nil)
	assert.Equal(t, changed, read)
	assert.Len(t, h.must(key, "GET", doors, nil)["items"], 1)
}

func TestADoorThatCannotBeIsRefusedWithASentence(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e, other := h.evening(key), h.evening(key)
	now := time.Now().UTC()
	window := func(from, until time.Duration) map[string]any {
		return map[string]any{"from": now.Add(from), "until": now.Add(until)}
	}
	for _, row := range []struct {
		what, field string
		body        map[string]any
	}{
		{"home gates of another policy", "home_gates", map[string]any{"policy": "strict", "home_gates": []string{"gate-1"}}},
		{"a home gate that is not there", "home_gates", map[string]any{"policy": "home", "home_gates": []string{"gate-1"}}},
		{"a policy that nobody knows", "policy", map[string]any{"policy": "lax"}},
		{"hours that end before they begin", "hours", map[string]any{"hours": []any{window(time.Hour, 0)}}},
		{"hours that overlap", "hours", map[string]any{"hours": []any{window(0, 2*time.Hour), window(time.Hour, 3*time.Hour)}}},
		{"a zone of nowhere", "to", map[string]any{"to": e.event}},
		{"a zone that is no id", "from", map[string]any{"from": "Plateia"}},
		{"an event of another venue", "events", map[string]any{"events": []any{other.event}}},
		{"a kind of another venue's event", "kinds", map[string]any{"kinds": []any{map[string]any{"event": other.event, "kind": 0}}}},
		{"a wait of a minute for the hub", "ask_millis", map[string]any{"ask_millis": 60_000}},
		{"a negative budget", "budget", map[string]any{"budget": map[string]any{"minutes": -1}}},
		{"a language that is none", "language", map[string]any{"language": "portuguese!"}},
		{"a name of control characters", "name", map[string]any{"name": "Porta\x00"}},
	} {
		body := map[string]any{"name": "Porta"}
		for k, v := range row.body {
			body[k] = v
		}
		answer := h.ask(key, "POST", "/venues/"+e.venue+"/checkpoints", body)
		require.Equal(t, http.StatusUnprocessableEntity, answer.status, "%s: %s", row.what, answer.body)
		problem := answer.json(t)
		assert.Equal(t, row.field, problem["field"], row.what)
		assert.NotEmpty(t, problem["detail"], row.what)
	}
	h.must(key, "POST", "/venues/"+e.venue+"/checkpoints", map[string]any{"name": "Porta", "policy": "strict"})
	h.refused(h.ask(key, "POST", "/venues/"+e.venue+"/checkpoints", map[string]any{"name": "Porta"}), 409, "name_taken")
}

func TestWhichGatesTicketsAreAtHomeAt(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	doors := "/venues/" + e.venue + "/checkpoints"
	door := h.must(key, "POST", doors, map[string]any{"name": "A", "policy": "home"})["id"].(string)
	other := h.must(key, "POST", doors, map[string]any{"name": "B"})["id"].(string)
	h.must(key, "POST", "/venues/"+e.venue+"/gates", gateBody(door))
	elsewhere := gateBody(other)
	elsewhere["id"] = "gate-2"
	h.must(key, "POST", "/venues/"+e.venue+"/gates", elsewhere)

	set := func(body map[string]any) map[string]any { return h.must(key, "PATCH", "/checkpoints/"+door, body) }
	assert.Equal(t, []any{"gate-1"}, set(map[string]any{"home_gates": []string{"gate-1", "gate-1"}})["home_gates"])
	assert.Equal(t, []any{"gate-1"}, set(map[string]any{"name": "A1"})["home_gates"], "what is not named stays")
	h.refused(h.ask(key, "PATCH", "/checkpoints/"+door, map[string]any{"home_gates": []string{"gate-2"}}), 422, "invalid_input")
	assert.Empty(t, set(map[string]any{"policy": "free"})["home_gates"])
}

func TestWhatIsToldOnceIsToldOnce(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	for _, row := range []struct {
		path, secret string
		body         map[string]any
	}{
		{"/venues/" + e.venue + "/hubs", "token", map[string]any{"id": "hub-1", "name": "Hub"}},
		{"/venues/" + e.venue + "/controllers", "badge", map[string]any{"name": "Ana"}},
	} {
		made := h.must(key, "POST", row.path, row.body, "Idempotency-Key", "once")
		assert.NotEmpty(t, made[row.secret])
		again := h.must(key, "POST", row.path, row.body, "Idempotency-Key", "once")
		assert.Equal(t, made["id"], again["id"])
		assert.Empty(t, again[row.secret], "a repeated request")
		for _, item := range h.must(key, "GET", row.path, nil)["items"].([]any) {
			assert.Empty(t, item.(map[string]any)[row.secret], "a list")
		}
	}
}

func TestAGateIsAtDoorsOfItsVenue(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e, other := h.evening(key), h.evening(key)
	door := h.must(key, "POST", "/venues/"+e.venue+"/checkpoints", map[string]any{"name": "A"})["id"].(string)
	far := h.must(key, "POST", "/venues/"+other.venue+"/checkpoints", map[string]any{"name": "A"})["id"].(string)
	gates := "/venues/" + e.venue + "/gates"
	h.refused(h.ask(key, "POST", gates, gateBody(far)), 422, "invalid_input")
	h.must(key, "POST", gates, gateBody(door))
	h.refused(h.ask(key, "POST", gates, gateBody(door)), 409, "name_taken")
	twice := gateBody(door)
	twice["lanes"] = []map[string]any{{"lane": 1, "checkpoint": door}, {"lane": 1, "checkpoint": door}}
	h.refused(h.ask(key, "PUT", gates+"/gate-1", twice), 422, "invalid_input")
	edit := map[string]any{"name": "B", "lanes": []map[string]any{{"lane": 2, "checkpoint": door}}}
	assert.Equal(t, "B", h.must(key, "PUT", gates+"/gate-1", edit)["name"])
	h.refused(h.ask(key, "PUT", gates+"/gate-9", edit), 404, "not_found")
	items := h.must(key, "GET", gates, nil)["items"].([]any)
	require.Len(t, items, 1)
	assert.EqualValues(t, 2, items[0].(map[string]any)["lanes"].([]any)[0].(map[string]any)["lane"])
}

func TestAnImportReportsEachLineItSkipped(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	issuers := "/events/" + e.event + "/issuers"
	h.refused(h.ask(key, "POST", issuers, map[string]any{"name": "outra", "kind": 77}), 422, "invalid_input")
	h.must(key, "POST", issuers, map[string]any{"name": "outra", "kind": 0, "normalise": map[string]any{"drop_zeros": true}})
	codes := issuers + "/outra/codes"
	file := strings.Join([]string{"7891000315507", "", "0007891000315507", "a\x01b", strings.Repeat("9", 2000), "12;34", `"8.1"`}, "\r\n")
	report := h.must(key, "POST", codes, file, "Content-Type", "text/csv; charset=utf-8")
	assert.EqualValues(t, 7, report["lines"])
	assert.EqualValues(t, 2, report["imported"])
	why := map[float64]any{}
	for _, s := range report["skipped"].([]any) {
		why[s.(map[string]any)["line"].(float64)] = s.(map[string]any)["why"]
	}
	assert.Equal(t, map[float64]any{
		2: "empty", 3: "duplicate_in_file", 4: "bad_characters", 5: "too_long", 6: "more_than_one_column",
	}, why)

	again := h.must(key, "POST", codes, []string{"7891000315507", "new"})
	assert.EqualValues(t, 1, again["imported"])
	assert.Equal(t, "known_already", again["skipped"].([]any)[0].(map[string]any)["why"])
	assert.Len(t, h.must(key, "GET", issuers+"/outra/imports", nil)["items"], 2)
	h.refused(h.ask(key, "POST", codes, `{"a":1}`), 422, "bad_import")
	h.refused(h.ask(key, "POST", codes, "1", "Content-Type", "application/pdf"), 422, "invalid_input")
	h.refused(h.ask(key, "POST", issuers+"/ninguem/codes", []string{"1"}), 404, "not_found")
	h.refused(h.ask(key, "POST", codes, strings.Repeat("1", 9<<20), "Content-Type", "text/csv"), 413, "body_too_large")
}

func TestAnOrderReachesTheOrganizersOwnHub(t *testing.T) {
	h := newHouse(t)
	key, stranger := h.organizer(), h.organizer()
	e := h.evening(key)
	for _, hub := range []string{"hub-1", "hub-9"} {
		h.must(key, "POST", "/venues/"+e.venue+"/hubs", map[string]any{"id": hub, "name": "Hub"})
	}
	ordered = nil
	h.must(key, "POST", "/hubs/hub-1/orders", map[string]any{"type": "settle", "scan": "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c", "entered": true, "by": "Ana"})
	require.Len(t, ordered, 1)
	assert.Equal(t, wire.Settle, ordered[0].Type)
	assert.True(t, ordered[0].Entered)
	assert.Equal(t, "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c", ordered[0].Scan.String())
	_, err := wire.Encode[wire.Command](ordered[0])
	require.NoError(t, err)

	order := map[string]any{"type": "exclude", "gate": "gate-1", "by": "Ana"}
	for what, row := range map[string]struct {
		key, path string
		body      any
		status    int
	}{
		"another organizer's hub":    {stranger, "/hubs/hub-1/orders", order, http.StatusNotFound},
		"a code for another's hub":   {stranger, "/hubs/hub-1/code", nil, http.StatusNotFound},
		"a hub that is not there":    {key, "/hubs/hub-9/orders", order, http.StatusConflict},
		"a gate that is not named":   {key, "/hubs/hub-1/orders", map[string]any{"type": "exclude", "by": "Ana"}, http.StatusUnprocessableEntity},
		"a scan that is not named":   {key, "/hubs/hub-1/orders", map[string]any{"type": "settle", "by": "Ana"}, http.StatusUnprocessableEntity},
		"an order that nobody knows": {key, "/hubs/hub-1/orders", map[string]any{"type": "explode", "by": "Ana"}, http.StatusUnprocessableEntity},
	} {
		answer := h.ask(row.key, "POST", row.path, row.body)
		assert.Equal(t, row.status, answer.status, what)
	}
	assert.Len(t, ordered, 1)
}
