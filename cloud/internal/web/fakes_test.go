package web_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/payment/testpay"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/stock"
	"portaria/cloud/internal/web"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// festival is a catalogue and its sales in memory: enough of both for pages to be true.
type festival struct {
	mu       sync.Mutex
	listings []catalog.Listing
	orders   map[string]*sale.View // by secret
	refs     map[string]string     // payment ref -> secret
	provider payment.Provider
	address  string // of the shop
	now      func() time.Time
	placed   []sale.Draft
	fail     error // of every call
	payFails error
}

func (f *festival) OnSale(_ context.Context, now time.Time, shelf catalog.Shelf, limit int) ([]catalog.Listing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []catalog.Listing
	for _, x := range f.listings {
		after := x.Event.Start.After(shelf.From.Start) || (x.Event.Start.Equal(shelf.From.Start) && x.Event.ID.String() > shelf.From.Event.String())
		if x.Event.State == catalog.OnSale && x.Event.End.After(now) && after && len(out) < limit {
			out = append(out, x)
		}
	}
	return out, f.fail
}

func (f *festival) Listing(_ context.Context, event uuid.UUID) (catalog.Listing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, x := range f.listings {
		if x.Event.ID == event {
			x.Offers = slices.Clone(x.Offers)
			return x, f.fail
		}
	}
	return catalog.Listing{}, catalog.ErrNoEvent
}

func (f *festival) offer(id uuid.UUID) (*catalog.Listing, *catalog.Offer) {
	for i := range f.listings {
		for j := range f.listings[i].Offers {
			if f.listings[i].Offers[j].ID == id {
				return &f.listings[i], &f.listings[i].Offers[j]
			}
		}
	}
	return nil, nil
}

func (f *festival) Place(_ context.Context, d sale.Draft) (sale.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return sale.Order{}, f.fail
	}
	f.placed = append(f.placed, d)
	o := sale.Order{ID: uuid.New(), Secret: strings.ToLower(rand.Text()) + "abcdef", State: sale.Reserved, Buyer: d.Buyer, Language: d.Language,
		Currency: "BRL", ExpiresAt: f.now().Add(sale.HoldFor), CreatedAt: f.now()}
	for _, w := range d.Wants {
		x, offer := f.offer(w.Offer)
		if w.Quantity > offer.Left(x.Event) {
			return sale.Order{}, stock.ErrSoldOut
		}
		offer.Held += w.Quantity
		o.Lines = append(o.Lines, sale.Line{Event: x.Event.ID, EventName: x.Event.Name, Offer: w.Offer, OfferName: offer.Name, Quantity: w.Quantity, UnitPrice: offer.Price})
		o.Total += offer.Price * int64(w.Quantity)
	}
	f.orders[o.Secret] = &sale.View{Order: o}
	return o, nil
}

func (f *festival) Pay(ctx context.Context, key sale.OrderKey, _ string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.payFails != nil {
		return "", f.payFails
	}
	v := f.orders[key.Secret]
	here := f.address + "/order/" + key.Secret
	created, err := f.provider.Create(ctx, payment.Charge{ID: uuid.New(), Amount: v.Order.Total, Currency: "BRL", Description: v.Order.Lines[0].EventName,
		Language: v.Order.Language, ReturnURL: here, NotifyURL: f.address + "/notices", ExpiresAt: v.Order.ExpiresAt})
	f.refs[created.Ref] = key.Secret
	return created.RedirectURL, err
}

func (f *festival) View(_ context.Context, key sale.OrderKey) (sale.View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return sale.View{}, f.fail
	}
	v, ok := f.orders[key.Secret]
	if !ok {
		return sale.View{}, sale.ErrNoOrder
	}
	copied := *v
	copied.Tickets = slices.Clone(v.Tickets)
	return copied, nil
}

// notice is where the acquirer tells of payments.
func (f *festival) notice(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n, err := f.provider.Notice(r.Header, body)
	if err != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.orders[f.refs[n.Ref]]
	v.History = append(v.History, sale.Happening{What: "payment " + string(n.Outcome)})
	if n.Outcome == payment.Paid && v.Order.State == sale.Reserved {
		f.issue(v)
	}
}

var key = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes here."))

func (f *festival) issue(v *sale.View) {
	v.Order.State = sale.Paid
	for _, line := range v.Order.Lines {
		for range line.Quantity {
			var raw [8]byte
			_, _ = rand.Read(raw[:])
			id := ticket.ID(binary.BigEndian.Uint64(raw[:]))
			code, err := ticket.Mint(ticket.Signer{Event: ticket.EventID(line.Event), KeyID: 1, Key: key}, ticket.Fields{KeyID: 1, ID: id, Kind: line.Kind})
			if err != nil {
				panic(err)
			}
			v.Tickets = append(v.Tickets, sale.Ticket{ID: uuid.New(), Event: line.Event, Offer: line.Offer, OfferName: line.OfferName,
				Number: id.String(), Code: code.Text(), Price: line.UnitPrice, State: sale.Good, IssuedAt: f.now()})
		}
	}
}

// bought makes a paid order of n tickets and gives its secret.
func (f *festival) bought(t *testing.T, n int) string {
	t.Helper()
	o, err := f.Place(t.Context(), sale.Draft{Wants: []sale.Want{{Offer: f.listings[0].Offers[0].ID, Quantity: n}},
		Buyer: sale.Buyer{Name: "Conceição Gonçalves", Email: "c@example.com"}, Language: "pt-BR"})
	require.NoError(t, err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.issue(f.orders[o.Secret])
	return o.Secret
}

var saoPaulo = func() *time.Location {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return zone
}()

func capacity(n int) *int { return &n }

// program is what the fake festival has on.
func program(now time.Time) []catalog.Listing {
	theatro := catalog.Venue{ID: uuid.New(), Name: "Theatro São Pedro", Address: "Praça Mal. Deodoro, Centro Histórico", TimeZone: "America/Sao_Paulo"}
	usina := catalog.Venue{ID: uuid.New(), Name: "Usina do Gasômetro", Address: "Av. Pres. João Goulart, 551", TimeZone: "America/Sao_Paulo"}
	night := time.Date(now.Year(), now.Month(), now.Day(), 21, 0, 0, 0, saoPaulo).AddDate(0, 0, 7)
	make1 := func(v catalog.Venue, name, story string, at time.Time, left int, offers ...catalog.Offer) catalog.Listing {
		e := catalog.Event{ID: uuid.New(), Venue: v.ID, Name: name, Description: story, Doors: at.Add(-90 * time.Minute), Start: at, End: at.Add(2 * time.Hour),
			Currency: "BRL", State: catalog.OnSale, Capacity: 1580, Sold: 1580 - left}
		for i := range offers {
			offers[i].ID, offers[i].Event, offers[i].Kind, offers[i].MaxPerOrder = uuid.New(), e.ID, uint16(i), 8
			offers[i].Admission.Group = max(1, offers[i].Admission.Group)
		}
		return catalog.Listing{Event: e, Venue: v, OrganizerName: "Porto Verão Alegre", Offers: offers}
	}
	return []catalog.Listing{
		make1(theatro, "Homens de Perto", "Três amigos, um palco e tudo o que não se diz em casa. Uma comédia sobre gente que se conhece há tempo demais.\n\nDuração: 80 minutos. Classificação: 14 anos.", night, 412,
			catalog.Offer{Name: "Inteira", Price: 12000}, catalog.Offer{Name: "Meia-entrada", Price: 6000, Capacity: capacity(40), Sold: 28, Admission: catalog.Admission{Flags: whitelist.CheckDocument}},
			catalog.Offer{Name: "Camarote", Price: 52000, Capacity: capacity(6), Sold: 6, Admission: catalog.Admission{Group: 4}}),
		make1(usina, "Noite de Choro", "", night.Add(time.Hour), 90, catalog.Offer{Name: "Geral", Price: 4000}),
		make1(usina, "Orquestra de Rua: da praça ao palco, um concerto para a cidade inteira", "", night.AddDate(0, 0, 1), 0, catalog.Offer{Name: "Geral", Price: 3500}),
		make1(theatro, "Bailei na Curva", "", night.AddDate(0, 0, 2).Add(-2*time.Hour), 233, catalog.Offer{Name: "Inteira", Price: 9000}, catalog.Offer{Name: "Meia-entrada", Price: 4500}),
	}
}

// place is the shop over real HTTP with the acquirer behind it.
type place struct {
	*festival
	shop     *httptest.Server
	acquirer *httptest.Server
	logged   *lockedLog
}

type lockedLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func open(t *testing.T, change ...func(*web.Config)) *place {
	t.Helper()
	p := &place{festival: &festival{orders: map[string]*sale.View{}, refs: map[string]string{}, now: time.Now}, logged: &lockedLog{}}
	p.listings = program(time.Now())
	var bank *acquirer.Server
	p.acquirer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { bank.ServeHTTP(w, r) }))
	t.Cleanup(p.acquirer.Close)
	var err error
	bank, err = acquirer.New(acquirer.Config{Secret: "a secret of the shop", NoticeKey: []byte("a key for the notices"), URL: p.acquirer.URL, Late: time.Second, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(bank.Close)
	p.provider, err = testpay.New(testpay.Config{URL: p.acquirer.URL, Secret: "a secret of the shop", NoticeKey: []byte("a key for the notices"), Merchant: "Porto Verão Alegre"})
	require.NoError(t, err)

	c := web.Config{Catalogue: p, Sales: p, PayOrigins: []string{p.acquirer.URL}, Now: func() time.Time { return p.now() }, Log: slog.New(slog.NewTextHandler(p.logged, nil))}
	for _, f := range change {
		f(&c)
	}
	handler, err := web.New(c)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /notices", p.notice)
	mux.Handle("/", handler)
	p.shop = httptest.NewServer(mux)
	t.Cleanup(p.shop.Close)
	p.address = p.shop.URL
	return p
}

var errBroken = errors.New("the database fell over")

func (p *place) eventPath(i int) string { return fmt.Sprintf("/e/%s", p.listings[i].Event.ID) }
