package sales

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/saledb"
	"portaria/cloud/internal/sale"
)

// maxNote bounds what a provider's words may add to a row, in bytes.
const maxNote = 500

// CreatePayment writes an attempt to pay, once, and when to ask about it.
func (s Store) CreatePayment(ctx context.Context, p sale.Payment, askAt time.Time) error {
	err := s.on(ctx).CreatePayment(ctx, saledb.CreatePaymentParams{
		ID: p.ID, OrganizerID: p.Organizer, OrderID: p.Order, Provider: p.Provider, ProviderRef: p.Ref,
		RedirectUrl: p.RedirectURL, Amount: p.Amount, Currency: p.Currency,
	})
	if err == nil {
		err = s.on(ctx).OpenPayment(ctx, p.ID, p.Order, askAt)
	}
	if err != nil {
		return fmt.Errorf("create payment: %w", err)
	}
	return nil
}

// PaymentByRef finds an attempt by its provider's name for it. sale.ErrOddNotice.
func (s Store) PaymentByRef(ctx context.Context, provider, ref string) (sale.Payment, error) {
	row, err := s.on(ctx).PaymentByRef(ctx, provider, ref)
	if postgres.NoRow(err) {
		return sale.Payment{}, sale.ErrOddNotice
	}
	if err != nil {
		return sale.Payment{}, fmt.Errorf("look up payment %s of %s: %w", ref, provider, err)
	}
	return paymentOf(row), nil
}

// OpenPayments lists an order's attempts without outcome, newest first.
func (s Store) OpenPayments(ctx context.Context, order uuid.UUID) ([]sale.Payment, error) {
	rows, err := s.on(ctx).OpenPayments(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("list open payments: %w", err)
	}
	return paymentsOf(rows), nil
}

// Unsettled takes payments to ask about now, and puts each off before it is asked about.
func (s Store) Unsettled(ctx context.Context, now time.Time, limit int) (payments []sale.Payment, err error) {
	err = postgres.Atomic{Pool: s.Pool}.InTx(ctx, func(ctx context.Context) error {
		ids, err := s.on(ctx).DuePayments(ctx, now, int32(limit))
		if err != nil || len(ids) == 0 {
			return err
		}
		rows, err := s.on(ctx).Payments(ctx, ids)
		if err != nil {
			return err
		}
		payments = paymentsOf(rows)
		return s.on(ctx).PutOffPayments(ctx, now, ids)
	})
	if err != nil {
		return nil, fmt.Errorf("take unsettled payments: %w", err)
	}
	return payments, nil
}

func paymentsOf(rows []saledb.Payment) []sale.Payment {
	all := make([]sale.Payment, len(rows))
	for i, row := range rows {
		all[i] = paymentOf(row)
	}
	return all
}

func paymentOf(row saledb.Payment) sale.Payment {
	return sale.Payment{
		ID: row.ID, Organizer: row.OrganizerID, Order: row.OrderID, Provider: row.Provider, Ref: row.ProviderRef,
		RedirectURL: row.RedirectUrl, Amount: row.Amount, Currency: row.Currency, CreatedAt: row.CreatedAt,
	}
}

// Outcome writes what became of an attempt; false when that was known.
func (s Store) Outcome(ctx context.Context, id uuid.UUID, outcome payment.Outcome, note string) (bool, error) {
	n, err := s.on(ctx).PutOutcome(ctx, id, string(outcome), cut(note))
	if err == nil {
		err = s.on(ctx).ClosePayment(ctx, id)
	}
	if err != nil {
		return false, fmt.Errorf("write that payment %s is %s: %w", id, outcome, err)
	}
	return n == 1, nil
}

// CreateRefund writes what is owed, with the tickets it revokes, due to be sent now.
func (s Store) CreateRefund(ctx context.Context, r sale.Refund, now time.Time) error {
	err := s.on(ctx).CreateRefund(ctx, saledb.CreateRefundParams{
		ID: r.ID, OrganizerID: r.Organizer, OrderID: r.Order, PaymentID: r.Payment, Amount: r.Amount,
		Currency: r.Currency, Reason: r.Reason, Who: r.Who,
	})
	if err == nil {
		err = s.on(ctx).OweRefund(ctx, r.ID, now)
	}
	if err == nil && len(r.Tickets) > 0 {
		err = s.on(ctx).RefundTickets(ctx, r.ID, r.Tickets)
	}
	if err != nil {
		return fmt.Errorf("create refund: %w", err)
	}
	return nil
}

// RefundsOf lists an order's refunds, oldest first.
func (s Store) RefundsOf(ctx context.Context, order uuid.UUID) ([]sale.Refund, error) {
	rows, err := s.on(ctx).RefundsOf(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("list an order's refunds: %w", err)
	}
	all := make([]sale.Refund, len(rows))
	for i, row := range rows {
		all[i] = refundOf(row.Refund)
		all[i].Tickets, all[i].Done = row.Tickets, row.Done
	}
	return all, nil
}

func refundOf(row saledb.Refund) sale.Refund {
	return sale.Refund{
		ID: row.ID, Organizer: row.OrganizerID, Order: row.OrderID, Payment: row.PaymentID, Amount: row.Amount,
		Currency: row.Currency, Reason: row.Reason, Who: row.Who, CreatedAt: row.CreatedAt,
	}
}

// Owed takes refunds to send now, and puts each off before it is sent.
func (s Store) Owed(ctx context.Context, now time.Time, limit int) (owed []sale.OwedRefund, err error) {
	err = postgres.Atomic{Pool: s.Pool}.InTx(ctx, func(ctx context.Context) error {
		ids, err := s.on(ctx).DueRefunds(ctx, now, int32(limit))
		if err != nil || len(ids) == 0 {
			return err
		}
		rows, err := s.on(ctx).OwedRefunds(ctx, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			owed = append(owed, sale.OwedRefund{Refund: refundOf(row.Refund), Provider: row.Provider, Ref: row.ProviderRef})
		}
		return s.on(ctx).PutOffRefunds(ctx, now, ids)
	})
	if err != nil {
		return nil, fmt.Errorf("take owed refunds: %w", err)
	}
	return owed, nil
}

// Tried writes how sending a refund went.
func (s Store) Tried(ctx context.Context, refund uuid.UUID, failure error) error {
	kind, note := "done", ""
	if failure != nil {
		kind, note = "failed", cut(failure.Error())
	}
	err := postgres.Atomic{Pool: s.Pool}.InTx(ctx, func(ctx context.Context) error {
		if err := s.on(ctx).Tried(ctx, refund, kind, note); err != nil || failure != nil {
			return err
		}
		return s.on(ctx).PaidBack(ctx, refund)
	})
	if err != nil {
		return fmt.Errorf("write how refund %s went: %w", refund, err)
	}
	return nil
}

// cut makes a provider's words fit to be stored.
func cut(text string) string {
	text = strings.ReplaceAll(text, "\x00", "")
	return strings.ToValidUTF8(text[:min(len(text), maxNote)], "")
}
