package sale

import (
	"context"

	"github.com/google/uuid"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/stock"
)

// RefundDraft asks for money back.
type RefundDraft struct {
	Order   OrderKey
	Tickets []uuid.UUID // empty = every ticket that is not refunded yet
	Reason  string
	Who     string
}

// Refund revokes tickets, frees their places and owes their price to the buyer, in one transaction; the provider is
// told right afterwards, and again until it has answered. ErrNotPaid, ErrRefunded, ErrNoTicket.
func (s *Service) Refund(ctx context.Context, d RefundDraft) (refund Refund, err error) {
	if err := fault.Text("reason", d.Reason, false, 500); err != nil {
		return Refund{}, err
	}
	err = s.Atomic.InTx(ctx, func(ctx context.Context) error {
		d.Order.Lock = true
		order, err := s.find(ctx, d.Order)
		if err != nil {
			return err
		}
		if order.State != Paid && order.State != PartRefunded {
			return notRefundable(order.State)
		}
		all, err := s.Tickets.OfOrder(ctx, order.ID)
		if err != nil {
			return err
		}
		chosen, err := choose(all, d.Tickets)
		if err != nil {
			return err
		}
		refund = newRefund(order, chosen, d)
		return s.carryOut(ctx, order, refund, chosen, len(chosen) == countGood(all))
	})
	return refund, err
}

func notRefundable(s State) error {
	if s == Refunded {
		return ErrRefunded
	}
	return ErrNotPaid
}

// refundable says whether a ticket still stands for money.
func (t Ticket) refundable() bool { return t.State == Good || t.State == Blocked }

func countGood(tickets []Ticket) (n int) {
	for _, t := range tickets {
		if t.refundable() {
			n++
		}
	}
	return n
}

func choose(all []Ticket, ids []uuid.UUID) ([]Ticket, error) {
	asked := map[uuid.UUID]bool{}
	for _, id := range ids {
		asked[id] = true
	}
	var chosen []Ticket
	for _, t := range all {
		if len(ids) > 0 && !asked[t.ID] {
			continue
		}
		delete(asked, t.ID)
		if t.refundable() {
			chosen = append(chosen, t)
		} else if len(ids) > 0 {
			return nil, ErrRefunded
		}
	}
	if len(asked) > 0 {
		return nil, ErrNoTicket
	}
	if len(chosen) == 0 {
		return nil, ErrRefunded
	}
	return chosen, nil
}

func newRefund(o Order, tickets []Ticket, d RefundDraft) Refund {
	r := Refund{
		ID: uuid.Must(uuid.NewV7()), Organizer: o.Organizer, Order: o.ID, Payment: o.PaidBy,
		Currency: o.Currency, Reason: d.Reason, Who: d.Who,
	}
	for _, t := range tickets {
		r.Tickets = append(r.Tickets, t.ID)
		r.Amount += t.Price
	}
	return r
}

func (s *Service) carryOut(ctx context.Context, o Order, r Refund, tickets []Ticket, last bool) error {
	if err := s.Refunds.CreateRefund(ctx, r, s.Now()); err != nil {
		return err
	}
	if err := s.Tickets.Revoke(ctx, tickets); err != nil {
		return err
	}
	state := PartRefunded
	if last {
		state = Refunded
	}
	if err := s.Orders.Move(ctx, o.ID, state, o.PaidBy); err != nil {
		return err
	}
	if err := s.note(ctx, o.ID, r.Who, string(state), r.Reason); err != nil {
		return err
	}
	s.Atomic.AfterCommit(ctx, s.wake)
	return s.Stock.Return(ctx, placesOf(o, tickets))
}

func placesOf(o Order, tickets []Ticket) []stock.Want {
	group := map[uuid.UUID]int{}
	for _, l := range o.Lines {
		group[l.Offer] = max(1, l.Group)
	}
	wants := make([]stock.Want, len(tickets))
	for i, t := range tickets {
		wants[i] = stock.Want{Event: t.Event, Offer: t.Offer, Quantity: 1, Places: max(1, group[t.Offer])}
	}
	return wants
}

// giveBack owes the whole of a payment that bought nothing.
func (s *Service) giveBack(ctx context.Context, o Order, p *Payment, why string) error {
	if p == nil {
		return ErrAlreadyPaid
	}
	err := s.Refunds.CreateRefund(ctx, Refund{
		ID: uuid.Must(uuid.NewV7()), Organizer: o.Organizer, Order: o.ID, Payment: &p.ID,
		Amount: p.Amount, Currency: p.Currency, Reason: why, Who: "portaria",
	}, s.Now())
	if err != nil {
		return err
	}
	s.Atomic.AfterCommit(ctx, s.wake)
	return s.note(ctx, o.ID, "portaria", "payment returned", why)
}

// Cancel gives back the places of an order that is not paid. ErrAlreadyPaid when it is: refund it instead.
func (s *Service) Cancel(ctx context.Context, key OrderKey, who, why string) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		key.Lock = true
		order, err := s.find(ctx, key)
		if err != nil {
			return err
		}
		if order.State == Cancelled || order.State == Expired {
			return nil
		}
		if order.State != Reserved {
			return ErrAlreadyPaid
		}
		return s.letGo(ctx, order, Cancelled, who, why)
	})
}

func (s *Service) letGo(ctx context.Context, o Order, to State, who, why string) error {
	if err := s.Orders.Move(ctx, o.ID, to, nil); err != nil {
		return err
	}
	if err := s.note(ctx, o.ID, who, string(to), why); err != nil {
		return err
	}
	return s.Stock.Release(ctx, o.ID, o.places())
}
