package api_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/api"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/catalogue"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/places"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/postgres/sales"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/scan"
	"portaria/edge/ticket"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

const platformToken = "platform-token-of-the-test-platform"

// house is the API over a real database, spoken to over HTTP.
type house struct {
	*testing.T
	url    string
	intake *intake.Office
	world  *gatestest.World
	scans  *scan.Service
}

func newHouse(t *testing.T) *house {
	t.Helper()
	d, world := deps(t)
	handler, err := api.New(d)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &house{T: t, url: server.URL, intake: d.Gates.Intake, world: world, scans: d.Scans}
}

func deps(t testing.TB) (api.Deps, *gatestest.World) {
	t.Helper()
	pool := postgrestest.New(t)
	tx := postgres.Atomic{Pool: pool}
	people, store := accounts.Store{Pool: pool}, sales.Store{Pool: pool}
	providers, err := payment.NewRegistry(bank{})
	require.NoError(t, err)
	platform, err := account.NewPlatformToken(platformToken)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	world := gatestest.On(t, pool)
	return api.Deps{
		Accounts: &account.Service{Store: people, Keys: people, Atomic: tx},
		Catalog:  catalogue.Service(pool, tx),
		Sale: sale.New(sale.Service{
			Pricing: store, Orders: store, Journal: store, Tickets: store, Payments: store, Refunds: store,
			Stock: places.Stock{Pool: pool}, Minter: newMinter(t), Providers: providers, Atomic: tx,
			Now: time.Now, PublicURL: "https://shop.example", Log: log,
		}),
		Gates:   gateSide(world),
		Scans:   scanSide(world, "a"),
		Visitor: visitors,
		Answers: accounts.Answers{Pool: pool}, Atomic: tx, Platform: platform, Now: time.Now, Log: log,
	}, world
}

// said is an answer.
type said struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request; body may be nil, a string as it is, or anything that becomes JSON.
func (h *house) ask(key, method, path string, body any, headers ...string) said {
	h.Helper()
	var raw io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		raw = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		require.NoError(h, err)
		raw = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, h.url+api.Base+path, raw)
	require.NoError(h, err)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(h, err)
	return said{status: response.StatusCode, header: response.Header, body: answer}
}

// must is ask that succeeds, with the answer as a map.
func (h *house) must(key, method, path string, body any, headers ...string) map[string]any {
	h.Helper()
	a := h.ask(key, method, path, body, headers...)
	require.Less(h, a.status, 300, "%s %s: %s", method, path, a.body)
	if len(a.body) == 0 {
		return nil
	}
	return a.json(h)
}

func (a said) json(t require.TestingT) (m map[string]any) {
	require.NoError(t, json.Unmarshal(a.body, &m), "%s", a.body)
	return m
}

// refused checks a problem document.
func (h *house) refused(a said, status int, code string) {
	h.Helper()
	require.Equal(h, status, a.status, "%s", a.body)
	require.Equal(h, "application/problem+json", a.header.Get("Content-Type"))
	p := a.json(h)
	require.Equal(h, code, p["code"], "%s", a.body)
	require.Equal(h, "/api/v1/problems#"+code, p["type"])
	require.EqualValues(h, status, p["status"])
}

func (h *house) organizer() (key string) {
	h.Helper()
	o := h.must(platformToken, "POST", "/organizers", map[string]any{"name": "Festival", "language": "pt-BR"})
	return o["api_key"].(string)
}

// evening is an organizer's event on sale.
type evening struct{ venue, event, offer string }

func (h *house) evening(key string) (e evening) {
	h.Helper()
	id := func(m map[string]any) string { return m["id"].(string) }
	start := time.Now().Add(24 * time.Hour)
	e.venue = id(h.must(key, "POST", "/venues", map[string]any{"name": "Opinião", "time_zone": "America/Sao_Paulo"}))
	e.event = id(h.must(key, "POST", "/events", map[string]any{
		"venue_id": e.venue, "name": "Nei Lisboa", "doors": start, "start": start.Add(time.Hour),
		"end": start.Add(3 * time.Hour), "currency": "BRL", "capacity": 10,
	}))
	e.offer = id(h.must(key, "POST", "/events/"+e.event+"/offers", map[string]any{"name": "Inteira", "price": 4500}))
	h.must(key, "PUT", "/events/"+e.event+"/sale", map[string]any{"open": true})
	return e
}

func orderOf(offer string, quantity int) map[string]any {
	return map[string]any{
		"lines": []any{map[string]any{"offer_id": offer, "quantity": quantity}},
		"buyer": map[string]any{"name": "Ana", "email": "ana@example.org"},
	}
}

// buy places and pays an order, and returns it as it then is.
func (h *house) buy(key, offer string, quantity int) map[string]any {
	h.Helper()
	path := "/orders/" + h.must(key, "POST", "/orders", orderOf(offer, quantity))["id"].(string)
	started := h.must(key, "POST", path+"/payments", map[string]any{})
	ref := strings.TrimPrefix(started["redirect_url"].(string), "https://bank.example/")
	h.must("", "POST", "/payments/bank/notices", ref, "Signed", "yes")
	return h.must(key, "GET", path, nil)
}

// bank is a payment provider whose references say what they are worth, and whose notices are a reference.
type bank struct{}

func (bank) Name() string { return "bank" }

func (bank) Create(_ context.Context, c payment.Charge) (payment.Created, error) {
	raw, err := json.Marshal(payment.Notice{
		Charge: c.ID, Outcome: payment.Paid, Amount: c.Amount, Currency: c.Currency,
	})
	return payment.Created{Ref: string(raw), RedirectURL: "https://bank.example/" + string(raw)}, err
}

func (bank) Refund(context.Context, payment.Refund) error { return nil }

func (bank) Notice(header http.Header, body []byte) (n payment.Notice, err error) {
	if header.Get("Signed") != "yes" {
		return n, payment.ErrForged
	}
	err = json.Unmarshal(body, &n)
	n.Ref = string(body)
	return n, err
}

func (bank) Status(context.Context, string) (payment.Notice, error) {
	return payment.Notice{}, payment.ErrUnknownCharge
}

// minter signs codes under one key for every event.
type minter struct {
	key  ed25519.PrivateKey
	next atomic.Uint64
}

func newMinter(t testing.TB) *minter {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &minter{key: key}
}

func (m *minter) Mint(_ context.Context, event ticket.EventID, want []sale.MintRequest) ([]sale.Minted, error) {
	out := make([]sale.Minted, len(want))
	for i, w := range want {
		id := ticket.ID(m.next.Add(1))
		code, err := ticket.Mint(ticket.Signer{Event: event, Key: m.key}, ticket.Fields{ID: id, Kind: w.Kind})
		if err != nil {
			return nil, err
		}
		out[i] = sale.Minted{Code: code, ID: id, Ref: [16]byte{byte(id)}}
	}
	return out, nil
}
