package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestATemplateIsAppliedAsItWasLookedAt(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	at := "/venues/" + e.venue + "/template"
	wish := map[string]any{"doors": []any{map[string]any{"name": "A", "rule": usualHours}, map[string]any{"name": "B", "kind_names": []string{"VIP"}}}}
	first := h.ask(key, "PUT", at, wish)
	require.Equal(t, 200, first.status, first.body)
	plan := first.json(t)["plan"].(map[string]any)
	assert.Equal(t, []any{"A", "B"}, plan["make"])
	h.refused(h.ask(key, "POST", at+"/apply", map[string]any{"seen": "0000"}), 409, "plan_changed")
	h.must(key, "POST", at+"/apply", map[string]any{"seen": plan["seen"]})
	doors := h.must(key, "GET", "/venues/"+e.venue+"/checkpoints", nil)["items"].([]any)
	require.Len(t, doors, 2)
	assert.NotNil(t, doors[0].(map[string]any)["template"])

	stale := h.ask(key, "GET", at, nil).header.Get("ETag")
	h.must(key, "PUT", at, map[string]any{"doors": []any{map[string]any{"name": "A"}}}, "If-Match", stale)
	h.refused(h.ask(key, "PUT", at, wish, "If-Match", stale), http.StatusPreconditionFailed, "changed_meanwhile")
	h.refused(h.ask(key, "PUT", at, map[string]any{"doors": []any{map[string]any{"name": "A", "events": []string{e.event}}}}), 422, "invalid_input")
}

func TestOneDateDiffers(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	door := h.must(key, "POST", "/venues/"+e.venue+"/checkpoints", map[string]any{"name": "A", "rule": usualHours})["id"].(string)
	at := "/venues/" + e.venue + "/dates/" + e.event
	assert.NotNil(t, h.must(key, "GET", at, nil)["doors"].([]any)[0].(map[string]any)["hours"])
	set := h.must(key, "PUT", at, map[string]any{"automatic": false, "exceptions": []any{map[string]any{"checkpoint": door, "off": true}}})
	assert.Equal(t, false, set["automatic"])
	assert.Equal(t, false, set["doors"].([]any)[0].(map[string]any)["serves"])
	set = h.must(key, "PUT", at, map[string]any{"automatic": true, "exceptions": []any{}})
	assert.Nil(t, set["doors"].([]any)[0].(map[string]any)["exception"])

	fixed := h.must(key, "PATCH", "/checkpoints/"+door, map[string]any{"hours": []any{}})
	assert.Nil(t, fixed["rule"], "fixed hours take the rule away")
	other := h.evening(key)
	h.refused(h.ask(key, "PUT", "/venues/"+other.venue+"/dates/"+other.event, map[string]any{"automatic": true, "exceptions": []any{map[string]any{"checkpoint": door, "off": true}}}), 404, "not_found")
}

func TestNobodyIsPutAtTwoDoorsByTheAPI(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	ids := gateIDs(h, key, e)
	again := map[string]any{"checkpoint": ids["checkpoint"], "controller": ids["controller"], "rule": usualHours}
	h.refused(h.ask(key, "POST", "/venues/"+e.venue+"/dates/"+e.event+"/shifts", again), 409, "two_doors")
	plan := h.must(key, "GET", "/venues/"+e.venue+"/dates/"+e.event+"/shifts", nil)
	assert.Len(t, plan["shifts"], 1)
	assert.Equal(t, "no_badge", plan["conflicts"].([]any)[0].(map[string]any)["kind"])
	reach := h.must(key, "GET", "/venues/"+e.venue+"/applied", nil)
	assert.EqualValues(t, 1, reach["lanes"])
	assert.EqualValues(t, 0, reach["there"])
}
