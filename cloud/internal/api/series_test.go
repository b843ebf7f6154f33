package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func datesBody(venue string, lines ...string) map[string]any {
	return map[string]any{
		"venue_id": venue, "name": "Homens de Perto", "doors_before": 60, "length": 90, "currency": "BRL", "capacity": 300, "lines": lines,
		"offers": []any{map[string]any{"name": "Inteira", "price": 12000}},
	}
}

func items(list map[string]any) (out []map[string]any) {
	for _, x := range list["items"].([]any) {
		out = append(out, x.(map[string]any))
	}
	return out
}

func TestATourIsMadeChangedAndPutBackOverTheAPI(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	venue := h.must(key, "POST", "/venues", map[string]any{"name": "Opinião", "time_zone": "America/Sao_Paulo", "languages": []string{"pt-BR"}})["id"].(string)
	series := h.must(key, "POST", "/series", map[string]any{"name": "Turnê", "kind": "tour"})["id"].(string)
	draft := datesBody(venue, "2035-04-01 20:00", "2035-04-02 20:00; Opinião", "2035-02-31 20:00", "2035-04-03 20:00; Nowhere")
	draft["preview"] = true
	plan := h.must(key, "POST", "/series/"+series+"/dates", draft)
	require.EqualValues(t, 2, plan["good"])
	require.Equal(t, "bad_day", plan["lines"].([]any)[2].(map[string]any)["problem"])
	require.Equal(t, "no_venue", plan["lines"].([]any)[3].(map[string]any)["problem"])
	require.Empty(t, items(h.must(key, "GET", "/repertoire", nil)), "a preview makes nothing")

	draft["preview"] = false
	first := h.must(key, "POST", "/series/"+series+"/dates", draft, "Idempotency-Key", "once")
	require.Equal(t, first, h.must(key, "POST", "/series/"+series+"/dates", draft, "Idempotency-Key", "once"))
	dates := items(h.must(key, "GET", "/repertoire?series="+series+"&limit=1", nil))
	require.Len(t, dates, 1)
	all := items(h.must(key, "GET", "/repertoire?series="+series+"&from=2035-04-01T00:00:00Z&state=draft&name=homens&venue="+venue, nil))
	require.Len(t, all, 2)
	require.Equal(t, []any{"pt-BR"}, all[0]["languages"], "the venue's, where nothing else is said")
	require.Equal(t, "2035-04-01T23:00:00Z", all[0]["start"])

	event := all[0]["id"].(string)
	copied := h.must(key, "POST", "/events/"+event+"/copies", map[string]any{"rule": map[string]any{
		"from": "2035-05-01", "until": "2035-05-31", "weekdays": []int{6}, "times": []string{"18:00", "21:00"}, "except": []string{"2035-05-05"}}})
	require.EqualValues(t, 6, copied["good"])
	one := copied["lines"].([]any)[0].(map[string]any)["event_id"].(string)
	require.Len(t, items(h.must(key, "GET", "/events/"+one+"/offers", nil)), 1, "with its offers")

	chosen := []any{map[string]any{"id": event, "version": all[0]["version"]}, map[string]any{"id": all[1]["id"]}}
	change := map[string]any{"events": chosen, "start_at": "21:30", "sale": "start", "offers": []any{map[string]any{"name": "inteira", "price": 15000}}}
	done := h.must(key, "POST", "/changes", change)
	require.Len(t, done["changed"], 2)
	h.refused(h.ask(key, "POST", "/changes", change), http.StatusPreconditionFailed, "changed_meanwhile")
	changed := h.must(key, "GET", "/events/"+event, nil)
	require.Equal(t, "2035-04-02T00:30:00Z", changed["start"])
	require.Equal(t, "on_sale", changed["state"])
	offer := items(h.must(key, "GET", "/events/"+event+"/offers", nil))[0]["id"].(string)
	require.EqualValues(t, 2, h.must(key, "POST", "/changes/"+done["id"].(string)+"/undo", map[string]any{})["back"])
	prices := items(h.must(key, "GET", "/offers/"+offer+"/prices", nil))
	require.Len(t, prices, 3)
	require.EqualValues(t, 12000, prices[0]["price"])
	h.refused(h.ask(key, "POST", "/changes/"+done["id"].(string)+"/undo", map[string]any{}), http.StatusConflict, "already_undone")
}

func TestTenThousandDatesAreRefusedByASentence(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	series := h.must(key, "POST", "/series", map[string]any{"name": "x", "kind": "sessions"})["id"].(string)
	began := time.Now()
	body := datesBody(e.venue, strings.Repeat("2035-04-01 20:00\n", 10_000))
	h.refused(h.ask(key, "POST", "/series/"+series+"/dates", body), http.StatusUnprocessableEntity, "too_many_dates")
	delete(body, "lines")
	body["rule"] = map[string]any{"from": "2030-01-01", "until": "2099-12-31", "weekdays": []int{0, 1, 2, 3, 4, 5, 6}, "times": []string{"20:00"}}
	h.refused(h.ask(key, "POST", "/series/"+series+"/dates", body), http.StatusUnprocessableEntity, "too_many_dates")
	require.Less(t, time.Since(began), 2*time.Second)
}

func TestWindowsOfSaleAreObeyedByOrders(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	order := func() said { return h.ask(key, "POST", "/orders", orderOf(e.offer, 1)) }
	at := func(d time.Duration) string { return time.Now().Add(d).Format(time.RFC3339) }
	shop := func() map[string]any { return h.must("", "GET", "/shop/events/"+e.event, nil) }
	require.Equal(t, 201, order().status)
	for _, row := range []struct {
		name, path string
		edit       map[string]any
		sold, open bool
	}{
		{"the sale begins tomorrow", "/events/" + e.event, map[string]any{"sale_from": at(24 * time.Hour)}, false, false},
		{"the sale ended an hour ago", "/events/" + e.event, map[string]any{"sale_from": "", "sale_until": at(-time.Hour)}, false, false},
		{"the sale has no window", "/events/" + e.event, map[string]any{"sale_until": ""}, true, true},
		{"the offer is sold from tomorrow", "/offers/" + e.offer, map[string]any{"sold_from": at(24 * time.Hour)}, false, true},
		{"the offer was sold until an hour ago", "/offers/" + e.offer, map[string]any{"sold_from": "", "sold_until": at(-time.Hour)}, false, true},
		{"the offer is sold now", "/offers/" + e.offer, map[string]any{"sold_from": at(-time.Hour), "sold_until": at(time.Hour)}, true, true},
	} {
		h.must(key, "PATCH", row.path, row.edit)
		if a := order(); row.sold {
			require.Equal(t, 201, a.status, "%s: %s", row.name, a.body)
		} else {
			h.refused(a, http.StatusConflict, "not_for_sale")
		}
		require.Equal(t, row.open, shop()["on_sale"], row.name)
		left := shop()["offers"].([]any)[0].(map[string]any)["left"].(float64)
		require.Equal(t, row.sold || !row.open, left > 0, row.name)
	}
	h.must(key, "PUT", "/events/"+e.event+"/sale", map[string]any{"cancelled": true})
	h.refused(order(), http.StatusConflict, "not_for_sale")
	h.refused(h.ask(key, "PUT", "/events/"+e.event+"/sale", map[string]any{"open": true}), http.StatusConflict, "event_cancelled")
	h.must(key, "PUT", "/events/"+e.event+"/sale", map[string]any{"cancelled": false})
	h.must(key, "PUT", "/events/"+e.event+"/sale", map[string]any{"open": true})
	require.Equal(t, 201, order().status)
	h.refused(h.ask(key, "PATCH", "/events/"+e.event, map[string]any{"sale_from": "tomorrow"}), http.StatusUnprocessableEntity, "invalid_input")
}
