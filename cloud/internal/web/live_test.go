package web_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/payment/testpay"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/catalogue"
	"portaria/cloud/internal/postgres/places"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/postgres/sales"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/web"
	"portaria/edge/ticket"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// live is the shop over the real sale, a real database and the test acquirer, with one event of three places.
type live struct {
	*place
	sale  *sale.Service
	event catalog.Event
	offer catalog.Offer
	shift atomic.Int64 // how far the clock was put forward
}

func openLive(t *testing.T) *live {
	t.Helper()
	pool := postgrestest.New(t)
	tx := postgres.Atomic{Pool: pool}
	store, people := sales.Store{Pool: pool}, accounts.Store{Pool: pool}
	v := &live{place: &place{festival: &festival{}, logged: &lockedLog{}}}
	clock := func() time.Time { return time.Now().Add(time.Duration(v.shift.Load())) }
	shelf := catalogue.Service(pool, tx)

	var bank *acquirer.Server
	v.acquirer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { bank.ServeHTTP(w, r) }))
	t.Cleanup(v.acquirer.Close)
	var shop http.Handler
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/payments/{provider}/notices", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := v.sale.Notice(r.Context(), r.PathValue("provider"), r.Header, body); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { shop.ServeHTTP(w, r) })
	v.shop = httptest.NewServer(mux)
	t.Cleanup(v.shop.Close)
	v.address = v.shop.URL

	var err error
	secret, key := "a secret of the shop", []byte("a key for the notices")
	bank, err = acquirer.New(acquirer.Config{Secret: secret, NoticeKey: key, URL: v.acquirer.URL, Late: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(bank.Close)
	way, err := testpay.New(testpay.Config{URL: v.acquirer.URL, Secret: secret, NoticeKey: key, Merchant: "Porto Verão Alegre"})
	require.NoError(t, err)
	providers, err := payment.NewRegistry(way)
	require.NoError(t, err)
	v.sale = sale.New(sale.Service{Pricing: store, Orders: store, Journal: store, Tickets: store, Payments: store, Refunds: store,
		Stock: places.Stock{Pool: pool}, Minter: signing{}, Providers: providers, Atomic: tx, Now: clock, PublicURL: v.address, Log: slog.New(slog.NewTextHandler(v.logged, nil))})
	shop, err = web.New(web.Config{Catalogue: shelf, Sales: v.sale, PayOrigins: []string{v.acquirer.URL}, Now: clock, Log: slog.New(slog.NewTextHandler(v.logged, nil))})
	require.NoError(t, err)
	v.stage(t, shelf, &account.Service{Store: people, Keys: people, Atomic: tx})
	return v
}

// stage puts an event on sale.
func (v *live) stage(t *testing.T, shelf *catalog.Service, people *account.Service) {
	t.Helper()
	o, _, err := people.CreateOrganizer(t.Context(), "Porto Verão Alegre", "pt-BR")
	require.NoError(t, err)
	hall, err := shelf.CreateVenue(t.Context(), catalog.Venue{Organizer: o.ID, Name: "Theatro São Pedro", Address: "Praça Mal. Deodoro", TimeZone: "America/Sao_Paulo"})
	require.NoError(t, err)
	start := time.Now().Add(24 * time.Hour)
	v.event, err = shelf.CreateEvent(t.Context(), catalog.Event{Organizer: o.ID, Venue: hall.ID, Name: "Homens de Perto", Currency: "BRL", Capacity: 3,
		Doors: start.Add(-time.Hour), Start: start, End: start.Add(2 * time.Hour)})
	require.NoError(t, err)
	v.offer, err = shelf.CreateOffer(t.Context(), catalog.Offer{Organizer: o.ID, Event: v.event.ID, Name: "Inteira", Price: 12000})
	require.NoError(t, err)
	_, err = shelf.StartSale(t.Context(), o.ID, v.event.ID)
	require.NoError(t, err)
}

// signing mints codes under the tests' key.
type signing struct{}

func (signing) Mint(_ context.Context, event ticket.EventID, want []sale.MintRequest) ([]sale.Minted, error) {
	out := make([]sale.Minted, len(want))
	for i, w := range want {
		var raw [24]byte
		_, _ = rand.Read(raw[:])
		id := ticket.ID(binary.BigEndian.Uint64(raw[:]))
		code, err := ticket.Mint(ticket.Signer{Event: event, KeyID: 1, Key: key}, ticket.Fields{KeyID: 1, ID: id, Kind: w.Kind})
		if err != nil {
			return nil, err
		}
		out[i] = sale.Minted{Code: code, ID: id, Ref: [16]byte(raw[8:])}
	}
	return out, nil
}

func (v *live) page() string { return "/e/" + v.event.ID.String() }

// order sends the checkout and presses a button of the acquirer's page; it gives the address of the order's page.
func (v *live) order(t *testing.T, n, button string) string {
	t.Helper()
	a := v.send(t, http.MethodPost, v.page(), url.Values{"name": {"Conceição Gonçalves"}, "email": {"c@example.com"}, "q-" + v.offer.ID.String(): {n}}, "Accept-Language", "en")
	require.Equal(t, http.StatusSeeOther, a.status, a.unescaped())
	return v.press(t, a.header.Get("Location"), button)
}

func (v *live) press(t *testing.T, page, button string) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got, err := client.PostForm(page, url.Values{"do": {button}})
	require.NoError(t, err)
	got.Body.Close()
	path, ok := strings.CutPrefix(got.Header.Get("Location"), v.address)
	require.True(t, ok, "the acquirer sends the buyer back to the shop")
	return path
}

func (v *live) shows(t *testing.T, path, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(v.get(t, path, "Accept-Language", "en").unescaped(), text) }, 10*time.Second, 10*time.Millisecond,
		"%s never says %q", path, text)
}

// A buyer in a real browser, the real sale and a real database: the code on the screen is one that a gate verifies.
func TestATicketBoughtInTheBrowserOpensADoor(t *testing.T) {
	v := openLive(t)
	ctx := newBrowser(t)
	do(t, ctx, phone, chromedp.Navigate(v.address+"/?lang=en"), chromedp.Click(chromedp.CSS(`a.event`)), chromedp.WaitVisible(chromedp.CSS(`#name`)),
		chromedp.SendKeys(chromedp.CSS(`select`), "1"), chromedp.SendKeys(chromedp.CSS(`#name`), "Conceição Gonçalves"), chromedp.SendKeys(chromedp.CSS(`#email`), "c@example.com"),
		chromedp.Click(chromedp.CSS(`button[data-once]`)), chromedp.WaitVisible(chromedp.CSS(`button[value=approve]`)),
		chromedp.Click(chromedp.CSS(`button[value=approve]`)), chromedp.WaitVisible(chromedp.CSS(`svg.qr`)))
	read := codesIn(t, shot(t, ctx, "live-order-phone"))
	code, err := ticket.Parse(strings.TrimSuffix(strings.TrimPrefix(read, "QR-Code:"), "\n"))
	require.NoError(t, err)
	assert.True(t, code.Verify(ticket.EventID(v.event.ID), key.Public().(ed25519.PublicKey)))
	pdf := download(t, ctx, chromedp.Click(chromedp.CSS(`a[download]`)))
	assert.True(t, strings.HasPrefix(string(pdf), "%PDF-"))
}

func TestTheShopWorksWithoutScripts(t *testing.T) {
	v := openLive(t)
	ctx := newBrowser(t)
	off := chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	})
	do(t, ctx, off, phone, chromedp.Navigate(v.address+v.page()+"?lang=en"), chromedp.SendKeys(chromedp.CSS(`#name`), "Ana Souza"),
		chromedp.Click(chromedp.CSS(`button[data-once]`)), chromedp.WaitVisible(chromedp.CSS(`[role=alert]`)),
		chromedp.SendKeys(chromedp.CSS(`select`), "2"), chromedp.SendKeys(chromedp.CSS(`#email`), "ana@example.com"))
	_, hidden := ask(t, ctx, chromedp.Attributes(chromedp.CSS(`.sum`), chromedp.NodeReady))["hidden"]
	require.True(t, hidden, "scripts would have shown the total")
	do(t, ctx, chromedp.Click(chromedp.CSS(`button[data-once]`)), chromedp.WaitVisible(chromedp.CSS(`button[value=late]`)),
		chromedp.Click(chromedp.CSS(`button[value=late]`)), chromedp.WaitVisible(chromedp.CSS(`svg.qr`)))
	assert.Equal(t, "Here are your 2 tickets", ask(t, ctx, chromedp.Text(chromedp.CSS(`h1`))))
}

func TestPaymentsThatGoOddWaysEndWell(t *testing.T) {
	v := openLive(t)
	ctx := t.Context()

	late := v.order(t, "1", "late")
	v.shows(t, late, "Here is your ticket")

	lost := v.order(t, "1", "lost")
	assert.Contains(t, v.get(t, lost, "Accept-Language", "en").unescaped(), "Waiting for your payment")
	v.shift.Add(int64(time.Minute)) // the shop's patience
	require.NoError(t, v.sale.Reconcile(ctx))
	v.shows(t, lost, "Here is your ticket")

	declined := v.order(t, "1", "decline")
	v.shows(t, declined, "The payment was declined.")
	again := v.send(t, http.MethodPost, declined+"/pay", url.Values{})
	require.Equal(t, http.StatusSeeOther, again.status)
	v.press(t, again.header.Get("Location"), "double")
	v.shows(t, declined, "Here is your ticket")

	assert.Contains(t, v.get(t, v.page(), "Accept-Language", "en").body, "This event is sold out.")
	view, err := v.sale.View(ctx, sale.OrderKey{Secret: strings.TrimPrefix(declined, "/order/")})
	require.NoError(t, err)
	assert.Len(t, view.Tickets, 1, "told twice, issued once")
}

func TestARefundedTicketIsNoLongerShown(t *testing.T) {
	v := openLive(t)
	here := v.order(t, "2", "approve")
	v.shows(t, here, "Here are your 2 tickets")
	secret := strings.TrimPrefix(here, "/order/")
	view, err := v.sale.View(t.Context(), sale.OrderKey{Secret: secret})
	require.NoError(t, err)
	_, err = v.sale.Refund(t.Context(), sale.RefundDraft{Order: sale.OrderKey{Secret: secret}, Tickets: []uuid.UUID{view.Tickets[0].ID}, Reason: "asked for", Who: "test"})
	require.NoError(t, err)
	v.shows(t, here, "Part of your order was refunded")
	assert.Equal(t, 404, v.get(t, here+"/ticket-1.pdf").status)
	assert.Equal(t, 200, v.get(t, here+"/ticket-2.pdf").status)
	require.NoError(t, v.sale.SendRefunds(t.Context()))
	_, err = v.sale.Refund(t.Context(), sale.RefundDraft{Order: sale.OrderKey{Secret: secret}, Reason: "asked for", Who: "test"})
	require.NoError(t, err)
	v.shows(t, here, "Your money is on its way back")
	assert.Equal(t, 404, v.get(t, here+"/tickets.pdf").status)
	require.NoError(t, v.sale.SendRefunds(t.Context()))
	assert.NotContains(t, v.logged.String(), "refund not taken")
}

func TestAnOrderThatIsNotPaidInTimeSaysSo(t *testing.T) {
	v := openLive(t)
	a := v.send(t, http.MethodPost, v.page(), url.Values{"name": {"Ana Souza"}, "email": {"a@example.com"}, "q-" + v.offer.ID.String(): {"3"}})
	require.Equal(t, http.StatusSeeOther, a.status)
	assert.Equal(t, http.StatusUnprocessableEntity, v.send(t, http.MethodPost, v.page(), url.Values{"name": {"Rui"}, "email": {"r@example.com"}, "q-" + v.offer.ID.String(): {"1"}}).status,
		"the places are kept for the first")
	v.shift.Add(int64(sale.HoldFor + time.Second))
	require.NoError(t, v.sale.Sweep(t.Context()))
	assert.Equal(t, http.StatusSeeOther, v.send(t, http.MethodPost, v.page(), url.Values{"name": {"Rui"}, "email": {"r@example.com"}, "q-" + v.offer.ID.String(): {"3"}}).status,
		"and then go to the next")
	here := v.press(t, a.header.Get("Location"), "late") // the bank pays although the time is over and the places are gone
	v.shows(t, here, "The time to pay is over")
}
