package api_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"portaria/cloud/internal/api"
)

func TestAPartnerSellsDeliversAndRefunds(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	listing := h.must("", "GET", "/shop/events/"+e.event, nil)
	require.Equal(t, true, listing["on_sale"])
	require.EqualValues(t, 10, listing["left"])
	require.Contains(t, listing["start"], "-03:00", "the shop speaks the venue's time")

	order := h.buy(key, e.offer, 2)
	require.Equal(t, "paid", order["state"])
	require.Contains(t, order["page_url"], "https://shop.example/order/")
	tickets := h.must(key, "GET", "/tickets?order="+order["id"].(string), nil)["items"].([]any)
	require.Len(t, tickets, 2)
	first := tickets[0].(map[string]any)
	require.Len(t, first["code"], 122)
	require.Len(t, first["short_code"], 14)

	refund := h.must(key, "POST", "/orders/"+order["id"].(string)+"/refunds",
		map[string]any{"tickets": []any{first["id"]}, "reason": "rain"})
	require.EqualValues(t, 4500, refund["amount"])
	require.Equal(t, "revoked", h.must(key, "GET", "/tickets/"+first["id"].(string), nil)["state"])
	after := h.must(key, "GET", "/orders/"+order["id"].(string), nil)
	require.Equal(t, "part_refunded", after["state"])
	require.Len(t, h.must(key, "GET", "/orders/"+order["id"].(string)+"/refunds", nil)["items"], 1)
	event := h.must(key, "GET", "/events/"+e.event, nil)
	require.EqualValues(t, 1, event["sold"])
}

// bodies are a right body for every operation that takes one, so that only the tenant is wrong.
func bodies(e evening) map[string]any {
	all := map[string]any{
		"edit-venue": map[string]any{}, "edit-event": map[string]any{}, "edit-offer": map[string]any{},
		"set-sale":    map[string]any{"open": true},
		"edit-series": map[string]any{}, "undo-change": map[string]any{},
		"copy-event":   map[string]any{"lines": []string{"2035-01-01 20:00"}},
		"create-dates": datesBody(e.venue, "2035-01-01 20:00"),
		"create-offer": map[string]any{"name": "x", "price": 1},
		"refund-order": map[string]any{}, "pay-order": map[string]any{},
	}
	maps.Copy(all, gateBodies(e))
	return all
}

func TestAnotherOrganizersKeyFindsNothingOnAnyRoute(t *testing.T) {
	h := newHouse(t)
	owner, stranger := h.organizer(), h.organizer()
	e := h.evening(owner)
	order := h.buy(owner, e.offer, 1)
	ids := map[string]string{
		"venue": e.venue, "event": e.event, "offer": e.offer, "order": order["id"].(string),
		"ticket": firstID(h.must(owner, "GET", "/tickets", nil)), "key": firstID(h.must(owner, "GET", "/keys", nil)),
	}
	ids["series"] = h.must(owner, "POST", "/series", map[string]any{"name": "x", "kind": "tour"})["id"].(string)
	ids["change"] = h.must(owner, "POST", "/changes", map[string]any{"events": []any{map[string]any{"id": e.event}}, "name": "x"})["id"].(string)
	maps.Copy(ids, gateIDs(h, owner, e))
	tried := 0
	eachOperation(t, func(method, path string, o *huma.Operation) {
		if !strings.Contains(path, "{") || len(o.Security) == 0 {
			return
		}
		at := fill(t, path, ids)
		body := bodies(e)[o.OperationID]
		if o.RequestBody != nil {
			require.NotNil(t, body, "give a right body for %s", o.OperationID)
		}
		h.refused(h.ask(stranger, method, at, body), http.StatusNotFound, "not_found")
		tried++
	})
	require.Greater(t, tried, 12)
}

func TestAListShowsOnlyOnesOwn(t *testing.T) {
	h := newHouse(t)
	owner, stranger := h.organizer(), h.organizer()
	h.buy(owner, h.evening(owner).offer, 1)
	eachOperation(t, func(method, path string, o *huma.Operation) {
		if method != "GET" || strings.Contains(path, "{") || o.Security == nil || o.Security[0]["key"] == nil ||
			path == "/organizer" || path == "/keys" {
			return
		}
		require.Empty(t, h.must(stranger, method, path, nil)["items"], path)
	})
	require.Len(t, h.must(stranger, "GET", "/keys", nil)["items"], 1)
}

func TestEveryRouteThatNeedsAKeyRefusesWithoutOne(t *testing.T) {
	h := newHouse(t)
	reader := h.must(h.organizer(), "POST", "/keys", map[string]any{"name": "shop", "scopes": []any{"catalog:read"}})
	eachOperation(t, func(method, path string, o *huma.Operation) {
		if len(o.Security) == 0 {
			return
		}
		at := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "0192e4f0-7c00-7000-8000-000000000000")
		for _, key := range []string{"", "ptk_wrong"} {
			a := h.ask(key, method, at, nil)
			h.refused(a, http.StatusUnauthorized, "bad_credentials")
			require.Equal(t, "Bearer", a.header.Get("WWW-Authenticate"))
		}
		if o.Security[0]["key"] != nil && !strings.Contains(o.Description, "catalog:read") {
			h.refused(h.ask(reader["key"].(string), method, at, nil), http.StatusForbidden, "no_scope")
		}
	})
}

func TestAKeyMakesNoneThatMayMore(t *testing.T) {
	h := newHouse(t)
	keeper := h.must(h.organizer(), "POST", "/keys", map[string]any{"name": "k", "scopes": []any{"keys:write"}})["key"].(string)
	h.refused(h.ask(keeper, "POST", "/keys", map[string]any{"name": "more", "scopes": []any{"sales:write"}}), 403, "no_scope")
	own := h.must(keeper, "POST", "/keys", map[string]any{"name": "same", "scopes": []any{"keys:write"}})
	h.must(keeper, "DELETE", "/keys/"+own["id"].(string), nil)
	h.refused(h.ask(own["key"].(string), "GET", "/keys", nil), 401, "bad_credentials")
}

func TestARepeatedRequestIsCarriedOutOnce(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	again := func(body any) said { return h.ask(key, "POST", "/orders", body, "Idempotency-Key", "cart 7") }
	first := again(orderOf(e.offer, 2))
	require.Equal(t, 201, first.status, "%s", first.body)
	require.Equal(t, first.body, again(orderOf(e.offer, 2)).body)
	h.refused(again(orderOf(e.offer, 3)), 422, "idempotency_key_reused")
	require.Len(t, h.must(key, "GET", "/orders", nil)["items"], 1)
	require.EqualValues(t, 2, h.must(key, "GET", "/events/"+e.event, nil)["held"])

	other := h.organizer()
	h.refused(h.ask(other, "POST", "/orders", orderOf(e.offer, 2), "Idempotency-Key", "cart 7"), 409, "not_for_sale")

	refusedOnce := h.ask(key, "POST", "/orders", orderOf(e.offer, 9), "Idempotency-Key", "cart 8")
	h.refused(refusedOnce, 409, "sold_out")
	h.must(key, "PATCH", "/events/"+e.event, map[string]any{"capacity": 20})
	require.Equal(t, 201, h.ask(key, "POST", "/orders", orderOf(e.offer, 9), "Idempotency-Key", "cart 8").status,
		"a refusal changed nothing, so it is not kept")
}

func TestTheSameRequestManyTimesAtOnce(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	order := h.buy(key, e.offer, 2)
	var all sync.WaitGroup
	answers := make([]said, 20)
	for i := range answers {
		all.Go(func() {
			answers[i] = h.ask(key, "POST", "/orders/"+order["id"].(string)+"/refunds", map[string]any{},
				"Idempotency-Key", "refund")
		})
	}
	all.Wait()
	for _, a := range answers {
		assert.Contains(t, []int{201, 409}, a.status, "%s", a.body)
		if a.status == 409 {
			assert.Equal(t, "request_running", a.json(t)["code"])
		}
	}
	require.Len(t, h.must(key, "GET", "/orders/"+order["id"].(string)+"/refunds", nil)["items"], 1)
}

func TestAKeyIsToldOnceEvenWhenTheRequestIsRepeated(t *testing.T) {
	h := newHouse(t)
	body := map[string]any{"name": "Festival", "language": "pt-BR"}
	first := h.must(platformToken, "POST", "/organizers", body, "Idempotency-Key", "one")
	second := h.must(platformToken, "POST", "/organizers", body, "Idempotency-Key", "one")
	require.Equal(t, first["id"], second["id"])
	require.NotEmpty(t, first["api_key"])
	require.NotContains(t, second, "api_key", "a kept answer holds no secret")
}

func TestListsComeInPages(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	for i := range 4 {
		h.must(key, "POST", "/venues", map[string]any{"name": fmt.Sprint(i), "time_zone": "UTC"})
	}
	h.buy(key, e.offer, 5)
	for _, path := range []string{"/venues?", "/tickets?event=" + e.event + "&"} {
		seen := map[string]bool{}
		pages, next := 0, ""
		for {
			p := h.must(key, "GET", path+"limit=2"+next, nil)
			for _, item := range p["items"].([]any) {
				seen[item.(map[string]any)["id"].(string)] = true
			}
			pages++
			cursor, more := p["next"].(string)
			if !more {
				break
			}
			next = "&after=" + cursor
		}
		require.Len(t, seen, 5, path)
		require.Equal(t, 3, pages, path)
	}
	shop := h.must("", "GET", "/shop/events?limit=1", nil)
	require.Empty(t, h.must("", "GET", "/shop/events?after="+shop["next"].(string), nil)["items"])
}

func TestWhatIsNotRightIsRefusedInOneShape(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	venue := func(body any) said { return h.ask(key, "POST", "/venues", body) }
	h.refused(venue(`{"name": `), 400, "bad_request")
	h.refused(venue(`{"name": "x", "time_zone": "UTC", "colour": "red"}`), 422, "invalid_input")
	h.refused(venue(`{"name": "x", "time_zone": "Mars/Olympus"}`), 422, "invalid_input")
	h.refused(venue(`{"name": "a\u0000b", "time_zone": "UTC"}`), 422, "invalid_input")
	h.refused(venue(`{"name": "`+strings.Repeat("x", 1<<20)+`"}`), 413, "body_too_large")
	h.refused(h.ask(key, "POST", "/venues", []byte{0xff, 0xfe}), 422, "invalid_input")
	h.refused(h.ask(key, "GET", "/venues?colour=red", nil), 422, "invalid_input")
	h.refused(h.ask(key, "GET", "/venues?after=x", nil), 422, "invalid_input")
	h.refused(h.ask(key, "GET", "/shop/events?after=99999999999999999.x", nil), 422, "invalid_input")
	h.refused(h.ask(key, "GET", "/nowhere", nil), 404, "not_found")
	h.refused(h.ask(key, "DELETE", "/venues", nil), 405, "method_not_allowed")
	h.refused(h.ask("", "POST", "/payments/bank/notices", "{}"), 403, "forged_notice")
	h.refused(h.ask("", "POST", "/payments/cash/notices", "{}"), 422, "no_such_payment_way")
	h.refused(h.ask("", "POST", "/payments/bank/notices", `{"Outcome":"paid"}`, "Signed", "yes"), 409, "odd_notice")
	h.refused(h.ask(key, "POST", "/orders", orderOf(e.offer, 11)), 409, "too_many")
	buyer := orderOf(e.offer, 1)
	buyer["buyer"] = map[string]any{"name": "Ana", "email": "ana@example.org\r\nBcc: all@example.org"}
	h.refused(h.ask(key, "POST", "/orders", buyer), 422, "invalid_input")
}

func TestTheReadablePageNeedsNoOtherHost(t *testing.T) {
	h := newHouse(t)
	document := h.ask("", "GET", "/openapi.json", nil)
	require.Equal(t, "3.1.0", document.json(t)["openapi"])
	for _, path := range []string{"", "/problems", "/style.css"} {
		a := h.ask("", "GET", path, nil)
		require.Equal(t, 200, a.status)
		require.NotRegexp(t, `(src|href)="(https?:)?//`, string(a.body))
		require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
	}
	eachOperation(t, func(method, path string, _ *huma.Operation) {
		require.True(t, bytes.Contains(h.ask("", "GET", "", nil).body, []byte(method+" /api/v1"+path)), path)
	})
	for _, code := range api.Codes() {
		require.Contains(t, string(h.ask("", "GET", "/problems", nil).body), `id="`+code+`"`)
	}
}

// eachOperation visits every operation of the document.
func eachOperation(t *testing.T, visit func(method, path string, o *huma.Operation)) {
	t.Helper()
	raw, err := api.Document()
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
			Description string
			Security    []map[string][]string
			RequestBody *struct{ Required bool } `yaml:"requestBody"`
		}
	}
	require.NoError(t, yaml.Unmarshal(raw, &document))
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for method, o := range document.Paths[path] {
			shown := &huma.Operation{OperationID: o.OperationID, Description: o.Description, Security: o.Security}
			if o.RequestBody != nil {
				shown.RequestBody = &huma.RequestBody{Required: o.RequestBody.Required}
			}
			visit(strings.ToUpper(method), path, shown)
		}
	}
}

func fill(t *testing.T, path string, ids map[string]string) string {
	t.Helper()
	return regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(name string) string {
		id, known := ids[strings.Trim(name, "{}")]
		require.True(t, known, "give an id for %s in %s", name, path)
		return id
	})
}

func firstID(list map[string]any) string {
	return list["items"].([]any)[0].(map[string]any)["id"].(string)
}
