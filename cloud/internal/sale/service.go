package sale

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/stock"
)

// Service carries orders from draft to ticket and back.
type Service struct {
	Pricing   Pricing
	Orders    Orders
	Journal   Journal
	Tickets   Tickets
	Payments  Payments
	Refunds   Refunds
	Stock     stock.Stock
	Minter    Minter
	Providers *payment.Registry
	Atomic    Atomic
	Now       func() time.Time
	PublicURL string // of the pages, without a slash at the end
	Log       *slog.Logger

	poke chan struct{} // a refund waits to be sent
}

// New checks nothing: the composition root fills every field.
func New(s Service) *Service {
	s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	s.poke = make(chan struct{}, 1)
	return &s
}

// View is everything about one order, as its buyer and its organizer see it.
type View struct {
	Order   Order // with the state as of now
	Tickets []Ticket
	Refunds []Refund
	History []Happening
}

// View reads an order by its secret or by its id within an organizer. ErrNoOrder.
func (s *Service) View(ctx context.Context, key OrderKey) (v View, err error) {
	if v.Order, err = s.find(ctx, key); err != nil {
		return View{}, err
	}
	if v.Tickets, err = s.Tickets.OfOrder(ctx, v.Order.ID); err != nil {
		return View{}, err
	}
	if len(v.Tickets) > 0 && v.Order.waits() { // it was paid between the two looks
		if v.Order, err = s.find(ctx, key); err != nil {
			return View{}, err
		}
	}
	v.Order.State = v.Order.At(s.Now())
	if v.Refunds, err = s.Refunds.RefundsOf(ctx, v.Order.ID); err != nil {
		return View{}, err
	}
	v.History, err = s.Journal.History(ctx, v.Order.ID)
	return v, err
}

// find refuses a key that would find any order, or one across organizers.
func (s *Service) find(ctx context.Context, key OrderKey) (Order, error) {
	if key.Secret == "" && (key.Organizer == uuid.Nil || key.ID == uuid.Nil) {
		return Order{}, ErrNoOrder
	}
	return s.Orders.Order(ctx, key)
}

// OrderURL is the address of an order's page.
func (s *Service) OrderURL(o Order) string { return s.PublicURL + "/order/" + o.Secret }

func (s *Service) note(ctx context.Context, order uuid.UUID, who, what, why string) error {
	return s.Journal.Note(ctx, order, Happening{Who: who, What: what, Why: why})
}
