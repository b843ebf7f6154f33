package sales_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/sale"
)

func (s *stage) refund(o sale.Order, tickets ...uuid.UUID) (sale.Refund, error) {
	return s.sale.Refund(s.Context(), sale.RefundDraft{
		Order: sale.OrderKey{Organizer: s.organizer, ID: o.ID}, Tickets: tickets, Reason: "rain", Who: "test",
	})
}

func TestARefundRevokesAtOnceAndPaysOnce(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 3)
	_, err := s.refund(order)
	require.ErrorIs(t, err, sale.ErrNotPaid)
	require.NoError(t, s.paid(s.pay(order)))
	tickets := s.view(order).Tickets

	refund, err := s.refund(order, tickets[1].ID)
	require.NoError(t, err)
	require.Equal(t, int64(100), refund.Amount)
	v := s.view(order)
	require.Equal(t, sale.PartRefunded, v.Order.State)
	require.Equal(t, sale.Revoked, v.Tickets[1].State)
	require.Equal(t, sale.Good, v.Tickets[0].State)
	require.False(t, v.Refunds[0].Done)
	requirePair(t, 2, 1, s.listed, event.ID)
	requirePair(t, 0, 2, s.stock, event.ID)

	_, err = s.refund(order, tickets[1].ID)
	require.ErrorIs(t, err, sale.ErrRefunded)
	_, err = s.refund(order, uuid.New())
	require.ErrorIs(t, err, sale.ErrNoTicket)

	_, err = s.refund(order)
	require.NoError(t, err)
	require.Equal(t, sale.Refunded, s.view(order).Order.State)
	requirePair(t, 0, 3, s.listed, event.ID)
	_, err = s.refund(order)
	require.ErrorIs(t, err, sale.ErrRefunded)

	require.NoError(t, s.sale.SendRefunds(t.Context()))
	amount, refunds := s.bank.returned()
	require.Equal(t, int64(300), amount)
	require.Equal(t, 2, refunds)
	require.True(t, s.view(order).Refunds[1].Done)
}

func TestTenRefundsAtOncePayOnce(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 2)
	require.NoError(t, s.paid(s.pay(order)))
	var all sync.WaitGroup
	var mu sync.Mutex
	var done int
	for range 10 {
		all.Go(func() {
			_, err := s.sale.Refund(context.Background(), sale.RefundDraft{
				Order: sale.OrderKey{Organizer: s.organizer, ID: order.ID}, Who: "test",
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			} else {
				errorIs(t, err, sale.ErrRefunded)
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, done)
	requirePair(t, 0, 0, s.stock, event.ID)
}

func TestAnotherOrganizerCannotRefund(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	require.NoError(t, s.paid(s.pay(order)))
	other, _ := s.tenant()
	for _, key := range []sale.OrderKey{{Organizer: other, ID: order.ID}, {ID: order.ID}, {}} {
		_, err := s.sale.Refund(t.Context(), sale.RefundDraft{Order: key})
		require.ErrorIs(t, err, sale.ErrNoOrder)
	}
}

func TestARefundThatTheProviderDoesNotTakeIsTriedAgain(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	require.NoError(t, s.paid(s.pay(order)))
	s.bank.fail(errBankDown)
	_, err := s.refund(order)
	require.NoError(t, err, "the buyer need not wait for the provider")
	for range 100 { // every five seconds, as the service does
		require.NoError(t, s.sale.SendRefunds(t.Context()))
		s.clock.pass(5 * time.Second)
	}
	require.False(t, s.view(order).Refunds[0].Done)
	tries, _ := s.counts("SELECT count(*), 0 FROM refund_events")
	require.Less(t, tries, 8, "ever less often")

	s.bank.fail(nil)
	s.clock.pass(time.Hour)
	require.NoError(t, s.sale.SendRefunds(t.Context()))
	require.True(t, s.view(order).Refunds[0].Done)
}

func TestTheServiceSendsRefundsByItself(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	require.NoError(t, s.paid(s.pay(order)))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.sale.Run(ctx) })
	_, err := s.refund(order)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.view(order).Refunds[0].Done }, 3*time.Second, 5*time.Millisecond)
	stop()
	running.Wait()
}

func TestACancelledOrderIsNotPaidFor(t *testing.T) {
	s := newStage(t)
	event, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	ref := s.pay(order)
	key := sale.OrderKey{Organizer: s.organizer, ID: order.ID}
	require.NoError(t, s.sale.Cancel(t.Context(), key, "test", "changed their mind"))
	require.NoError(t, s.sale.Cancel(t.Context(), key, "test", "again"))
	requirePair(t, 0, 0, s.stock, event.ID)
	require.NoError(t, s.paid(ref))
	require.Equal(t, sale.Cancelled, s.view(order).Order.State)
	require.NoError(t, s.sale.SendRefunds(t.Context()))
	amount, _ := s.bank.returned()
	require.Equal(t, int64(100), amount)
}

func TestWhatHappenedToMoneyIsNeverEdited(t *testing.T) {
	s := newStage(t)
	_, offer := s.event(10, catalog.Offer{Price: 100})
	order := s.place(offer.ID, 1)
	require.NoError(t, s.paid(s.pay(order)))
	_, err := s.refund(order)
	require.NoError(t, err)
	require.NoError(t, s.sale.SendRefunds(t.Context()))
	for _, table := range []string{"payments", "payment_events", "refunds", "refund_events", "order_events", "offer_prices"} {
		_, err := s.pool.Exec(t.Context(), "DELETE FROM "+table)
		require.ErrorContains(t, err, "written once", table)
	}
}

// errorIs is require.ErrorIs for goroutines that are not the test's own; nil wants success.
func errorIs(t *testing.T, err, want error) bool {
	t.Helper()
	if want == nil {
		return assert.NoError(t, err)
	}
	return assert.True(t, errors.Is(err, want), "got %v, want %v", err, want)
}
