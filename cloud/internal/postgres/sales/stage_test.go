package sales_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/accounts"
	"portaria/cloud/internal/postgres/catalogue"
	"portaria/cloud/internal/postgres/places"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/cloud/internal/postgres/sales"
	"portaria/cloud/internal/sale"
	"portaria/edge/ticket"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// stage is a cloud's sale on a real database, with a minter and a payment provider that obey the test.
type stage struct {
	*testing.T
	pool      *pgxpool.Pool
	sale      *sale.Service
	catalog   *catalog.Service
	bank      *bank
	clock     *clock
	organizer uuid.UUID
	venue     catalog.Venue
}

func newStage(t *testing.T) *stage {
	t.Helper()
	pool := postgrestest.New(t)
	atomic := postgres.Atomic{Pool: pool}
	store := sales.Store{Pool: pool}
	s := &stage{T: t, pool: pool, bank: newBank(), clock: &clock{now: time.Now().Truncate(time.Millisecond)}}
	providers, err := payment.NewRegistry(s.bank)
	require.NoError(t, err)
	s.catalog = catalogue.Service(pool, atomic)
	s.sale = sale.New(sale.Service{
		Pricing: store, Orders: store, Journal: store, Tickets: store, Payments: store, Refunds: store,
		Stock: places.Stock{Pool: pool}, Minter: newMinter(t), Providers: providers, Atomic: atomic,
		Now: s.clock.Now, PublicURL: "https://shop.example", Log: slog.New(slog.DiscardHandler),
	})
	s.organizer, s.venue = s.tenant()
	return s
}

func (s *stage) tenant() (uuid.UUID, catalog.Venue) {
	s.Helper()
	people := accounts.Store{Pool: s.pool}
	accountService := account.Service{Store: people, Keys: people, Atomic: postgres.Atomic{Pool: s.pool}}
	o, _, err := accountService.CreateOrganizer(s.Context(), "Festival", "pt-BR")
	require.NoError(s, err)
	v, err := s.catalog.CreateVenue(s.Context(), catalog.Venue{
		Organizer: o.ID, Name: "Opinião", TimeZone: "America/Sao_Paulo",
	})
	require.NoError(s, err)
	return o.ID, v
}

// event puts an event on sale with one offer.
func (s *stage) event(capacity int, offer catalog.Offer) (catalog.Event, catalog.Offer) {
	s.Helper()
	start := s.clock.Now().Add(24 * time.Hour)
	e, err := s.catalog.CreateEvent(s.Context(), catalog.Event{
		Organizer: s.organizer, Venue: s.venue.ID, Name: "Nei Lisboa", Currency: "BRL", Capacity: capacity,
		Doors: start.Add(-time.Hour), Start: start, End: start.Add(2 * time.Hour),
	})
	require.NoError(s, err)
	offer.Organizer, offer.Event, offer.Name = s.organizer, e.ID, "Inteira"
	o, err := s.catalog.CreateOffer(s.Context(), offer)
	require.NoError(s, err)
	_, err = s.catalog.StartSale(s.Context(), s.organizer, e.ID)
	require.NoError(s, err)
	return e, o
}

func (s *stage) draft(offer uuid.UUID, quantity int) sale.Draft {
	return sale.Draft{
		Organizer: s.organizer, Wants: []sale.Want{{Offer: offer, Quantity: quantity}},
		Buyer:    sale.Buyer{Name: "Ana", Email: "ana@example.org"},
		Language: "pt-BR", Channel: sale.API, Who: "test",
	}
}

func (s *stage) place(offer uuid.UUID, quantity int) sale.Order {
	s.Helper()
	o, err := s.sale.Place(s.Context(), s.draft(offer, quantity))
	require.NoError(s, err)
	return o
}

// pay starts a payment and returns the provider's name of it.
func (s *stage) pay(o sale.Order) string {
	s.Helper()
	_, err := s.sale.Pay(s.Context(), sale.OrderKey{Secret: o.Secret}, "")
	require.NoError(s, err)
	return s.bank.lastRef()
}

func (s *stage) notify(n payment.Notice) error {
	body, err := json.Marshal(n)
	require.NoError(s, err)
	return s.sale.Notice(s.Context(), "bank", http.Header{"Signed": {"yes"}}, body)
}

func (s *stage) paid(ref string) error { return s.notify(s.bank.outcome(ref, payment.Paid)) }

func (s *stage) view(o sale.Order) sale.View {
	s.Helper()
	v, err := s.sale.View(s.Context(), sale.OrderKey{Secret: o.Secret})
	require.NoError(s, err)
	return v
}

// counts reads one row of numbers.
func (s *stage) counts(sql string, args ...any) (a, b int) {
	s.Helper()
	require.NoError(s, s.pool.QueryRow(s.Context(), sql, args...).Scan(&a, &b))
	return a, b
}

func (s *stage) stock(event uuid.UUID) (held, sold int) {
	s.Helper()
	return s.counts("SELECT held, sold FROM event_stock WHERE event_id = $1", event)
}

// listed counts an event's entries that are good, and revoked ones, none of them in a signed list yet.
func (s *stage) listed(event uuid.UUID) (good, revoked int) {
	s.Helper()
	return s.counts(`SELECT count(*) FILTER (WHERE state = 1), count(*) FILTER (WHERE state = 2) FROM list_entries
		WHERE event_id = $1 AND epoch IS NULL`, event)
}

type clock struct {
	sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.now = c.now.Add(d)
}

// bank is a payment provider that does what the test says.
type bank struct {
	sync.Mutex
	charges map[string]payment.Charge
	order   []string
	refunds map[uuid.UUID]payment.Refund
	says    map[string]payment.Outcome
	times   map[string]int // asked for the status of a charge
	down    error
}

func newBank() *bank {
	return &bank{
		charges: map[string]payment.Charge{}, refunds: map[uuid.UUID]payment.Refund{},
		says: map[string]payment.Outcome{}, times: map[string]int{},
	}
}

func (*bank) Name() string { return "bank" }

func (b *bank) Create(_ context.Context, c payment.Charge) (payment.Created, error) {
	b.Lock()
	defer b.Unlock()
	if b.down != nil {
		return payment.Created{}, b.down
	}
	ref := "ref-" + c.ID.String()
	b.charges[ref] = c
	b.order = append(b.order, ref)
	return payment.Created{Ref: ref, RedirectURL: "https://bank.example/" + ref}, nil
}

func (b *bank) Refund(_ context.Context, r payment.Refund) error {
	b.Lock()
	defer b.Unlock()
	if b.down != nil {
		return b.down
	}
	b.refunds[r.ID] = r
	return nil
}

func (*bank) Notice(header http.Header, body []byte) (n payment.Notice, err error) {
	if header.Get("Signed") != "yes" {
		return n, payment.ErrForged
	}
	return n, json.Unmarshal(body, &n)
}

func (b *bank) Status(_ context.Context, ref string) (payment.Notice, error) {
	b.Lock()
	said, known := b.says[ref]
	b.times[ref]++
	b.Unlock()
	if !known {
		return payment.Notice{}, payment.ErrUnknownCharge
	}
	return b.outcome(ref, said), nil
}

func (b *bank) outcome(ref string, o payment.Outcome) payment.Notice {
	b.Lock()
	defer b.Unlock()
	c := b.charges[ref]
	return payment.Notice{Ref: ref, Charge: c.ID, Outcome: o, Amount: c.Amount, Currency: c.Currency}
}

func (b *bank) set(ref string, o payment.Outcome) {
	b.Lock()
	defer b.Unlock()
	b.says[ref] = o
}

func (b *bank) asked(ref string) int {
	b.Lock()
	defer b.Unlock()
	return b.times[ref]
}

func (b *bank) fail(err error) {
	b.Lock()
	defer b.Unlock()
	b.down = err
}

func (b *bank) lastRef() string {
	b.Lock()
	defer b.Unlock()
	return b.order[len(b.order)-1]
}

// returned is the money given back, and in how many refunds.
func (b *bank) returned() (amount int64, refunds int) {
	b.Lock()
	defer b.Unlock()
	for _, r := range b.refunds {
		amount += r.Amount
	}
	return amount, len(b.refunds)
}

var errBankDown = errors.New("the bank does not answer")

// minter signs codes under one key for every event.
type minter struct {
	sync.Mutex
	key  ed25519.PrivateKey
	next ticket.ID
}

func newMinter(t *testing.T) *minter {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &minter{key: key}
}

func (m *minter) Mint(_ context.Context, event ticket.EventID, want []sale.MintRequest) ([]sale.Minted, error) {
	m.Lock()
	defer m.Unlock()
	out := make([]sale.Minted, len(want))
	for i, w := range want {
		m.next++
		code, err := ticket.Mint(ticket.Signer{Event: event, KeyID: 1, Key: m.key}, ticket.Fields{
			KeyID: 1, ID: m.next, Kind: w.Kind,
		})
		if err != nil {
			return nil, err
		}
		out[i] = sale.Minted{Code: code, ID: m.next, Ref: [16]byte{1, byte(m.next >> 8), byte(m.next)}}
	}
	return out, nil
}
