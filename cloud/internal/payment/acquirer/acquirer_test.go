package acquirer_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/payment/acquirer"
)

func server(t *testing.T) *acquirer.Server {
	t.Helper()
	s, err := acquirer.New(acquirer.Config{Secret: "a secret of the shop", NoticeKey: []byte("a key for the notices"), URL: "http://127.0.0.1"})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func ask(s http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer a secret of the shop")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const good = `{"reference":"r1","merchant":"M","description":"D","amount":100,"currency":"BRL","return_url":"http://shop/a","notice_url":"http://shop/b"}`

func TestBadChargesAreRefused(t *testing.T) {
	s := server(t)
	for _, row := range []struct {
		name, body string
		status     int
	}{
		{"not JSON", "{", 400},
		{"a megabyte", `{"reference":"` + strings.Repeat("x", 1<<20) + `"}`, 400},
		{"nothing to pay", strings.Replace(good, "100", "0", 1), 422},
		{"a script as return address", strings.Replace(good, "http://shop/a", "javascript:alert(1)", 1), 422},
		{"no reference", strings.Replace(good, `"r1"`, `""`, 1), 422},
		{"all is well", good, 201},
	} {
		assert.Equal(t, row.status, ask(s, "POST", "/v1/charges", row.body).Code, row.name)
	}
}

func TestStrangersSeeNothing(t *testing.T) {
	s := server(t)
	for _, token := range []string{"", "Bearer ", "Bearer wrong", "Basic YTpi"} {
		r := httptest.NewRequest("POST", "/v1/charges", strings.NewReader(good))
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, http.StatusUnauthorized, w.Code, token)
	}
	for _, row := range []struct{ method, path string }{{"GET", "/pay/guess"}, {"POST", "/pay/guess"}, {"GET", "/v1/charges/guess"}} {
		assert.Equal(t, http.StatusNotFound, ask(s, row.method, row.path, "").Code, fmt.Sprint(row))
	}
}

func TestThePageEscapesWhatTheShopSays(t *testing.T) {
	s := server(t)
	made := ask(s, "POST", "/v1/charges", strings.Replace(good, `"D"`, `"<script>alert(1)</script>"`, 1))
	_, path, _ := strings.Cut(made.Body.String(), `"page_url":"http://127.0.0.1`)
	page := ask(s, "GET", strings.TrimRight(path, "\"}\n"), "")
	require.Equal(t, http.StatusOK, page.Code)
	assert.NotContains(t, page.Body.String(), "<script>alert")
	assert.Contains(t, page.Body.String(), "&lt;script&gt;")
}

func TestAnUnknownButtonDoesNothing(t *testing.T) {
	s := server(t)
	made := ask(s, "POST", "/v1/charges", good)
	_, path, _ := strings.Cut(made.Body.String(), `"page_url":"http://127.0.0.1`)
	assert.Equal(t, http.StatusBadRequest, ask(s, "POST", strings.TrimRight(path, "\"}\n"), "do=steal").Code)
}
