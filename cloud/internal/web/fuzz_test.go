package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/web"
)

// FuzzRequests: whatever is asked or typed, the shop answers with a page and never with its own failure.
func FuzzRequests(f *testing.F) {
	now := time.Now()
	fest := &festival{orders: map[string]*sale.View{}, refs: map[string]string{}, listings: program(now), now: time.Now, payFails: sale.ErrProviderDown}
	shop, err := web.New(web.Config{Catalogue: fest, Sales: fest, Log: slog.New(slog.DiscardHandler)})
	require.NoError(f, err)
	event := "/e/" + fest.listings[0].Event.ID.String()
	field := "q-" + fest.listings[0].Offers[0].ID.String()
	f.Add("1700000000000.0192f0c4-5e1a-7b3c-8d2e-4f60718293a4", "en", "name=Ana&email=a@b.cc&"+field+"=2")
	f.Add("-1.", "pt-BR,en;q=x", "name=%zz&"+field+"=-99999999999999999999")
	f.Add(".\x00", "\xff", field+"=1&"+field+"=2&email=%22%3E%3Cscript%3E")
	f.Fuzz(func(t *testing.T, after, language, body string) {
		fest.listings[0].Offers = append([]catalog.Offer(nil), fest.listings[0].Offers...)
		list := httptest.NewRequest(http.MethodGet, "/?"+url.Values{"after": {after}, "lang": {language}}.Encode(), nil)
		buy := httptest.NewRequest(http.MethodPost, event, strings.NewReader(body))
		buy.RemoteAddr = "127.0.0.1:1"
		buy.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		buy.Header.Set("Accept-Language", language)
		for _, r := range []*http.Request{list, buy} {
			w := httptest.NewRecorder()
			shop.ServeHTTP(w, r)
			if w.Code >= 500 || strings.Contains(w.Body.String(), "<script>") {
				t.Errorf("%s %s answered %d: %.300s", r.Method, r.URL, w.Code, w.Body)
			}
		}
	})
}
