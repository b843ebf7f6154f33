package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/api"
)

func TestAReaderIsToldThatNothingChanged(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	first := h.ask(key, "GET", "/events/"+e.event, nil)
	etag := first.header.Get("ETag")
	require.NotEmpty(t, etag)
	again := h.ask(key, "GET", "/events/"+e.event, nil, "If-None-Match", `"other", W/`+etag)
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)
	require.Equal(t, etag, again.header.Get("ETag"))
	h.buy(key, e.offer, 1)
	require.Equal(t, 200, h.ask(key, "GET", "/events/"+e.event, nil, "If-None-Match", etag).status, "a ticket was sold")
	list := h.ask(key, "GET", "/venues", nil)
	require.Equal(t, http.StatusNotModified, h.ask(key, "GET", "/venues", nil, "If-None-Match", list.header.Get("ETag")).status)
}

func TestOfTwoEditorsNoneLosesAChange(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	for _, row := range []struct {
		read, method, edit string
		body               map[string]any
	}{
		{"/venues/" + e.venue, "PATCH", "/venues/" + e.venue, map[string]any{"name": "Araújo Vianna"}},
		{"/offers/" + e.offer, "PATCH", "/offers/" + e.offer, map[string]any{"price": 5000}},
		{"/events/" + e.event, "PATCH", "/events/" + e.event, map[string]any{"name": "Nei Lisboa e banda"}},
		{"/events/" + e.event, "PUT", "/events/" + e.event + "/sale", map[string]any{"open": false}},
	} {
		etag := h.ask(key, "GET", row.read, nil).header.Get("ETag")
		a := h.ask(key, row.method, row.edit, row.body, "If-Match", etag)
		require.Equal(t, 200, a.status, "%s: %s", row.edit, a.body)
		require.NotEqual(t, etag, a.header.Get("ETag"))
		h.refused(h.ask(key, row.method, row.edit, row.body, "If-Match", etag), http.StatusPreconditionFailed, "changed_meanwhile")
		require.Equal(t, 200, h.ask(key, row.method, row.edit, row.body, "If-Match", a.header.Get("ETag")).status)
		require.Equal(t, 200, h.ask(key, row.method, row.edit, row.body, "If-Match", "*").status)
		require.Equal(t, 200, h.ask(key, row.method, row.edit, row.body).status, "who does not ask is not told")
	}
	require.Equal(t, "Araújo Vianna", h.must(key, "GET", "/venues/"+e.venue, nil)["name"])
}

func TestASaleThatGoesOnStopsNoEditor(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	etag := h.ask(key, "GET", "/events/"+e.event, nil).header.Get("ETag")
	h.buy(key, e.offer, 2)
	require.Equal(t, 200, h.ask(key, "PATCH", "/events/"+e.event, map[string]any{"name": "x"}, "If-Match", etag).status)
}

func TestOfManyEditorsAtOnceOneGetsThrough(t *testing.T) {
	h := newHouse(t)
	key := h.organizer()
	e := h.evening(key)
	etag := h.ask(key, "GET", "/venues/"+e.venue, nil).header.Get("ETag")
	var all sync.WaitGroup
	statuses := make([]int, 12)
	for i := range statuses {
		all.Go(func() {
			statuses[i] = h.ask(key, "PATCH", "/venues/"+e.venue, map[string]any{"name": fmt.Sprint("Name ", i)}, "If-Match", etag).status
		})
	}
	all.Wait()
	through := 0
	for _, status := range statuses {
		require.Contains(t, []int{200, http.StatusPreconditionFailed}, status)
		if status == 200 {
			through++
		}
	}
	require.Equal(t, 1, through)
}

func TestWhoAsksTooFastIsToldWhenToComeBack(t *testing.T) {
	d, _ := deps(t)
	now := time.Now()
	d.Now = func() time.Time { return now }
	d.Limits = api.Limits{Key: 60, Address: 30}
	handler, err := api.New(d)
	require.NoError(t, err)
	ask := func(key, address string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", api.Base+"/shop/events", nil)
		r.RemoteAddr = address
		if key != "" {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for i := range 10 { // a sixth of a minute's at once
		w := ask("one", "192.0.2.1:1")
		require.Equal(t, 200, w.Code)
		assert.Equal(t, `"key";q=60;w=60`, w.Header().Get("RateLimit-Policy"))
		assert.True(t, strings.HasPrefix(w.Header().Get("RateLimit"), fmt.Sprintf(`"key";r=%d;`, 9-i)), w.Header().Get("RateLimit"))
	}
	w := ask("one", "192.0.2.1:1")
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
	assert.Contains(t, w.Body.String(), "too_many_requests")
	require.Equal(t, 200, ask("two", "192.0.2.1:1").Code, "another key has its own")
	now = now.Add(time.Second)
	require.Equal(t, 200, ask("one", "192.0.2.1:1").Code)
	require.Equal(t, http.StatusTooManyRequests, ask("one", "192.0.2.1:1").Code)

	refused := 0
	for i := range 60 { // keys made up, from one network
		if ask(fmt.Sprint("made up ", i), fmt.Sprintf("[2001:db8::%x]:1", i+1)).Code == http.StatusTooManyRequests {
			refused++
		}
	}
	assert.Positive(t, refused)
	for range 5 {
		require.Equal(t, 200, ask("", "192.0.2.9:1").Code)
	}
	require.Equal(t, http.StatusTooManyRequests, ask("", "192.0.2.9:1").Code)
	for range 50 {
		require.Equal(t, 200, ask("", "127.0.0.1:1").Code, "the proxy's own")
	}
	forwarded := func(from, header string) int {
		r := httptest.NewRequest("GET", api.Base+"/shop/events", nil)
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-For", header)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusTooManyRequests, forwarded("127.0.0.1:1", "192.0.2.77, 192.0.2.9"), "what the proxy appends counts, not what the client made up")
	require.Equal(t, 200, forwarded("127.0.0.1:1", "192.0.2.10"))
	require.Equal(t, http.StatusTooManyRequests, forwarded("192.0.2.9:1", "192.0.2.11"), "nobody else is believed")
}
