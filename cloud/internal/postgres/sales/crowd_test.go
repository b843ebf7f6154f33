package sales_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/stock"
)

// A crowd buys two events in both orders, pays, pays late, cancels and is refunded, all at once. Afterwards every
// count must follow from the rows that it counts, and nobody may have met a deadlock.
func TestACrowdLeavesTheBooksInOrder(t *testing.T) {
	s := newStage(t)
	first, a := s.event(60, catalog.Offer{Price: 100})
	second, b := s.event(40, catalog.Offer{Price: 200, Admission: catalog.Admission{Group: 2}})
	var all sync.WaitGroup
	for worker := range 24 {
		all.Go(func() {
			dice := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 12 {
				s.visit(dice, a.ID, b.ID)
			}
		})
	}
	all.Wait()
	for _, e := range []uuid.UUID{first.ID, second.ID} {
		s.requireBooks(e)
	}
	s.clock.pass(sale.HoldFor)
	require.NoError(t, s.sale.Sweep(t.Context()))
	for _, e := range []uuid.UUID{first.ID, second.ID} {
		s.requireBooks(e)
		held, sold := s.stock(e)
		require.Zero(t, held)
		require.Positive(t, sold)
	}
}

// visit is one buyer: what they do is drawn, and every refusal but "sold out" fails the test.
func (s *stage) visit(dice *rand.Rand, a, b uuid.UUID) {
	d := s.draft(a, 1+dice.IntN(2))
	d.Wants = append(d.Wants, sale.Want{Offer: b, Quantity: 1})
	if dice.IntN(2) == 0 {
		d.Wants[0], d.Wants[1] = d.Wants[1], d.Wants[0]
	}
	ctx := context.Background()
	order, err := s.sale.Place(ctx, d)
	if err != nil {
		errorIs(s.T, err, stock.ErrSoldOut)
		return
	}
	key := sale.OrderKey{Organizer: s.organizer, ID: order.ID}
	switch dice.IntN(4) {
	case 0:
		errorIs(s.T, s.sale.Cancel(ctx, key, "buyer", ""), nil)
	case 1: // walks away
	default:
		url, err := s.sale.Pay(ctx, key, "")
		errorIs(s.T, err, nil)
		ref := url[len("https://bank.example/"):]
		errorIs(s.T, s.paid(ref), nil)
		errorIs(s.T, s.paid(ref), nil)
		if dice.IntN(2) == 0 {
			_, err := s.sale.Refund(ctx, sale.RefundDraft{Order: key, Who: "buyer"})
			errorIs(s.T, err, nil)
		}
	}
}

// requireBooks compares an event's counters with the rows that they count.
func (s *stage) requireBooks(event uuid.UUID) {
	s.Helper()
	held, sold := s.stock(event)
	fromHolds, fromTickets := s.counts(`SELECT
		(SELECT coalesce(sum(places), 0) FROM holds WHERE event_id = $1),
		(SELECT coalesce(sum(o.group_size), 0) FROM tickets t JOIN offers o ON o.id = t.offer_id
			WHERE t.event_id = $1 AND t.state = 'good')`, event)
	require.Equal(s, [2]int{fromHolds, fromTickets}, [2]int{held, sold})
	good, revoked := s.listed(event)
	tickets, dead := s.counts(`SELECT count(*) FILTER (WHERE state = 'good'), count(*) FILTER (WHERE state = 'revoked')
		FROM tickets WHERE event_id = $1`, event)
	require.Equal(s, [2]int{tickets, dead}, [2]int{good, revoked}, "the gates' list says what the tickets say")
}

func TestALateBuyerAndTheSweeperAtOnce(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(5, catalog.Offer{Price: 100, MaxPerOrder: 1})
	var refs []string
	for range 5 {
		refs = append(refs, s.pay(s.place(offer.ID, 1)))
	}
	s.clock.pass(sale.HoldFor + time.Second)
	var all sync.WaitGroup
	for _, ref := range refs {
		all.Go(func() { errorIs(t, s.paid(ref), nil) })
		all.Go(func() { errorIs(t, s.sale.Sweep(context.Background()), nil) })
		all.Go(func() {
			if _, err := s.sale.Place(context.Background(), s.draft(offer.ID, 1)); err != nil {
				errorIs(t, err, stock.ErrSoldOut)
			}
		})
	}
	all.Wait()
	s.requireBooks(event.ID)
	require.NoError(t, s.sale.SendRefunds(t.Context()))
	_, sold := s.stock(event.ID)
	_, refunds := s.bank.returned()
	require.Equal(t, 5, sold+refunds, "who paid has a ticket or the money back")
}
