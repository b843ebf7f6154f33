package sale

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/stock"
)

// Pay starts a payment of a reserved order and says where the buyer goes: the provider's page, or the order's own
// page when there is nothing to pay. Asked again, it answers with the payment that is already open. provider "" is
// the first way that is offered. ErrAlreadyPaid, ErrExpired, ErrNoProvider, ErrProviderDown.
func (s *Service) Pay(ctx context.Context, key OrderKey, provider string) (string, error) {
	order, err := s.find(ctx, key)
	if err != nil {
		return "", err
	}
	if err := order.payable(s); err != nil {
		return "", err
	}
	if order.Total == 0 {
		return s.OrderURL(order), s.fulfil(ctx, order.ID, nil)
	}
	way, ok := s.Providers.Provider(provider)
	if !ok {
		return "", ErrNoProvider
	}
	open, err := s.Payments.OpenPayments(ctx, order.ID)
	if err != nil {
		return "", err
	}
	for _, p := range open {
		if p.Provider == way.Name() {
			return p.RedirectURL, nil
		}
	}
	return s.charge(ctx, order, way)
}

func (o Order) payable(s *Service) error {
	switch o.At(s.Now()) {
	case Reserved:
		return nil
	case Expired, Cancelled:
		return ErrExpired
	default:
		return ErrAlreadyPaid
	}
}

// charge asks the provider first and keeps the answer after: a charge that a crash forgets is never shown to anyone.
func (s *Service) charge(ctx context.Context, order Order, way payment.Provider) (string, error) {
	id := uuid.Must(uuid.NewV7())
	created, err := way.Create(ctx, payment.Charge{
		ID: id, Amount: order.Total, Currency: order.Currency, Description: order.Lines[0].EventName,
		BuyerEmail: order.Buyer.Email, Language: order.Language, ExpiresAt: order.ExpiresAt,
		ReturnURL: s.OrderURL(order), NotifyURL: s.PublicURL + "/api/v1/payments/" + way.Name() + "/notices",
	})
	if err != nil {
		s.Log.Error("payment provider", "provider", way.Name(), "order", order.ID, "error", err)
		return "", ErrProviderDown
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		if err := s.note(ctx, order.ID, "buyer", "payment started", way.Name()); err != nil {
			return err
		}
		return s.Payments.CreatePayment(ctx, Payment{
			ID: id, Organizer: order.Organizer, Order: order.ID, Provider: way.Name(), Ref: created.Ref,
			RedirectURL: created.RedirectURL, Amount: order.Total, Currency: order.Currency,
		}, s.Now().Add(noticePatience))
	})
	return created.RedirectURL, err
}

// Notice takes a provider's webhook. Nil means that it need not be sent again: it may be new, a repetition, or late.
// ErrForgedNotice and ErrOddNotice otherwise.
func (s *Service) Notice(ctx context.Context, provider string, header http.Header, body []byte) error {
	way, ok := s.Providers.Provider(provider)
	if !ok || provider == "" {
		return ErrNoProvider
	}
	notice, err := way.Notice(header, body)
	if errors.Is(err, payment.ErrForged) {
		return ErrForgedNotice
	}
	if err != nil {
		return fmt.Errorf("read a notice of %s: %w", provider, err)
	}
	return s.settle(ctx, provider, notice)
}

// settle carries out what a provider says, once.
func (s *Service) settle(ctx context.Context, provider string, n payment.Notice) error {
	if n.Outcome == payment.Pending {
		return nil
	}
	p, err := s.Payments.PaymentByRef(ctx, provider, n.Ref)
	if err != nil {
		return err
	}
	if n.Charge != uuid.Nil && n.Charge != p.ID {
		return ErrOddNotice
	}
	if n.Outcome != payment.Paid {
		return s.failed(ctx, p, n)
	}
	if n.Amount != p.Amount || n.Currency != p.Currency {
		s.Log.Error("paid amount differs", "payment", p.ID, "asked", p.Amount, "paid", n.Amount)
		return ErrOddNotice
	}
	return s.fulfil(ctx, p.Order, &p)
}

func (s *Service) failed(ctx context.Context, p Payment, n payment.Notice) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		first, err := s.Payments.Outcome(ctx, p.ID, n.Outcome, n.Note)
		if err != nil || !first {
			return err
		}
		return s.note(ctx, p.Order, p.Provider, "payment "+string(n.Outcome), n.Note)
	})
}

// fulfil turns a paid order into tickets in one transaction: the outcome, the places, the tickets and their lines in
// the gates' lists. p is nil when there was nothing to pay. Codes are minted before, so that no lock waits for it.
func (s *Service) fulfil(ctx context.Context, id uuid.UUID, p *Payment) error {
	order, err := s.Orders.Order(ctx, OrderKey{ID: id})
	if err != nil {
		return err
	}
	var tickets []Ticket
	if order.waits() {
		if tickets, err = s.mint(ctx, order); err != nil {
			return err
		}
	}
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		order, err := s.Orders.Order(ctx, OrderKey{ID: id, Lock: true})
		if err != nil {
			return err
		}
		if p != nil {
			first, err := s.Payments.Outcome(ctx, p.ID, payment.Paid, "")
			if err != nil || !first {
				return err
			}
		}
		return s.deliver(ctx, order, p, tickets)
	})
}

// waits says that a payment would still buy this order's tickets.
func (o Order) waits() bool { return o.State == Reserved || o.State == Expired }

func (s *Service) deliver(ctx context.Context, order Order, p *Payment, tickets []Ticket) error {
	if !order.waits() {
		return s.giveBack(ctx, order, p, "the order was already "+string(order.State))
	}
	err := s.Stock.Capture(ctx, order.ID, order.places(), s.Now())
	if errors.Is(err, stock.ErrSoldOut) {
		if err := s.Orders.Move(ctx, order.ID, Expired, nil); err != nil {
			return err
		}
		return s.giveBack(ctx, order, p, "paid after its time, and the places were gone")
	}
	if err != nil {
		return err
	}
	if err := s.Tickets.Issue(ctx, tickets); err != nil {
		return err
	}
	if err := s.Orders.Move(ctx, order.ID, Paid, paidBy(p)); err != nil {
		return err
	}
	return s.note(ctx, order.ID, payer(p), "paid", fmt.Sprintf("%d tickets", len(tickets)))
}

func paidBy(p *Payment) *uuid.UUID {
	if p == nil {
		return nil
	}
	return &p.ID
}

func payer(p *Payment) string {
	if p == nil {
		return "nothing to pay"
	}
	return p.Provider
}
