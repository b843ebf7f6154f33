package sale

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/payment"
)

// How often the cloud looks after what nobody asks for, and how patient it is.
const (
	tidyEvery      = 5 * time.Second
	noticePatience = 15 * time.Second // before a payment's outcome is asked for
	reconcileFor   = 48 * time.Hour   // how long a payment without outcome is asked about
	batch          = 100
)

// Run sends refunds, asks for outcomes whose notices never came, and tidies expired orders, until ctx ends. Several
// replicas may run it: every step is idempotent.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		s.report("send refunds", s.SendRefunds(ctx))
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
		case <-tick.C:
			s.report("reconcile payments", s.Reconcile(ctx))
			s.report("tidy expired orders", s.Sweep(ctx))
		}
	}
}

func (s *Service) report(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		s.Log.Error(what, "error", err)
	}
}

func (s *Service) wake() {
	select {
	case s.poke <- struct{}{}:
	default: // it is already awake
	}
}

// SendRefunds tells providers of refunds that they have not taken yet. One that fails does not stop the others.
func (s *Service) SendRefunds(ctx context.Context) error {
	owed, err := s.Refunds.Owed(ctx, s.Now(), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range owed {
		failure := s.send(ctx, r)
		if ctx.Err() != nil {
			return ctx.Err() // interrupted, not refused: it is tried again at the next start
		}
		if failure != nil {
			s.Log.Error("refund not taken", "refund", r.ID, "provider", r.Provider, "error", failure)
		}
		faults = append(faults, s.Refunds.Tried(ctx, r.ID, failure))
	}
	return errors.Join(faults...)
}

func (s *Service) send(ctx context.Context, r OwedRefund) error {
	if r.Amount == 0 {
		return nil
	}
	way, ok := s.Providers.Provider(r.Provider)
	if !ok || r.Provider == "" {
		return ErrNoProvider
	}
	return way.Refund(ctx, payment.Refund{ID: r.ID, Ref: r.Ref, Amount: r.Amount, Currency: r.Currency, Reason: r.Reason})
}

// Reconcile asks providers what became of payments whose notice is late.
func (s *Service) Reconcile(ctx context.Context) error {
	open, err := s.Payments.Unsettled(ctx, s.Now(), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, p := range open {
		faults = append(faults, s.ask(ctx, p))
	}
	return errors.Join(faults...)
}

// ask gives up on a payment that has had no outcome for long: nobody pays it any more, and a notice that comes after
// all is still carried out.
func (s *Service) ask(ctx context.Context, p Payment) error {
	if s.Now().Sub(p.CreatedAt) > reconcileFor {
		return s.settle(ctx, p.Provider, payment.Notice{Ref: p.Ref, Outcome: payment.Expired, Note: "no outcome came"})
	}
	way, ok := s.Providers.Provider(p.Provider)
	if !ok {
		return nil // its payment way is switched off for now
	}
	notice, err := way.Status(ctx, p.Ref)
	if errors.Is(err, payment.ErrUnknownCharge) {
		notice, err = payment.Notice{Ref: p.Ref, Outcome: payment.Expired, Note: "unknown to the provider"}, nil
	}
	if err != nil {
		return fmt.Errorf("ask %s for payment %s: %w", p.Provider, p.ID, err)
	}
	return s.settle(ctx, p.Provider, notice)
}

// Sweep gives back the places of orders that were not paid in time. Claims do not wait for it.
func (s *Service) Sweep(ctx context.Context) error {
	overdue, err := s.Orders.Overdue(ctx, s.Now(), batch)
	if err != nil {
		return err
	}
	var faults []error
	for _, id := range overdue {
		faults = append(faults, s.expire(ctx, id))
	}
	return errors.Join(faults...)
}

func (s *Service) expire(ctx context.Context, id uuid.UUID) error {
	return s.Atomic.InTx(ctx, func(ctx context.Context) error {
		order, err := s.Orders.Order(ctx, OrderKey{ID: id, Lock: true})
		if err != nil || order.State != Reserved || order.At(s.Now()) != Expired {
			return err
		}
		return s.letGo(ctx, order, Expired, "portaria", "not paid in time")
	})
}
