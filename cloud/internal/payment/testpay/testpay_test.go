package testpay_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/payment/testpay"
)

const secret = "a secret of the shop"

var key = []byte("a key for the notices")

// world is an acquirer, a shop that takes its notices, and the provider between them, all over real HTTP.
type world struct {
	t        *testing.T
	acquirer *httptest.Server
	shop     *httptest.Server
	provider *testpay.Provider

	mu      sync.Mutex
	notices []payment.Notice
	refuse  int // so many notices are answered 500
	last    *http.Request
	body    []byte
}

func newWorld(t *testing.T, change ...func(*acquirer.Config)) *world {
	w := &world{t: t}
	w.shop = httptest.NewServer(http.HandlerFunc(w.take))
	t.Cleanup(w.shop.Close)
	var server *acquirer.Server
	w.acquirer = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { server.ServeHTTP(rw, r) }))
	t.Cleanup(w.acquirer.Close)
	c := acquirer.Config{Secret: secret, NoticeKey: key, URL: w.acquirer.URL, Late: 20 * time.Millisecond,
		Resend: []time.Duration{5 * time.Millisecond, 5 * time.Millisecond, 5 * time.Millisecond}, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&c)
	}
	var err error
	server, err = acquirer.New(c)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	w.provider, err = testpay.New(testpay.Config{URL: w.acquirer.URL, Secret: secret, NoticeKey: key, Merchant: "Porto Verão Alegre"})
	require.NoError(t, err)
	return w
}

// take is the shop's notice address.
func (w *world) take(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse > 0 {
		w.refuse--
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	n, err := w.provider.Notice(r.Header, body)
	if !assert.NoError(w.t, err) {
		rw.WriteHeader(http.StatusForbidden)
		return
	}
	w.notices, w.last, w.body = append(w.notices, n), r, body
}

func (w *world) taken() []payment.Notice {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]payment.Notice(nil), w.notices...)
}

func (w *world) charge() payment.Charge {
	return payment.Charge{ID: uuid.New(), Amount: 12000, Currency: "BRL", Description: "2 × Inteira, Homens de Perto", Language: "pt-BR",
		ReturnURL: w.shop.URL + "/order/secret", NotifyURL: w.shop.URL + "/notice", ExpiresAt: time.Now().Add(time.Minute)}
}

func (w *world) create(c payment.Charge) payment.Created {
	w.t.Helper()
	created, err := w.provider.Create(context.Background(), c)
	require.NoError(w.t, err)
	return created
}

// press presses a button of the acquirer's page and gives the address the buyer is sent to.
func (w *world) press(created payment.Created, button string) string {
	w.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.PostForm(created.RedirectURL, url.Values{"do": {button}})
	require.NoError(w.t, err)
	defer r.Body.Close()
	require.Equal(w.t, http.StatusSeeOther, r.StatusCode)
	return r.Header.Get("Location")
}

func (w *world) outcome(created payment.Created) payment.Outcome {
	w.t.Helper()
	n, err := w.provider.Status(context.Background(), created.Ref)
	require.NoError(w.t, err)
	return n.Outcome
}

func (w *world) awaitNotices(n int) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return len(w.taken()) == n }, 5*time.Second, time.Millisecond)
}

func TestTheBuyerPaysAndTheShopIsTold(t *testing.T) {
	w := newWorld(t)
	c := w.charge()
	created := w.create(c)
	page, err := http.Get(created.RedirectURL)
	require.NoError(t, err)
	html, _ := io.ReadAll(page.Body)
	page.Body.Close()
	for _, want := range []string{"R$\u00a0120,00", "Porto Verão Alegre", "Homens de Perto", "Aprovar", "Recusar"} {
		assert.Contains(t, string(html), want)
	}
	assert.Contains(t, page.Header.Get("Content-Security-Policy"), "default-src 'none'")

	assert.Equal(t, payment.Pending, w.outcome(created))
	assert.Equal(t, c.ReturnURL, w.press(created, "approve"))
	w.awaitNotices(1)
	assert.Equal(t, payment.Notice{Ref: created.Ref, Charge: c.ID, Outcome: payment.Paid, Amount: 12000, Currency: "BRL"}, w.taken()[0])
	assert.Equal(t, payment.Paid, w.outcome(created))
}

func TestAButtonPressedTwicePaysOnce(t *testing.T) {
	w := newWorld(t)
	created := w.create(w.charge())
	w.press(created, "decline")
	w.press(created, "approve")
	w.awaitNotices(1)
	assert.Equal(t, payment.Declined, w.taken()[0].Outcome)
	assert.Equal(t, payment.Declined, w.outcome(created))
}

func TestALateOneIsPendingFirst(t *testing.T) {
	w := newWorld(t, func(c *acquirer.Config) { c.Late = 200 * time.Millisecond })
	created := w.create(w.charge())
	w.press(created, "late")
	assert.Equal(t, payment.Pending, w.outcome(created))
	assert.Empty(t, w.taken())
	w.awaitNotices(1)
	assert.Equal(t, payment.Paid, w.outcome(created))
}

func TestALostNoticeIsFoundByAsking(t *testing.T) {
	w := newWorld(t)
	created := w.create(w.charge())
	w.press(created, "lost")
	assert.Equal(t, payment.Paid, w.outcome(created))
	assert.Empty(t, w.taken())
}

func TestADoubledNoticeSaysTheSameTwice(t *testing.T) {
	w := newWorld(t)
	created := w.create(w.charge())
	w.press(created, "double")
	w.awaitNotices(2)
	assert.Equal(t, w.taken()[0], w.taken()[1])
}

func TestANoticeIsSentUntilTheShopTakesIt(t *testing.T) {
	w := newWorld(t)
	w.refuse = 3
	w.press(w.create(w.charge()), "approve")
	w.awaitNotices(1)
}

func TestTheSameChargeIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	c := w.charge()
	first := w.create(c)
	assert.Equal(t, first, w.create(c))
	c.Amount = 1
	_, err := w.provider.Create(context.Background(), c)
	require.ErrorIs(t, err, payment.ErrFinal)
	require.ErrorContains(t, err, "used for another charge")
}

func TestMoneyGoesBackOnce(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	created := w.create(w.charge())
	half := payment.Refund{ID: uuid.New(), Ref: created.Ref, Amount: 6000, Currency: "BRL"}
	require.ErrorIs(t, w.provider.Refund(ctx, half), payment.ErrFinal, "nothing is paid yet")
	w.press(created, "approve")
	require.NoError(t, w.provider.Refund(ctx, half))
	require.NoError(t, w.provider.Refund(ctx, half), "asking twice pays back once")
	more := payment.Refund{ID: uuid.New(), Ref: created.Ref, Amount: 6001, Currency: "BRL"}
	require.ErrorContains(t, w.provider.Refund(ctx, more), "more than what is left")
	more.Amount = 6000
	require.NoError(t, w.provider.Refund(ctx, more))
	half.Amount = 1
	require.ErrorContains(t, w.provider.Refund(ctx, half), "used for another amount")
}

func TestWhatExpiredCannotBePaidExceptLate(t *testing.T) {
	w := newWorld(t)
	c := w.charge()
	c.ExpiresAt = time.Now().Add(-time.Second)
	created := w.create(c)
	assert.Equal(t, payment.Expired, w.outcome(created))
	w.press(created, "approve")
	assert.Equal(t, payment.Expired, w.outcome(created))
	w.press(created, "late")
	w.awaitNotices(1)
	assert.Equal(t, payment.Paid, w.outcome(created), "a bank may pay after the shop gave up; the shop then refunds")
}

func TestUnknownAndForbidden(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	_, err := w.provider.Status(ctx, "no-such")
	require.ErrorIs(t, err, payment.ErrUnknownCharge)
	stranger, err := testpay.New(testpay.Config{URL: w.acquirer.URL, Secret: "the secret of another", NoticeKey: key, Merchant: "M"})
	require.NoError(t, err)
	_, err = stranger.Create(ctx, w.charge())
	require.ErrorContains(t, err, "bearer secret is wrong")
	w.acquirer.Close()
	_, err = w.provider.Create(ctx, w.charge())
	require.ErrorContains(t, err, "reach the acquirer")
	require.NotErrorIs(t, err, payment.ErrFinal, "an acquirer that is down may be tried again")
}

func TestForgedNoticesAreRefused(t *testing.T) {
	w := newWorld(t)
	w.press(w.create(w.charge()), "approve")
	w.awaitNotices(1)
	good, body := w.last.Header.Get(acquirer.SignatureHeader), string(w.body)
	at := time.Now()
	for _, row := range []struct {
		name, signature, body, says string
	}{
		{"no signature", "", body, "can't be read"},
		{"another body", good, strings.Replace(body, "paid", "pain", 1), "doesn't fit"},
		{"another key", acquirer.Sign([]byte("a key of somebody else"), []byte(body), at), body, "doesn't fit"},
		{"a newer time on an old signature", "t=2" + good[3:], body, "doesn't fit"},
		{"six minutes old", acquirer.Sign(key, []byte(body), at.Add(-6*time.Minute)), body, "it is 6m"},
		{"from the future", acquirer.Sign(key, []byte(body), at.Add(6*time.Minute)), body, "it is -"},
		{"no time", "v1=" + good[strings.Index(good, "v1=")+3:], body, "can't be read"},
		{"not hex", "t=1,v1=zz", body, "can't be read"},
	} {
		_, err := w.provider.Notice(http.Header{acquirer.SignatureHeader: {row.signature}}, []byte(row.body))
		require.ErrorIs(t, err, payment.ErrForged, row.name)
		require.ErrorContains(t, err, row.says, row.name)
	}
	_, err := w.provider.Notice(http.Header{acquirer.SignatureHeader: {good, good}}, []byte(body))
	require.ErrorIs(t, err, payment.ErrForged, "two signatures")
	again, err := w.provider.Notice(http.Header{acquirer.SignatureHeader: {good}}, []byte(body))
	require.NoError(t, err)
	assert.Equal(t, w.taken()[0], again, "the same notice again says the same, and the sale takes it once")
}

func TestASignedNoticeThatMakesNoSenseIsAnError(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{`, `[]`, `{"charge":"c","reference":"r","state":"paid"}`,
		`{"charge":"c","reference":"` + uuid.NewString() + `","state":"maybe"}`} {
		_, err := w.provider.Notice(http.Header{acquirer.SignatureHeader: {acquirer.Sign(key, []byte(body), time.Now())}}, []byte(body))
		require.Error(t, err, body)
		require.NotErrorIs(t, err, payment.ErrForged, body)
	}
}

func TestChargesOutliveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "charges.json")
	w := newWorld(t, func(c *acquirer.Config) { c.File = file })
	created := w.create(w.charge())
	w.press(created, "lost")

	again, err := acquirer.New(acquirer.Config{Secret: secret, NoticeKey: key, URL: "http://127.0.0.1", File: file})
	require.NoError(t, err)
	defer again.Close()
	r := httptest.NewRequest(http.MethodGet, "/v1/charges/"+created.Ref, nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	rec := httptest.NewRecorder()
	again.ServeHTTP(rec, r)
	assert.Contains(t, rec.Body.String(), `"state":"paid"`)
}

func TestConfigurationFaultsAreAllNamed(t *testing.T) {
	_, err := testpay.New(testpay.Config{URL: "ftp://x"})
	require.ErrorContains(t, err, "url")
	require.ErrorContains(t, err, "secret and notice key")
	require.ErrorContains(t, err, "merchant")
	_, err = acquirer.New(acquirer.Config{URL: "nowhere"})
	require.ErrorContains(t, err, "secret: 16")
	require.ErrorContains(t, err, "notice key: 16")
	require.ErrorContains(t, err, "url")
}
