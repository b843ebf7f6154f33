package web_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/web"
)

// answer is what the shop said.
type answer struct {
	status int
	header http.Header
	body   string
}

// unescaped is the page as a person reads it.
func (a answer) unescaped() string { return html.UnescapeString(a.body) }

func (p *place) send(t *testing.T, method, path string, form url.Values, header ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, p.address+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.Do(r)
	require.NoError(t, err)
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	require.NoError(t, err)
	return answer{got.StatusCode, got.Header, string(body)}
}

func (p *place) get(t *testing.T, path string, header ...string) answer {
	t.Helper()
	return p.send(t, http.MethodGet, path, nil, header...)
}

// inEveryLanguage runs a check with the header that asks for each language.
func inEveryLanguage(t *testing.T, check func(t *testing.T, l locale.Locale, header ...string)) {
	for _, tag := range locale.Supported {
		t.Run(tag, func(t *testing.T) { check(t, locale.Match(tag), "Accept-Language", tag) })
	}
}

// Every template is executed with its page struct, in every state it has and every language there is: a field or a
// text that is missing is an error of the template, which the shop answers with 500.
func TestEveryTemplateIsExecutedInEveryState(t *testing.T) {
	inEveryLanguage(t, func(t *testing.T, l locale.Locale, header ...string) {
		p := open(t)
		drawn := map[string]bool{}
		see := func(template, path string, status int, says string) {
			t.Helper()
			a := p.get(t, path, header...)
			assert.Equal(t, status, a.status, path)
			assert.Contains(t, a.unescaped(), says, path)
			assert.Equal(t, l.Tag(), a.header.Get("Content-Language"))
			drawn[template] = true
		}
		see("home", "/", 200, "Homens de Perto")
		see("event", p.eventPath(0), 200, l.Text("event.pay"))
		see("event", p.eventPath(2), 200, l.Text("event.closed_sold_out"))
		see("error", "/nothing", 404, l.Text("error.not_found"))

		p.listings[3].Event.State = catalog.Cancelled
		see("event", p.eventPath(3), 200, l.Text("event.closed_cancelled"))
		p.listings[3].Event.State = catalog.Stopped
		see("event", p.eventPath(3), 200, l.Text("event.closed_stopped"))
		p.listings[3].Event.State, p.listings[3].Event.End = catalog.OnSale, time.Now().Add(-time.Hour)
		see("event", p.eventPath(3), 200, l.Text("event.closed_over"))

		secret := p.bought(t, 3)
		here := "/order/" + secret
		see("order", here, 200, l.Plural("order.is_paid", 3))
		v := p.orders[secret]
		for state, says := range map[sale.State]string{
			sale.Reserved: "order.is_reserved", sale.Expired: "order.is_expired", sale.Cancelled: "order.is_cancelled",
			sale.Refunded: "order.is_refunded", sale.PartRefunded: "order.is_part_refunded",
		} {
			v.Order.State = state
			see("order", here, 200, l.Text(says))
		}
		v.Order.State = sale.Reserved
		see("order", here, 200, l.Text("order.waiting"))
		see("order", here+"?unpaid=1", 200, l.Text("order.no_pay_page"))
		v.History = []sale.Happening{{What: "placed"}, {What: "payment started"}, {What: "payment declined"}}
		see("order", here, 200, l.Text("order.declined"))
		v.Order.State = sale.PartRefunded
		v.Tickets[0].State, v.Tickets[1].State, v.Tickets[2].State = sale.Revoked, sale.Replaced, sale.Blocked
		for _, id := range []string{"order.ticket_revoked", "order.ticket_replaced", "order.ticket_blocked"} {
			see("order", here, 200, l.Text(id))
		}
		p.listings = nil
		see("home", "/", 200, l.Text("home.empty"))

		files, err := filepath.Glob("templates/*.html")
		require.NoError(t, err)
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".html")
			assert.True(t, drawn[name] || name == "layout", "no test draws %s", name)
		}
	})
}

// Every refusal that a buyer can meet has a sentence of its own in each language.
func TestEveryRefusalHasItsSentence(t *testing.T) {
	p := open(t)
	inEveryLanguage(t, func(t *testing.T, l locale.Locale, header ...string) {
		for _, no := range []*fault.Fault{sale.ErrNoOrder, sale.ErrExpired, sale.ErrAlreadyPaid, sale.ErrProviderDown, sale.ErrNotForSale, sale.ErrTooMany, catalog.ErrNoEvent} {
			p.fail = no
			want, err := l.Find("fault." + no.Code)
			require.NoError(t, err)
			assert.Contains(t, p.get(t, p.eventPath(0), header...).unescaped(), want)
		}
	})
}

func TestOurOwnFailureIsLoggedAndNotShown(t *testing.T) {
	p := open(t)
	p.fail = errBroken
	secret := "/order/" + strings.Repeat("s", 32)
	a := p.get(t, secret)
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.NotContains(t, a.body, "database")
	assert.Contains(t, p.logged.String(), "the database fell over")
	assert.NotContains(t, p.logged.String(), strings.Repeat("s", 32), "a secret address is not logged")
}

func TestAPageThatPanicsIsAnErrorPage(t *testing.T) {
	p := open(t, func(c *web.Config) { c.Catalogue = nobody{} })
	a := p.get(t, "/")
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.Contains(t, a.body, "</html>")
	assert.Contains(t, p.logged.String(), "panic")
}

// nobody is a catalogue that panics.
type nobody struct{ web.Catalogue }

// Pages load nothing from elsewhere, hold no scripts or styles of their own, and are well guarded.
func TestPagesAreStrict(t *testing.T) {
	p := open(t)
	elsewhere := regexp.MustCompile(`(?i)(src|href|action)="(https?:)?//|<style|style="|<script>|\son[a-z]+="|javascript:`)
	for _, path := range []string{"/", p.eventPath(0), "/order/" + p.bought(t, 1), "/nothing"} {
		a := p.get(t, path)
		assert.NotRegexp(t, elsewhere, a.body, path)
		csp := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self' " + p.acquirer.URL} {
			assert.Contains(t, csp, want)
		}
		assert.NotContains(t, csp, "unsafe")
		assert.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	}
	raw, err := os.ReadFile("asset/static/app.css")
	require.NoError(t, err)
	assert.NotRegexp(t, `https?://`, string(raw))
}

func TestStaticFilesAreKeptForEverUnderTheirHash(t *testing.T) {
	p := open(t)
	page := p.get(t, "/").body
	for _, name := range []string{"app", "inter-latin", "icon"} {
		path := regexp.MustCompile(`/static/` + name + `\.[0-9a-f]{10}\.\w+`).FindString(page)
		require.NotEmpty(t, path, name)
		a := p.get(t, path)
		assert.Equal(t, 200, a.status)
		assert.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"))
		if name == "app" {
			font := regexp.MustCompile(`url\((inter-cyrillic\.[0-9a-f]{10}\.woff2)\)`).FindStringSubmatch(a.body)
			require.Len(t, font, 2, "the stylesheet names fonts by their hash")
			assert.Equal(t, "font/woff2", p.get(t, "/static/"+font[1]).header.Get("Content-Type"))
		}
	}
	for _, path := range []string{"/asset/static/app.css", "/static/inter-LICENSE.txt", "/static/..%2fweb.go", "/static/"} {
		assert.Equal(t, 404, p.get(t, path).status, path)
	}
}

func TestTheLanguageIsTheOneThatWasChosen(t *testing.T) {
	p := open(t)
	assert.Contains(t, p.get(t, "/", "Accept-Language", "en-GB,en;q=0.8").body, `<html lang="en">`)
	assert.Contains(t, p.get(t, "/", "Accept-Language", "fr").body, `<html lang="pt-BR">`)
	assert.Contains(t, p.get(t, "/", "Accept-Language", "pt", "Cookie", "lang=en").body, `<html lang="en">`)
	a := p.get(t, "/?lang=pt-BR", "Accept-Language", "en", "Cookie", "lang=en")
	assert.Contains(t, a.body, `<html lang="pt-BR">`)
	assert.Regexp(t, `^lang=pt-BR; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax$`, a.header.Get("Set-Cookie"))
	assert.Empty(t, p.get(t, "/?lang=%22%3E%3Cscript").header.Get("Set-Cookie"))
}
