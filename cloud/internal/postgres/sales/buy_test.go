package sales_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/stock"
)

func TestABuyerPaysAndHasTicketsThatGatesKnow(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 4500})
	order := s.place(offer.ID, 2)
	require.Equal(t, int64(9000), order.Total)
	require.GreaterOrEqual(t, len(order.Secret), 32)
	requirePair(t, 2, 0, s.stock, event.ID)

	require.NoError(t, s.paid(s.pay(order)))
	v := s.view(order)
	require.Equal(t, sale.Paid, v.Order.State)
	require.Len(t, v.Tickets, 2)
	require.NotEqual(t, v.Tickets[0].Code, v.Tickets[1].Code)
	require.Equal(t, int64(4500), v.Tickets[0].Price)
	requirePair(t, 0, 2, s.stock, event.ID)
	requirePair(t, 2, 0, s.listed, event.ID)
}

// lookedAt is a store of orders in which something happens right after an order was read.
type lookedAt struct {
	orders
	then func()
}

type orders = sale.Orders

func (o lookedAt) Order(ctx context.Context, key sale.OrderKey) (sale.Order, error) {
	found, err := o.orders.Order(ctx, key)
	o.then()
	return found, err
}

func TestAnOrderThatIsPaidWhileItIsLookedAtDoesNotAskForMoney(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 4500})
	order := s.place(offer.ID, 1)
	ref := s.pay(order)
	pay := sync.OnceFunc(func() { require.NoError(t, s.paid(ref)) })
	slow := *s.sale
	slow.Orders = lookedAt{s.sale.Orders, pay}
	v, err := slow.View(t.Context(), sale.OrderKey{Secret: order.Secret})
	require.NoError(t, err)
	require.Len(t, v.Tickets, 1)
	require.Equal(t, sale.Paid, v.Order.State)
}

func TestThePatchWorkerHearsOfASaleWhenItIsCommitted(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 100})
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	_, err = conn.Exec(t.Context(), "LISTEN list_changed")
	require.NoError(t, err)
	require.NoError(t, s.paid(s.pay(s.place(offer.ID, 1))))
	heard, err := conn.Conn().WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Equal(t, event.ID.String(), heard.Payload)
}

func TestTwoHundredBuyersOfFiftyPlaces(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(50, catalog.Offer{Price: 100, MaxPerOrder: 1})
	var mu sync.Mutex
	var placed []sale.Order
	var refused int
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			o, err := s.sale.Place(context.Background(), s.draft(offer.ID, 1))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				if !errorIs(t, err, stock.ErrSoldOut) {
					return
				}
				refused++
				return
			}
			placed = append(placed, o)
		})
	}
	all.Wait()
	require.Len(t, placed, 50)
	require.Equal(t, 150, refused)
	requirePair(t, 50, 0, s.stock, event.ID)

	for _, o := range placed {
		ref := s.pay(o)
		for range 2 { // every notice comes twice, at once
			all.Go(func() { errorIs(t, s.paid(ref), nil) })
		}
		all.Wait()
	}
	requirePair(t, 0, 50, s.stock, event.ID)
	requirePair(t, 50, 0, s.listed, event.ID)
}

func TestTheDatabaseRefusesAWriterThatLies(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(2, catalog.Offer{Price: 100, Capacity: new(1)})
	for name, lie := range map[string]string{
		"sells more than there are":    "UPDATE event_stock SET sold = sold + 3 WHERE event_id = $1",
		"holds more than there are":    "UPDATE event_stock SET held = held + 3 WHERE event_id = $1",
		"gives back what was not held": "UPDATE event_stock SET held = held - 1 WHERE event_id = $1",
		"shrinks below what is sold":   "UPDATE event_stock SET sold = 2, capacity = 1 WHERE event_id = $1",
	} {
		_, err := s.pool.Exec(t.Context(), lie, event.ID)
		require.ErrorContains(t, err, "violates check constraint", name)
	}
	_, err := s.pool.Exec(t.Context(), "UPDATE offer_stock SET sold = sold + 2 WHERE offer_id = $1", offer.ID)
	require.ErrorContains(t, err, "offer_never_oversold")
}

func TestLimits(t *testing.T) {
	s := newStage(t)
	event, group := s.event(10, catalog.Offer{Price: 100, Admission: catalog.Admission{Group: 4}})
	_, few := s.event(10, catalog.Offer{Price: 100, MaxPerOrder: 3, Capacity: new(2)})
	_, err := s.sale.Place(t.Context(), s.draft(few.ID, 4))
	require.ErrorIs(t, err, sale.ErrTooMany, "more than one order may have")
	_, err = s.sale.Place(t.Context(), s.draft(few.ID, 3))
	require.ErrorIs(t, err, stock.ErrSoldOut, "more than the offer has, though the event has room")

	s.place(group.ID, 2)
	requirePair(t, 8, 0, s.stock, event.ID)
	_, err = s.sale.Place(t.Context(), s.draft(group.ID, 1))
	require.ErrorIs(t, err, stock.ErrSoldOut, "a group of four does not fit in two places")
	requirePair(t, 8, 0, s.stock, event.ID)
}

func TestOnlyWhatIsOnSaleCanBeBought(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 100})
	refused := func(why string, d sale.Draft) {
		t.Helper()
		_, err := s.sale.Place(t.Context(), d)
		require.ErrorIs(t, err, sale.ErrNotForSale, why)
	}
	refused("no such offer", s.draft(uuid.New(), 1))
	other, _ := s.tenant()
	stranger := s.draft(offer.ID, 1)
	stranger.Organizer = other
	refused("another organizer's offer", stranger)

	_, err := s.catalog.StopSale(t.Context(), s.organizer, event.ID)
	require.NoError(t, err)
	refused("sale stopped", s.draft(offer.ID, 1))
	_, err = s.catalog.StartSale(t.Context(), s.organizer, event.ID)
	require.NoError(t, err)
	s.clock.pass(27 * time.Hour)
	refused("event over", s.draft(offer.ID, 1))
}

func TestOneOrderForTwoEventsIsAllOrNothing(t *testing.T) {
	s := newStage(t)
	first, a := s.event(10, catalog.Offer{Price: 100})
	second, b := s.event(1, catalog.Offer{Price: 200})
	d := s.draft(a.ID, 2)
	d.Wants = append(d.Wants, sale.Want{Offer: b.ID, Quantity: 2})
	_, err := s.sale.Place(t.Context(), d)
	require.ErrorIs(t, err, stock.ErrSoldOut)
	requirePair(t, 0, 0, s.stock, first.ID)

	d.Wants[1].Quantity = 1
	order, err := s.sale.Place(t.Context(), d)
	require.NoError(t, err)
	require.Equal(t, int64(400), order.Total)
	require.NoError(t, s.paid(s.pay(order)))
	requirePair(t, 0, 2, s.stock, first.ID)
	requirePair(t, 0, 1, s.stock, second.ID)
}

func TestAHoldThatRanOutGoesToWhoClaimsNext(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(2, catalog.Offer{Price: 100})
	late := s.place(offer.ID, 2)
	_, err := s.sale.Place(t.Context(), s.draft(offer.ID, 1))
	require.ErrorIs(t, err, stock.ErrSoldOut)

	s.clock.pass(sale.HoldFor)
	require.Equal(t, sale.Expired, s.view(late).Order.State)
	_, err = s.sale.Pay(t.Context(), sale.OrderKey{Secret: late.Secret}, "")
	require.ErrorIs(t, err, sale.ErrExpired)
	s.place(offer.ID, 1)
	requirePair(t, 1, 0, s.stock, event.ID)

	require.NoError(t, s.sale.Sweep(t.Context()), "the sweeper finds nothing of the hold left to free")
	requirePair(t, 1, 0, s.stock, event.ID)
}

func TestTheSweeperFreesWhatNobodyClaims(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(2, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 2)
	require.NoError(t, s.sale.Sweep(t.Context()))
	requirePair(t, 2, 0, s.stock, event.ID)
	s.clock.pass(sale.HoldFor)
	require.NoError(t, s.sale.Sweep(t.Context()))
	requirePair(t, 0, 0, s.stock, event.ID)
	require.Equal(t, "expired", lastWord(s.view(order)))
}

func TestPaidAfterItsTime(t *testing.T) {
	t.Run("the places are still there: they are taken again", func(t *testing.T) {
		s := newStage(t)
		event, offer := s.event(2, catalog.Offer{Price: 100})
		order := s.place(offer.ID, 2)
		ref := s.pay(order)
		s.clock.pass(2 * sale.HoldFor)
		require.NoError(t, s.sale.Sweep(t.Context()))
		require.NoError(t, s.paid(ref))
		require.Equal(t, sale.Paid, s.view(order).Order.State)
		requirePair(t, 0, 2, s.stock, event.ID)
	})
	t.Run("they are gone: the money goes back by itself, once", func(t *testing.T) {
		s := newStage(t)
		event, offer := s.event(2, catalog.Offer{Price: 100})
		order := s.place(offer.ID, 2)
		ref := s.pay(order)
		s.clock.pass(2 * sale.HoldFor)
		require.NoError(t, s.paid(s.pay(s.place(offer.ID, 1))))
		require.NoError(t, s.paid(ref))
		require.NoError(t, s.paid(ref), "the notice comes again")
		v := s.view(order)
		require.Equal(t, sale.Expired, v.Order.State)
		require.Empty(t, v.Tickets)
		requirePair(t, 0, 1, s.stock, event.ID)
		require.NoError(t, s.sale.SendRefunds(t.Context()))
		require.NoError(t, s.sale.SendRefunds(t.Context()))
		amount, refunds := s.bank.returned()
		require.Equal(t, int64(200), amount)
		require.Equal(t, 1, refunds)
	})
}

func TestNotices(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)

	early := payment.Notice{Ref: "not yet known", Outcome: payment.Paid, Amount: 100, Currency: "BRL"}
	require.ErrorIs(t, s.notify(early), sale.ErrOddNotice, "it comes again later")
	ref := s.pay(order)
	notice := s.bank.outcome(ref, payment.Paid)

	err := s.sale.Notice(t.Context(), "bank", http.Header{}, []byte(`{}`))
	require.ErrorIs(t, err, sale.ErrForgedNotice)
	require.ErrorIs(t, s.sale.Notice(t.Context(), "", nil, nil), sale.ErrNoProvider)
	less := notice
	less.Amount = 1
	require.ErrorIs(t, s.notify(less), sale.ErrOddNotice, "paid less than was asked")
	foreign := notice
	foreign.Charge = uuid.New()
	require.ErrorIs(t, s.notify(foreign), sale.ErrOddNotice)
	require.Equal(t, sale.Reserved, s.view(order).Order.State)

	declined := notice
	declined.Outcome = payment.Declined
	require.NoError(t, s.notify(declined))
	require.NoError(t, s.notify(declined))
	require.Equal(t, "payment declined", lastWord(s.view(order)))
	second := s.pay(order)
	require.NotEqual(t, ref, second, "a declined payment is not offered again")
	require.Equal(t, second, s.pay(order), "an open one is")

	require.NoError(t, s.paid(second))
	require.Len(t, s.view(order).Tickets, 1)
	_, err = s.sale.Pay(t.Context(), sale.OrderKey{Secret: order.Secret}, "")
	require.ErrorIs(t, err, sale.ErrAlreadyPaid)

	require.NoError(t, s.notify(notice), "the first charge is paid after all")
	require.Len(t, s.view(order).Tickets, 1)
	require.NoError(t, s.sale.SendRefunds(t.Context()))
	amount, _ := s.bank.returned()
	require.Equal(t, int64(100), amount, "who paid twice has the second payment back")
}

func TestANoticeThatNeverCameIsAskedFor(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order, abandoned := s.place(offer.ID, 1), s.place(offer.ID, 1)
	ref := s.pay(order)
	s.pay(abandoned)
	s.bank.set(ref, payment.Paid)
	s.clock.pass(time.Minute)
	require.NoError(t, s.sale.Reconcile(t.Context()))
	require.Equal(t, sale.Paid, s.view(order).Order.State)
	require.Equal(t, "payment expired", lastWord(s.view(abandoned)), "the provider knows nothing of it")
	require.NoError(t, s.sale.Reconcile(t.Context()))
	require.Len(t, s.view(order).Tickets, 1)
}

func TestAPaymentThatStaysPendingIsAskedAboutEverLessOften(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	ref := s.pay(order)
	s.bank.set(ref, payment.Pending)
	for range 100 { // every five seconds, as the service does
		s.clock.pass(5 * time.Second)
		require.NoError(t, s.sale.Reconcile(t.Context()))
	}
	require.Less(t, s.bank.asked(ref), 8)
	s.clock.pass(72 * time.Hour)
	require.NoError(t, s.sale.Reconcile(t.Context()))
	require.Equal(t, "payment expired", lastWord(s.view(order)))
	require.NoError(t, s.paid(ref), "it is paid after all")
	require.Len(t, s.view(order).Tickets, 1)
}

func TestAFreeOrderNeedsNoProvider(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 0})
	order := s.place(offer.ID, 1)
	url, err := s.sale.Pay(t.Context(), sale.OrderKey{Secret: order.Secret}, "")
	require.NoError(t, err)
	require.Equal(t, "https://shop.example/order/"+order.Secret, url)
	requirePair(t, 1, 0, s.listed, event.ID)
}

func TestAProviderThatIsDownIsSaid(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	s.bank.fail(errBankDown)
	_, err := s.sale.Pay(t.Context(), sale.OrderKey{Secret: order.Secret}, "")
	require.ErrorIs(t, err, sale.ErrProviderDown)
	_, err = s.sale.Pay(t.Context(), sale.OrderKey{Secret: order.Secret}, "another")
	require.ErrorIs(t, err, sale.ErrNoProvider)
}

func lastWord(v sale.View) string { return v.History[len(v.History)-1].What }

func requirePair(t *testing.T, a, b int, read func(uuid.UUID) (int, int), event uuid.UUID) {
	t.Helper()
	gotA, gotB := read(event)
	require.Equal(t, [2]int{a, b}, [2]int{gotA, gotB})
}
