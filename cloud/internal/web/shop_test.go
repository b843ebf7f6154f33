package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/stock"
	"portaria/cloud/internal/web"
)

// checkout is a good form for the first event: two of its first offer.
func (p *place) checkout() url.Values {
	return url.Values{"name": {"Ana Souza"}, "email": {"ana@example.com"}, "q-" + p.listings[0].Offers[0].ID.String(): {"2"}}
}

func TestAnOrderLeadsToThePaymentPage(t *testing.T) {
	p := open(t)
	a := p.send(t, http.MethodPost, p.eventPath(0), p.checkout(), "Accept-Language", "en")
	require.Equal(t, http.StatusSeeOther, a.status)
	assert.True(t, strings.HasPrefix(a.header.Get("Location"), p.acquirer.URL+"/pay/"))
	require.Len(t, p.placed, 1)
	d := p.placed[0]
	assert.Equal(t, sale.Draft{Wants: []sale.Want{{Offer: p.listings[0].Offers[0].ID, Quantity: 2}}, Buyer: sale.Buyer{Name: "Ana Souza", Email: "ana@example.com"},
		Language: "en", Channel: sale.Web, Who: "buyer"}, d)
}

// Whatever is wrong, nothing is ordered, the field is named, and what was typed is still there.
func TestAFormThatNeedsMendingSaysWhere(t *testing.T) {
	p := open(t)
	first, second, third := p.listings[0].Offers[0].ID, p.listings[0].Offers[1].ID, p.listings[0].Offers[2].ID
	for _, row := range []struct{ name, field, value, faulty string }{
		{"no name", "name", "", "name"},
		{"a name of digits", "name", "12345", "name"},
		{"a name of 10 kB", "name", strings.Repeat("a", 10<<10), "name"},
		{"a name with a line break", "name", "Ana\r\nBcc: x@y.zz", "name"},
		{"no e-mail", "email", "", "email"},
		{"an e-mail without a domain", "email", "ana@localhost", "email"},
		{"two e-mails", "email", "a@example.com, b@example.com", "email"},
		{"an e-mail with a display name", "email", "Ana <ana@example.com>", "email"},
		{"an e-mail of 300 bytes", "email", strings.Repeat("a", 300) + "@example.com", "email"},
		{"no tickets", "q-" + first.String(), "0", "q-" + first.String()},
		{"fewer than none", "q-" + first.String(), "-1", "q-" + first.String()},
		{"more than one order may have", "q-" + first.String(), "9", "q-" + first.String()},
		{"a number beyond all numbers", "q-" + first.String(), "99999999999999999999", "q-" + first.String()},
		{"words for a number", "q-" + second.String(), "two", "q-" + second.String()},
		{"what is sold out", "q-" + third.String(), "1", "q-" + third.String()},
	} {
		form := p.checkout()
		form.Set(row.field, row.value)
		a := p.send(t, http.MethodPost, p.eventPath(0), form)
		assert.Equal(t, http.StatusUnprocessableEntity, a.status, row.name)
		assert.Contains(t, a.body, `<a href="#`+row.faulty+`">`, row.name)
		if row.field == "name" || row.field == "email" {
			assert.Contains(t, a.unescaped(), `value="`+row.value, row.name)
		}
		if row.field != "email" {
			assert.Contains(t, a.body, `value="ana@example.com"`, row.name)
		}
	}
	assert.Empty(t, p.placed)
}

func TestAFieldThatThePageDoesNotHaveBuysNothing(t *testing.T) {
	p := open(t)
	form := p.checkout()
	form.Set("q-"+p.listings[1].Offers[0].ID.String(), "5") // of another event
	form.Set("price", "1")
	p.send(t, http.MethodPost, p.eventPath(0), form)
	require.Len(t, p.placed, 1)
	assert.Len(t, p.placed[0].Wants, 1)
}

func TestTypedMarkupStaysText(t *testing.T) {
	p := open(t)
	form := p.checkout()
	form.Set("name", `"><script>alert(1)</script>`)
	form.Set("email", `"><img src=x onerror=alert(1)>`)
	a := p.send(t, http.MethodPost, p.eventPath(0), form)
	assert.NotContains(t, a.body, "<script>alert")
	assert.NotContains(t, a.body, "<img")
}

func TestARefusalOfTheSaleKeepsTheForm(t *testing.T) {
	for _, row := range []struct {
		no   error
		says string
	}{
		{stock.ErrSoldOut, "Someone was faster: not enough places are left."},
		{sale.ErrTooMany, "That is more than one order may have. Choose fewer."},
		{sale.ErrNotForSale, "This ticket is no longer on sale. Choose another."},
		{fault.On("lines", "Something new."), "The form could not be read."},
		{fault.New(fault.Conflict, "newer_than_this_page", "…"), "This changed meanwhile."},
	} {
		p := open(t, func(c *web.Config) { c.Sales = refusing{c.Sales, row.no} })
		a := p.send(t, http.MethodPost, p.eventPath(0), p.checkout(), "Accept-Language", "en")
		assert.Equal(t, http.StatusConflict, a.status)
		assert.Contains(t, a.body, row.says)
		assert.Contains(t, a.body, `value="Ana Souza"`)
		assert.Contains(t, a.body, "<option selected>2</option>")
	}
}

// refusing sells nothing.
type refusing struct {
	web.Sales
	no error
}

func (r refusing) Place(context.Context, sale.Draft) (sale.Order, error) { return sale.Order{}, r.no }

func TestAPaymentPageThatIsDownKeepsTheOrder(t *testing.T) {
	p := open(t)
	p.payFails = sale.ErrProviderDown
	a := p.send(t, http.MethodPost, p.eventPath(0), p.checkout())
	require.Equal(t, http.StatusSeeOther, a.status)
	here, _, _ := strings.Cut(a.header.Get("Location"), "?")
	page := p.get(t, a.header.Get("Location"), "Accept-Language", "en")
	assert.Contains(t, page.body, "The payment page does not answer.")
	assert.NotContains(t, page.body, "http-equiv=\"refresh\"")
	p.payFails = nil
	a = p.send(t, http.MethodPost, here+"/pay", url.Values{})
	assert.True(t, strings.HasPrefix(a.header.Get("Location"), p.acquirer.URL))
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	p := open(t)
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		a := p.send(t, http.MethodPost, p.eventPath(0), p.checkout(), header...)
		assert.Equal(t, http.StatusForbidden, a.status, header)
		assert.Contains(t, a.body, "</html>", "with a page that says what to do")
	}
	assert.Empty(t, p.placed)
	assert.Equal(t, http.StatusSeeOther, p.send(t, http.MethodPost, p.eventPath(0), p.checkout(), "Sec-Fetch-Site", "same-origin").status)
}

func TestWhatIsNotThereIsAPageToo(t *testing.T) {
	p := open(t)
	secret := p.bought(t, 2)
	for _, row := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/e/nonsense", 404},
		{"GET", "/e/" + uuid.NewString(), 404},
		{"GET", "/order/short", 404},
		{"GET", "/order/" + strings.Repeat("a", 32), 404},
		{"GET", "/order/" + strings.Repeat("a", 5000), 404},
		{"GET", "/order/" + secret + "/ticket-0.pdf", 404},
		{"GET", "/order/" + secret + "/ticket-3.pdf", 404},
		{"GET", "/order/" + secret + "/ticket-01.pdf", 404},
		{"GET", "/order/" + secret + "/ticket-1.exe", 404},
		{"GET", "/order/" + secret + "/ticket-1", 404},
		{"GET", "/?after=nonsense", 404},
		{"GET", "/?after=-1." + uuid.NewString(), 404},
		{"HEAD", "/", 200},
		{"PUT", "/", 405},
		{"POST", "/", 405},
		{"GET", "/order/" + secret + "/pay", 404},
	} {
		a := p.send(t, row.method, row.path, nil)
		assert.Equal(t, row.status, a.status, row.path)
		assert.Equal(t, row.method != "HEAD", strings.Contains(a.body, "</html>"), row.path)
	}
}

func TestAFormOfAMegabyteIsRefused(t *testing.T) {
	p := open(t)
	form := p.checkout()
	form.Set("more", strings.Repeat("x", 1<<20))
	assert.Equal(t, http.StatusRequestEntityTooLarge, p.send(t, http.MethodPost, p.eventPath(0), form).status)
	assert.Empty(t, p.placed)
}

func TestTheRepertoireIsPaged(t *testing.T) {
	p := open(t)
	base := p.listings[0]
	p.listings = nil
	for i := range 130 {
		x := base
		x.Event.ID, x.Event.Name = uuid.New(), fmt.Sprintf("Date %03d.", i)
		x.Event.Start = base.Event.Start.Add(time.Duration(i) * time.Hour)
		x.Event.End = x.Event.Start.Add(time.Hour)
		p.listings = append(p.listings, x)
	}
	seen, path := 0, "/"
	for range 3 {
		a := p.get(t, path)
		seen += strings.Count(a.body, "Date ")
		next := regexp.MustCompile(`class="btn" href="(/\?after=[^"]+)"`).FindStringSubmatch(a.body)
		if next == nil {
			break
		}
		path = next[1]
	}
	assert.Equal(t, 130, seen, "each date once")
}

func TestSecretPagesStaySecret(t *testing.T) {
	p := open(t)
	secret := p.bought(t, 1)
	for _, path := range []string{"/order/" + secret, "/order/" + secret + "/tickets.pdf"} {
		h := p.get(t, path).header
		assert.Equal(t, "no-store", h.Get("Cache-Control"))
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
		assert.Equal(t, "noindex, nofollow", h.Get("X-Robots-Tag"))
	}
}

func TestDocumentsOfAnOrder(t *testing.T) {
	p := open(t)
	secret := p.bought(t, 2)
	for file, kind := range map[string]string{"tickets.pdf": "application/pdf", "ticket-2.pdf": "application/pdf", "ticket-1.svg": "image/svg+xml", "ticket-1.png": "image/png"} {
		a := p.get(t, "/order/"+secret+"/"+file)
		assert.Equal(t, 200, a.status, file)
		assert.Equal(t, kind, a.header.Get("Content-Type"))
		assert.Regexp(t, `^inline; filename="[0-9A-F]{4}-[0-9A-F]{4}-`+regexp.QuoteMeta(file)+`"$`, a.header.Get("Content-Disposition"))
		assert.Equal(t, a.body, p.get(t, "/order/"+secret+"/"+file).body, "the same each time")
	}
	p.orders[secret].Tickets[0].State = sale.Revoked
	assert.Equal(t, 404, p.get(t, "/order/"+secret+"/ticket-1.png").status, "a refunded ticket is not drawn")
	assert.Equal(t, 200, p.get(t, "/order/"+secret+"/ticket-2.png").status)
	p.orders[secret].Tickets[1].State = sale.Revoked
	assert.Equal(t, 404, p.get(t, "/order/"+secret+"/tickets.pdf").status)
}

func TestTimesAreTheVenues(t *testing.T) {
	p := open(t)
	start := time.Date(2030, 6, 1, 2, 30, 0, 0, time.UTC) // 22:30 of the day before in Manaus
	p.listings[0].Event.Start, p.listings[0].Event.Doors, p.listings[0].Event.End = start, start, start.Add(time.Hour)
	p.listings[0].Venue.TimeZone = "America/Manaus"
	p.listings = p.listings[:1]
	assert.Contains(t, p.get(t, "/", "Accept-Language", "pt-BR").body, "Sexta-feira, 31 de maio de 2030")
	a := p.get(t, p.eventPath(0), "Accept-Language", "en")
	assert.Contains(t, a.body, "Friday, 31 May 2030")
	assert.Contains(t, a.body, "22:30")
}

// A script that grabs places from one address is slowed down; other addresses are not.
func TestOneAddressCannotOrderWithoutEnd(t *testing.T) {
	f := &festival{orders: map[string]*sale.View{}, refs: map[string]string{}, listings: program(time.Now())}
	now := time.Now()
	f.now = func() time.Time { return now }
	f.payFails = sale.ErrProviderDown
	shop, err := web.New(web.Config{Catalogue: f, Sales: f, Now: f.now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	p := &place{festival: f}
	order := func(from string) int {
		r := httptest.NewRequest(http.MethodPost, p.eventPath(0), strings.NewReader(p.checkout().Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", "9.9.9."+fmt.Sprint(len(f.placed))) // not believed
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		shop.ServeHTTP(w, r)
		return w.Code
	}
	for range 20 {
		require.Equal(t, http.StatusSeeOther, order("203.0.113.7:1"))
	}
	assert.Equal(t, http.StatusTooManyRequests, order("203.0.113.7:2"))
	assert.Equal(t, http.StatusSeeOther, order("203.0.113.8:1"))
	now = now.Add(2 * time.Second)
	assert.Equal(t, http.StatusSeeOther, order("203.0.113.7:3"), "one more after a while")
	assert.Equal(t, http.StatusTooManyRequests, order("203.0.113.7:4"))
	for range 20 {
		order("[2001:db8::1]:1")
	}
	assert.Equal(t, http.StatusTooManyRequests, order("[2001:db8::2]:1"), "an IPv6 network is one address")
}

func TestAShopNeedsItsServices(t *testing.T) {
	_, err := web.New(web.Config{})
	require.ErrorContains(t, err, "a catalogue and sales are needed")
}

func TestASecureShopSaysSo(t *testing.T) {
	p := open(t, func(c *web.Config) { c.Secure = true })
	a := p.get(t, "/?lang=en")
	assert.Contains(t, a.header.Get("Set-Cookie"), "Secure")
	assert.NotEmpty(t, a.header.Get("Strict-Transport-Security"))
}

func TestAnEventWithoutOffersSaysSo(t *testing.T) {
	p := open(t)
	p.listings[0].Offers = []catalog.Offer{}
	a := p.get(t, p.eventPath(0), "Accept-Language", "en")
	assert.Contains(t, a.body, "This event is sold out.")
}
